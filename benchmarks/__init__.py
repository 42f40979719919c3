"""Programs that print figures about the product, each in one run on one machine. None is a test."""
