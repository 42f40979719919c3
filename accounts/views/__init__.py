"""Pages of accounts: they translate between the web and queries or verbs, and decide nothing."""
