"""What a cluster is: its figures, what sets it apart from everybody else, and whom to look at.

All arithmetic runs over the columns that were read once for the run; nothing here reads or writes the database.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from segments import surrogates, wording
from segments.features import FEATURES, SOURCES, Feature, Frame, transformed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LEAST_VALUES = 5
"""Fewer figures than this on either side tell nothing about a difference."""
LEAST_EFFECT = 0.2
LARGEST_EFFECT = 5.0
LEAST_LIFT, LEAST_LIFT_SHARE = 1.5, 0.2
DOMINANT_SHARE = 0.45
SHOWN, TYPICAL = 10, 6
DRAWS, MOST_DRAWN = 200, 1_000
SEED = 42
LEAST_INDUSTRY = 0.02
STABLE = 0.75
SMALLEST_SIZE, SMALLEST_SHARE = 10, 0.005


@dataclass(frozen=True)
class Profile:
    """One cluster in words that JSON can hold; keys of ``figures`` as the figures contract of the product says.

    ``typical`` holds codes of the customers nearest to the centre; ``industry`` the one that dominates, or empty;
    ``rules`` what ``surrogates.explain`` says.
    """

    size: int
    share: float
    figures: dict[str, Any]
    differentiators: list[dict[str, Any]]
    typical: list[str]
    industry: str
    rules: dict[str, Any] = field(default_factory=dict)


def describe(frame: Frame, matrix: Floats, labels: NDArray[np.int64], risk: Floats) -> list[Profile]:
    """One profile per cluster, in label order. ``matrix`` (n, d) was clustered, ``risk`` (n,) is NaN if unknown."""
    columns = {feature.name: transformed(feature, frame.feature(feature.name)) for feature in FEATURES}
    return [
        _profile(frame, matrix, labels == number, risk, columns) for number in range(int(labels.max(initial=-1)) + 1)
    ]


def blocked_reason(size: int, everybody: int, stability: float | None) -> str:
    """Why a segment may be seen but not acted on: a code, or empty where it may."""
    if size < max(SMALLEST_SIZE, SMALLEST_SHARE * everybody):
        return "too_small"
    if stability is None:
        return "stability_unknown"
    return "unstable" if stability < STABLE else ""


def _profile(frame: Frame, matrix: Floats, here: Mask, risk: Floats, columns: dict[str, Floats]) -> Profile:
    industries = _shares(frame.industry, here)
    return Profile(
        size=int(here.sum()),
        share=float(here.mean()),
        figures=_figures(frame, here, risk, industries),
        differentiators=_differentiators(frame, here, columns),
        typical=_typical(frame, matrix, here),
        industry=industries[0]["name"] if industries and industries[0]["share"] >= DOMINANT_SHARE else "",
        rules=surrogates.explain(*surrogates.columns(_raw(frame)), here, SEED),
    )


def _raw(frame: Frame) -> dict[str, Floats]:
    """What short rules may speak of: features, and common industries as 0 or 1; the economy only repeats the industry."""
    columns = {feature.name: frame.feature(feature.name) for feature in FEATURES if feature.group != "context"}
    words = np.array(frame.industry, dtype=object)
    common = [name for name in sorted(set(frame.industry)) if name and float((words == name).mean()) >= LEAST_INDUSTRY]
    return columns | {f"{surrogates.INDUSTRY}{name}": (words == name).astype(np.float64) for name in common}


def _figures(frame: Frame, here: Mask, risk: Floats, industries: list[dict[str, Any]]) -> dict[str, Any]:
    raw = {name: values[here] for name, values in frame.raw.items()}
    last, risks = raw["nps_last"][np.isfinite(raw["nps_last"])], risk[here][np.isfinite(risk[here])]
    lines = float(raw["contract_lines"].sum()) if len(raw["contract_lines"]) else 0.0
    return {
        "customers": int(here.sum()),
        "mrr_total": _sum(raw["mrr"]),
        "mrr_mean": _mean(raw["mrr"]),
        "mrr_median": _median(raw["mrr"]),
        "mrr_coverage": _mean(raw["has_mrr"]),
        "contract_value_median": _median(raw["contract_value"]),
        "products_median": _median(raw["products"]),
        "active_lines_mean": _mean(raw["active_lines"]),
        "cancelled_share": _round(float(np.nansum(raw["cancelled_lines"])) / lines) if lines else None,
        "tenure_years_median": _median(frame.feature("tenure_years")[here]),
        "nps_mean": _mean(raw["nps_mean"]),
        "nps_score": _round(100 * float((last >= 9).mean() - (last <= 6).mean())) if len(last) else None,
        "nps_answers": int(np.nansum(raw["nps_answers"])),
        "tickets_per_customer_12m": _mean(raw["tickets_12m"]),
        "usage_share": _mean(raw["has_usage"]),
        "usage_events_median": _median(raw["usage_events"]),
        "purchases_value_12m_total": _sum(raw["purchases_value_12m"]),
        "discount_mean": _mean(raw["proposals_discount"]),
        "contact_share": _mean(raw["has_contact"]),
        "risk_mean": _mean(risks),
        "risk_share": _round(float((risks > 0.5).mean())) if len(risks) else None,
        "top_industries": industries[:3],
        "top_states": _shares(frame.state, here)[:3],
    }


def _round(value: float) -> float:
    return round(value, 4)


def _sum(values: Floats) -> float | None:
    return _round(float(np.nansum(values))) if np.isfinite(values).any() else None


def _mean(values: Floats) -> float | None:
    return _round(float(np.nanmean(values))) if np.isfinite(values).any() else None


def _median(values: Floats) -> float | None:
    return _round(float(np.nanmedian(values))) if np.isfinite(values).any() else None


def _shares(words: list[str], here: Mask) -> list[dict[str, Any]]:
    """``[{name, share}]`` of the texts present, the commonest first (by name among equals)."""
    counts = Counter(word for word, inside in zip(words, here, strict=True) if inside and word)
    whole = max(int(here.sum()), 1)
    return [
        {"name": name, "share": _round(n / whole)}
        for name, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _differentiators(frame: Frame, here: Mask, columns: dict[str, Floats]) -> list[dict[str, Any]]:
    """The strongest differences: effect sizes of the features, then lifts of industry and state."""
    found = [_effect(feature, frame.feature(feature.name), columns[feature.name], here) for feature in FEATURES]
    found += [_presence(name, frame.raw[name], here) for name in SOURCES]
    told = sorted((entry for entry in found if entry is not None), key=lambda e: (-abs(e["effect"]), e["feature"]))
    shown = [
        entry | _interval(columns.get(entry["feature"], frame.raw.get(entry["feature"])), here)
        for entry in told[:SHOWN]
    ]
    return shown + _lifts("industry", frame.industry, here) + _lifts("state", frame.state, here)


def _effect(feature: Feature, values: Floats, column: Floats, here: Mask) -> dict[str, Any] | None:
    size = cohens_d(column[here], column[~here])
    if size is None or abs(size) < LEAST_EFFECT:
        return None
    return {
        "feature": feature.name,
        **wording.label(feature.name, feature.meaning),
        "effect": round(size, 3),
        "kind": "effect",
        "segment_value": _median(values[here]),
        "rest_value": _median(values[~here]),
        "unit": feature.unit,
    }


def _presence(name: str, values: Floats, here: Mask) -> dict[str, Any] | None:
    """Being known to a source or not, as a difference of shares."""
    size = cohens_d(values[here], values[~here])
    if size is None or abs(size) < LEAST_EFFECT:
        return None
    return {
        "feature": name,
        **wording.label(name, None),
        "effect": round(size, 3),
        "kind": "effect",
        "segment_value": _mean(values[here]),
        "rest_value": _mean(values[~here]),
        "unit": "share",
    }


def cohens_d(here: Floats, rest: Floats) -> float | None:
    """Difference of means in pooled standard deviations, within ±5; None with too few figures on either side."""
    here, rest = here[np.isfinite(here)], rest[np.isfinite(rest)]
    if min(len(here), len(rest)) < LEAST_VALUES:
        return None
    gap = float(here.mean() - rest.mean())
    pooled = ((len(here) - 1) * here.var(ddof=1) + (len(rest) - 1) * rest.var(ddof=1)) / (len(here) + len(rest) - 2)
    if gap == 0.0:
        return 0.0
    return float(np.clip(gap / max(float(np.sqrt(pooled)), 1e-9), -LARGEST_EFFECT, LARGEST_EFFECT))


def _interval(column: Floats | None, here: Mask) -> dict[str, float]:
    """90% interval of Cohen's d by bootstrap: both sides drawn anew, with the same draws for the same figures."""
    if column is None:
        return {}
    inside, rest = column[here & np.isfinite(column)], column[~here & np.isfinite(column)]
    found = bootstrapped(inside, rest, np.random.default_rng(SEED))
    low, high = np.quantile(np.clip(found, -LARGEST_EFFECT, LARGEST_EFFECT), [0.05, 0.95])
    return {"low": round(float(low), 3), "high": round(float(high), 3)}


