"""Policies: the edition in force in plain words, and the one in preparation."""
