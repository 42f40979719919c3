"""What becomes of a planted draft: whoever decides about it ends it, and is told what was wrong."""

import re

from django.db.models.functions import Now

from accounts import audit
from accounts.models import User
from campaigns.models import Campaign, Plant

_Outcome = Plant.Outcome
OUTCOMES: dict[str, str] = {
    "approve": _Outcome.MISSED,
    "request_changes": _Outcome.CAUGHT,
    "reject": _Outcome.CAUGHT,
    "edit": _Outcome.CAUGHT,
    "cancel": _Outcome.WITHDRAWN,
}
ENDING = frozenset(OUTCOMES) - {"edit"}  # an edit ends it only where it takes the error out
LONGEST = 3600  # seconds: a page that was open for longer was not being read


def settle(campaign: Campaign, verb: str, actor: User, seconds: int | None) -> Plant:
    """Write down what this person did, once, in the caller's transaction. ``seconds``: from opening to decision."""
    plant = Plant.objects.select_for_update().get(campaign=campaign, outcome=_Outcome.OPEN)
    plant.outcome, plant.verb, plant.decided_by = OUTCOMES[verb], verb, actor
    plant.seconds = seconds if seconds is not None and 0 <= seconds <= LONGEST else None
    Plant.objects.filter(pk=plant.pk).update(
        outcome=plant.outcome, verb=verb, decided_by=actor, decided_at=Now(), seconds=plant.seconds
    )
    audit.record(
        actor, f"plant.{plant.outcome}", plant, f"{campaign.title}: {plant.outcome}", verb=verb, kind=plant.kind
    )
    return plant


def mistake(plant: Plant) -> str:
    """The words of the draft that are wrong, with one neighbour on each side: what an edit must take out to have caught it."""
    before, after = plant.original.split(), list(re.finditer(r"\S+", plant.changed))
    words = [each.group() for each in after]
    start = next((at for at, (one, two) in enumerate(zip(before, words, strict=False)) if one != two), len(before))
    rest = list(zip(reversed(before[start:]), reversed(words[start:]), strict=False))
    same = next((at for at, (one, two) in enumerate(rest) if one != two), len(rest))
    wrong = after[max(start - 1, 0) : len(after) - same + 1]
    return plant.changed[wrong[0].start() : wrong[-1].end()] if wrong else plant.changed


def lesson_of(campaign: Campaign) -> Plant | None:
    """The planted error of a draft that somebody has decided about; None for real campaigns and undecided ones."""
    return (
        Plant.objects.filter(campaign=campaign).exclude(outcome=_Outcome.OPEN).first() if campaign.is_planted else None
    )
