"""The row of company figures: each with its basis, its change over time and the way to the rows behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from b2shift.templatetags.b2shift import brl_short, day, number, percent, signed_percent
from insights import trends
from insights.trends import Baseline


@dataclass(frozen=True)
class Tile:
    """One figure, formatted in the active language. ``direction`` is −1, 0 or 1; ``tone`` says whether that is good."""

    label: str
    value: str
    hint: str
    href: str
    icon: str
    change: str = ""
    change_title: str = ""
    direction: int = 0
    tone: str = "neutral"


def company(figures: Mapping[str, Any], earlier: Baseline | None = None) -> list[Tile]:
    """Customers, MRR, MRR at risk, NPS and accepted offers (``kpis.company_figures``) against ``earlier``."""
    return [
        _customers(figures, earlier),
        _mrr(figures, earlier),
        _at_risk(figures, earlier),
        _nps(figures, earlier),
        _accepted(figures),
    ]


def _customers(figures: Mapping[str, Any], earlier: Baseline | None) -> Tile:
    hint = _("%(share)s have MRR data") % {"share": percent(figures["mrr_coverage"], 0)}
    return Tile(
        _("Customers"), number(figures["customers"]), hint, reverse("customers"), "building-skyscraper",
        **_relative("customers", figures, earlier, more_is="neutral"),
    )  # fmt: skip


def _mrr(figures: Mapping[str, Any], earlier: Baseline | None) -> Tile:
    known = figures["with_mrr"]
    words = {"n": number(known)}
    hint = ngettext("sum of %(n)s customer per month", "sum of %(n)s customers per month", known) % words
    return Tile(
        _("MRR"), brl_short(figures["mrr"]), hint, f"{reverse('customers')}?sort=-mrr", "coin",
        **_relative("mrr", figures, earlier, more_is="good"),
    )  # fmt: skip


def _at_risk(figures: Mapping[str, Any], earlier: Baseline | None) -> Tile:
    count = figures["at_risk"]
    words = {"n": number(count), "share": percent(figures["risk_share"], 0)}
    hint = ngettext("%(n)s customer, %(share)s of the base", "%(n)s customers, %(share)s of the base", count) % words
    return Tile(
        _("MRR at risk"), brl_short(figures["mrr_at_risk"]), hint if figures["scored"] else _("no indicator yet"),
        reverse("at-risk"), "alert-triangle", **_relative("mrr_at_risk", figures, earlier, more_is="bad"),
    )  # fmt: skip


def _nps(figures: Mapping[str, Any], earlier: Baseline | None) -> Tile:
    known = figures["nps_known"]
    words = {"n": number(known)}
    hint = ngettext("last answer of %(n)s customer", "last answers of %(n)s customers", known) % words
    return Tile(
        "NPS", number(figures["nps"], 0), hint, f"{reverse('customers')}?sort=nps", "mood-smile",
        **_points("nps", figures, earlier),
    )  # fmt: skip


def _accepted(figures: Mapping[str, Any]) -> Tile:
    response = figures["response"]
    words = {"n": number(response.sent)}
    hint = ngettext("of %(n)s message sent", "of %(n)s messages sent", response.sent) % words
    return Tile(
        _("Offers accepted"), percent(response.accepted_share), hint if response.sent else _("nothing sent yet"),
        reverse("campaigns"), "thumb-up",
    )  # fmt: skip


def _relative(metric: str, figures: Mapping[str, Any], earlier: Baseline | None, *, more_is: str) -> dict[str, Any]:
    found = trends.change(metric, figures[metric], earlier)
    if found is None or found.share is None or earlier is None:
        return {}
    return _moved(signed_percent(found.share), found.difference, more_is, earlier)


def _points(metric: str, figures: Mapping[str, Any], earlier: Baseline | None) -> dict[str, Any]:
    found = trends.change(metric, figures[metric], earlier)
    if found is None or earlier is None:
        return {}
    points = round(found.difference)
    words = {"points": f"{points:+d}" if points else "0"}
    text = ngettext("%(points)s point", "%(points)s points", abs(points)) % words
    return _moved(text, points, "good", earlier)


def _moved(text: str, difference: float, more_is: str, earlier: Baseline) -> dict[str, Any]:
    direction = (difference > 0) - (difference < 0)
    opposite = {"good": "bad", "bad": "good"}.get(more_is, "neutral")
    return {
        "change": text,
        "change_title": _("compared with %(day)s") % {"day": day(earlier.day)},
        "direction": direction,
        "tone": "neutral" if not direction else more_is if direction > 0 else opposite,
    }
