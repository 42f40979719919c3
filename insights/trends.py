"""How figures compare with an earlier day, from the figures that were kept (``FigureSnapshot``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from insights.models import FigureSnapshot

USUAL_DAYS = 30


@dataclass(frozen=True)
class Baseline:
    """The figures of an earlier day; keys are (passport, metric), the company's own have None as passport."""

    day: date
    values: Mapping[tuple[str | None, str], float | None]

    def value(self, metric: str, passport: str | None = None) -> float | None:
        """The figure of that day; None where there was no data or no such segment."""
        return self.values.get((passport, metric))


@dataclass(frozen=True)
class Change:
    """One figure now and on the earlier day; both are known."""

    before: float
    now: float

    @property
    def difference(self) -> float:
        """Now − before, in the figure's own unit."""
        return self.now - self.before

    @property
    def share(self) -> float | None:
        """The difference as a fraction of the earlier figure; None where that was zero."""
        return self.difference / abs(self.before) if self.before else None


def baseline(days: int = USUAL_DAYS) -> Baseline | None:
    """The newest kept day that is at least ``days`` old, else the oldest day before today; None when there is none."""
    today = timezone.localdate()
    kept = FigureSnapshot.objects.filter(segment=None, day__lt=today)
    aged = kept.filter(day__lte=today - timedelta(days=days)).order_by("-day")
    day = aged.values_list("day", flat=True).first() or kept.order_by("day").values_list("day", flat=True).first()
    if day is None:
        return None
    rows = FigureSnapshot.objects.filter(day=day).values_list("segment__passport", "metric", "value")
    return Baseline(day, {(passport, metric): value for passport, metric, value in rows})


def change(metric: str, now: float | None, earlier: Baseline | None, passport: str | None = None) -> Change | None:
    """What became of a figure since ``earlier``; None unless both figures are known."""
    before = earlier.value(metric, passport) if earlier else None
    return None if now is None or before is None else Change(before, float(now))


def history(metric: str, passport: str | None = None) -> list[dict[str, Any]]:
    """A figure day by day, oldest first: ``[{"day": ISO date, "value": float}]``; days without data are left out."""
    days = FigureSnapshot.objects.filter(metric=metric, value__isnull=False)
    days = days.filter(segment__passport=passport) if passport else days.filter(segment=None)
    return [{"day": row.day.isoformat(), "value": round(row.value or 0, 4)} for row in days.order_by("day")]
