"""What the child process is asked and what it answers: plain JSON, so that neither side trusts the other's memory."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Arrived:
    """A file that arrived, under the name that its owner gave it."""

    path: str
    name: str
    source: str = ""  # mended rows: what their file was recognised as …
    ways: dict[str, str] = field(default_factory=dict)  # … and the decimal signs and date orders that it decided
    replaces: list[int] = field(default_factory=list)  # lines of mended rows that may replace the row of their key


@dataclass
class KnownTable:
    """The state of one source in the lake: its Parquet files (relative to the lake) and what went into it.

    ``inputs`` maps the SHA-256 of each file that is wholly contained to the version of the customers it was checked
    against (None when no row waited for an unknown customer).
    """

    files: list[str] = field(default_factory=list)
    rows: int = 0
    inputs: dict[str, str | None] = field(default_factory=dict)
    latest_on: str | None = None


@dataclass
class Job:
    """One import as the child sees it. Paths are absolute, ``lake`` is its URL; ``work`` is empty and private to the job."""

    work: str
    lake: str
    label: str
    today: str
    memory_mb: int
    known_customers: str
    only: str | None
    arrived: list[Arrived]
    tables: dict[str, KnownTable]
    date_orders: dict[str, dict[str, str]] = field(
        default_factory=dict
    )  # what people answered: source → column → order
    date_order: str = ""  # the answer for every column of this import that does not decide by itself
    most_bytes: int = 16 << 30  # to which an archive may unpack
    mapped: list[dict[str, Any]] = field(default_factory=list)  # sources that people made: ``accounts.sources.mapping``
    engine: str = "duckdb"  # where the passes over large tables run
    additive: bool = False  # mended rows: see accounts.lake.additive

    def to_json(self) -> dict[str, Any]:
        """The job as JSON-serialisable values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Job":
        """The inverse of ``to_json``."""
        arrived = [Arrived(**each) for each in data["arrived"]]
        tables = {name: KnownTable(**each) for name, each in data["tables"].items()}
        return cls(**{**data, "arrived": arrived, "tables": tables})


@dataclass
class FileReport:
    """What became of one file. ``rows = accepted + quarantined + unchanged + exact duplicates``; see also ``changes``."""

    name: str
    number: int = 0  # in the job; names the file in ``origins``
    outcome: str = "skipped"  # loaded, unchanged, skipped, refused, asks
    source: str = ""
    reason: str = ""  # a key of REASONS
    values: dict[str, str | int] = field(default_factory=dict)
    sha256: str = ""
    bytes: int = 0
    encoding: str = ""
    separator: str = ""
    rows: int = 0
    accepted: int = 0
    quarantined: int = 0
    unchanged: int = 0
    changed: int = 0  # those of the accepted rows that replaced the row of their key
    removed: int = 0  # rows of earlier files that went
    header: list[str] = field(default_factory=list)
    delimiter: str = ""  # between the cells of the rows set aside
    ways: dict[str, str] = field(default_factory=dict)  # how columns were read: decimal sign or order of dates
    seconds: float = 0.0
    curated: str = ""
    findings: list[dict[str, Any]] = field(default_factory=list)
    quarantine: list[dict[str, Any]] = field(default_factory=list)
    money: dict[str, dict[str, str]] = field(
        default_factory=dict
    )  # column → in, accepted, unchanged, quarantined, duplicates
    questions: list[dict[str, Any]] = field(default_factory=list)  # columns whose dates only a person can read
    answered: dict[str, str] = field(
        default_factory=dict
    )  # column → order, where a person's answer was needed and used


@dataclass
class Result:
    """The child's answer. ``outputs`` maps the name of a staging table to the CSV file to copy into it."""

    files: list[FileReport]
    tables: dict[str, KnownTable]
    outputs: dict[str, str]
    as_of: str | None
    changed: list[str]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Result":
        """Read what ``asdict`` wrote."""
        files = [FileReport(**each) for each in data["files"]]
        tables = {name: KnownTable(**each) for name, each in data["tables"].items()}
        return cls(files, tables, data["outputs"], data["as_of"], data["changed"])
