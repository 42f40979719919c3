"""What two wordings brought, and whether a difference can be told from chance."""

from dataclasses import dataclass
from math import sqrt

from django.db.models import Count, Q

from campaigns.models import Campaign, Interaction, Message
from campaigns.strategies import ASSUMED, wilson
from campaigns.variants import A, B

Z99 = 2.5758  # 99%, two-sided
Z80 = 0.8416  # to see a difference of the size asked for four times out of five
WORTH = 1.5  # the difference that is worth telling: half as many acceptances again
KNOWN = 5  # acceptances from which on the rate of the campaign itself is used to say how many mails it takes


@dataclass(frozen=True)
class Result:
    """What came back of the mails of one wording, by people only."""

    variant: str
    sent: int
    accepted: int
    declined: int

    @property
    def acceptance(self) -> tuple[float, float, float] | None:
        """(low, rate, high) of the acceptances, 95%; None before anything was sent."""
        return wilson(self.accepted, self.sent) if self.sent else None

    @property
    def refusal(self) -> tuple[float, float, float] | None:
        """(low, rate, high) of the refusals, 95%; None before anything was sent."""
        return wilson(self.declined, self.sent) if self.sent else None


@dataclass(frozen=True)
class Comparison:
    """Both results; ``ahead`` is "" unless the ``gap`` cannot be chance.

    ``gap``: acceptances of the wording that is ahead minus those of the other, in percentage points (low, middle, high).
    ``more``: how many more mails per wording would show a difference worth telling; 0 when so many have been sent.
    """

    number: int
    results: tuple[Result, Result]
    ahead: str
    gap: tuple[float, float, float] | None
    more: int


def of(campaign: Campaign) -> Comparison | None:
    """The newest version with two wordings, compared by the mails that went out under it; None where none did."""
    tested = campaign.drafts.exclude(other_body="").order_by("-number").first()
    if tested is None:
        return None
    sent = campaign.messages.filter(state=Message.State.SENT, dispatched_at__gte=tested.created_at).exclude(variant="")
    if later := campaign.drafts.filter(number__gt=tested.number).order_by("number").first():
        sent = sent.filter(dispatched_at__lt=later.created_at)
    by_people = Q(interactions__origin=Interaction.Origin.HUMAN)
    accepted, declined = (
        Count("pk", filter=by_people & Q(interactions__kind=kind), distinct=True)
        for kind in (Interaction.Kind.ACCEPT, Interaction.Kind.REJECT)
    )
    counted = sent.values("variant").annotate(sent=Count("pk", distinct=True), accepted=accepted, declined=declined)
    found = {row["variant"]: Result(**row) for row in counted.order_by("variant")}
    if not found:
        return None
    pair = tuple(found.get(variant, Result(variant, 0, 0, 0)) for variant in (A, B))
    return compare(tested.number, pair[0], pair[1], ASSUMED[campaign.strategy.play][1])


def compare(number: int, one: Result, two: Result, assumed: float) -> Comparison:
    """Which of two wordings is ahead, if that can be told. ``assumed``: the acceptance that is taken for granted before any came.

    The interval of the difference of two proportions is Newcombe's hybrid score interval (R. G. Newcombe, "Interval estimation for
    the difference between independent proportions", Statistics in Medicine 17, 1998, method 10): built from the Wilson intervals,
    it holds for few mails and for rates near zero too. One wording is ahead when the interval leaves out zero. It is the 99%
    interval: the page is looked at again and again while answers come in, and about ten looks at 1% each err as often as a single
    one at 5% (P. Armitage, C. K. McPherson and B. C. Rowe, "Repeated significance tests on accumulating data", JRSS A 132, 1969).
    """
    leader, other = (two, one) if _rate(two) > _rate(one) else (one, two)
    gap = _gap(leader, other) if one.sent and two.sent else None
    ahead = leader.variant if gap and gap[0] > 0 else ""
    return Comparison(number, (one, two), ahead, gap, 0 if ahead else _more(one, two, assumed))


def _rate(result: Result) -> float:
    return result.accepted / result.sent if result.sent else 0.0


def _gap(leader: Result, other: Result) -> tuple[float, float, float]:
    low1, rate1, high1 = wilson(leader.accepted, leader.sent, Z99)
    low2, rate2, high2 = wilson(other.accepted, other.sent, Z99)
    middle = rate1 - rate2
    low = middle - sqrt((rate1 - low1) ** 2 + (high2 - rate2) ** 2)
    high = middle + sqrt((high1 - rate1) ** 2 + (rate2 - low2) ** 2)
    return low * 100, middle * 100, high * 100


def _more(one: Result, two: Result, assumed: float) -> int:
    """Mails per wording that are still missing to see ``WORTH``, rounded up to two digits.

    The usual formula for two proportions (J. L. Fleiss, "Statistical Methods for Rates and Proportions", ch. 4, without the
    correction for continuity). It asks for a difference fixed beforehand: the one that happens to show is mostly noise.
    """
    accepted, sent = one.accepted + two.accepted, one.sent + two.sent
    base = accepted / sent if accepted >= KNOWN else assumed
    better = min(base * WORTH, (1 + base) / 2)
    if better <= base:  # everybody accepts: there is nothing better to look for
        return 0
    spread = base * (1 - base) + better * (1 - better)
    missing = (Z99 + Z80) ** 2 * spread / (better - base) ** 2 - min(one.sent, two.sent)
    if missing <= 0:
        return 0
    step = 10 ** max(len(str(int(missing))) - 2, 0)
    return int(-(-missing // step)) * step
