"""What an arbitration weighs, read set by set: who contends, with which chance, in which context, for how much, within which budget.

The same reads serve one campaign's audience, with the live campaigns that claim the same customers, and a run over everything.
Live campaigns are agreed and not over; each mail of theirs that waits claims a contact. Proposals and paused campaigns claim none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Avg

from b2shift.lib import copying
from campaigns import arbitration, factors, gate, policies, strategies
from campaigns.arbitration import Contender, Contest
from campaigns.models import Campaign, Lever
from segments.models import Score

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LIVE = (Campaign.Status.APPROVED, Campaign.Status.SENDING)
UNSAVED = 2**40  # a campaign that is only being thought of is the youngest
NO_CAP = 2**15 - 1
FEW = 20_000  # customers up to which a query names them

# A mail of a live campaign that waits: what the campaign claims. What has gone out is in the budget already.
_CLAIMS = """
    SELECT m.campaign_id, m.customer_id FROM campaigns_message m JOIN campaigns_campaign c ON c.id = m.campaign_id
    WHERE c.status IN ('approved', 'sending') AND c.id <> %(campaign)s AND m.state = 'queued' AND m.channel = 'email'
      AND m.customer_id IN ({target})
"""
_ANY_CLAIM = """
    SELECT EXISTS (SELECT 1 FROM campaigns_campaign c WHERE c.status IN ('approved', 'sending') AND c.id <> %(campaign)s
                   AND EXISTS (SELECT 1 FROM campaigns_message m WHERE m.campaign_id = c.id AND m.state = 'queued'))
"""
_PICTURES = f"""
    SELECT p.customer_id AS customer, coalesce(p.mrr::float8, 'NaN') AS mrr,
           coalesce(p.tickets_high_12m, 0) > 0 AND coalesce(p.tickets_90d, 0) > 0 AS tickets,
           coalesce(p.nps_last <= {factors.DETRACTOR_AT_MOST}, false) AS detractor,
           p.has_mrr::int + p.has_nps::int + p.has_usage::int + p.has_tickets::int + p.has_contact::int < {factors.SOURCES_WANTED} AS thin,
           coalesce(p.overdue_invoices, 0) > 0 AS overdue
    FROM accounts_picture p WHERE {{only}}
"""  # noqa: S608 - the parts are constants of this app
_PICTURE_COLUMNS = {"customer": ">i8", "mrr": ">f8", "tickets": "?", "detractor": "?", "thin": "?", "overdue": "?"}
_SCORES = """
    SELECT p.customer_id, p.value FROM segments_score p
    WHERE p.kind = %(kind)s AND p.target = %(target)s AND p.model_id IS NOT NULL AND p.value IS NOT NULL AND {only}
"""
_FITS = "SELECT p.customer_id, p.confidence FROM segments_membership p WHERE p.run_id = %(run)s AND p.segment_id = %(segment)s AND {only}"
# Merged customers share one budget, as at the gate.
_CONTACTED = """
    SELECT coalesce(u.merged_into_id, u.id), count(*) FROM campaigns_message p JOIN accounts_customer u ON u.id = p.customer_id
    WHERE p.state IN ('dispatching', 'sent', 'uncertain') AND p.dispatched_at > clock_timestamp() - make_interval(days => %(days)s)
      AND (%(unit)s = '' OR p.campaign_id IN (SELECT c.id FROM campaigns_campaign c WHERE c.business_unit_id = %(unit)s))
    GROUP BY 1
"""
# Counted by campaign first: messages are many, acceptances and campaigns are few.
_RESPONSES = """
    SELECT s.play, sum(counted.sent)::bigint, sum(counted.accepted)::bigint FROM (
        SELECT campaign_id, count(*) AS sent, 0 AS accepted FROM campaigns_message WHERE state = 'sent' GROUP BY 1
        UNION ALL
        SELECT m.campaign_id, 0, count(DISTINCT m.id) FROM campaigns_interaction i JOIN campaigns_message m ON m.id = i.message_id
        WHERE i.kind = 'accept' AND i.origin = 'human' AND m.state = 'sent' GROUP BY 1
    ) counted JOIN campaigns_campaign c ON c.id = counted.campaign_id JOIN campaigns_strategy s ON s.id = c.strategy_id
    GROUP BY 1
"""
_TYPICAL = "SELECT coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY mrr), 0) FROM accounts_picture WHERE mrr > 0"


_STANDINGS = """
    SELECT customer_id, campaign_id, propensity, context, value, lever, budget FROM campaigns_standing
    WHERE run_id = %(run)s ORDER BY customer_id, campaign_id