def bootstrapped(inside: Floats, rest: Floats, rng: np.random.Generator) -> Floats:
    """Cohen's d of ``DRAWS`` samples with replacement. Large sides are drawn by their moments, which is the same in the limit."""
    means, variances = zip(*(_resampled(side, rng) for side in (inside, rest)), strict=True)
    n, m = len(inside), len(rest)
    pooled = ((n - 1) * variances[0] + (m - 1) * variances[1]) / (n + m - 2)
    found: Floats = (means[0] - means[1]) / np.maximum(np.sqrt(pooled), 1e-9)
    return found


def _resampled(side: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Mean and variance of each bootstrap sample."""
    if len(side) > MOST_DRAWN:
        middle, variance = float(side.mean()), float(side.var(ddof=1))
        kurtosis = float(((side - middle) ** 4).mean())
        spread = np.sqrt(max(kurtosis - variance**2, 0.0) / len(side))
        means = rng.normal(middle, np.sqrt(variance / len(side)), DRAWS)
        return means, np.maximum(rng.normal(variance, spread, DRAWS), 0.0)
    drawn = side[rng.integers(0, len(side), (DRAWS, len(side)))]
    return drawn.mean(axis=1), drawn.var(axis=1, ddof=1)


def _lifts(feature: str, words: list[str], here: Mask) -> list[dict[str, Any]]:
    elsewhere = {entry["name"]: entry["share"] for entry in _shares(words, ~here)}
    found = []
    for entry in _shares(words, here)[:3]:
        rest = elsewhere.get(entry["name"], 0.0)
        lift = entry["share"] / max(rest, 1.0 / max(int((~here).sum()), 1))
        if lift >= LEAST_LIFT and entry["share"] >= LEAST_LIFT_SHARE:
            names = wording.label(feature, wording.INDUSTRIES.get(entry["name"], entry["name"]))
            found.append(
                {
                    "feature": feature,
                    **names,
                    "effect": round(min(lift, 99.0), 2),
                    "kind": "lift",
                    "segment_value": entry["share"],
                    "rest_value": rest,
                    "unit": "share",
                }
            )
    return found


def _typical(frame: Frame, matrix: Floats, here: Mask) -> list[str]:
    rows = np.flatnonzero(here)
    distance = ((matrix[rows] - matrix[rows].mean(axis=0)) ** 2).sum(axis=1)
    return [frame.codes[i] for i in rows[np.argsort(distance, kind="stable")[:TYPICAL]]]
