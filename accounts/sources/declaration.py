"""The words in which a source is declared: columns, checks, grain, and how its rows replace older ones."""

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise

CUSTOMER_KEYS = (
    "CLIENTE", "CD_CLIENTE", "CD_CLI", "metadata_codcliente", "Cód. Cliente", "Cod Cliente", "Cód. T",
    "CODIGO_ORGANIZACAO", "clienteid",
)  # fmt: skip


class Kind(StrEnum):
    """What a column holds once it is read; decides parsing and the checks that come by themselves."""

    CUSTOMER = "customer"  # customer code: text, upper case
    STORE = "store"  # customer code with a two-digit store suffix
    TEXT = "text"
    CITY = "city"
    COUNTRY = "country"  # Receita Federal code, three digits
    MONEY = "money"  # decimal(18,5)
    FLOAT = "float"
    INTEGER = "integer"
    SCORE = "score"  # whole number 0–10
    DATE = "date"
    MOMENT = "moment"  # day and time; only the day is published
    FLAG = "flag"  # S / N
    EMAIL = "email"
    CNPJ = "cnpj"


class Personal(StrEnum):
    """What a column tells about whom (LGPD): decides masking in the catalogue and what a model may see."""

    NONE = "none"
    COMPANY = "company"  # names or identifies a company, not a person
    FINANCIAL = "financial"  # money of a company
    PSEUDONYM = "pseudonym"  # stands for a person, says nothing about them
    IDENTITY = "identity"  # says who a person is
    CONTACT = "contact"  # reaches a person
    CONSENT = "consent"  # what a person agreed to
    PREFERENCE = "preference"  # how a person wants to be spoken to
    OPINION = "opinion"  # what somebody at the customer answered

    @property
    def masked(self) -> bool:
        """True when examples must not be shown."""
        return self in {Personal.IDENTITY, Personal.CONTACT}


class Effect(StrEnum):
    """What a check does with a value or a row that it finds."""

    NOTE = "note"
    CLEAR = "clear"  # the value becomes "no data"
    QUARANTINE = "quarantine"  # the row waits for a person


_BY_KIND = {
    Kind.CUSTOMER: Personal.COMPANY, Kind.STORE: Personal.COMPANY, Kind.CNPJ: Personal.COMPANY,
    Kind.MONEY: Personal.FINANCIAL, Kind.EMAIL: Personal.CONTACT, Kind.SCORE: Personal.OPINION,
}  # fmt: skip


@dataclass(frozen=True)
class Check:
    """A business rule: ``when`` is SQL over the parsed columns of one row (``raw_<name>`` is the text as it came)."""

    code: str
    column: str
    when: str
    effect: Effect = Effect.NOTE


@dataclass(frozen=True)
class Reading:
    """How a person said that a column of their file is to be read (only columns of mapped sources have one)."""

    order: str = ""  # of day, month and year: dmy, mdy, ymd; empty: as the column shows
    decimal: str = ""  # , or . ; empty: as the column shows
    factor: float = 1.0  # seconds × 1000 = milliseconds
    translations: tuple[tuple[str, str], ...] = ()  # (text found, text kept); "" is an empty field, "*" any other text
    constant: str = ""  # the same text in every row, where the file has no such column
    prefix: str = ""  # put before customer codes, so that those of two systems never meet
    through: str = ""  # the mapped source whose ``reference`` column leads to the customer


@dataclass(frozen=True)
class Condition:
    """Which rows of a file count: those whose text under ``header`` is (or is not) one of ``values``."""

    header: str
    values: tuple[str, ...]
    wanted: bool = True


@dataclass(frozen=True)
class Column:
    """One column: its field name here, its header there (``others`` are accepted too), and what it means."""

    name: str
    header: str
    kind: Kind = Kind.TEXT
    meaning: str | Promise = ""
    others: tuple[str, ...] = ()
    needed: bool = False  # the file is refused without this column
    required: bool = False  # a row without a value is quarantined
    formats: tuple[str, ...] = ()  # extra strptime formats of a date, tried before the common ones
    vocabulary: frozenset[str] = frozenset()
    variants: tuple[tuple[str, str], ...] = ()  # (spelling found, spelling kept)
    repairs: tuple[tuple[str, str, str], ...] = ()  # (finding code, characters found, characters kept)
    future: bool = False  # a date that may lie ahead
    privacy: Personal | None = None  # where the kind alone does not tell
    reading: Reading | None = None  # set where a person mapped this column: then its header is the only one

    @property
    def personal(self) -> Personal:
        """The column's personal-data class: its own, or that of its kind."""
        return self.privacy or _BY_KIND.get(self.kind, Personal.NONE)

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header under which this column is recognised."""
        if self.reading:
            return (self.header,) if self.header else ()
        keys = CUSTOMER_KEYS if self.kind in {Kind.CUSTOMER, Kind.STORE} else ()
        return (self.header, *self.others, *keys)


@dataclass(frozen=True)
class Source:
    """One kind of file.

    ``scope`` names the columns whose rows a newer file replaces: the key of a keyed table, the customer of a
    snapshot per customer; empty means that rows are only ever added. Rows are compared by the hash of ``columns``.
    """

    name: str
    pattern: str  # how such a file is usually called; a hint for messages, never the recognition
    grain: str | Promise
    columns: tuple[Column, ...]
    scope: tuple[str, ...] = ()
    unique: bool = False  # two different rows of one scope contradict each other: ``newest`` or the last one wins
    newest: str = ""
    decimal: str = ","
    separator: str = ";"
    checks: tuple[Check, ...] = ()
    after: tuple[str, ...] = ()  # sources that must be read before
    makes_customers: bool = False
    duplicates: str = "exact_duplicates"  # finding code of exactly repeated rows
    orphans: str = "orphan_customer"  # finding code of rows whose customer is unknown
    title: str | Promise = ""  # what it says, in one line for people
    fresh_days: int = 35  # the promise: a newer file comes within so many days
    owner_role: str = "analyst"  # the role that answers for it
    events: bool = False  # too many rows for one row each: deduplicated and counted, not hashed
    base: str = ""  # set where a person mapped a file: the declared source that its rows become
    signature: tuple[str, ...] = ()  # the whole header of the file that was mapped
    where: tuple[Condition, ...] = ()  # all must hold for a row to count
    encoding: str = ""  # how the mapped file was written; another encoding is worth a note

    @property
    def target(self) -> str:
        """The declared source whose tables take the rows: its own name, or that of its base."""
        return self.base or self.name

    @property
    def through(self) -> str:
        """The mapped source that leads from a reference to the customer; empty where the code is in the file."""
        column = self.customer
        return column.reading.through if column and column.reading else ""

    @property
    def customer(self) -> Column | None:
        """The column with the customer's code, if the source is about customers."""
        return next((column for column in self.columns if column.kind in {Kind.CUSTOMER, Kind.STORE}), None)

    @property
    def dates(self) -> list[str]:
        """Fields from which the data's own date is taken: not those that may lie ahead."""
        return [c.name for c in self.columns if c.kind in {Kind.DATE, Kind.MOMENT} and not c.future]

    @property
    def needed(self) -> list[Column]:
        """The columns without which a file is refused."""
        return [column for column in self.columns if column.needed]

    def column(self, name: str) -> Column:
        """The column with the field name ``name``."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True)
class Scores:
    """Which fields of a survey are sub-scores, kept under their header."""

    kind: str
    subject: str = ""
    headers: dict[str, str] = field(default_factory=dict)