"""
_STANDING_COLUMNS = {
    "customer": ">i8", "campaign": ">i8", "propensity": ">f4", "context": ">f4", "value": ">f4", "lever": ">f4", "budget": ">i2",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Field:
    """A contest with what its numbers come from: campaigns in the order of its columns, bits of ``factors.CONTEXTS`` and whether a
    propensity is the customer's own calibrated chance, per cell; the levers behind each column (unit, strategy, campaign).
    """

    contest: Contest
    campaigns: tuple[Campaign, ...]
    reasons: "NDArray[np.int16]"
    modelled: "NDArray[np.bool_]"
    levers: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Outranked:
    """Customers of one audience that live campaigns take: ``winners`` by customer; ``contests``: the numbers, for the record."""

    winners: Mapping[int, int]
    contests: Sequence[Sequence[Any]]


NONE = Outranked({}, ())


def outranked(
    campaign: Campaign, target: str, parameters: Mapping[str, Any], limits: gate.Limits, recorded: bool = False
) -> Outranked:
    """Who of ``target`` (SQL that gives customers) is left to live campaigns of a higher priority while contacts run out.

    Nothing where no other campaign is live, or policy has no cap. ``recorded``: with the numbers behind each, for the record.
    """
    import numpy as np

    asked = {**parameters, "campaign": campaign.pk or 0}
    if not limits.windows or not _any_claim(asked):
        return NONE
    claims = copying.read(_CLAIMS.format(target=target), asked, {"campaign": ">i8", "customer": ">i8"})
    rivals = list(
        Campaign.objects.filter(pk__in=np.unique(claims["campaign"]).tolist()).select_related("strategy", "offer")
    )
    if not rivals:
        return NONE
    claimed = np.unique(claims["customer"])
    entries = [(campaign, claimed), *((rival, claims["customer"][claims["campaign"] == rival.pk]) for rival in rivals)]
    found = field(entries, claimed, windows_of(limits.rules, entries), live={rival.pk for rival in rivals})
    return _beaten(found.contest, recorded)


def _any_claim(asked: Mapping[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_ANY_CLAIM, asked)
        return bool(cursor.fetchone()[0])


def _beaten(contest: Contest, recorded: bool) -> Outranked:
    """The first column's losses to live campaigns, with those that took the contacts before it."""
    decided = arbitration.arbitrate(contest)
    rows = decided.outranked[:, 0].nonzero()[0]
    numbers = [each.campaign for each in contest.contenders]
    taken = [numbers[place] for place in decided.outranked_by[rows, 0].tolist()]
    winners = dict(zip(contest.customers[rows].tolist(), taken, strict=True))
    if not recorded:
        return Outranked(winners, ())
    takes = contest.candidate & (contest.budget > 0) & ~decided.outranked
    takes &= [each.live and each.spends for each in contest.contenders]
    contests = []
    for row in rows.tolist():
        before = (takes[row] & (decided.rank[row] < decided.rank[row, 0])).nonzero()[0].tolist()
        rivals = [arbitration.stake(contest, row, place) for place in before]
        own = arbitration.stake(contest, row, 0)
        contests.append([int(contest.customers[row]), int(contest.budget[row, 0]), own, rivals])
    return Outranked(winners, contests)


def windows_of(
    rules: tuple[policies.Rule, ...], entries: "Sequence[tuple[Campaign, NDArray[np.int64]]]"
) -> dict[str, tuple[tuple[int, int], ...]]:
    """The caps that bind each business unit among the campaigns."""
    units = sorted({campaign.business_unit_id for campaign, _ids in entries})
    return {unit: gate.limits_of(rules, unit, "").windows for unit in units}


