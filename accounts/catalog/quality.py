"""How good a dataset is: five parts from 0 to 1 and one score from 0 to 100. Pure."""

from dataclasses import dataclass

WEIGHTS = {"completeness": 25, "validity": 25, "freshness": 20, "uniqueness": 15, "consistency": 15}
OPTIONAL_WEIGHT = 0.25  # of a column that rows may lack, against 1 of one that every row should have
GOOD, FAIR = 85.0, 60.0


@dataclass(frozen=True)
class Quality:
    """Parts from 0 to 1; None where a part was not measured, and then it does not count."""

    completeness: float | None = None
    validity: float | None = None
    freshness: float | None = None
    uniqueness: float | None = None
    consistency: float | None = None

    @property
    def parts(self) -> dict[str, float | None]:
        """The parts by name, the heaviest first."""
        return {name: getattr(self, name) for name in WEIGHTS}

    @property
    def score(self) -> float | None:
        """The weighted mean of the measured parts, 0–100; None where none but freshness is measured."""
        measured = {name: part for name, part in self.parts.items() if part is not None}
        if not set(measured) - {"freshness"}:
            return None
        return 100 * sum(WEIGHTS[name] * part for name, part in measured.items()) / sum(WEIGHTS[n] for n in measured)


def tone(score: float | None) -> str:
    """How a score is coloured: good, warn, bad, or neutral for none."""
    if score is None:
        return "neutral"
    return "good" if score >= GOOD else "warn" if score >= FAIR else "bad"


def completeness(columns: list[tuple[bool, float]]) -> float | None:
    """Weighted mean of filled shares; each column is (every row should have it, filled share)."""
    weights = [(1.0 if needed else OPTIONAL_WEIGHT, filled) for needed, filled in columns]
    total = sum(weight for weight, _filled in weights)
    return sum(weight * filled for weight, filled in weights) / total if total else None


def share_without(rows: int, found: int) -> float | None:
    """The share of ``rows`` that ``found`` problems leave untouched, were each in a row of its own; None without rows."""
    return max(0.0, 1 - found / rows) if rows else None


def freshness(age_days: float | None, promise_days: int) -> float | None:
    """1 up to the promise, then falling evenly to 0 at three times the promise; None where nothing was ever loaded."""
    if age_days is None or promise_days <= 0:
        return None
    return min(1.0, max(0.0, 1 - (age_days - promise_days) / (2 * promise_days)))
