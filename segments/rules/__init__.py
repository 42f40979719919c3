"""Segments that a person defines: conditions, their meaning in SQL and in words, their members, who uses them."""
