"""Score models put into words, in the reader's language: what they predict, why they refuse, what moves a score.

Pure text by rules: the same figures give the same words. Nothing here reads or writes the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from b2shift.templatetags.b2shift import day, number, percent
from segments.dated import DATED_BY_NAME
from segments.models import ScoreKind
from segments.wording import amount, joined

PERIODS: dict[str, str | Promise] = {
    "training": gettext_lazy("the periods to learn from"),
    "calibration": gettext_lazy("the period of calibration"),
    "validation": gettext_lazy("the newest period, kept for the check"),
}
ALGORITHMS: dict[str, str | Promise] = {
    "logistic": gettext_lazy("Logistic regression"),
    "boosting": gettext_lazy("Gradient-boosted trees"),
}
CALIBRATORS: dict[str, str | Promise] = {
    "isotonic": gettext_lazy("isotonic curve"),
    "sigmoid": gettext_lazy("sigmoid curve"),
}
STEADY, SHIFTED = 0.1, 0.25
"""The usual marks of the population stability index."""
STRONG = 0.7


def title(kind: str, unit: str = "") -> str:
    """The name of a question; ``unit`` is the name of the business unit of a purchase."""
    names = {
        ScoreKind.CHURN_RISK: _("Churn risk"),
        ScoreKind.CHURN: _("Chance of churn"),
        ScoreKind.EXPANSION: _("Expansion"),
        ScoreKind.PRODUCT: _("First purchase from %(unit)s"),
    }
    return names[ScoreKind(kind)] % {"unit": unit}


def meaning(kind: str, unit: str = "") -> str:
    """What exactly is predicted, and of whom."""
    texts = {
        ScoreKind.CHURN: _(
            "The chance that the monthly recurring revenue of a paying customer falls by half or more within 6 months."
        ),
        ScoreKind.EXPANSION: _(
            "The chance that a customer signs at least one new priced contract line within 6 months."
        ),
        ScoreKind.PRODUCT: _(
            "The chance that a customer that owns nothing from %(unit)s signs its first priced line from it within 6 months."
        ),
    }
    return texts[ScoreKind(kind)] % {"unit": unit}


def frequency(value: float, kind: str, unit: str = "") -> str:
    """A probability as people can picture it."""
    hundredths = round(value * 100)
    if hundredths < 1:
        texts = {
            ScoreKind.CHURN: _("Of 100 customers like this, fewer than 1 leaves within 6 months."),
            ScoreKind.EXPANSION: _("Of 100 customers like this, fewer than 1 buys more within 6 months."),
            ScoreKind.PRODUCT: _("Of 100 customers like this, fewer than 1 buys from %(unit)s within 6 months."),
        }
        return texts[ScoreKind(kind)] % {"unit": unit}
    texts = {
        ScoreKind.CHURN: ngettext(
            "Of 100 customers like this, about %(n)s leaves within 6 months.",
            "Of 100 customers like this, about %(n)s leave within 6 months.",
            hundredths,
        ),
        ScoreKind.EXPANSION: ngettext(
            "Of 100 customers like this, about %(n)s buys more within 6 months.",
            "Of 100 customers like this, about %(n)s buy more within 6 months.",
            hundredths,
        ),
        ScoreKind.PRODUCT: ngettext(
            "Of 100 customers like this, about %(n)s buys from %(unit)s within 6 months.",
            "Of 100 customers like this, about %(n)s buy from %(unit)s within 6 months.",
            hundredths,
        ),
    }
    return texts[ScoreKind(kind)] % {"n": hundredths, "unit": unit}


def refusal(told: Mapping[str, Any]) -> str:
    """Why there is no model, with the figures that are missing; empty where there is one."""
    texts: dict[str, Any] = {
        "no_data": _("There are no data yet: import files first."),
        "no_cancellation_dates": _(
            "The files do not tell when a contract line was cancelled (0 of %(needed)s events needed), so that only the history "
            "of MRR can tell who left. It begins on %(begins)s and would have to begin by %(needed_from)s: it grows with each import."
        ),
        "history_too_short": _(
            "The history of contracts begins on %(begins)s and would have to begin by %(needed_from)s."
        ),
        "too_few_events": _("Too few events: %(events)s of %(needed)s needed in %(period)s."),
        "too_few_others": _(
            "Too few customers to whom it did not happen: %(events)s of %(needed)s needed in %(period)s."
        ),
        "no_better_than_chance": _(
            "The model ranks customers no better than chance: ROC-AUC %(roc_auc)s, with 95%% confidence between %(low)s and %(high)s."
        ),
        "no_better_than_mean": _(
            "The model predicts no better than the mean of all customers: Brier score %(brier)s against %(prevalence_brier)s."
        ),
        "no_better_than_rules": _(
            "The model ranks no better than the points table: average precision %(precision)s against %(rule_precision)s."
        ),
    }
    text = texts.get(told.get("code", ""), "")
    return text % _Figures({key: _figure(key, value) for key, value in told.items()}) if text else ""


class _Figures(dict[str, str]):
    """A figure that an older row does not have prints as a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def _figure(key: str, value: Any) -> str:
    if key == "period":
        return str(PERIODS.get(value, value))
    if key in {"begins", "needed_from"}:
        return str(day(date.fromisoformat(value))) if value else _("no day yet")
    return number(value, 0 if isinstance(value, int) else 3) if isinstance(value, int | float) else str(value)


