"""The landing zone: every file as it came, kept under the hash of its bytes, and what it was recognised as."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from accounts.lake.dialect import BadFile, Dialect, decimal_sign, detect, looks_cut, transcode
from accounts.lake.job import Arrived, FileReport, Job
from accounts.lake.recognise import Match, Unknown, named_like_ours, recognise
from accounts.sources import Kind

TABULAR = {".csv", ".txt", ".tsv"}
BLOCK = 1 << 20


@dataclass
class Landed:
    """A recognised file, ready to be read as UTF-8 from ``path``."""

    number: int
    report: FileReport
    match: Match
    dialect: Dialect
    path: Path
    decimals: dict[str, str]
    cut: bool = False


def land(job: Job, number: int, arrived: Arrived) -> Landed | FileReport:
    """Keep the file, find out how it is written and what it is; a report alone when it is skipped or refused."""
    source, report = Path(arrived.path), FileReport(name=arrived.name)
    report.bytes = source.stat().st_size
    try:
        dialect = detect(source)
        match = recognise(dialect.header, arrived.name)
    except BadFile as error:
        tabular = named_like_ours(arrived.name) or Path(arrived.name).suffix.lower() in TABULAR
        report.outcome = "refused" if tabular else "skipped"
        report.reason, report.values = (error.key, error.values) if tabular else ("not_a_table", {})
        report.findings = [{"code": error.code, "column": "", "count": 1, "examples": []}] if tabular else []
        return report
    except Unknown as error:
        report.reason, report.values = "unknown_header", {"found": str(error)}
        return report
    report.source, report.encoding, report.separator = match.source.name, dialect.encoding, dialect.separator
    if job.only and match.source.name != job.only:
        report.reason, report.values = "not_asked_for", {"source": match.source.name, "only": job.only}
        return report
    report.sha256 = keep(source, Path(job.lake) / "landing")
    return Landed(number, report, match, dialect, _readable(job, number, source, dialect), _decimals(match, dialect))


def keep(source: Path, landing: Path) -> str:
    """Copy ``source`` into the landing zone unless it is there; returns the SHA-256 of its bytes."""
    landing.mkdir(parents=True, exist_ok=True)
    partial = landing / f".{os.getpid()}-{source.name}.part"
    digest = hashlib.sha256()
    try:
        with source.open("rb") as file, partial.open("wb") as out:
            while block := file.read(BLOCK):
                digest.update(block)
                out.write(block)
        name = digest.hexdigest()
        target = landing / name[:2] / name
        target.parent.mkdir(exist_ok=True)
        if not target.exists():
            partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return name


def _readable(job: Job, number: int, source: Path, dialect: Dialect) -> Path:
    if dialect.encoding in {"utf-8", "utf-8-sig"}:
        return source
    target = Path(job.work) / f"{number}.utf8"
    transcode(source, dialect.encoding, target)
    return target


def _decimals(match: Match, dialect: Dialect) -> dict[str, str]:
    signs = {}
    for column in match.source.columns:
        position = match.positions.get(column.name)
        if position is not None and column.kind in {Kind.MONEY, Kind.FLOAT}:
            values = (row[position] for row in dialect.sample if len(row) > position)
            signs[column.name] = decimal_sign(values, match.source.decimal)
    return signs


def refuse_cut(landed: Landed, last_value: str) -> None:
    """Refuse a file without a final line end whose very last value is only part of a date."""
    names = {position: name for name, position in landed.match.positions.items()}
    name = names.get(len(landed.dialect.header) - 1)
    is_date = name is not None and landed.match.source.column(name).kind is Kind.DATE
    if looks_cut(last_value, is_date=is_date):
        raise BadFile("truncated_date", value=last_value)
