"""Two customers that are one: found, reviewed, merged and parted again.

A merge is a pointer: no row of either customer moves, so that a later import of the old code finds its rows where they were, and
undoing is taking the pointer away. What pages and campaigns read is joined by ``Customer.merged_into``.
"""

from accounts.duplicates.merging import FIELDS, MAY_MERGE, dismiss, merge, reopen, suggested, undo, upheld
from accounts.duplicates.reading import candidates, latest_search, merges, merges_into, survivor
from accounts.duplicates.search import enqueue, execute, sweep

__all__ = [
    "FIELDS",
    "MAY_MERGE",
    "candidates",
    "dismiss",
    "enqueue",
    "execute",
    "latest_search",
    "merge",
    "merges",
    "merges_into",
    "reopen",
    "suggested",
    "survivor",
    "sweep",
    "undo",
    "upheld",
]
