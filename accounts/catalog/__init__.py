"""The data catalogue: what there is, what it means, how good it is, and whether it may be used."""