def label(name: str) -> str:
    """The meaning of a feature."""
    return str(DATED_BY_NAME[name].meaning) if name in DATED_BY_NAME else name


def shown(name: str, value: float | None) -> str:
    """A value of a feature with its unit."""
    return amount(value, DATED_BY_NAME[name].unit if name in DATED_BY_NAME else "count")


def driver(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A driver as ``{text, effect, up}``: the measure with both values, how it moves the chance, and whether upwards."""
    name, effect = entry["feature"], float(entry["effect"])
    texts = {
        (True, True): _("raises the chance strongly"),
        (True, False): _("raises the chance"),
        (False, True): _("lowers the chance strongly"),
        (False, False): _("lowers the chance"),
    }
    text = _("%(measure)s: %(value)s (typical: %(typical)s)") % {
        "measure": label(name),
        "value": shown(name, entry["value"]),
        "typical": shown(name, entry["typical"]),
    }
    return {"text": text, "effect": texts[effect > 0, abs(effect) >= STRONG], "up": effect > 0}


def drift(value: float | None) -> tuple[str, str]:
    """The stability index in words, with the tone of its badge."""
    if value is None:
        return _("unknown"), "neutral"
    if value < STEADY:
        return _("as in training"), "good"
    return (_("somewhat different"), "info") if value < SHIFTED else (_("very different"), "warn")


def drift_sentence(features: Sequence[Mapping[str, Any]]) -> str:
    """How far today's customers are from those that the model learnt from."""
    moved = [label(each["name"]) for each in features if (each.get("drift") or 0) >= SHIFTED]
    if not moved:
        return _("Today's customers look like those that the model learnt from.")
    return _("Very different from training: %(measures)s. Read the chances with more care.") % {
        "measures": joined(moved[:6])
    }


def verdict(metrics: Mapping[str, Any]) -> str:
    """How good the model was in the period that it had not seen, in one or two sentences."""
    lift, precision = metrics["lift"], metrics["average_precision"]
    return _(
        "Checked on %(count)s customers of a period that the model had not seen: among the tenth with the highest chance the event "
        "was %(lift)s times as frequent as on average (%(low)s to %(high)s). Average precision %(precision)s against %(base)s by chance."
    ) % {
        "count": number(metrics["count"], 0),
        "lift": number(lift["value"], 1),
        "low": number(lift["low"], 1),
        "high": number(lift["high"], 1),
        "precision": percent(precision["value"], 0),
        "base": percent(metrics["events"] / metrics["count"], 0),
    }


def calibration_sentence(metrics: Mapping[str, Any]) -> str:
    """How far predicted and observed shares are apart."""
    return _("On average the predicted chance was %(error)s percentage points away from what happened.") % {
        "error": number(metrics["calibration_error"] * 100, 1)
    }


def limits(kind: str) -> list[str]:
    """What the model cannot know."""
    texts = [
        _(
            "It learns from what the files say today about earlier days: rows that were deleted from the files are missing."
        ),
        _(
            "Figures without a date of their own (status of a contract line, priority of a ticket) are not used: "
            "they would tell the past how it ended."
        ),
        _("It says how likely something is, not what would change it: a driver is not a cause."),
    ]
    if kind == ScoreKind.CHURN:
        texts.append(_("A customer counts as lost when its MRR falls by half or more, whatever the reason."))
    if kind == ScoreKind.PRODUCT:
        texts.append(_("Customers with a line of this business unit, or with one of unknown date, are left out."))
    return texts
