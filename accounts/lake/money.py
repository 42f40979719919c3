"""Money in and money out of one load, exactly: what a file says, and what became of it, in decimal arithmetic."""

from decimal import Decimal
from typing import TYPE_CHECKING

from accounts.lake.landing import Landed
from accounts.sources import Column, Kind, Source

if TYPE_CHECKING:
    import duckdb

EXACT = "DECIMAL(38,10)"
FATES = {"accepted": "accepted", "unchanged": "unchanged", "quarantined": "quarantined", "duplicate": "duplicates"}
ZERO = Decimal(0)


def count_money(db: "duckdb.DuckDBPyConnection", source: Source, files: list[Landed]) -> None:
    """Fill ``money`` of each report from the tables ``parsed`` (what came) and ``classed`` (what became of it).

    Per column: ``in`` is the sum of what could be read; the rest adds up to it. ``cleared`` is there when a check took values away.
    """
    columns = [column for column in source.columns if _is_money(column)]
    if not columns:
        return
    sums = ", ".join(f'coalesce(sum(CAST("{column.name}" AS {EXACT})), 0)' for column in columns)
    came = {no: each for no, *each in db.execute(f"SELECT file_no, {sums} FROM parsed GROUP BY 1").fetchall()}
    became = {
        (no, fate): each
        for no, fate, *each in db.execute(f"SELECT file_no, fate, {sums} FROM classed GROUP BY 1, 2").fetchall()
    }
    for landed in files:
        for index, column in enumerate(columns):
            if column.name not in landed.match.positions:
                continue
            total = came[landed.number][index] if landed.number in came else ZERO
            parts = {
                name: became[landed.number, fate][index] if (landed.number, fate) in became else ZERO
                for fate, name in FATES.items()
            }
            cleared = total - sum(parts.values())
            entries = {"in": total} | parts | ({"cleared": cleared} if cleared else {})
            landed.report.money[column.header or column.name] = {name: plain(value) for name, value in entries.items()}


def recalled(money: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The money of a file that is loaded again and unchanged: what was accepted then is unchanged now."""
    return {
        column: each | {"accepted": "0", "unchanged": plain(Decimal(each["accepted"]) + Decimal(each["unchanged"]))}
        for column, each in money.items()
    }


def plain(value: Decimal) -> str:
    """Digits without an exponent and without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_money(column: Column) -> bool:
    return column.kind is Kind.MONEY or (column.kind is Kind.FLOAT and column.needed)
