"""The landing zone: every file as it came, kept under the hash of its bytes, and what it was recognised as."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from accounts.lake.bad import BadFile
from accounts.lake.dialect import Dialect, decimal_sign, detect, looks_cut, transcode
from accounts.lake.job import FileReport, Job, KnownTable
from accounts.lake.mapped import Sources
from accounts.lake.recognise import Match, Unknown, named_like_ours, recognise
from accounts.lake.unfold import INTO, Failed, Unfolded, unfold
from accounts.sources import BY_NAME, Kind
from b2shift.lib.lake import Lake

TABULAR = {".csv", ".txt", ".tsv", ".zip", ".gz", ".xlsx", ".xlsm", ".parquet"}
NOTHING_IN_IT = {"blank_file", "empty_file", "header_only", "no_columns"}  # a sheet of notes beside the tables


@dataclass
class Landed:
    """A recognised file, ready to be read as UTF-8 from ``path``.

    ``decimals`` and ``orders`` (of short dates) say per column how its values are read; ``answers`` and ``answer`` are what
    people said about the order for this source before and for this import. ``decided`` are signs and orders of a larger file
    that these rows come from.
    """

    number: int
    report: FileReport
    match: Match
    dialect: Dialect
    path: Path
    decimals: dict[str, str]
    orders: dict[str, str] = field(default_factory=dict)
    decided: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    answer: str = ""
    others: tuple[Match, ...] = ()  # what else the file is: people may map one file to several sources


def tables(job: Job) -> Iterator[Unfolded | Failed]:
    """Every table that arrived: files as they are, sheets of workbooks, what archives hold."""
    for number, arrived in enumerate(job.arrived):
        folder = Path(job.work) / f"unfolded-{number}"
        yield from unfold(Path(arrived.path), arrived.name, folder, job.memory_mb, job.most_bytes)


def land(
    job: Job, lake: Lake, known: dict[str, KnownTable], sources: Sources, number: int, table: Unfolded | Failed
) -> Landed | FileReport:
    """Keep the file, find out how it is written and what it is; a report alone when it is known, skipped or refused.

    ``known`` is what the lake holds: a table that is wholly loaded is recognised by its bytes alone, without being read.
    """
    report = FileReport(name=table.name)
    if isinstance(table, Failed):
        return _refused(report, table.error, "")
    source, name = table.path, table.name.rsplit(INTO, 1)[-1]
    report.bytes = table.original.stat().st_size
    given = Print.of(source)
    if report.bytes and not job.additive and (loaded := _loaded(known, given.sha256)) and job.only in {None, loaded}:
        report.outcome, report.source, report.sha256 = "unchanged", loaded, given.sha256
        return report
    try:
        dialect = detect(source)
        only = job.arrived[number].source if job.additive else job.only
        match, *others = _recognised(sources, dialect.header, name, only)
        report.source, report.encoding, report.separator = match.source.name, dialect.encoding, dialect.separator
        if job.only and match.source.name != job.only:
            report.reason, report.values = "not_asked_for", {"source": match.source.name, "only": job.only}
            return report
        keep(source, lake, given)
        report.sha256 = given.sha256
        if table.original != source:
            report.encoding, report.separator = table.kind, ""
            keep(table.original, lake, Print.of(table.original))
    except BadFile as error:
        return _refused(report, error, table.kind)
    except Unknown as error:
        report.reason, report.values = "unknown_header", {"found": str(error)}
        return report
    readable = _readable(job, number, source, dialect)
    landed = Landed(number, report, match, dialect, readable, decimals(match, dialect), others=tuple(others))
    report.header, report.delimiter = list(dialect.header), dialect.separator
    landed.decided = job.arrived[number].ways if job.additive else {}
    landed.answers, landed.answer = job.date_orders.get(match.source.name, {}), job.date_order
    return landed


def _loaded(known: dict[str, KnownTable], digest: str) -> str | None:
    """The declared source that holds this content wholly, no row of it waiting for a customer.

    Files that people mapped are looked at again: a new mapping may make them something else as well.
    """
    return next(
        (name for name, table in known.items() if name in BY_NAME and table.inputs.get(digest, "") is None), None
    )


def _recognised(sources: Sources, header: tuple[str, ...], name: str, only: str | None) -> list[Match]:
    """What the file is: one of the declared sources, or what people mapped files like it to."""
    try:
        return [recognise(header, name)]
    except (BadFile, Unknown):
        found = sources.matches(header)
        if not found:
            raise
        return [match for match in found if match.source.name == only] or found


def copies(landed: Landed, number: int) -> list[Landed]:
    """The same file once more for each further thing that it is, under numbers of their own from ``number`` on."""
    report = landed.report
    return [
        replace(
            landed, number=number + n, match=match, decimals=decimals(match, landed.dialect), orders={}, others=(),
            report=replace(report, source=match.source.name, findings=[], quarantine=[]),
        )
        for n, match in enumerate(landed.others)
    ]  # fmt: skip


def _refused(report: FileReport, error: BadFile, kind: str) -> FileReport:
    """Refuse what should have been a table; skip what is none (a README, an image, a sheet of notes)."""
    name = report.name.rsplit(INTO, 1)[-1]
    if kind in {"xlsx", "parquet"}:
        refused = error.key not in NOTHING_IN_IT
    else:
        refused = named_like_ours(name) or Path(name).suffix.lower() in TABULAR
    report.outcome = "refused" if refused else "skipped"
    report.reason, report.values = (error.key, error.values) if refused or kind == "xlsx" else ("not_a_table", {})
    report.findings = [{"code": error.code, "column": "", "count": 1, "examples": []}] if refused else []
    return report


@dataclass(frozen=True)
class Print:
    """What a file was when it was looked at: the SHA-256 of its bytes, its size and when it was last written."""

    sha256: str
    written: tuple[int, int]

    @classmethod
    def of(cls, path: Path) -> "Print":
        """Read the whole file once."""
        written = _written(path)  # before its bytes: whoever writes meanwhile is noticed
        with path.open("rb") as file:
            return cls(hashlib.file_digest(file, "sha256").hexdigest(), written)


def keep(source: Path, lake: Lake, given: Print) -> None:
    """Copy ``source`` into the landing zone under its hash unless it is there.

    Raises ``BadFile`` when somebody has written to the file since ``given`` was taken.
    """
    landed = f"landing/{given.sha256[:2]}/{given.sha256}"
    if not lake.exists(landed):
        lake.keep(source, landed)
        if _written(source) != given.written:
            lake.remove(landed)
            raise BadFile("unreadable", error="the file is still being written")


def _written(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _readable(job: Job, number: int, source: Path, dialect: Dialect) -> Path:
    if dialect.encoding in {"utf-8", "utf-8-sig"}:
        return source
    target = Path(job.work) / f"{number}.utf8"
    transcode(source, dialect.encoding, target)
    return target


def decimals(match: Match, dialect: Dialect) -> dict[str, str]:
    """The decimal sign of each number column: what a person said, else what its values show."""
    signs = {}
    for column in match.source.columns:
        position = match.positions.get(column.name)
        if position is not None and column.kind in {Kind.MONEY, Kind.FLOAT}:
            values = (row[position] for row in dialect.sample if len(row) > position)
            # whole columns decide, where they are looked at
            signs[column.name] = decimal_sign(values, match.source.decimal)
    return signs


def refuse_cut(landed: Landed, last_value: str) -> None:
    """Refuse a file without a final line end whose very last value is only part of a date."""
    names = {position: name for name, position in landed.match.positions.items()}
    name = names.get(len(landed.dialect.header) - 1)
    is_date = name is not None and landed.match.source.column(name).kind is Kind.DATE
    if looks_cut(last_value, is_date=is_date):
        raise BadFile("truncated_date", value=last_value)
