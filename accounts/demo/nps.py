"""NPS answers: relational, and after acquisition, implementation, onboarding, product use and support."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from accounts.demo.customers import Base, subset
from accounts.demo.distributions import (
    inverse_normal,
    log_quantiles,
    normal_scores,
    scale,
    scaled_counts,
    stream,
)
from accounts.demo.vocabulary import MODULES_OF_SYSTEM, SYSTEMS
from accounts.demo.writers import (
    Columns,
    blanked,
    coded,
    days,
    duplicate_rows,
    joined,
    padded,
    whole,
    with_copies,
)

ORPHAN_CODE = "TXORFA"  # answers, but is no customer
ORPHAN_TICKET = 99845  # below every ticket number
_RELATIONAL = (0.004, 0.006, 0.008, 0.016, 0.033, 0.065, 0.094, 0.175, 0.210, 0.210, 0.179)  # shares of 0…10
_PRODUCT = (0.0015, 0.005, 0.009, 0.021, 0.036, 0.082, 0.144, 0.21, 0.207, 0.164, 0.12)
_SUPPORT = (0.0004, 0.0004, 0.0006, 0.001, 0.002, 0.011, 0.036, 0.114, 0.199, 0.247, 0.388)
_GROUPS = ("detrator", "passivo", "promotor")
_EMPTY_SUBSCORES = (0.200, 0.430, 0.494, 0.512, 0.469, 0.541, 0.588, 0.474)
_PRODUCT_COUNTS = ((0.0, 1), (0.25, 3), (0.5, 6.5), (0.75, 14), (0.95, 55), (1.0, 600))
_RELATIONAL_COUNTS = ((0.0, 1), (0.5, 2), (0.75, 3.6), (0.95, 8), (1.0, 40))


@dataclass(frozen=True)
class Tickets:
    """What the support survey needs of the tickets: number and customer of each, aligned."""

    number: np.ndarray
    owner: np.ndarray


def _score(rng: np.random.Generator, mood: np.ndarray, shares: tuple[float, ...], own: float) -> np.ndarray:
    """Draw 0…10 with the given shares; ``own`` is how much of it is the customer's mood, the rest is the
    moment.
    """
    z = own * mood + np.sqrt(1 - own**2) * rng.standard_normal(len(mood))
    edges = inverse_normal(np.clip(np.cumsum(shares)[:-1] / sum(shares), 1e-9, 1 - 1e-9))
    return np.searchsorted(edges, z)


def _near(rng: np.random.Generator, score: np.ndarray, spread: float = 1.4) -> np.ndarray:
    return np.clip(np.rint(score + spread * rng.standard_normal(len(score))), 0, 10)


def relational_table(base: Base) -> tuple[Columns, dict[str, int]]:
    """Return the columns of nps_relacional.csv: repeated answers, exact copies and one orphan customer
    last.
    """
    rng = stream(base.seed, "nps_relational")
    inside = np.flatnonzero(base.covered["nps"])
    copies = scale(201, len(base))
    rows = max(scale(14_143, len(base)) - copies - 1, len(inside))
    appetite = log_quantiles(normal_scores(rng.standard_normal(len(inside))), _RELATIONAL_COUNTS)
    owner = np.repeat(inside, scaled_counts(appetite, rows))
    score = _score(rng, base.scores["nps"][owner], _RELATIONAL, 0.85)
    oldest = np.maximum(base.day(date(2019, 1, 3)), base.since)[owner]
    newest = base.today - 2
    day = np.where(oldest < newest, oldest + np.floor((newest - oldest + 1) * rng.random(rows)), newest)
    milliseconds = rng.integers(0, 86_400_000, rows)
    columns: Columns = [_timestamps(day, milliseconds), coded(base.codes, owner), whole(score)]
    columns += [blanked(whole(_near(rng, score)), rng.random(rows) < share) for share in _EMPTY_SUBSCORES]
    columns = with_copies(columns, rng.choice(rows, size=copies, replace=False))
    orphan = ["", ORPHAN_CODE, "8"] + [""] * len(_EMPTY_SUBSCORES)
    columns = [pa.concat_arrays([c, pa.array([word])]) for c, word in zip(columns, orphan, strict=True)]
    columns[0] = pa.concat_arrays([columns[0][:-1], _timestamps(np.array([base.today - 327]), np.array([36_000_000]))])
    return columns, {"nps_relacional_duplicates": duplicate_rows(columns), "nps_relacional_orphans": 1}


def _timestamps(day: np.ndarray, milliseconds: np.ndarray) -> pa.Array:
    """Return ``YYYY-MM-DD HH:MM:SS.mmm``."""
    return joined([days(day), " ", _clock(milliseconds // 1000), ".", padded(milliseconds % 1000, 3)])


def _small_survey(
    base: Base, name: str, rows: int, unanswered: float, questions: int, lean: np.ndarray, copies: int = 0
) -> tuple[np.ndarray, Columns]:
    """Return answer days and the columns code, score, sub-scores of one transactional survey, one code
    empty.
    """
    rng = stream(base.seed, name)
    count = max(3, scale(rows, len(base)) - copies)
    owner = rng.permutation(subset(base, min(1.0, count / len(base)), lean, rng))
    count = len(owner)
    score = np.maximum(_score(rng, base.scores["nps"][owner], _SUPPORT, 0.6), rng.integers(0, 8, count))
    reach = np.clip(base.today - base.since[owner] - 3, 1, 385)
    day = base.today - 3 - np.floor(reach * rng.random(count)).astype(np.int64)
    silent = rng.random(count) < unanswered
    codes = blanked(coded(base.codes, owner), np.arange(count) == count - 1)
    columns = [codes, whole(score), *(blanked(whole(_near(rng, score)), silent) for _ in range(questions))]
    return day, columns


def acquisition_table(base: Base) -> tuple[Columns, dict[str, int]]:
    """Return the columns of nps_transacional_aquisicao.csv."""
    copies = round(3 * len(base) / 10_615)
    day, columns = _small_survey(base, "nps_acquisition", 178, 0.5, 5, 2.0 * base.covered["recent"], copies)
    columns = [columns[0], days(day), *columns[1:]]
    columns = with_copies(columns, np.arange(copies))
    return columns, {"nps_aquisicao_duplicates": duplicate_rows(columns), "nps_aquisicao_without_customer": 1}


def implementation_table(base: Base) -> tuple[Columns, dict[str, int]]:
    """Return the columns of nps_transacional_implantacao.csv."""
    lean = 1.5 * base.covered["proposals"] - base.scores["tenure"]
    day, columns = _small_survey(base, "nps_implementation", 662, 0.37, 6, lean)
    return [columns[0], days(day), *columns[1:]], {"nps_implantacao_without_customer": 1}


def onboarding_table(base: Base) -> tuple[Columns, dict[str, int]]:
    """Return the columns of nps_transacional_onboarding.csv; answers come from customers who are new."""
    day, columns = _small_survey(base, "nps_onboarding", 208, 0.38, 5, -4.0 * base.scores["tenure"])
    rng = stream(base.seed, "nps_onboarding_times")
    moment = joined([days(day), "T", _clock(rng.integers(0, 86_400, len(day))), "+00:00"])
    return [moment, *columns], {"nps_onboarding_without_customer": 1}


def _clock(seconds: np.ndarray) -> pa.Array:
    return joined([padded(seconds // 3600, 2), padded(seconds // 60 % 60, 2), padded(seconds % 60, 2)], ":")


def product_table(base: Base) -> tuple[Columns, dict[str, int]]:
    """Return the columns of nps_transacional_produto.csv (US dates, latest answer on the snapshot day at 1
    pm).
    """
    rng = stream(base.seed, "nps_product")
    lean = 0.8 * base.scores["lines"] + 1.5 * base.covered["usage"] + 0.8 * base.covered["nps"]
    inside = subset(base, 7172 / 10_615, lean, rng)
    copies = scale(6, len(base))
    rows = max(scale(113_207, len(base)) - copies, len(inside))
    appetite = normal_scores(base.scores["lines"][inside] + 0.9 * rng.standard_normal(len(inside)))
    owner = np.repeat(inside, scaled_counts(log_quantiles(appetite, _PRODUCT_COUNTS), rows))
    reach = np.clip((base.today - base.since[owner]) * 86_400, 86_400, 390 * 86_400)
    last = base.today * 86_400 + 13 * 3600 + 5 * 60
    moment = last - np.floor(reach * rng.random(rows)).astype(np.int64)
    system = np.where(rng.random(rows) < 0.93, base.system[owner], 0)
    modules = [m for s, _, _ in SYSTEMS for m in MODULES_OF_SYSTEM[s]]
    sizes = np.array([len(MODULES_OF_SYSTEM[s]) for s, _, _ in SYSTEMS])
    module = (np.cumsum(sizes) - sizes)[system] + np.floor(rng.random(rows) ** 1.6 * sizes[system]).astype(np.int64)
    columns: Columns = [
        _us_dates(moment),
        coded([s for s, _, _ in SYSTEMS], system),
        coded(modules, np.where(rng.random(rows) < 0.1008, -1, module)),
        whole(_score(rng, base.scores["nps"][owner], _PRODUCT, 0.6)),
        coded(base.codes, owner),
    ]
    columns = with_copies(columns, rng.choice(rows, size=copies, replace=False))
    return columns, {"nps_produto_duplicates": duplicate_rows(columns)}


def _us_dates(moment: np.ndarray) -> pa.Array:
    """Return seconds after 1970 as ``M/D/YYYY h:mm:ss AM|PM``."""
    day, second = moment // 86_400, moment % 86_400
    stamp = day.astype("datetime64[D]")
    year = stamp.astype("datetime64[Y]")
    month = stamp.astype("datetime64[M]")
    hour = second // 3600
    clock = joined([whole((hour + 11) % 12 + 1), padded(second // 60 % 60, 2), padded(second % 60, 2)], ":")
    calendar = joined(
        [
            whole((month - year).astype(np.int64) + 1),
            whole((stamp - month).astype(np.int64) + 1),
            whole(year.astype(np.int64) + 1970),
        ],
        "/",
    )
    return joined([calendar, clock, coded(["AM", "PM"], (hour >= 12).astype(np.int64))], " ")


def support_table(base: Base, tickets: Tickets) -> tuple[Columns, dict[str, int]]:
    """Return the columns of nps_transacional_suporte.csv; its last row names a ticket that does not exist."""
    rng = stream(base.seed, "nps_support")
    wanted = min(max(1, round(74_793 * len(tickets.number) / 975_662)), len(tickets.number))
    # who never answers, never answers: 4,756 of 6,873 organisations with tickets did
    answers = rng.random(len(base)) < 0.72 + 0.3 * base.covered["nps"]
    eligible = np.flatnonzero(answers[tickets.owner])
    chosen = rng.permutation(eligible)[:wanted]
    owner = tickets.owner[chosen]
    score = _score(rng, base.scores["nps"][owner], _SUPPORT, 0.6)
    group = np.where(score >= 9, 2, np.where(score >= 7, 1, 0))
    silent = rng.random(len(chosen)) < 0.2296
    columns: Columns = [
        whole(tickets.number[chosen]),
        whole(score),
        coded(_GROUPS, group),
        *(blanked(whole(_near(rng, score, 1.2)), silent) for _ in range(5)),
        coded(base.codes, owner),
    ]
    orphan = [str(ORPHAN_TICKET), "10", "promotor", "", "", "", "", "", base.codes[0]]
    columns = [pa.concat_arrays([c, pa.array([word])]) for c, word in zip(columns, orphan, strict=True)]
    return columns, {"support_nps_orphan_tickets": 1}
