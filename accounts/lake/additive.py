"""Rows that a person mended: added to what is there, never in place of a customer's other rows.

A newer file of a snapshot replaces every row of the customers in it. Mended rows must not: they are a few lines out of a file
that was loaded before. Where the source has a key and the key holds another row, the mended row waits (``repeated_key``)
unless the person saw that and tried again: such lines are named in ``Arrived.replaces``.
"""

from typing import TYPE_CHECKING

from accounts.lake.job import Job
from accounts.lake.landing import Landed
from accounts.sources import Source

if TYPE_CHECKING:
    import duckdb


def hold_back(db: "duckdb.DuckDBPyConnection", job: Job, source: Source, files: list[Landed]) -> None:
    """Give a reason to the rows of ``staged`` whose key holds another row, unless they may replace it."""
    if not (job.additive and source.unique):
        return
    same = " AND ".join(f'c."{name}" IS NOT DISTINCT FROM s."{name}"' for name in source.scope)
    for landed in files:
        may = ", ".join(str(int(line) - 2) for line in job.arrived[landed.number].replaces) or "-1"
        db.execute(
            f"UPDATE staged s SET reason = 'repeated_key' WHERE s.file_no = {landed.number} AND s.reason IS NULL "
            f"AND s.rn NOT IN ({may}) AND EXISTS (SELECT 1 FROM current_rows c WHERE {same} AND c.row_hash <> s.row_hash)"
        )


def replaces(job: Job, source: Source) -> bool:
    """True when accepted rows replace others: the source has a scope, and the rows are not mended ones of a snapshot."""
    return bool(source.scope) and (source.unique or not job.additive)
