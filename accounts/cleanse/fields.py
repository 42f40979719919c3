"""Which fields are cleansed, where they live, where an import stages them, and which rules look at them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from accounts.cleanse.rules import activities, addresses, companies, countries, places, terms
from accounts.cleanse.rules.text import Fix
from accounts.models import Repair
from accounts.sources.commercial import BANDS, INDUSTRIES, STATUSES

Counts = Mapping[str, int]
Rule = Callable[[str, str, Counts], Fix | None]  # value, context, how often each value of the field occurs


@dataclass(frozen=True)
class Place:
    """Where a field lives: SQL with ``{a}`` for the alias of its table (the staging table has the same columns)."""

    table: str
    stage: str
    key: str  # what identifies a staged row, SQL over the staging table's alias ``s``
    live: str  # joins the live row ``t`` of a noted key ``k.key``
    customer: str  # the customer's id, over ``t``
    replaced: bool = False  # a changed row is a new row, so traces vanish with the old one


CUSTOMERS = Place("accounts_customer", "stage_customers", "s.code", "t.code = k.key", "t.id")
OWNED = Place("accounts_customer", "stage_owners", "s.code", "t.code = k.key", "t.id")
LINES = Place(
    "accounts_contractline", "stage_contracts", "s.code || ' ' || s.row_hash",
    "t.row_hash = split_part(k.key, ' ', 2) AND t.customer_id = (SELECT id FROM accounts_customer WHERE code = split_part(k.key, ' ', 1))",
    "t.customer_id", replaced=True,
)  # fmt: skip
CONTACTS = Place("accounts_contact", "stage_contacts", "s.ref", "t.ref = k.key", "t.customer_id")


@dataclass(frozen=True)
class Cleansed:
    """A field: ``value`` and ``context`` as SQL over ``{a}``, the assignment that writes, and its rule."""

    field: str
    place: Place
    rule: Rule
    value: str
    writes: str  # assignment, with %s-free SQL over ``{a}`` and ``{new}``
    context: str = "''"
    only: str = "true"

    def sql(self, template: str, alias: str, new: str = "") -> str:
        """``template`` (one of this field's pieces of SQL) for the table's ``alias``."""
        return template.replace("{a}", alias).replace("{new}", new)


def _column(
    field: str, place: Place, rule: Rule, context: str = "''", only: str = "true", column: str = ""
) -> Cleansed:
    column = column or field
    return Cleansed(field, place, rule, f"coalesce({{a}}.{column}, '')", f"{column} = {{new}}", context, only)


def _words(vocabulary: frozenset[str]) -> Rule:
    return lambda value, _context, _counts: terms.term(value, vocabulary)


def _name(value: str, _context: str, _counts: Counts) -> Fix | None:
    """Blanks, encoding and capitals in one step: a repaired name needs no second repair."""
    first = companies.name(value)
    second = companies.name(first.after) if first else None
    if first is None or second is None:
        return first
    return Fix(second.rule, second.after, min(first.confidence, second.confidence))


_BRAZILIAN = "coalesce({a}.country, '') IN ('', '105')"
FIELDS: tuple[Cleansed, ...] = (
    _column(Repair.Field.COUNTRY, CUSTOMERS, lambda value, _c, _n: countries.country(value)),
    _column(
        Repair.Field.STATE, CUSTOMERS, lambda value, town, _n: places.state(value, town, "105"),
        "coalesce({a}.city, '')", "coalesce({a}.country, '') = '105'",
    ),
    _column(Repair.Field.CITY, CUSTOMERS, lambda value, state, _n: places.city(value, state), "coalesce({a}.state, '')", _BRAZILIAN),
    _column(Repair.Field.CNAE, CUSTOMERS, lambda value, _c, _n: activities.activity(value)),
    _column(Repair.Field.INDUSTRY, CUSTOMERS, _words(INDUSTRIES)),
    _column(Repair.Field.SUBINDUSTRY, CUSTOMERS, lambda value, _c, counts: terms.usual(value, counts)),
    _column(Repair.Field.BAND, CUSTOMERS, _words(BANDS)),
    _column(Repair.Field.NAME, OWNED, _name),
    _column(Repair.Field.CNPJ, OWNED, lambda value, _c, _n: companies.cnpj(value)),
    _column(Repair.Field.STATUS, LINES, _words(STATUSES)),
    Cleansed(
        Repair.Field.DOMAIN, CONTACTS, lambda value, _c, _n: addresses.domain(value),
        "split_part({a}.email, '@', 2)", "email = split_part({a}.email, '@', 1) || '@' || {new}",
        only="{a}.email LIKE '%%@%%'",
    ),
)  # fmt: skip
BY_FIELD: dict[str, Cleansed] = {each.field: each for each in FIELDS}
LONGEST = {  # what a column holds; a longer repair is none
    "city": 80, "state": 2, "country": 3, "cnae": 200, "industry": 60, "subindustry": 80, "revenue_band": 60, "name": 160, "cnpj": 14,
    "status": 20, "email_domain": 100,
}  # fmt: skip
