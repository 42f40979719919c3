"""The upload form: one or several files, or one ZIP."""
