"""Past sales proposals, item by item (historico.csv)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from accounts.demo.contracts import TOKEN
from accounts.demo.customers import Base
from accounts.demo.distributions import log_normal, pick, scale, scaled_counts, stream, zipf
from accounts.demo.vocabulary import REVENUE_BANDS
from accounts.demo.writers import Columns, coded, days, decimals, whole

_MOST_ITEMS = 42
_SPAN = (3, 392)  # proposal days before the snapshot, newest and oldest
_HOSTING = ("ON PREMISES", "TOTVS CLOUD")
_ALPHABET = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))


def proposal_table(base: Base) -> tuple[Columns, dict[str, int]]:
    """Return the columns of historico.csv, one row per proposal item, and the counts of its defects."""
    rng = stream(base.seed, "proposals")
    inside = np.flatnonzero(base.covered["proposals"])
    score = base.scores["proposals"][inside]
    busy = np.exp(0.55 * score + 0.4 * rng.standard_normal(len(inside)))
    proposals = scaled_counts(busy, max(scale(10_003, len(base)), len(inside)))
    buyer = np.repeat(np.arange(len(inside)), proposals)  # per proposal
    width = np.exp(0.9 * rng.standard_normal(len(buyer)))
    items = scaled_counts(width, max(scale(22_740, len(base)), len(buyer)), high=_MOST_ITEMS)
    proposal = np.repeat(np.arange(len(buyer)), items)  # per item
    nth = np.arange(len(proposal)) - np.repeat(np.cumsum(items) - items, items) + 1
    owner = inside[buyer[proposal]]
    money, token = _money(rng, base, owner, buyer[proposal], log_normal(score, 8.145, 2.129))
    bonus = _bonus_months(rng, len(owner))
    cloudy = rng.random(len(buyer)) < base.trait("cloud")[inside][buyer]
    band = base.band[owner]
    neighbour = (rng.random(len(owner)) < 0.04) & (band > 1)
    products = _product_codes(rng)
    columns: Columns = [
        _numbers(rng, len(buyer)).take(pa.array(proposal)),
        whole(nth),
        days(_upload_days(rng, base, inside[buyer])[proposal]),
        coded(_HOSTING, cloudy[proposal].astype(np.int64)),
        coded(base.codes, owner),
        coded(REVENUE_BANDS, band - neighbour),
        coded(products, pick(rng, zipf(len(products), 0.9), len(owner))),
        decimals(money["quantity"], 2),
        whole(bonus),
        *(decimals(money[name]) for name in ("pct_temporary", "pct", "unit", "temporary", "total", "full", "discount")),
    ]
    return columns, {"bonus_999": int((bonus == 999).sum()), "proposal_token_price": int(token.sum())}


def _money(
    rng: np.random.Generator, base: Base, owner: np.ndarray, group: np.ndarray, budget: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Split each customer's proposed total over items and derive list price, discounts and unit price."""
    rows = len(owner)
    weight = np.exp(1.1 * rng.standard_normal(rows))
    share = weight / np.bincount(group, weights=weight)[group]
    total = np.maximum(np.round(budget[group] * share, 5), 0.01)
    pct = -5 + 17 * base.scores["discount"][owner] + 9 * rng.standard_normal(rows)
    pct = np.round(np.clip(pct, 0, 95), 5)
    full = np.round(total / (1 - pct / 100), 5)
    quantity = np.array([1, 2, 3, 4, 4.5, 5, 8, 10, 17, 20, 40, 50, 100])[
        pick(rng, [51, 7, 4, 3, 5, 5, 8, 5, 5, 3, 2, 1, 1], rows)
    ]
    odd = rng.random(rows) < 0.03
    quantity = np.where(odd, rng.integers(1, 800, rows), quantity)
    passing = np.where(
        rng.random(rows) < 0.08, np.round(rng.choice([5, 10, 15, 20, 30, 50], rows) * rng.random(rows), 5), 0
    )
    token = rng.random(rows) < 0.0912
    money = {
        "quantity": quantity,
        "pct_temporary": passing,
        "pct": pct,
        "unit": full / quantity,
        "temporary": full * passing / 100,
        "total": total,
        "full": np.where(token, TOKEN, full),
        "discount": np.round(full - total, 5),
    }
    return money, token


def _bonus_months(rng: np.random.Generator, rows: int) -> np.ndarray:
    months = np.array([0, 999, 12, 4, 6, 3, 2, 1, 24, 5, 8, 10, 9, 7, 11, 18, 36, 15, 60])
    shares = [0.877, 0.0536, 0.02, 0.018, 0.01, 0.008, *zipf(13, 1.2) * 0.004]
    return months[pick(rng, shares, rows)]


def _numbers(rng: np.random.Generator, count: int) -> pa.Array:
    drawn = rng.choice(36**4, size=count, replace=False)
    digits = np.stack([drawn // 36**k % 36 for k in (3, 2, 1, 0)], axis=1)
    return pa.array(["AA" + "".join(row) for row in _ALPHABET[digits].tolist()])


def _upload_days(rng: np.random.Generator, base: Base, owner: np.ndarray) -> np.ndarray:
    """Return one day per proposal, rarely on a weekend and never before the customer existed."""
    newest, oldest = _SPAN
    reach = np.clip(base.today - base.since[owner], newest + 1, oldest)
    day = base.today - newest - np.floor((reach - newest) * rng.random(len(owner))).astype(np.int64)
    weekday = (day + 3) % 7  # day 0 of 1970 was a Thursday; Monday is 0
    back = np.where((weekday >= 5) & (rng.random(len(owner)) < 0.9), weekday - 4, 0)
    return np.maximum(day - back, base.today - oldest)


def _product_codes(rng: np.random.Generator) -> list[str]:
    """Return about 1,925 distinct product codes in the four shapes of the source, commonest first."""
    shapes = ("AUT.{0:02d}.{1:06d}", "7T63{1:06d}", "{2:07d}-{3}", "0{2:09d}")
    codes = ["AUT.04.000450", "7T63301066", "2010067-2", "0113301112"]
    for number in rng.choice(10**7, size=1921, replace=False).tolist():
        codes.append(shapes[len(codes) % 4].format(number % 20, number % 10**6, number, number % 9))
    return list(dict.fromkeys(codes))
