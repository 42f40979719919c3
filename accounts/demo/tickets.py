"""Support tickets (tickets.csv)."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from accounts.demo.archetypes import ARCHETYPES
from accounts.demo.customers import Base, subset
from accounts.demo.distributions import (
    log_quantiles,
    normal_scores,
    pick,
    pick_rows,
    scale,
    scaled_counts,
    stream,
    zipf,
)
from accounts.demo.nps import Tickets
from accounts.demo.vocabulary import TICKET_GROUPS, TICKET_PRIORITIES, TICKET_STATES, TICKET_TYPES
from accounts.demo.writers import Columns, coded, days, duplicate_rows, whole, with_copies

_FIRST_NUMBER = 18_918_175
_COUNTS = ((0.0, 1), (0.25, 19), (0.5, 49), (0.75, 125), (0.95, 560), (1.0, 9000))
_OPEN_SHARES = (0.5, 0.25, 0.1, 0.05, 0.05, 0.05)  # solved, open, pending, hold, new, deleted
_SPECIAL_GROUP = {"rd_marketing": "RD Station - Atendimento", "agro_logistica_credito": "TechFin - Operações"}


def ticket_table(base: Base) -> tuple[Columns, dict[str, int], Tickets]:
    """Return the columns of tickets.csv, the counts of its defects, and the tickets for the support survey.

    Copies stand at the end: exact ones, then repeated numbers whose other fields moved on.
    """
    rng = stream(base.seed, "tickets")
    inside = subset(base, 6873 / 10_615, 2.5 * base.scores["tickets"], rng)
    copies, repeats = scale(301, len(base)), scale(401, len(base))
    rows = max(scale(976_364, len(base)) - copies - repeats, len(inside))
    counts = scaled_counts(log_quantiles(normal_scores(base.scores["tickets"][inside]), _COUNTS), rows)
    owner = np.repeat(inside, counts)
    created = _created(rng, base, owner)
    order = np.lexsort((created, owner))
    created = created[order]
    number = _numbers(rng, created)
    updated = np.minimum(created + np.floor(rng.exponential(9.8, rows)).astype(np.int64), base.today)
    kind, priority = _kinds_and_priorities(rng, base, owner)
    state = _states(rng, base, created)
    updated = np.where((state >= 2) & (state <= 5), np.maximum(updated, base.today - rng.integers(0, 9, rows)), updated)
    columns: Columns = [
        coded(base.codes, owner),
        coded(TICKET_GROUPS, _groups(rng, base, owner)),
        coded([n for n, _ in TICKET_TYPES], kind),
        coded(TICKET_STATES, state),
        days(created),
        days(updated),
        whole(number),
        coded(TICKET_PRIORITIES, priority),
    ]
    columns = _with_repeats(rng, base, columns, copies, repeats, created)
    defects = {
        "ticket_full_duplicates": duplicate_rows(columns),
        "ticket_repeated_numbers": len(columns[0]) - len(np.unique(number)),
    }
    return columns, defects, Tickets(number, owner)


def _created(rng: np.random.Generator, base: Base, owner: np.ndarray) -> np.ndarray:
    oldest = np.maximum(base.day(date(2024, 1, 1)), base.since)[owner]
    late = rng.random(len(owner)) ** (1 / base.trait("surge")[owner])
    return oldest + np.floor((base.today - oldest + 1) * late).astype(np.int64)


def _numbers(rng: np.random.Generator, created: np.ndarray) -> np.ndarray:
    """Return ticket numbers that grow with the creation day over the whole base, with gaps as in the
    source.
    """
    order = np.lexsort((rng.random(len(created)), created))
    number = np.empty(len(created), dtype=np.int64)
    number[order] = _FIRST_NUMBER + np.cumsum(rng.geometric(1 / 4.23, len(created)))
    return number


def _groups(rng: np.random.Generator, base: Base, owner: np.ndarray) -> np.ndarray:
    """Return the support group per ticket: each customer mostly meets the same few groups."""
    favourites = np.stack([pick(rng, zipf(len(TICKET_GROUPS), 0.7), len(base)) for _ in range(5)], axis=1)
    for number, archetype in enumerate(ARCHETYPES):
        if archetype.key in _SPECIAL_GROUP:
            favourites[base.archetype == number, 0] = TICKET_GROUPS.index(_SPECIAL_GROUP[archetype.key])
    chosen = favourites[owner, pick(rng, [5, 3, 2, 1, 1], len(owner))]
    anything = pick(rng, zipf(len(TICKET_GROUPS), 0.7), len(owner))
    return np.where(rng.random(len(owner)) < 0.75, chosen, anything)


def _kinds_and_priorities(rng: np.random.Generator, base: Base, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return type and priority: tasks and incidents, high and urgent, gather where the risk is."""
    pressed = np.clip(np.exp(0.8 * (base.risk - base.risk.mean())), 0.2, 6)
    kinds = np.array([share for _, share in TICKET_TYPES])[None, :] * np.ones((len(base), 1))
    kinds[:, 2:] *= pressed[:, None]
    priorities = np.stack(
        [0.485 * np.ones(len(base)), 0.495 * np.ones(len(base)), 0.011 * pressed, 0.003 * pressed], axis=1
    )
    return pick_rows(rng, kinds, owner), pick_rows(rng, priorities, owner)


def _states(rng: np.random.Generator, base: Base, created: np.ndarray) -> np.ndarray:
    """Return states: 97.5 % closed, the rest mostly recent."""
    age = base.today - created
    open_share = np.where(age < 30, 0.28, 0.0075)
    unfinished = pick(rng, _OPEN_SHARES, len(created)) + 1
    return np.where(rng.random(len(created)) < open_share, unfinished, 0)


def _with_repeats(
    rng: np.random.Generator, base: Base, columns: Columns, copies: int, repeats: int, created: np.ndarray
) -> Columns:
    chosen = rng.choice(len(created), size=copies + repeats, replace=False)
    columns = with_copies(columns, chosen)
    moved = chosen[copies:]
    # the same ticket exported again after it had been reopened and closed
    later = np.minimum(created[moved] + rng.integers(130, 160, repeats), base.today)
    kept = len(created) + copies
    columns[3] = pa.concat_arrays([columns[3][:kept], coded(TICKET_STATES, np.ones(repeats, dtype=np.int64))])
    columns[5] = pa.concat_arrays([columns[5][:kept], days(later)])
    return columns
