"""Pages of the insights app."""
