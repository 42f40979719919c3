"""Forms of campaigns: what people type, checked before a verb sees it."""
