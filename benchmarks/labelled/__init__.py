"""The automatic choice, which is not told how many groups there are, against single methods that are."""
