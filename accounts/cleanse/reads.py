"""What pages and API read about repairs. Nothing here writes."""

import re
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from accounts.cleanse.decide import DECIDERS
from accounts.cleanse.fields import BY_FIELD
from accounts.cleanse.rules import activities, addresses, companies, countries, figures, places, terms
from accounts.cleanse.rules.text import Fix
from accounts.models import CleanseRun, Customer, Repair, RepairedValue, RuleSwitch, User
from accounts.sources.commercial import BANDS, INDUSTRIES, STATUSES

TRIED = {
    "city": lambda value, state: places.city(value, state.strip().upper()),
    "state": lambda value, city: places.state(value, city, "105"),
    "cnae": lambda value, _c: activities.activity(value),
    "country": lambda value, _c: countries.country(value),
    "cnpj": lambda value, _c: companies.cnpj(value),
    "name": lambda value, _c: companies.name(value),
    "email_domain": lambda value, _c: addresses.domain(value.rpartition("@")[2]),
    "term": lambda value, _c: terms.term(value, INDUSTRIES | STATUSES | BANDS),
    "date": lambda value, _c: figures.day(value),
    "amount": lambda value, _c: figures.amount(value),
}


class Part(NamedTuple):
    """A piece of a text and whether the other text has it too."""

    text: str
    same: bool


def repairs(user: User) -> QuerySet[Repair]:
    """The repairs that a person may decide about; none for other roles."""
    rows = Repair.objects.select_related("decided_by", "model_call")
    return rows if user.role in DECIDERS else rows.none()


def groups(user: User) -> list[dict[str, Any]]:
    """Repairs by field and rule: how many are open and decided, and whether the rule acts by itself. Most open rows first."""
    automatic = set(RuleSwitch.objects.filter(automatic=True).values_list("rule", flat=True))
    found = (
        repairs(user).order_by().values("field", "rule")
        .annotate(
            open=Count("pk", filter=Q(state=Repair.State.OPEN)), rows=Sum("rows", filter=Q(state=Repair.State.OPEN)),
            accepted=Count("pk", filter=Q(state=Repair.State.ACCEPTED)), rejected=Count("pk", filter=Q(state=Repair.State.REJECTED)),
        )
        .order_by("-open", "field", "rule")
    )  # fmt: skip
    return [{**row, "automatic": row["rule"] in automatic} for row in found]


def last_search() -> CleanseRun | None:
    """The newest search for repairs."""
    return CleanseRun.objects.first()


def compared(before: str, after: str) -> tuple[list[Part], list[Part]]:
    """Both texts word by word, so that a page can mark what differs; a lone blank between two changed words counts as changed."""
    old, new = (re.findall(r"\s+|\S+", text) for text in (before, after))
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    left: list[Part] = []
    right: list[Part] = []
    for at, (kind, a, b, c, d) in enumerate(codes):
        joint = 0 < at < len(codes) - 1 and "".join(old[a:b]) == " "
        same = kind == "equal" and not joint
        _add(left, "".join(old[a:b]), same)
        _add(right, "".join(new[c:d]), same)
    return left, right


def _add(parts: list[Part], text: str, same: bool) -> None:
    if text and parts and parts[-1].same == same:
        parts[-1] = Part(parts[-1].text + text, same)
    elif text:
        parts.append(Part(text, same))


def touched(user: User, repair: Repair, limit: int) -> list[Customer]:
    """Customers whose rows the repair changed, or would change, the first ``limit`` by code."""
    visible = Customer.objects.visible_to(user).order_by("code")
    if repair.state == Repair.State.ACCEPTED:
        return list(visible.filter(repaired_values__repair=repair).distinct()[:limit])
    each = BY_FIELD[repair.field]
    value, context, only = (each.sql(part, "t") for part in (each.value, each.context, each.only))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {each.place.customer} FROM {each.place.table} t WHERE {value} = %s AND {context} = %s AND {only} LIMIT %s",
            [repair.before, repair.context, limit],
        )
        return list(visible.filter(pk__in=[row[0] for row in cursor.fetchall()]))


def repaired(customer: Customer) -> dict[str, RepairedValue]:
    """The customer's own values that a repair changed, by field; lines and people are not among them."""
    own = [each.field for each in BY_FIELD.values() if each.place.table == "accounts_customer"]
    rows = (
        RepairedValue.objects.filter(customer=customer, repair__field__in=own, repair__state=Repair.State.ACCEPTED)
        .select_related("repair__decided_by")
        .order_by("at")
    )
    return {row.repair.field: row for row in rows}


def tried(kind: str, value: str, context: str) -> Fix | None:
    """What the rules say about any value that somebody wants to try."""
    rule = TRIED.get(kind)
    return rule(value[:200], context[:80]) if rule and value.strip() else None
