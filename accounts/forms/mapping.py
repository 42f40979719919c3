"""The mapping screen's form: one row per column of the base, read from and shown as plain fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.sources import BY_NAME, Column, Kind
from accounts.sources.mapping import SUMMED, ColumnSpec, Spec

DATES = {Kind.DATE, Kind.MOMENT}
NUMBERS = {Kind.MONEY, Kind.FLOAT, Kind.INTEGER}
ORDERS: list[tuple[str, str | Promise]] = [
    ("", _("as the column shows")), ("dmy", _("day, month, year")), ("mdy", _("month, day, year")), ("ymd", _("year, month, day")),
]  # fmt: skip
SIGNS: list[tuple[str, str | Promise]] = [
    ("", _("as the column shows")), (",", _("comma: 1.234,56")), (".", _("point: 1,234.56")),
]  # fmt: skip
KINDS: dict[str, str | Promise] = {
    "empty": _("empty"), "integer": _("whole number"), "number": _("number"), "date": _("date"), "moment": _("date and time"),
    "flag": _("yes or no"), "text": _("text"),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One column of the base as the form shows it."""

    column: Column
    chosen: ColumnSpec
    is_date: bool
    is_number: bool
    has_options: bool
    translations: str


@dataclass
class MappingForm:
    """The fields of one mapping; ``error`` is the verb's refusal, in words."""

    spec: Spec
    error: str = ""
    orders: Any = field(default_factory=lambda: ORDERS)
    signs: Any = field(default_factory=lambda: SIGNS)

    @property
    def rows(self) -> list[Row]:
        """Needed columns first, then those that are filled, then the rest."""
        found = [
            _row(column, self.spec["columns"].get(column.name, {})) for column in BY_NAME[self.spec["base"]].columns
        ]
        return sorted(found, key=lambda row: (not row.column.needed, not row.chosen))

    @property
    def may_sum(self) -> bool:
        """True where several rows of one customer may be added up."""
        return self.spec["base"] in SUMMED

    @property
    def condition(self) -> dict[str, Any]:
        """The first condition, as the form has room for one."""
        where = self.spec.get("where", [])
        return {**where[0], "text": "; ".join(where[0].get("values", []))} if where else {"wanted": True}


def _row(column: Column, chosen: ColumnSpec) -> Row:
    number, dated = column.kind in NUMBERS, column.kind in DATES
    text = "\n".join(f"{found} = {kept}" for found, kept in chosen.get("translations", []))
    changed = set(chosen) - {"header"}
    return Row(column, chosen, dated, number, bool(changed), text)


def posted(data: QueryDict, current: Spec) -> Spec:
    """The mapping that a person sent; what the form does not show stays as it is."""
    base = data.get("base") or current["base"]
    columns = {}
    if base in BY_NAME:
        columns = {c.name: found for c in BY_NAME[base].columns if (found := _column(data, c.name))}
    return {
        **current, "base": base, "title": data.get("title", ""), "columns": columns, "prefix": data.get("prefix", ""),
        "store": "store" in data, "through": data.get("through", ""), "reference": data.get("reference", ""),
        "summed": "summed" in data, "where": _where(data),
    }  # fmt: skip


def _column(data: QueryDict, name: str) -> ColumnSpec:
    given = {key: data.get(f"{name}-{key}", "").strip() for key in ("header", "order", "decimal", "factor", "constant")}
    found: dict[str, Any] = {key: value for key, value in given.items() if value}
    pairs = parsed_pairs(data.get(f"{name}-translations", ""))
    if found.get("header") and pairs:
        found["translations"] = pairs
    return found if found.get("header") or found.get("constant") else {}  # type: ignore[return-value]


def parsed_pairs(text: str) -> list[list[str]]:
    """“found = kept” lines; a line without a sign is left out."""
    lines = [line.split("=", 1) for line in text.splitlines() if "=" in line]
    return [[found.strip(), kept.strip()] for found, kept in lines]


def _where(data: Mapping[str, str]) -> list[dict[str, Any]]:
    header = data.get("where-header", "")
    if not header:
        return []
    values = [each.strip() for each in data.get("where-values", "").split(";")]
    return [{"header": header, "values": values, "wanted": data.get("where-wanted", "1") == "1"}]