def field(
    entries: "Sequence[tuple[Campaign, NDArray[np.int64]]]",
    customers: "NDArray[np.int64]",
    windows: Mapping[str, Sequence[tuple[int, int]]],
    live: set[int],
) -> Field:
    """The contest of campaigns over ``customers`` (sorted), each with the customers it could speak to.

    ``windows``: the caps of each business unit, as ``gate.Limits`` has them; ``live``: campaigns that claim contacts.
    """
    import numpy as np

    campaigns = tuple(campaign for campaign, _ids in entries)
    reads = _Reads(customers)
    shape = (len(customers), len(campaigns))
    grid: dict[str, Any] = {name: np.zeros(shape, dtype=np.float32) for name in ("propensity", "context", "value")}
    candidate, modelled = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    reasons, budget = np.zeros(shape, dtype=np.int16), np.zeros(shape, dtype=np.int16)
    for place, (campaign, ids) in enumerate(entries):
        candidate[np.searchsorted(customers, ids), place] = True
        chance = reads.chance(campaign)
        modelled[:, place] = ~np.isnan(chance)
        rate, mean = reads.acceptance(campaign.strategy.play), reads.mean_chance(campaign)
        grid["propensity"][:, place] = factors.propensity(rate, chance, mean)
        grid["context"][:, place], reasons[:, place] = reads.context(campaign)
        grid["value"][:, place] = reads.value(campaign)
        budget[:, place] = reads.budget(windows[campaign.business_unit_id])
    levers = tuple(_levers(campaigns))
    contenders = tuple(contender(campaign, live) for campaign in campaigns)
    lever = np.array([arbitration.lever(*parts) for parts in levers], dtype=np.float32)
    contest = Contest(contenders, customers, candidate, lever=lever, budget=budget, **grid)
    return Field(contest, campaigns, reasons, modelled, levers)


def contender(campaign: Campaign, live: set[int]) -> Contender:
    """A campaign as arbitration sees it: calls are made by people and take no contact of the budget."""
    created = int(campaign.created_at.timestamp()) if campaign.pk else UNSAVED
    spends = campaign.channel == Campaign.Channel.EMAIL
    return Contender(campaign.pk or 0, campaign.business_unit_id, created, spends, campaign.pk in live)


def _levers(campaigns: Iterable[Campaign]) -> Iterable[tuple[float, float, float]]:
    rows = list(Lever.objects.values_list("business_unit_id", "strategy_id", "campaign_id", "value"))
    found = {key: float(value) for *key_parts, value in rows for key in [tuple(key_parts)]}
    for campaign in campaigns:
        keys = (
            (campaign.business_unit_id, None, None),
            (None, campaign.strategy_id, None),
            (None, None, campaign.pk or 0),
        )
        unit, strategy, own = (found.get(key, 1.0) for key in keys)
        yield unit, strategy, own


def stored(run_id: int, contenders: Sequence[Contender]) -> Contest | None:
    """The contest of a run as its standings keep it; None where they are kept no longer."""
    import numpy as np

    rows = copying.read(_STANDINGS, {"run": run_id}, _STANDING_COLUMNS)
    if not len(rows["customer"]):
        return None
    customers, row = np.unique(rows["customer"], return_inverse=True)
    numbers = np.array([each.campaign for each in contenders], dtype=np.int64)
    column = np.argsort(numbers)[np.searchsorted(np.sort(numbers), rows["campaign"])]
    grids = {
        name: np.zeros((len(customers), len(numbers)), dtype=rows[name].dtype)
        for name in ("propensity", "context", "value", "budget")
    }
    candidate = np.zeros((len(customers), len(numbers)), dtype=bool)
    lever = np.ones(len(numbers), dtype=np.float32)
    candidate[row, column], lever[column] = True, rows["lever"]
    for name, grid in grids.items():
        grid[row, column] = rows[name]
    return Contest(tuple(contenders), customers, candidate, lever=lever, **grids)


def in_short(contest: Contest, outcome: arbitration.Outcome) -> dict[str, Any]:
    """What a record keeps of a contest and its outcome: their hashes and each campaign's customers."""
    won = {str(each.campaign): int(outcome.won[:, place].sum()) for place, each in enumerate(contest.contenders)}
    return {"contest": arbitration.digest(contest), "outcome": arbitration.outcome_digest(contest, outcome), "won": won}


