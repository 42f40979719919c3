"""Repairs of what the sources say: rules and a model propose, a person decides, everything can be undone."""
