"""Accepted repairs as value mappings: every import obeys them before its rows are merged, in the same transaction.

They are applied to the staging tables, not when a value is read: pages, search, segments and exports see one value, the merge
finds nothing to change where the repaired value already stands, and what was repaired is noted row by row for the undo.
"""

from collections.abc import Iterable
from typing import Any

from accounts.cleanse.fields import FIELDS, Cleansed


def apply(cursor: Any, outputs: Iterable[str]) -> None:
    """Write accepted repairs into the filled staging tables and note where; call before the merge."""
    cursor.execute(
        "CREATE TEMP TABLE stage_repairs (field text, key text, repair_id bigint, before text) ON COMMIT DROP"
    )
    for each in _concerned(cursor, outputs):
        value, context, only = (each.sql(part, "s") for part in (each.value, each.context, each.only))
        writes = each.sql(each.writes, "s", "hit.after")
        cursor.execute(
            f"""WITH hit AS (SELECT s.ctid AS place, r.id, r.before, r.after FROM {each.place.stage} s JOIN accounts_repair r
              ON r.field = %s AND r.state = 'accepted' AND r.before = {value} AND r.context = {context} WHERE {only}),
            done AS (UPDATE {each.place.stage} s SET {writes} FROM hit WHERE s.ctid = hit.place
              RETURNING {each.place.key} AS key, hit.id, hit.before)
            INSERT INTO stage_repairs SELECT %s, key, id, before FROM done""",
            [each.field, each.field],
        )  # fmt: skip


def settle(cursor: Any, outputs: Iterable[str]) -> None:
    """Bring the traces into line with what was staged: new rows get one, rows whose source changed lose it. After the merge."""
    for each in _concerned(cursor, outputs):
        table = each.place.table
        if not each.place.replaced:
            _forget_changed(cursor, each)
        cursor.execute(
            f"""DELETE FROM accounts_repairedvalue v USING accounts_repair r WHERE v.repair_id = r.id AND r.field = %s
              AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = v.row_id)""",
            [each.field],
        )
        cursor.execute(
            f"""INSERT INTO accounts_repairedvalue (repair_id, row_id, customer_id, before)
            SELECT k.repair_id, t.id, {each.place.customer}, k.before FROM stage_repairs k JOIN {table} t ON {each.place.live}
            WHERE k.field = %s ON CONFLICT (repair_id, row_id) DO NOTHING""",
            [each.field],
        )
    cursor.execute("DROP TABLE stage_repairs")


def _concerned(cursor: Any, outputs: Iterable[str]) -> list[Cleansed]:
    """The fields with accepted repairs whose staging table was filled: without any, an import pays nothing."""
    cursor.execute("SELECT DISTINCT field FROM accounts_repair WHERE state = 'accepted'")
    mapped, filled = {row[0] for row in cursor.fetchall()}, {f"stage_{name}" for name in outputs}
    return [each for each in FIELDS if each.field in mapped and each.place.stage in filled]


def _forget_changed(cursor: Any, each: Cleansed) -> None:
    """Drop the traces of rows for which the source now says something else than the repaired value."""
    cursor.execute(
        f"""DELETE FROM accounts_repairedvalue v USING accounts_repair r, {each.place.table} t, {each.place.stage} s
        CROSS JOIN LATERAL (SELECT {each.place.key} AS key) k
        WHERE v.repair_id = r.id AND r.field = %s AND t.id = v.row_id AND {each.place.live} AND {each.sql(each.value, "s")} <> ''
          AND NOT EXISTS (SELECT 1 FROM stage_repairs a WHERE a.field = %s AND a.key = k.key AND a.repair_id = v.repair_id)""",
        [each.field, each.field],
    )