class _Reads:
    """What is known about a set of customers, each question asked of the database once."""

    def __init__(self, customers: "NDArray[np.int64]") -> None:
        self.customers = customers
        self._asked: dict[Any, Any] = {}
        self.pictures = self._pictures()

    def chance(self, campaign: Campaign) -> "NDArray[np.float64]":
        """The calibrated chance that answers the play's question; NaN where there is none."""
        import numpy as np

        kind = factors.QUESTIONS.get(campaign.strategy.play)
        if kind is None:
            return np.full(len(self.customers), np.nan)
        return self._scores(kind, campaign.business_unit_id if kind == "product" else "")

    def mean_chance(self, campaign: Campaign) -> float:
        """The mean of these chances over everybody who has one; 0 where nobody has."""
        kind = factors.QUESTIONS.get(campaign.strategy.play, "")
        asked = (kind, campaign.business_unit_id if kind == "product" else "")
        if ("mean", *asked) not in self._asked:
            rows = Score.objects.filter(kind=kind, target=asked[1], model__isnull=False)
            self._asked["mean", *asked] = rows.aggregate(mean=Avg("value"))["mean"] or 0.0
        return float(self._asked["mean", *asked])

    def acceptance(self, play: str) -> float:
        """The play's share of accepted messages, shrunk towards what was assumed of it."""
        if "responses" not in self._asked:
            with connection.cursor() as cursor:
                cursor.execute(_RESPONSES)
                self._asked["responses"] = {name: (sent, accepted) for name, sent, accepted in cursor.fetchall()}
        sent, accepted = self._asked["responses"].get(play, (0, 0))
        return factors.acceptance(accepted, sent, strategies.ASSUMED[play][1])

    def context(self, campaign: Campaign) -> "tuple[NDArray[np.float64], NDArray[np.int16]]":
        """Multiplier and reasons per customer."""
        unit = campaign.business_unit_id
        recent = self._contacted(factors.RECENT_DAYS, unit) > 0
        given = {name: self.pictures[name] for name in ("tickets", "detractor", "thin", "overdue")}
        fit = self._column(_FITS, {"run": campaign.run_id, "segment": campaign.segment_id})
        return factors.context(campaign.strategy.play, {**given, "recent": recent}, fit)

    def value(self, campaign: Campaign) -> "NDArray[np.float64]":
        """BRL a year at stake."""
        price = float(campaign.offer.price) if campaign.offer and campaign.offer.price is not None else None
        churn = self._scores("churn", "")
        return factors.value(campaign.strategy.play, self.pictures["mrr"], churn, price, self._typical())

    def budget(self, windows: Sequence[tuple[int, int]]) -> "NDArray[np.int64]":
        """Contacts that every window still leaves free."""
        import numpy as np

        free = np.full(len(self.customers), NO_CAP, dtype=np.int64)
        for days, most in windows:
            free = np.minimum(free, most - self._contacted(days, "").astype(np.int64))
        return np.clip(free, 0, NO_CAP)

    def _scores(self, kind: str, target: str) -> "NDArray[np.float64]":
        return self._column(_SCORES, {"kind": kind, "target": target})

    def _contacted(self, days: int, unit: str) -> "NDArray[np.float64]":
        import numpy as np

        found = self._column(_CONTACTED, {"days": days, "unit": unit}, ">i8")
        return np.where(np.isnan(found), 0.0, found)

    def _typical(self) -> float:
        if "typical" not in self._asked:
            with connection.cursor() as cursor:
                cursor.execute(_TYPICAL)
                self._asked["typical"] = float(cursor.fetchone()[0])
        return float(self._asked["typical"])

    def _pictures(self) -> "dict[str, NDArray[Any]]":
        import numpy as np

        rows = copying.read(*self._narrowed(_PICTURES, {}), _PICTURE_COLUMNS)
        found: dict[str, Any] = {name: np.zeros(len(self.customers), dtype=bool) for name in _PICTURE_COLUMNS}
        found["mrr"] = np.full(len(self.customers), np.nan)
        found["thin"][:] = True  # nothing at all is known of a customer without a picture
        places, known = self._places(rows["customer"])
        for name in ("mrr", "tickets", "detractor", "thin", "overdue"):
            found[name][places] = rows[name][known]
        return found

    def _column(self, query: str, parameters: Mapping[str, Any], kind: str = ">f8") -> "NDArray[np.float64]":
        """One figure per customer, NaN where the query has none; the same question is asked once."""
        import numpy as np

        key = (query, tuple(sorted(parameters.items())))
        if key not in self._asked:
            rows = copying.read(*self._narrowed(query, parameters), {"customer": ">i8", "figure": kind})
            places, known = self._places(rows["customer"])
            found = np.full(len(self.customers), np.nan)
            found[places] = rows["figure"][known]
            self._asked[key] = found
        return self._asked[key]

    def _narrowed(self, query: str, parameters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """For few customers the query looks at these only."""
        few = len(self.customers) <= FEW
        only = "p.customer_id = ANY(%(customers)s)" if few else "true"
        return query.replace("{only}", only), {**parameters, **({"customers": self.customers.tolist()} if few else {})}

    def _places(self, ids: "NDArray[np.int64]") -> "tuple[NDArray[np.intp], NDArray[np.bool_]]":
        """(rows of our customers, which of ``ids`` these are)."""
        import numpy as np

        places = np.minimum(np.searchsorted(self.customers, ids), max(len(self.customers) - 1, 0))
        known = self.customers[places] == ids if len(self.customers) else np.zeros(len(ids), dtype=bool)
        return places[known], known
