"""How attentively drafts are reviewed: planted errors caught, drafts approved as they were written, reasons of rejections. Reads only."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db.models import Count
from django.utils.functional import Promise

from accounts.models import User
from campaigns.lifecycle import REASONS
from campaigns.models import Approval, Campaign, Plant, Transition
from campaigns.strategies import wilson

ENOUGH = 5  # fewer decisions say nothing about a person


@dataclass(frozen=True)
class Share:
    """``hits`` of ``total`` with the 95% interval; ``known`` is False where there are too few to speak of a share."""

    hits: int
    total: int

    @property
    def known(self) -> bool:
        """Whether there are enough."""
        return self.total >= ENOUGH

    @property
    def missing(self) -> int:
        """How many more are needed."""
        return max(0, ENOUGH - self.total)

    @property
    def interval(self) -> tuple[float, float, float] | None:
        """Low, share and high; None where there are too few."""
        return wilson(self.hits, self.total) if self.known else None

    def report(self) -> dict[str, Any]:
        """As the API tells it."""
        low, share, high = self.interval or (None, None, None)
        return {"hits": self.hits, "total": self.total, "share": share, "low": low, "high": high}


@dataclass(frozen=True)
class Quality:
    """One person's figures, or the team's (``name`` empty). ``seconds``: median from opening to deciding a planted draft."""

    name: str
    caught: Share
    unedited: Share
    seconds: int | None

    @property
    def missed(self) -> int:
        """Planted errors that were approved."""
        return self.caught.total - self.caught.hits

    def report(self) -> dict[str, Any]:
        """As the API tells it."""
        return {
            "name": self.name,
            "planted": self.caught.report(),
            "approved_unedited": self.unedited.report(),
            "median_seconds": self.seconds,
        }


def of(person: User | None) -> Quality:
    """The figures of one person, or of everybody together (None)."""
    plants, approvals = _settled(), _approvals()
    if person:
        plants = [row for row in plants if row[0] == person.pk]
        approvals = [row for row in approvals if row[0] == person.pk]
    return _quality(person.name if person else "", plants, approvals)


def by_person() -> list[Quality]:
    """The figures of everybody who decided about a planted draft or approved one, by name."""
    plants, approvals = _settled(), _approvals()
    ids = [*{row[0] for row in plants} | {row[0] for row in approvals}]
    return [
        _quality(str(one), [row for row in plants if row[0] == one.pk], [row for row in approvals if row[0] == one.pk])
        for one in User.objects.filter(pk__in=ids).order_by("name")
    ]


def reasons() -> list[dict[str, Any]]:
    """Rejections of real drafts by strategy, offer and reason, the most frequent first."""
    told = Transition.objects.filter(verb="reject", campaign__is_planted=False).order_by()
    rows = told.values("campaign__strategy__code", "campaign__offer__name", "reason_code").annotate(count=Count("pk"))
    found = [
        {
            "strategy": row["campaign__strategy__code"],
            "offer": row["campaign__offer__name"] or "",
            "reason": row["reason_code"],
            "count": row["count"],
        }
        for row in rows
    ]
    return sorted(found, key=lambda row: (-row["count"], row["strategy"], row["offer"], row["reason"]))


def reason_words(code: str) -> str | Promise:
    """A reason as people choose it."""
    return REASONS.get(code, code)


def undecided() -> int:
    """Planted drafts that wait in the queue."""
    return Campaign.every.filter(is_planted=True, status__in=["draft", "in_review"]).count()


def _settled() -> list[tuple[int, str, int | None]]:
    told = Plant.objects.filter(outcome__in=[Plant.Outcome.CAUGHT, Plant.Outcome.MISSED])
    return list(told.values_list("decided_by", "outcome", "seconds"))


def _approvals() -> list[tuple[int, int]]:
    """Per person and campaign the version that they approved last."""
    newest: dict[tuple[int, int], int] = {}
    for person, campaign, number in Approval.objects.order_by("pk").values_list(
        "approver", "campaign", "draft__number"
    ):
        newest[person, campaign] = number
    return [(person, number) for (person, _campaign), number in newest.items()]


def _quality(name: str, plants: Iterable[tuple[int, str, int | None]], approvals: Iterable[tuple[int, int]]) -> Quality:
    outcomes = list(plants)
    numbers = [number for _person, number in approvals]
    times = [seconds for _person, _outcome, seconds in outcomes if seconds is not None]
    return Quality(
        name=name,
        caught=Share(sum(outcome == Plant.Outcome.CAUGHT for _person, outcome, _seconds in outcomes), len(outcomes)),
        unedited=Share(sum(number == 1 for number in numbers), len(numbers)),
        seconds=round(median(times)) if times else None,
    )
