"""Which play fits a segment, and why, in numbers. Deterministic and explainable: signals with weights, compared with the company.

Until there are results of our own, the expected response is an assumption and says so; from ``ENOUGH`` sent messages of a play on
it is what those messages brought, with its interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from math import sqrt
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import Offer, Play, Strategy

REFUSED_OFTEN = 2  # rejections of a pair for a segment as the wrong offer, before it is passed over there
ENOUGH = 200  # sent messages of a play before its own results replace the assumption
Z95 = 1.96

# Share of recipients that accept, assumed until measured: low, middle, high. The middle is a cautious guess for B2B mail.
ASSUMED: dict[str, tuple[float, float, float]] = {
    Play.RETAIN: (0.02, 0.05, 0.09),
    Play.EXPAND: (0.01, 0.03, 0.06),
    Play.ONBOARD: (0.03, 0.07, 0.12),
    Play.CROSS_SELL: (0.01, 0.02, 0.05),
    Play.WIN_BACK: (0.005, 0.015, 0.04),
    Play.CREDIT: (0.01, 0.03, 0.06),
}

FIGURES: dict[str, str | Promise] = {
    "risk_mean": _("Churn risk"),
    "risk_share": _("Customers at high risk"),
    "nps_mean": _("Loyalty (NPS mean)"),
    "cancelled_share": _("Cancelled contract lines"),
    "tickets_per_customer_12m": _("Tickets per customer, 12 months"),
    "usage_share": _("Customers with usage data"),
    "usage_events_median": _("Usage events (median)"),
    "products_median": _("Products per customer (median)"),
    "tenure_years_median": _("Years as a customer (median)"),
    "mrr_median": _("Monthly revenue (median)"),
    "purchases_value_12m_total": _("Purchases in 12 months"),
    "contact_share": _("Customers with a contact"),
}
UNITS = {
    "risk_mean": "share", "risk_share": "share", "cancelled_share": "share", "usage_share": "share", "contact_share": "share",
    "mrr_median": "brl", "purchases_value_12m_total": "brl",
}  # fmt: skip

# Per play: (figure, direction, weight). +1: the more above the company, the better it fits; −1: the more below.
SIGNALS: dict[str, tuple[tuple[str, int, float], ...]] = {
    Play.RETAIN: (
        ("risk_mean", 1, 1.0),
        ("nps_mean", -1, 0.8),
        ("tickets_per_customer_12m", 1, 0.5),
        ("mrr_median", 1, 0.3),
    ),
    Play.EXPAND: (
        ("nps_mean", 1, 0.8),
        ("usage_events_median", 1, 0.8),
        ("mrr_median", 1, 0.6),
        ("risk_mean", -1, 0.5),
    ),
    Play.ONBOARD: (("tenure_years_median", -1, 1.0), ("usage_events_median", -1, 0.8), ("products_median", -1, 0.4)),
    Play.CROSS_SELL: (
        ("products_median", -1, 0.9),
        ("nps_mean", 1, 0.7),
        ("tenure_years_median", 1, 0.4),
        ("risk_mean", -1, 0.4),
    ),
    Play.WIN_BACK: (("cancelled_share", 1, 1.4), ("usage_events_median", -1, 0.4), ("risk_mean", 1, 0.3)),
    Play.CREDIT: (("purchases_value_12m_total", 1, 0.9), ("mrr_median", 1, 0.6), ("risk_mean", -1, 0.8)),
}
# A play whose condition is not met does not fit, however its signals stand: (figure, at least, at most) in absolute terms.
CONDITIONS: dict[str, tuple[tuple[str, float | None, float | None], ...]] = {
    Play.EXPAND: (("risk_mean", None, 0.5),),
    Play.ONBOARD: (("tenure_years_median", 0.0, 4.0),),
    Play.CREDIT: (("risk_mean", None, 0.4), ("purchases_value_12m_total", 1.0, None)),
    Play.WIN_BACK: (("cancelled_share", 0.25, None),),
    Play.CROSS_SELL: (("risk_mean", None, 0.55),),
}


@dataclass(frozen=True)
class Signal:
    """One reason: the segment's figure, the company's, and the points (positive speaks for the play)."""

    figure: str
    value: float
    benchmark: float
    points: float


@dataclass(frozen=True)
class Choice:
    """A strategy with its first offer, its score (0–1) and the signals that made it; ``others`` are the next best.

    ``passed``: strategies with the offers that would have come first, passed over because people rejected them so often.
    """

    strategy: Strategy
    offer: Offer
    score: float
    signals: tuple[Signal, ...]
    missing: tuple[str, ...]
    others: tuple[tuple[str, float], ...] = ()
    passed: tuple[tuple[str, str, int], ...] = ()


def choose(
    figures: Mapping[str, Any],
    company: Mapping[str, Any],
    strategies: Sequence[Strategy],
    offers: Sequence[Offer],
    ceilings: Mapping[str, float],
    refused: Sequence[Sequence[Any]] = (),
) -> Choice | None:
    """The best fitting active strategy that has a first offer within the discount ceiling of its unit; None when there is none.

    ``refused``: rows of strategy, offer and how often people rejected the pair for this segment as the wrong offer; from
    ``REFUSED_OFTEN`` times on it is passed over. Ties go to the strategy whose code comes first, so that the
    same figures always give the same answer.
    """
    ranked = candidates(figures, company, strategies, offers, ceilings, refused)
    return _with_others(ranked[0], ranked) if ranked else None


def pick(
    figures: Mapping[str, Any],
    company: Mapping[str, Any],
    strategies: Sequence[Strategy],
    offers: Sequence[Offer],
    ceilings: Mapping[str, float],
    wanted: Sequence[str],
    refused: Sequence[Sequence[Any]] = (),
) -> Choice | None:
    """The candidate with the strategy and offer of these codes, with the reasons that speak for it; None where it is no candidate."""
    ranked = candidates(figures, company, strategies, offers, ceilings, refused)
    found = next((each for each in ranked if [each.strategy.code, each.offer.code] == list(wanted)), None)
    return _with_others(found, ranked) if found else None


def candidates(
    figures: Mapping[str, Any],
    company: Mapping[str, Any],
    strategies: Sequence[Strategy],
    offers: Sequence[Offer],
    ceilings: Mapping[str, float],
    refused: Sequence[Sequence[Any]] = (),
) -> list[Choice]:
    """Every active strategy that may be played here, with its first offer, the best fitting first."""
    often = {(code, offer): times for code, offer, times in refused if times >= REFUSED_OFTEN}
    found, passed = [], []
    for strategy in strategies:
        if not strategy.is_active or not _allowed(strategy.play, figures):
            continue
        wanted = first_offer(strategy, offers, ceilings, step=1)
        left = [each for each in offers if (strategy.code, each.code) not in often]
        offer = first_offer(strategy, left, ceilings, step=1)
        if wanted is not None and wanted is not offer:
            passed.append((strategy.code, wanted.code, often[strategy.code, wanted.code]))
        if offer is not None:
            signals, missing = _signals(strategy.play, figures, company)
            found.append(Choice(strategy, offer, _score(strategy.play, signals), signals, missing))
    ranked = sorted(found, key=lambda choice: (-choice.score, choice.strategy.code))
    return [replace(each, passed=tuple(passed)) for each in ranked]


def _with_others(chosen: Choice, ranked: Sequence[Choice]) -> Choice:
    others = [(each.strategy.code, each.score) for each in ranked if each is not chosen]
    return replace(chosen, others=tuple(others[:3]))


def basis(
    figures: Mapping[str, Any],
    company: Mapping[str, Any],
    strategies: Sequence[Strategy],
    offers: Sequence[Offer],
    ceilings: Mapping[str, float],
    refused: Sequence[Sequence[Any]] = (),
) -> dict[str, Any]:
    """Everything that ``choose`` looks at, as plain values: what a record of the choice keeps."""
    return {
        "figures": {name: figures[name] for name in FIGURES if figures.get(name) is not None},
        "company": dict(company),
        "strategies": [[row.code, row.play, row.business_unit_id, row.is_active] for row in strategies],
        "offers": [offer_basis(row) for row in offers],
        "ceilings": dict(ceilings),
        **({"refused": [list(row) for row in refused]} if refused else {}),
    }


def offer_basis(offer: Offer) -> list[Any]:
    """The terms of an offer that a choice depends on."""
    unit, percent = offer.business_unit_id, f"{offer.discount_percent:.2f}"
    return [offer.code, offer.play, unit, offer.step, percent, offer.is_active]


def offer_from(stored: Sequence[Any]) -> Offer:
    """An unsaved offer with exactly the terms of ``offer_basis``."""
    code, play, unit, step, percent, active = stored
    return Offer(
        code=code, play=play, business_unit_id=unit, step=step, discount_percent=Decimal(percent), is_active=active
    )


def choose_again(on: Mapping[str, Any]) -> Choice | None:
    """``choose`` on a stored basis, or ``pick`` where somebody chose among the candidates."""
    plays = [
        Strategy(code=code, play=play, business_unit_id=unit, is_active=active)
        for code, play, unit, active in on["strategies"]
    ]
    given = (on["figures"], on["company"], plays, [offer_from(row) for row in on["offers"]], on["ceilings"])
    refused = on.get("refused", ())
    return pick(*given, on["picked"], refused) if on.get("picked") else choose(*given, refused)


def outcome(choice: Choice | None) -> dict[str, Any] | None:
    """A choice as plain values; None where nothing fits."""
    if choice is None:
        return None
    return {"strategy": choice.strategy.code, "offer": choice.offer.code, **rationale(choice)}


def first_offer(strategy: Strategy, offers: Sequence[Offer], ceilings: Mapping[str, float], step: int) -> Offer | None:
    """The offer of a rung: active, of the strategy's unit and play, within the ceiling; the smallest discount first."""
    fitting = [
        offer
        for offer in offers
        if offer.is_active and offer.step == step and offer.play == strategy.play and offer.business_unit_id == strategy.business_unit_id
        and float(offer.discount_percent) <= ceilings.get(offer.business_unit_id, 0.0)
    ]  # fmt: skip
    return min(fitting, key=lambda offer: (offer.discount_percent, offer.code), default=None)


