"""Pages of the segments app."""
