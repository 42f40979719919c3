"""The agents that write a draft: an analyst reads, a strategist chooses, a writer writes, a critic objects; a person decides."""
