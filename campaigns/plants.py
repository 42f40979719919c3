"""What becomes of a planted draft: whoever decides about it ends it, and is told what was wrong."""

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


def lesson_of(campaign: Campaign) -> Plant | None:
    """The planted error of a draft that somebody has decided about; None for real campaigns and undecided ones."""
    return (
        Plant.objects.filter(campaign=campaign).exclude(outcome=_Outcome.OPEN).first() if campaign.is_planted else None
    )
