"""What the agents may read: one segment, for the person who asks, in bands and under pseudonyms. Nothing here has an effect.

Each reading runs in a transaction that the database itself keeps read-only, with a limit of time. Words from customers' files are
shown only where several customers share them and nothing in them reads like an instruction: a rare word may be a name.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from django.db import OperationalError, connection, transaction
from django.db.models import Count, Max, Q
from django.utils import translation
from pydantic import BaseModel, ConfigDict, Field

from accounts.models import Customer, Indicator, NpsAnswer, Ticket, User
from b2shift.lib import agent, llm
from campaigns import injection, policies, policy_words
from campaigns.agents.prompts import band
from campaigns.models import Campaign, Interaction, Message, Offer, Strategy
from segments import history
from segments.models import SegmentProfile
from segments.queries import member_ids, members, typical

ACCOUNTS = 5  # typical customers that may be looked at, under pseudonyms
SHARED = 5  # customers that must have a word before it counts as vocabulary, and one in ONE_IN of all
ONE_IN = 200
MOST_WORDS = 4  # a category is no sentence
FEWEST_SENT = 20  # messages before a result says anything
MOST_TEXTS = 3_000  # different texts of a segment that are looked through for instructions
MOST_SENTENCES = 40
READ_SECONDS = 4
# Letters first, then words: no address, no percentage, no markup, no line break.
_WORD = re.compile(r"[^\W\d_](?:[\w &,()+-]|\.(?= |$)){0,59}")
_CODE = re.compile(r"[A-Za-z0-9][\w -]{0,39}", re.ASCII)

# Figures of a segment and of a customer: name, edges of the bands.
FIGURES: dict[str, tuple[str, tuple[float, ...]]] = {
    "monthly_revenue": ("mrr_median", (500, 2_000, 8_000, 30_000)),
    "years_as_customer": ("tenure_years_median", (1, 3, 7, 15)),
    "products": ("products_median", (1, 2, 4, 8)),
    "share_with_usage": ("usage_share", (0.1, 0.3, 0.6, 0.85)),
    "tickets_a_year": ("tickets_per_customer_12m", (1, 4, 12, 30)),
    "loyalty": ("nps_mean", (3, 5, 7, 8.5)),
    "cancelled_contract_lines": ("cancelled_share", (0.05, 0.15, 0.3, 0.5)),
    "churn_risk": ("risk_mean", (0.15, 0.3, 0.5, 0.7)),
}
RATES = (0.01, 0.03, 0.06, 0.1)


class Nothing(BaseModel):
    """No arguments: a reading of the segment at hand."""

    model_config = ConfigDict(extra="forbid")


class OfAccount(Nothing):
    """A typical customer by pseudonym."""

    account: Annotated[str, Field(pattern=r"^account-[1-5]$", description="account-1 to account-5")]


class OfUnit(Nothing):
    """A business unit by its code."""

    business_unit: Annotated[str, Field(max_length=20, description="code of a business unit of the eligible pairs")]


@dataclass(frozen=True)
class Scope:
    """What one piece of work may read."""

    profile: SegmentProfile
    user: User | None
    pairs: Sequence[tuple[Strategy, Offer]]
    rules: Sequence[policies.Rule]
    company: dict[str, float]
    language: str


def tools_of(scope: Scope) -> tuple[agent.Tool, ...]:
    """The tools over ``scope``; where nobody asks, none that reads customers: whose they may be is not known."""
    table: tuple[tuple[str, str, type[BaseModel], Callable[[Scope, Any], Any]], ...] = (
        ("segment_profile", "What the segment is like, in bands, and compared with the company.", Nothing, _profile),
        ("segment_history", "How the segment came about and changed, and which campaigns it had.", Nothing, _history),
        ("past_results", "What strategies brought so far, in this segment and in the company.", Nothing, _results),
        ("policies", "The rules that a message of a business unit must keep.", OfUnit, _policies),
        ("offers", "The pairs of strategy and offer that may be chosen.", Nothing, _offers),
        ("account_facts", "One typical customer of the segment, anonymous and in bands.", OfAccount, _account),
        ("external_context", "Where indicators of the segment's market and state are heading.", Nothing, _context),
    )
    return tuple(_tool(scope, *row) for row in table if scope.user or row[2] is not OfAccount)


def _tool(
    scope: Scope, name: str, meaning: str, arguments: type[BaseModel], read: Callable[[Scope, Any], Any]
) -> agent.Tool:
    def reading(given: Any) -> Any:
        with _only_reading():
            return read(scope, given)

    return agent.Tool(llm.ToolSpec(name, meaning, arguments), reading)


@contextmanager
def _only_reading() -> Iterator[None]:
    """A transaction in which the database itself refuses to write, and to read for long."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{READ_SECONDS}s"])
        yield
        cursor.execute("SELECT set_config('statement_timeout', '0', true)")


