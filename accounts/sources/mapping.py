"""A file that nobody declared becomes a source: what a person said about it, as JSON, turned into a declaration.

The declared base gives kinds, checks, grain and tables; the mapping says which header each column has and how it is read.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypedDict

from django.utils.translation import gettext_lazy as _

from accounts.sources import BY_NAME, SOURCES
from accounts.sources.declaration import Column, Condition, Kind, Personal, Reading, Source

NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
REFERENCE = Column("reference", "", Kind.TEXT, _("number by which other files name this row"), privacy=Personal.NONE)
SUMMED = frozenset({"mrr", "contratacoes_ultimos_12_meses"})  # one row per customer: several rows may be added up
STRICT = frozenset({"unidades"})  # tables of our own house: nobody maps a stranger's file to them


class ColumnSpec(TypedDict, total=False):
    """One mapped column: where its values come from and how they are read (see ``Reading``)."""

    header: str
    order: str
    decimal: str
    factor: float
    translations: list[list[str]]
    constant: str


class Spec(TypedDict, total=False):
    """One mapping as it is stored and as it travels to the child process."""

    name: str
    title: str
    base: str
    header: list[str]
    columns: dict[str, ColumnSpec]
    store: bool  # customer codes end in a two-digit store
    prefix: str
    through: str
    reference: str  # header of the column by which other files name a row of this one
    summed: bool  # several rows of one customer are added up
    where: list[dict[str, Any]]
    encoding: str
    separator: str
    active: bool


def bases() -> list[Source]:
    """The declared sources that a file may become."""
    return [source for source in SOURCES if source.name not in STRICT]


def to_source(spec: Spec) -> Source:
    """The declaration that a mapping stands for: its base with the file's own headers."""
    base = BY_NAME[spec["base"]]
    columns = tuple(_column(column, spec) for column in base.columns)
    if spec.get("reference"):
        columns += (replace(REFERENCE, header=spec["reference"], reading=Reading()),)
    summed = bool(spec.get("summed")) and base.name in SUMMED
    return replace(
        base, name=spec["name"], title=spec.get("title", ""), pattern="", base=base.name, columns=columns, events=False,
        unique=base.unique and not summed, signature=tuple(spec.get("header", ())),
        where=tuple(_conditions(spec)), encoding=spec.get("encoding", ""), separator=spec.get("separator", ""),
        after=tuple(filter(None, (*base.after, spec.get("through", "")))),
    )  # fmt: skip


def _column(column: Column, spec: Spec) -> Column:
    found = spec["columns"].get(column.name, {})
    reading = Reading(
        order=found.get("order", ""), decimal=found.get("decimal", ""), factor=float(found.get("factor", 1) or 1),
        translations=tuple((pair[0], pair[1]) for pair in found.get("translations", [])), constant=found.get("constant", ""),
    )  # fmt: skip
    kind = column.kind
    if kind in {Kind.CUSTOMER, Kind.STORE}:
        kind = Kind.STORE if spec.get("store") else Kind.CUSTOMER
        reading = replace(reading, prefix=spec.get("prefix", ""), through=spec.get("through", ""))
    return replace(column, header=found.get("header", ""), others=(), kind=kind, reading=reading, formats=())


def _conditions(spec: Spec) -> Iterable[Condition]:
    for each in spec.get("where", []):
        yield Condition(each["header"], tuple(each.get("values", ())), bool(each.get("wanted", True)))


def in_order(mapped: Sequence[Source]) -> tuple[Source, ...]:
    """Declared and mapped sources in the order of reading: a mapped one after its base, one that looks its customers up
    in another mapped source at the end.
    """
    ordered: list[Source] = []
    for source in SOURCES:
        ordered.append(source)
        ordered += [each for each in mapped if each.base == source.name and not each.through]
    return (*ordered, *(each for each in mapped if each.through))
