"""Any file → the tables in it and how each is written: what a person needs to see before a file nobody declared is mapped.

    look(path, name, work, memory_mb) -> Look      # in this process; free of Django
    python -m accounts.lake.detection JOB.json     # the same in a process of its own under a memory cap

``JOB.json`` holds ``path``, ``name``, ``work`` (an empty private folder) and ``memory_mb``; the answer, ``Look.to_json()``,
goes to ``<work>/look.json``. Web and worker processes use ``accounts.ingest.inspection.inspect``, which does this for them.
Each ``Table.path`` is a delimited file that can be read with ``Table.dialect()`` for as long as ``work`` exists.
"""

import json
import resource
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from accounts.lake.bad import BadFile
from accounts.lake.columns import Guess, guess
from accounts.lake.dialect import Dialect, detect
from accounts.lake.encoding import transcode
from accounts.lake.numbers import MIXED
from accounts.lake.reading import scan_file
from accounts.lake.unfold import Failed, unfold

SHOWN_ROWS = 20
SHOWN_LETTERS = 200


@dataclass
class Problem:
    """Something a person should know: a ``code`` and what it is about. ``column`` is empty for the whole table.

    Codes: ragged_rows, dates_undecided, decimals_undecided, decimals_mixed, odd_values, empty_column, unnamed_column,
    no_final_newline. ``value`` shows an example.
    """

    code: str
    column: str = ""
    count: int = 1
    value: str = ""


@dataclass
class Table:
    """One table: a delimited file, a sheet of a workbook, a Parquet file."""

    name: str  # of the file; “book.xlsx › Sheet” for a sheet
    kind: str  # csv, xlsx, parquet
    encoding: str
    separator: str
    quote: str
    header: list[str]
    header_lines: int
    rows: int
    columns: list[Guess]
    sample: list[list[str]]  # the first rows as text
    problems: list[Problem]
    path: str  # UTF-8 text, readable with ``dialect()``

    def dialect(self) -> Dialect:
        """What the lake's reader needs to read ``path``."""
        sample = tuple(tuple(row) for row in self.sample)
        return Dialect("utf-8", self.separator, tuple(self.header), sample, True, self.quote, self.header_lines)


@dataclass
class Refusal:
    """A file, or a part of one, that cannot be read: a key of ``REASONS`` and the values of its sentence."""

    name: str
    key: str
    values: dict[str, str | int]


@dataclass
class Look:
    """All that was found in one file."""

    tables: list[Table] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Look":
        """The inverse of ``to_json``."""
        tables = [
            Table(**{
                **each,
                "columns": [Guess(**column) for column in each["columns"]],
                "problems": [Problem(**problem) for problem in each["problems"]],
            })
            for each in data["tables"]
        ]  # fmt: skip
        return cls(tables, [Refusal(**each) for each in data["refused"]])


def look(path: Path, name: str, work: Path, memory_mb: int) -> Look:
    """Open ``path`` (called ``name`` by its owner) and look at every table in it; ``work`` keeps what is unpacked."""
    found = Look()
    work.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(unfold(path, name, work / "unfolded", memory_mb)):
        error: BadFile | None = each.error if isinstance(each, Failed) else None
        if not isinstance(each, Failed):
            try:
                found.tables.append(_table(each.path, each.name, each.kind, work / f"{number}.utf8", memory_mb))
            except BadFile as refused:
                error = refused
        if error is not None:
            found.refused.append(Refusal(each.name, error.key, error.values))
    return found


def _table(path: Path, name: str, kind: str, target: Path, memory_mb: int) -> Table:
    import duckdb  # only in the process that reads files

    dialect = detect(path)
    if dialect.encoding != "utf-8":
        transcode(path, dialect.encoding, target)
        path = target
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as db:
        db.execute(f"SET memory_limit = '{memory_mb * 6 // 10}MB'")
        db.execute(f"SET temp_directory = '{str(target.parent / 'spill').replace(chr(39), chr(39) * 2)}'")
        try:
            db.execute(f"CREATE TEMP TABLE raw AS SELECT * FROM {scan_file(path, dialect, '0')}")
        except duckdb.Error as error:
            raise BadFile("unreadable", error=str(error).splitlines()[0][:200]) from error
        columns = guess(db, "raw", dialect.header)
        rows = db.execute("SELECT count(*) FROM raw").fetchall()[0][0]
        ragged = db.execute("SELECT count(DISTINCT line), min(csv_line) FROM rejects_0").fetchall()[0]
    if not rows:
        raise BadFile("no_rows")
    problems = [Problem("ragged_rows", "", ragged[0], str(ragged[1])[:SHOWN_LETTERS])] if ragged[0] else []
    if not dialect.final_newline:
        problems.append(Problem("no_final_newline"))
    return Table(
        name, kind, dialect.encoding, dialect.separator, dialect.quote, list(dialect.header), dialect.header_lines, rows,
        columns, [[value[:SHOWN_LETTERS] for value in row] for row in dialect.sample[:SHOWN_ROWS]],
        [*problems, *(problem for column in columns for problem in _problems(column))], str(path),
    )  # fmt: skip


def _problems(column: Guess) -> list[Problem]:
    found = []
    first = column.examples[0] if column.examples else ""
    if not column.name:
        found.append(Problem("unnamed_column", f"#{column.position + 1}"))
    if column.kind == "empty":
        found.append(Problem("empty_column", column.name))
    if len(column.readings) > 1:
        found.append(Problem("dates_undecided", column.name, column.filled, first))
    if column.decimal == MIXED:
        found.append(Problem("decimals_mixed", column.name, max(1, column.unsure), first))
    elif column.unsure:
        found.append(Problem("decimals_undecided", column.name, column.unsure, first))
    if column.odd:
        found.append(Problem("odd_values", column.name, column.odd, column.strange[0] if column.strange else ""))
    return found


def main() -> int:
    """Look at the file that the job names, under its memory cap."""
    job = json.loads(Path(sys.argv[1]).read_text())
    limit = job["memory_mb"] * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    work = Path(job["work"])
    found = look(Path(job["path"]), job["name"], work, job["memory_mb"])
    partial = work / "look.json.part"
    partial.write_text(json.dumps(found.to_json()))
    partial.rename(work / "look.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