def expected_effect(play: str, reached: int, mrr_median: float | None, sent: int, accepted: int) -> dict[str, Any]:
    """What a campaign may bring: acceptances (low, middle, high) with the basis written out, and the monthly revenue that it concerns."""
    if sent >= ENOUGH:
        low, rate, high = wilson(accepted, sent)
        basis = "history"
    else:
        low, rate, high = ASSUMED[play]
        basis = "assumption"
    return {
        "basis": basis, "sent": sent, "accepted": accepted, "needed": ENOUGH, "reached": reached,
        "rate": round(rate, 4), "rate_low": round(low, 4), "rate_high": round(high, 4),
        "accepts": round(reached * rate), "accepts_low": int(reached * low), "accepts_high": round(reached * high + 0.5),
        "mrr_concerned": round(reached * rate * mrr_median, 2) if mrr_median is not None else None,
    }  # fmt: skip


def rationale(choice: Choice) -> dict[str, Any]:
    """The choice in JSON: score, signals (the strongest first), figures without data, next best strategies."""
    ranked = sorted(choice.signals, key=lambda signal: -abs(signal.points))
    return {
        "score": round(choice.score, 3),
        "signals": [
            {
                **asdict(signal),
                "value": round(signal.value, 4),
                "benchmark": round(signal.benchmark, 4),
                "points": round(signal.points, 3),
            }
            for signal in ranked
        ],
        "missing": list(choice.missing),
        "others": [[code, round(score, 3)] for code, score in choice.others],
        **({"passed": [list(row) for row in choice.passed]} if choice.passed else {}),
    }