def pair_rows(scope: Scope) -> list[dict[str, Any]]:
    """The eligible pairs as the agents see them: codes, purpose, tone and terms in words."""
    english = scope.language == "en"
    return [
        {
            "strategy": strategy.code, "offer": offer.code, "purpose": strategy.play, "business_unit": strategy.business_unit_id,
            "objective": strategy.objective[:300], "product": offer.product, "benefit": offer.benefit_en if english else offer.benefit,
        }
        for strategy, offer in scope.pairs
    ]  # fmt: skip


def suspected(profile: SegmentProfile) -> list[tuple[str, injection.Suspicion]]:
    """Texts of the segment's customers that read like instructions to a model, with where they stand; the same each time.

    Raises ``Stopped`` where they cannot be looked through in time: what is not screened is not worked on.
    """
    try:
        with _only_reading():
            return _suspected(profile)
    except OperationalError as error:
        raise agent.Stopped("tool", "the texts of the segment could not be looked through in time") from error


def _suspected(profile: SegmentProfile) -> list[tuple[str, injection.Suspicion]]:
    inside = member_ids(profile.run, profile.segment)
    places: tuple[tuple[str, Any], ...] = (
        ("name", Customer.objects.filter(pk__in=inside).values_list("name", flat=True)),
        ("industry", Customer.objects.filter(pk__in=inside).values_list("industry", flat=True)),
        ("ticket", Ticket.objects.filter(customer__in=inside).values_list("group", flat=True)),
        ("nps", NpsAnswer.objects.filter(customer__in=inside).values_list("subject", flat=True)),
    )
    found: list[tuple[str, injection.Suspicion]] = []
    for place, texts in places:
        field = texts.query.values_select[0]
        different = texts.exclude(**{field: ""}).order_by(field).distinct()[:MOST_TEXTS]
        found += [(place, reason) for reason in map(injection.suspicion, different) if reason]
    return found


def _profile(scope: Scope, given: Nothing) -> dict[str, Any]:
    figures = scope.profile.figures
    industry = (figures.get("top_industries") or [{}])[0].get("name", "")
    compared = {name: _against(figures.get(key), scope.company.get(key)) for name, (key, _edges) in FIGURES.items()}
    return {
        "customers": band(scope.profile.size, (50, 200, 1_000, 5_000)),
        **{name: band(figures.get(key), edges) for name, (key, edges) in FIGURES.items()},
        "main_market_segment": _industry(industry),
        "compared_with_the_company": compared,
    }


def _against(value: float | None, company: float | None) -> str:
    if value is None or company is None:
        return "unknown"
    scale = max(abs(float(value)), abs(float(company)), 1e-9)
    return band(
        (float(value) - float(company)) / scale,
        (-0.5, -0.1, 0.1, 0.5),
        ("far below", "below", "alike", "above", "far above"),
    )


def _history(scope: Scope, given: Nothing) -> dict[str, Any]:
    segment = scope.profile.segment
    sizes = [each.size for each in history.trend(segment)]
    change = (sizes[-1] - sizes[0]) / sizes[0] if len(sizes) > 1 and sizes[0] else None
    events = segment.events.order_by("-at", "-id")[:8]
    campaigns = Campaign.objects.filter(segment=segment).order_by("-id").select_related("strategy", "offer")[:8]
    return {
        "runs": len(sizes),
        "size": band(
            change, (-0.25, -0.05, 0.05, 0.25), ("shrinking fast", "shrinking", "stable", "growing", "growing fast")
        ),
        "events": [{"kind": event.kind, "month": f"{event.at:%Y-%m}"} for event in events],
        "campaigns": [
            {
                "strategy": each.strategy.code,
                "offer": each.offer.code if each.offer else "",
                "step": each.step,
                "status": each.status,
            }
            for each in campaigns
        ],
    }


def _results(scope: Scope, given: Nothing) -> dict[str, Any]:
    here = Message.objects.filter(campaign__segment=scope.profile.segment)
    return {"this_segment": _rates(here), "company": _rates(Message.objects.all())}


