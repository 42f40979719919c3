"""Building blocks that know none of the apps."""