def company_figures(profiles: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Mean of each figure over segments, weighted by customers; a figure without data anywhere is absent."""
    means = {}
    for name in FIGURES:
        known = [
            (float(figures[name]), float(figures.get("customers") or 1))
            for figures in profiles
            if figures.get(name) is not None
        ]
        if known:
            means[name] = sum(value * weight for value, weight in known) / sum(weight for _value, weight in known)
    return means


def _allowed(play: str, figures: Mapping[str, Any]) -> bool:
    for name, least, most in CONDITIONS.get(play, ()):
        value = figures.get(name)
        if value is None:
            if least is not None:
                return False
            continue
        if (least is not None and value < least) or (most is not None and value > most):
            return False
    return True


def _signals(
    play: str, figures: Mapping[str, Any], company: Mapping[str, Any]
) -> tuple[tuple[Signal, ...], tuple[str, ...]]:
    found, missing = [], []
    for name, direction, weight in SIGNALS[play]:
        value, benchmark = figures.get(name), company.get(name)
        if value is None or benchmark is None:
            missing.append(name)
            continue
        scale = max(abs(float(value)), abs(float(benchmark)), 1e-9)
        distance = (float(value) - float(benchmark)) / scale  # −1 … 1, also for figures of any size
        found.append(Signal(name, float(value), float(benchmark), direction * weight * distance))
    return tuple(found), tuple(missing)


def _score(play: str, signals: Sequence[Signal]) -> float:
    """0.5 where the segment is like the company; each figure without data pulls towards that middle."""
    total = sum(weight for _name, _direction, weight in SIGNALS[play])
    return 0.5 + 0.5 * sum(signal.points for signal in signals) / total


def wilson(successes: int, trials: int, z: float = Z95) -> tuple[float, float, float]:
    """Rate with its Wilson interval (95% for the usual ``z``): (low, rate, high)."""
    rate = successes / trials
    centre = (rate + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * sqrt(rate * (1 - rate) / trials + z**2 / (4 * trials**2))
    return max(0.0, centre - half), rate, min(1.0, centre + half)
