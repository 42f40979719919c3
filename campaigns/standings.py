"""Who comes first at a customer, and why, in plain sentences with the number of each factor. Reads only; the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import BusinessUnit, Customer, User
from b2shift.templatetags.b2shift import number
from campaigns import arbiter, factors, gate, queries
from campaigns.arbitration import FACTORS, NOBODY
from campaigns.models import ArbitrationRun, Campaign, Standing

FACTOR_NAMES: dict[str, str | Promise] = {
    "propensity": gettext_lazy("Propensity"),
    "context": gettext_lazy("Context"),
    "value": gettext_lazy("Value"),
    "lever": gettext_lazy("Lever"),
}
FACTOR_MEANINGS: dict[str, str | Promise] = {
    "propensity": gettext_lazy(
        "How likely the customer is to accept: the play's share of accepted messages, moved by the customer's own calibrated chance."
    ),
    "context": gettext_lazy(
        "What speaks for or against a contact now: tickets, NPS, recent contacts, overdue invoices, fit with the segment, little data."
    ),
    "value": gettext_lazy("Money at stake in a year, between R$ 100 and R$ 120,000."),
    "lever": gettext_lazy("What people set for the business unit, the strategy and the campaign."),
}  # fmt: skip
CONTEXT_REASONS: dict[str, str | Promise] = {
    "tickets": gettext_lazy("high-priority tickets"),
    "detractor": gettext_lazy("detractor in the last NPS answer"),
    "recent": gettext_lazy("contacted by the same unit in the last 14 days"),
    "thin": gettext_lazy("little data about the customer"),
    "overdue": gettext_lazy("overdue invoices"),
    "fit": gettext_lazy("weak fit with the segment"),
}


@dataclass(frozen=True)
class Line:
    """One campaign at one customer: the row, what became of it (won, lost or spent) and the sentences that say why."""

    standing: Standing
    title: str
    unit: str
    live: bool
    outcome: str
    sentences: tuple[str, ...]
    context: tuple[str, ...]
    winner: int | None


def at_customer(customer: Customer, user: User) -> tuple[ArbitrationRun | None, list[Line]]:
    """The newest run and its lines for ``customer``, which was fetched through ``visible_to``, by rank.

    Campaigns that ``user`` may not see have no line, and are not named where they won.
    """
    run = arbiter.latest()
    if run is None:
        return None, []
    rows = list(run.standings.filter(customer=customer.pk).order_by("rank"))
    numbers = [row.campaign_id for row in rows]
    seen = set(Campaign.objects.visible_to(user).filter(pk__in=numbers).values_list("pk", flat=True))
    table = _Table(run, rows, seen)
    return run, [table.line(row) for row in rows if row.campaign_id in seen]


def caps_in_words(windows: Sequence[tuple[int, int]]) -> str:
    """The budget of contacts: "1 contact in 7 days, 4 contacts in 30 days"; empty where policy sets none."""
    said = [
        ngettext("%(count)s contact in %(days)s days", "%(count)s contacts in %(days)s days", most)
        % {"count": most, "days": days}
        for days, most in windows
    ]
    return ", ".join(said)


def formula(row: Standing) -> str:
    """The product with its numbers."""
    return _("propensity %(propensity)s × context %(context)s × value %(value)s × lever %(lever)s = %(priority)s") % {
        "propensity": number(row.propensity),
        "context": number(row.context),
        "value": f"R$\N{NO-BREAK SPACE}{number(row.value, 0)}",
        "lever": number(row.lever),
        "priority": number(row.priority, 0 if row.priority >= 10 else 2),
    }


class _Table:
    """The rows of one customer with the names of what they speak of."""

    def __init__(self, run: ArbitrationRun, rows: Sequence[Standing], seen: set[int]) -> None:
        self.rows = {row.campaign_id: row for row in rows}
        self.told: Mapping[int, dict[str, Any]] = {each["id"]: each for each in run.campaigns}
        self.units = dict(BusinessUnit.objects.values_list("code", "name"))
        self.seen = seen
        self.rules = tuple(queries.rules_of(run.policy_version)) if run.policy_version else ()

    def line(self, row: Standing) -> Line:
        """What became of one campaign."""
        told = self.told[row.campaign_id]
        outcome = "won" if row.won else "lost" if row.budget > 0 else "spent"
        context = tuple(str(CONTEXT_REASONS[code]) for code in factors.reasons_of(row.reasons))
        winner = row.rival if outcome == "lost" and row.rival in self.seen else None
        frozen = _("Its audience is frozen, so its mail still waits: whichever goes out first takes the contact.")
        kept = frozen if outcome == "lost" and told["live"] and told["spends"] else ""
        sentences = [self._headline(row, outcome), self._decided(row), self._budget(row, told), kept]
        return Line(
            row, told["title"], self.units.get(told["unit"], told["unit"]), told["live"], outcome,
            tuple(filter(None, sentences)), context, winner,
        )  # fmt: skip

    def _headline(self, row: Standing, outcome: str) -> str:
        if outcome == "spent":
            return _("No contact is free for this customer now: %(formula)s.") % {"formula": formula(row)}
        if outcome == "lost" and row.rival in self.rows:
            words = {"winner": self._name(row.rival), "formula": formula(self.rows[row.rival]), "own": formula(row)}
            return _("%(winner)s came first: %(formula)s. This campaign: %(own)s.") % words
        if row.rank == 1:
            return _("This campaign comes first: %(formula)s.") % {"formula": formula(row)}
        words = {"rank": number(row.rank, 0), "formula": formula(row)}
        return _("This campaign is number %(rank)s and still finds a free contact: %(formula)s.") % words

    def _decided(self, row: Standing) -> str:
        if row.rival not in self.rows:
            return ""
        if row.decided == NOBODY and not (row.budget and self.rows[row.rival].budget):
            return ""  # one of them has no contact left: no factor could have changed that
        if row.decided == NOBODY:
            return _("No single factor decided this: it takes several together.")
        factor = str(FACTOR_NAMES[FACTORS[row.decided]]).lower()
        if row.won:
            return _(
                "What decided was the %(factor)s: were it the same for all campaigns, this one would have lost."
            ) % {"factor": factor}
        return _("What decided was the %(factor)s: were it the same for all campaigns, this one would have won.") % {
            "factor": factor
        }

    def _budget(self, row: Standing, told: Mapping[str, Any]) -> str:
        if not told["spends"]:
            return _("A call by the sales rep takes no contact of the budget.")
        windows = gate.limits_of(self.rules, told["unit"], "").windows
        if not windows:
            return ""
        free = ngettext("%(count)s is free", "%(count)s are free", row.budget) % {"count": row.budget}
        return _("The budget is %(caps)s, all business units together; %(free)s.") % {
            "caps": caps_in_words(windows),
            "free": free,
        }

    def _name(self, campaign: int) -> str:
        told = self.told[campaign]
        words = {"unit": self.units.get(told["unit"], told["unit"]), "campaign": told["title"]}
        if campaign not in self.seen:
            return _("Another campaign of %(unit)s") % words
        return _("“%(campaign)s” of %(unit)s") % words
