"""Drafts for the evidence benchmark: sentences, ways of writing figures, and one seeded error each. Knows nothing of the checker."""
