"""From a segment and an offer to words: facts, the playbook, the language model, and the version that is saved."""
