"""Who may speak to a customer first: priority = propensity × context × value × lever, and one budget of contacts. Pure.

No Django and no clock. A contest is a table of customers by campaigns; factors are kept in single precision, exactly as they are
stored, so that a stored contest decides again bit for bit. Priorities are products in double precision; of equal ones the
older campaign comes first, then the one with the smaller number. In this order each campaign that still finds a free contact
under the caps that bind its business unit wins the customer; one that ``spends`` takes the contact with it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FACTORS = ("propensity", "context", "value", "lever")
NOBODY = -1
BLOCK = 20_000  # customers at a time: bounds the memory, changes no result
LEVER_LEAST, LEVER_MOST = 0.1, 10.0


@dataclass(frozen=True)
class Contender:
    """One campaign: ``created`` in seconds since 1970; ``spends`` takes a contact of the budget; ``live`` is agreed and not over."""

    campaign: int
    unit: str
    created: int
    spends: bool = True
    live: bool = True


@dataclass(frozen=True, eq=False)
class Contest:
    """Customers (rows, by their numbers) × contenders (columns). ``candidate``: the campaign could speak to the customer.

    ``propensity`` 0–1, ``context`` a multiplier above 0, ``value`` BRL a year, ``lever`` one number per column; ``budget``: contacts that
    are free under the caps that bind the column's business unit, all units' contacts counted.
    """

    contenders: tuple[Contender, ...]
    customers: "NDArray[np.int64]"
    candidate: "NDArray[np.bool_]"
    propensity: "NDArray[np.float32]"
    context: "NDArray[np.float32]"
    value: "NDArray[np.float32]"
    lever: "NDArray[np.float32]"
    budget: "NDArray[np.int16]"

    def __post_init__(self) -> None:
        """Refuse what cannot be ranked: wrong shapes, negative or unbounded factors."""
        import numpy as np

        shape = (len(self.customers), len(self.contenders))
        for name in ("candidate", "propensity", "context", "value", "budget"):
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has the shape {getattr(self, name).shape}, not {shape}")
        if self.lever.shape != shape[1:]:
            raise ValueError("there is one lever per contender")
        for name in FACTORS:
            if not np.all(np.isfinite(getattr(self, name)) & (getattr(self, name) >= 0)):
                raise ValueError(f"{name} must be finite and not negative")


@dataclass(frozen=True, eq=False)
class Outcome:
    """Rows and columns as in the contest; everything is false, 0 or ``NOBODY`` where the campaign is no candidate.

    ``rank``: 1 is the highest priority. ``rival``: of a loser the column that took the last free contact before it, of a winner
    the first column that went away empty; ``NOBODY`` where there is none. ``outranked`` and ``outranked_by``: lost against live
    campaigns alone although contacts were free. ``turning``: bits of factors in the order of ``FACTORS`` that, alone set to
    neutral, would have turned won and lost; ``decided``: of these the one that weighs most against the rival, else ``NOBODY``.
    ``without``: who would have won with one factor neutral.
    """

    priority: "NDArray[np.float64]"
    rank: "NDArray[np.int16]"
    won: "NDArray[np.bool_]"
    rival: "NDArray[np.int16]"
    outranked: "NDArray[np.bool_]"
    outranked_by: "NDArray[np.int16]"
    turning: "NDArray[np.int16]"
    decided: "NDArray[np.int16]"
    without: "Mapping[str, NDArray[np.bool_]]"


@dataclass(frozen=True)
class Effect:
    """What one factor changes in the whole, against the same contest with that factor neutral.

    ``customers`` have other winners; ``money`` is the value (BRL a year) of the contacts that it moved from one campaign to
    another; ``units``: per business unit contacts gained, contacts lost, and value gained less lost.
    """

    factor: str
    customers: int
    money: float
    units: Mapping[str, tuple[int, int, float]]


def lever(*parts: float) -> float:
    """The levers of unit, strategy and campaign together, kept between 0.1 and 10."""
    product = 1.0
    for part in parts:
        product *= part
    return min(max(product, LEVER_LEAST), LEVER_MOST)


def arbitrate(contest: Contest) -> Outcome:
    """Decide the whole contest. The same contest gives the same outcome, in whatever order its rows and columns stand."""
    import numpy as np

    starts = range(0, max(len(contest.customers), 1), BLOCK)
    parts = [_block(contest, slice(start, start + BLOCK)) for start in starts]
    joined: dict[str, Any] = {}
    for name in Outcome.__dataclass_fields__:
        if name == "without":
            joined[name] = {factor: np.concatenate([part.without[factor] for part in parts]) for factor in FACTORS}
        else:
            joined[name] = np.concatenate([getattr(part, name) for part in parts])
    return Outcome(**joined)


def effects(contest: Contest, outcome: Outcome) -> list[Effect]:
    """For each factor how much it decides; see ``Effect``."""
    import numpy as np

    value = contest.value.astype(np.float64)
    found = []
    for factor in FACTORS:
        neutral = outcome.without[factor]
        gained, lost = outcome.won & ~neutral, neutral & ~outcome.won
        units: dict[str, tuple[int, int, float]] = {}
        for place, contender in enumerate(contest.contenders):
            plus, minus, net = units.get(contender.unit, (0, 0, 0.0))
            column = value[:, place]
            moved = float(column[gained[:, place]].sum()) - float(column[lost[:, place]].sum())
            units[contender.unit] = (plus + int(gained[:, place].sum()), minus + int(lost[:, place].sum()), net + moved)
        changed = int(np.any(gained | lost, axis=1).sum())
        found.append(Effect(factor, changed, float(value[gained].sum()), dict(sorted(units.items()))))
    return found


def stake(contest: Contest, row: int, place: int) -> list[Any]:
    """One cell as plain values, for a record: campaign, created, whether it spends, and the four factors."""
    one = contest.contenders[place]
    given = [float(getattr(contest, name)[row, place]) for name in FACTORS if name != "lever"]
    return [one.campaign, one.created, one.spends, *given, float(contest.lever[place])]


def beaten(budget: int, own: Sequence[Any], rivals: Sequence[Sequence[Any]]) -> bool:
    """Whether live ``rivals`` take every free contact before ``own``; the same answer as ``outranked``, from ``stake`` values."""
    place = _place(own)
    return 0 < budget <= sum(bool(rival[2]) and _place(rival) < place for rival in rivals)


def _place(given: Sequence[Any]) -> tuple[float, int, int]:
    campaign, created, _spends, propensity, context, value, lever = given
    return -(propensity * context * value * lever), created, campaign


def digest(contest: Contest) -> str:
    """SHA-256 of everything that the outcome depends on; the order of rows and columns counts."""
    import numpy as np

    hashed = hashlib.sha256(json.dumps([asdict(each) for each in contest.contenders], sort_keys=True).encode())
    types = {"customers": "<i8", "candidate": "?", "budget": "<i2", **dict.fromkeys(FACTORS, "<f4")}
    for name, kind in types.items():
        values = getattr(contest, name)
        # What is no candidate decides nothing: the same contest has the same digest whatever stands there.
        if name == "lever":
            kept = np.where(contest.candidate.any(axis=0), values, 1)
        else:
            kept = values if name in ("customers", "candidate") else values[contest.candidate]
        hashed.update(kept.astype(kind).tobytes())
    return hashed.hexdigest()


def outcome_digest(contest: Contest, outcome: Outcome) -> str:
    """SHA-256 of rank, won and rival of every candidate."""
    hashed = hashlib.sha256()
    for values, kind in ((outcome.rank, "<i2"), (outcome.won, "?"), (outcome.rival, "<i2"), (outcome.turning, "<i2")):
        hashed.update(values[contest.candidate].astype(kind).tobytes())
    return hashed.hexdigest()


def _block(contest: Contest, rows: slice) -> Outcome:
    """Some customers of a contest: customers do not touch each other."""
    import numpy as np

    candidate, budget = contest.candidate[rows], contest.budget[rows]
    factors = {name: getattr(contest, name)[rows].astype(np.float64) for name in FACTORS if name != "lever"}
    factors["lever"] = np.broadcast_to(contest.lever.astype(np.float64), candidate.shape)
    seniority = _seniority(contest.contenders)
    spends = np.array([each.spends for each in contest.contenders], dtype=bool)
    live = np.array([each.live for each in contest.contenders], dtype=bool)
    priority = _product(factors)
    order = _order(priority, candidate, seniority)
    won, rival = _given_out(order, candidate, budget, spends)
    _would, live_rival = _given_out(order, candidate, budget, spends & live)
    outranked = candidate & ~_would & (budget > 0)
    without = {}
    for name in FACTORS:
        rest = _product({other: values for other, values in factors.items() if other != name})
        without[name] = _given_out(_order(rest, candidate, seniority), candidate, budget, spends)[0]
    turning = sum((without[name] != won).astype(np.int16) << place for place, name in enumerate(FACTORS))
    rank = np.zeros(candidate.shape, dtype=np.int16)
    np.put_along_axis(
        rank, order, np.broadcast_to(np.arange(1, order.shape[1] + 1, dtype=np.int16), order.shape), axis=1
    )
    return Outcome(
        priority=np.where(candidate, priority, 0.0), rank=np.where(candidate, rank, 0).astype(np.int16), won=won, rival=rival,
        outranked=outranked, outranked_by=np.where(outranked, live_rival, NOBODY).astype(np.int16),
        turning=np.asarray(turning, dtype=np.int16), decided=_decided(factors, won, rival, turning), without=without,
    )  # fmt: skip


def _seniority(contenders: Sequence[Contender]) -> "NDArray[np.intp]":
    """Columns, the oldest campaign first."""
    import numpy as np

    ages = [(each.created, each.campaign) for each in contenders]
    return np.array(sorted(range(len(ages)), key=ages.__getitem__), dtype=np.intp)


def _product(factors: "Mapping[str, NDArray[np.float64]]") -> "NDArray[np.float64]":
    """Always multiplied in the order of ``FACTORS``: no result depends on how the numbers were brought along."""
    import numpy as np

    given = [factors[name] for name in FACTORS if name in factors]
    product = np.array(given[0], copy=True)
    for values in given[1:]:
        product *= values
    return product


def _order(
    priority: "NDArray[np.float64]", candidate: "NDArray[np.bool_]", seniority: "NDArray[np.intp]"
) -> "NDArray[np.intp]":
    """Columns of each row by rank; those that are no candidates come last."""
    import numpy as np

    keys = np.where(candidate, -priority, np.inf)[:, seniority]
    return seniority[np.argsort(keys, axis=1, kind="stable")]


def _given_out(
    order: "NDArray[np.intp]", candidate: "NDArray[np.bool_]", budget: "NDArray[np.int16]", spends: "NDArray[np.bool_]"
) -> "tuple[NDArray[np.bool_], NDArray[np.int16]]":
    """(who wins, each one's rival): one place of the ranking after the other, all customers at once."""
    import numpy as np

    rows = np.arange(len(order))
    won = np.zeros(candidate.shape, dtype=bool)
    rival = np.full(candidate.shape, NOBODY, dtype=np.int16)
    taken = np.zeros(len(order), dtype=np.int32)
    last = np.full(len(order), NOBODY, dtype=np.int16)
    for place in range(order.shape[1]):
        column = order[:, place]
        here = candidate[rows, column]
        gets = here & (taken < budget[rows, column])
        won[rows, column] = gets
        rival[rows, column] = np.where(here & ~gets, last, NOBODY)
        taking = gets & spends[column]
        taken += taking
        last = np.where(taking, column, last).astype(np.int16)
    after = np.full(len(order), NOBODY, dtype=np.int16)
    for place in range(order.shape[1] - 1, -1, -1):
        column = order[:, place]
        mine = won[rows, column]
        rival[rows, column] = np.where(mine, after, rival[rows, column])
        after = np.where(candidate[rows, column] & ~mine, column, after).astype(np.int16)
    return won, rival


def _decided(
    factors: "Mapping[str, NDArray[np.float64]]",
    won: "NDArray[np.bool_]",
    rival: "NDArray[np.int16]",
    turning: "NDArray[np.int16]",
) -> "NDArray[np.int16]":
    """Of the factors that would have turned the outcome, the one by which winner and loser differ most."""
    import numpy as np

    against = np.maximum(rival, 0).astype(np.intp)
    best = np.full(won.shape, -np.inf)
    decided = np.full(won.shape, NOBODY, dtype=np.int16)
    for place, name in enumerate(FACTORS):
        logs = np.log(np.maximum(factors[name], 1e-9))
        lead = np.where(won, 1.0, -1.0) * (logs - np.take_along_axis(logs, against, axis=1))
        better = ((turning >> place) & 1).astype(bool) & (rival != NOBODY) & (lead > best)
        best, decided = np.where(better, lead, best), np.where(better, place, decided).astype(np.int16)
    return decided
