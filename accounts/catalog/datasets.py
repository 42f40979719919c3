"""Every dataset that people meet: the sources kept in the lake, and the tables of the base that pages show."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.catalog.tables import TABLES, Table
from accounts.models import MappedSource, Role
from accounts.sources import Personal, Source
from accounts.sources.mapping import in_order, to_source

Words = str | Promise
LAKE, BASE = "lake", "base"
LAYERS: dict[str, Words] = {LAKE: _("Source file in the lake"), BASE: _("Table of the customer base")}

PERSONAL: dict[str, Words] = {
    Personal.NONE: _("Not personal"),
    Personal.COMPANY: _("Identifies a company"),
    Personal.FINANCIAL: _("Money of a company"),
    Personal.PSEUDONYM: _("Pseudonym of a person"),
    Personal.IDENTITY: _("Identifies a person"),
    Personal.CONTACT: _("Reaches a person"),
    Personal.CONSENT: _("Consent of a person"),
    Personal.PREFERENCE: _("Preference of a person"),
    Personal.OPINION: _("Opinion of a person"),
}
OF_PEOPLE = frozenset({
    Personal.PSEUDONYM, Personal.IDENTITY, Personal.CONTACT, Personal.CONSENT, Personal.PREFERENCE, Personal.OPINION,
})  # fmt: skip
KINDS: dict[str, Words] = {"text": _("Text"), "number": _("Number"), "date": _("Date"), "flag": _("Yes or no")}
_KIND = {
    "money": "number", "float": "number", "integer": "number", "score": "number", "date": "date", "moment": "date",
    "flag": "flag",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One column: ``header`` is its name in the file (the field's own name for a table), ``needed`` that every row should have it."""

    name: str
    header: str
    kind: str
    meaning: Words
    personal: Personal
    needed: bool


@dataclass(frozen=True)
class Use:
    """A page that shows the data: its name and the name of its address."""

    label: Words
    url: str


@dataclass(frozen=True)
class Entry:
    """One dataset. ``key`` names the columns that tell rows apart; ``feeds`` the datasets it is made from."""

    name: str
    title: Words
    layer: str
    grain: Words
    columns: tuple[Field, ...]
    key: tuple[str, ...]
    owner: str
    fresh_days: int
    feeds: tuple[str, ...]
    source: Source | None = None
    table: Table | None = None

    def column(self, name: str) -> Field | None:
        """The column called ``name``; None where there is none."""
        return next((each for each in self.columns if each.name == name), None)

    @property
    def root(self) -> str:
        """The declared source whose tables take the rows: that of its base where a person mapped a file."""
        return self.source.target if self.source else self.name

    @property
    def owner_label(self) -> Words:
        """The role that answers for the dataset, in words."""
        return Role(self.owner).label

    @property
    def masked(self) -> list[str]:
        """Columns whose values are shown to nobody here."""
        return [each.name for each in self.columns if each.personal.masked]

    @property
    def of_people(self) -> bool:
        """True when a column is about a person (LGPD)."""
        return any(each.personal in OF_PEOPLE for each in self.columns)


def sources() -> list[Source]:
    """Declared sources and those that people mapped, in the order in which they are read."""
    living = MappedSource.objects.exclude(state=MappedSource.State.DELETED)
    mapped = [
        to_source({**each.spec, "name": each.name, "title": each.title, "base": each.base})  # type: ignore[typeddict-item]
        for each in living
    ]
    return list(in_order(mapped))


def entries() -> list[Entry]:
    """All datasets: sources in the order in which they are read, then tables."""
    lake = [of_source(each) for each in sources()]
    return [*lake, *(_of_table(each, lake) for each in TABLES)]


def find(name: str) -> Entry | None:
    """The dataset called ``name``; None where there is none."""
    return next((each for each in entries() if each.name == name), None)


def made_from(name: str, among: Sequence[Entry]) -> list[Entry]:
    """The datasets that are made from ``name``."""
    return [each for each in among if name in each.feeds]


def uses(entry: Entry) -> list[Use]:
    """The pages on which the dataset's values appear: for a source, those of the tables that it feeds."""
    tables = [entry.table] if entry.table else [each for each in TABLES if entry.root in each.feeds]
    found: dict[str, Use] = {}
    for table in tables:
        for label, url in table.pages:
            found.setdefault(url, Use(label, url))
    return list(found.values())


def of_source(source: Source) -> Entry:
    """A source as a dataset: the columns that its files have, with the words of the catalogue."""
    columns = tuple(
        Field(
            each.name, each.header or each.name, _KIND.get(each.kind, "text"), each.meaning, each.personal, each.needed or each.required
        )
        for each in source.columns
        if each.header or (each.reading and each.reading.constant)
    )  # fmt: skip
    key = source.scope if source.unique else ()
    return Entry(
        source.name, source.title, LAKE, source.grain, columns, key, source.owner_role, source.fresh_days, (), source
    )


def _of_table(table: Table, lake: Sequence[Entry]) -> Entry:
    columns = tuple(
        Field(each.name, each.name, each.kind, each.meaning, each.personal, each.needed) for each in table.columns
    )
    feeds = [each for each in lake if each.root in table.feeds]
    freshest = min((each.fresh_days for each in feeds), default=35)
    names = tuple(each.name for each in feeds)
    return Entry(
        table.name, table.title, BASE, table.grain, columns, table.key, table.owner, freshest, names, None, table
    )