def _rates(sent: Any) -> list[dict[str, str]]:
    human = Q(interactions__origin=Interaction.Origin.HUMAN)
    kinds = {"accepted": Interaction.Kind.ACCEPT, "declined": Interaction.Kind.REJECT}
    counts = {
        name: Count("pk", filter=human & Q(interactions__kind=kind), distinct=True) for name, kind in kinds.items()
    }
    grouped = (
        sent.filter(state=Message.State.SENT)
        .values("campaign__strategy__code", "campaign__business_unit_id")
        .order_by()
    )
    rows = grouped.annotate(sent=Count("pk", distinct=True), **counts)
    return [
        {
            "strategy": row["campaign__strategy__code"],
            "business_unit": row["campaign__business_unit_id"],
            **{name: _rate(row[name], row["sent"]) for name in kinds},
        }
        for row in sorted(rows, key=lambda row: row["campaign__strategy__code"])
    ]


def _rate(part: int, whole: int) -> str:
    return "too few messages to tell" if whole < FEWEST_SENT else band(part / whole, RATES)


def _policies(scope: Scope, given: OfUnit) -> dict[str, Any]:
    if given.business_unit not in {strategy.business_unit_id for strategy, _offer in scope.pairs}:
        raise agent.NotShown("no eligible pair belongs to this business unit")
    with translation.override(scope.language):
        binding = [rule for rule in scope.rules if rule.unit in (None, given.business_unit)]
        said = [sentence for rule in binding for sentence in policy_words.sentences(rule)]
    return {"rules": said[:MOST_SENTENCES]}


def _offers(scope: Scope, given: Nothing) -> list[dict[str, Any]]:
    return pair_rows(scope)


def _account(scope: Scope, given: OfAccount) -> dict[str, Any]:
    found = _accounts(scope)
    number = int(given.account.removeprefix("account-"))
    if number > len(found):
        raise agent.NotShown("there is no such customer among those that you may see")
    customer = found[number - 1]
    picture = getattr(customer, "picture", None)
    if picture is None:
        return {"data": "unknown"}
    tickets = Ticket.objects.filter(customer=customer).values_list("group", flat=True)
    return {
        "market_segment": _industry(customer.industry),
        "monthly_revenue": band(_number(picture.mrr), FIGURES["monthly_revenue"][1]),
        "products": band(picture.products, FIGURES["products"][1]),
        "tickets_a_year": band(picture.tickets_12m, FIGURES["tickets_a_year"][1]),
        "last_nps": band(picture.nps_last, FIGURES["loyalty"][1]),
        "usage": "yes" if picture.has_usage else "no data",
        "cancelled_contract_lines": "some" if picture.cancelled_lines else "none",
        "ticket_groups": sorted(filter(None, (_group(text) for text in sorted(set(tickets))[:20])))[:5],
    }


def _accounts(scope: Scope) -> list[Customer]:
    """The typical customers that the person may see; where none are noted, those whose place is surest."""
    if scope.user is None:  # default deny
        return []
    found = typical(scope.profile, scope.user)[:ACCOUNTS]
    if not found:
        found = list(
            members(scope.profile.run, scope.profile.segment, scope.user).order_by("-confidence", "customer__code")[
                :ACCOUNTS
            ]
        )
    return [membership.customer for membership in found]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _industry(text: str) -> str:
    shared = Customer.objects.filter(industry=text).count() if _harmless(text) else 0
    return text if shared >= _enough() else "unknown"


def _group(text: str) -> str:
    shared = Ticket.objects.filter(group=text).values("customer").distinct().count() if _harmless(text) else 0
    return text if shared >= _enough() else ""


def _enough() -> int:
    return max(SHARED, Customer.objects.count() // ONE_IN)


def _harmless(text: str) -> bool:
    return _WORD.fullmatch(text) is not None and len(text.split()) <= MOST_WORDS and injection.suspicion(text) is None


def _context(scope: Scope, given: Nothing) -> list[dict[str, str]]:
    figures = scope.profile.figures
    industry, state = ((figures.get(key) or [{}])[0].get("name", "") for key in ("top_industries", "top_states"))
    here = Indicator.objects.filter(industry__in=["", industry], state__in=["", state])
    newest = here.aggregate(month=Max("month"))["month"]
    if newest is None:
        return []
    year_ago = newest.replace(year=newest.year - 1)
    then = {(row.code, row.state, row.industry): row.value for row in here.filter(month=year_ago)}
    return [
        {"series": row.code, "over_a_year": _against(row.value, then.get((row.code, row.state, row.industry)))}
        for row in here.filter(month=newest).order_by("code", "state", "industry")[:12]
        if _CODE.fullmatch(row.code) and not injection.suspicion(row.code)
    ]
