"""Contract lines, customers since, MRR and contracts of the last twelve months."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from accounts.demo.activities import INDUSTRIES, NO_ACTIVITY, SUBSEGMENT_VARIANTS, mangled
from accounts.demo.archetypes import ARCHETYPES
from accounts.demo.customers import Base
from accounts.demo.distributions import (
    log_normal,
    log_quantiles,
    pick,
    pick_rows,
    scale,
    scaled_counts,
    stream,
    zipf,
)
from accounts.demo.places import PLACES, squashed
from accounts.demo.vocabulary import (
    CONTRACT_STATES,
    ERP_LINES_OF_SYSTEM,
    FAMILIES,
    LINES,
    MODALITIES,
    PERIODICITIES,
    REVENUE_BANDS,
    SUBSCRIPTION_MODALITIES,
    SYSTEMS,
    products_of,
)
from accounts.demo.writers import Columns, blanked, coded, days, decimals, floats, whole

TOKEN = 0.00731  # the price of one cent after the source's scaling
MOST_LINES = 641
_VARIANTS = frozenset(SUBSEGMENT_VARIANTS.values())
_LINES = ((0.0, 1), (0.25, 3), (0.5, 6.5), (0.75, 18), (0.95, 95), (1.0, 641))
_VALUE = (
    (0.0, 0.01),
    (0.05, 57.95),
    (0.25, 348.97),
    (0.5, 5402.9),
    (0.75, 33282.8),
    (0.95, 207892),
    (1.0, 40060521),
)
_MRR = ((0.0, 1.5), (0.05, 33.7), (0.25, 132.6), (0.5, 348.3), (0.75, 773.2), (0.95, 2243.9), (1.0, 43148.58))


def since_table(base: Base) -> Columns:
    """Return the columns of clientes_desde.csv."""
    return [pa.array(base.codes), days(base.since)]


def mrr_table(base: Base) -> tuple[Columns, dict[str, int]]:
    """Return the columns of mrr.csv and its defects; a handful of customers have MRR zero."""
    rng = stream(base.seed, "mrr")
    inside = np.flatnonzero(base.covered["mrr"])
    value = log_quantiles(base.scores["mrr"][inside], _MRR) * np.exp(0.001 * rng.standard_normal(len(inside)))
    zeros = scale(6, len(base))
    value[np.argsort(value, kind="stable")[:zeros]] = 0.0
    return [coded(base.codes, inside), floats(value)], {"mrr_zero": zeros}


def recent_quantities(base: Base) -> np.ndarray:
    """Return contracts closed in the last twelve months per customer, 0 where the source has no row."""
    rng = stream(base.seed, "recent")
    eager = base.scores["recent"] + 1.2 * rng.standard_normal(len(base))
    quantity = np.searchsorted([0.87, 2.5, 3.1, 3.55, 3.9, 4.2, 4.5, 4.7], eager) + 1
    burst = rng.random(len(base)) < 0.001
    quantity = np.where(burst & (eager > 1), rng.integers(9, 61, len(base)), quantity)
    return np.where(base.covered["recent"], quantity, 0)


def recent_table(base: Base) -> Columns:
    """Return the columns of contratacoes_ultimos_12_meses.csv."""
    quantity = recent_quantities(base)
    inside = np.flatnonzero(quantity)
    value = log_normal(base.scores["recent"][inside], 7.43, 2.314)
    return [coded(base.codes, inside), whole(quantity[inside]), decimals(np.maximum(value, TOKEN))]


def contract_table(base: Base) -> tuple[Columns, dict[str, int]]:
    """Return the columns of dados_clientes.csv, one row per contract line, and the counts of its defects."""
    rng = stream(base.seed, "contracts")
    total = min(max(scale(238_597, len(base)), len(base)), len(base) * MOST_LINES)
    per_customer = scaled_counts(log_quantiles(base.scores["lines"], _LINES), total, high=MOST_LINES)
    owner = np.repeat(np.arange(len(base)), per_customer)
    nth = np.arange(total) - np.repeat(np.cumsum(per_customer) - per_customer, per_customer)
    family = _families(rng, base, owner, nth)
    line = _lines(rng, base, owner, family)
    product, names = _products(rng, family)
    state = _states(rng, base, owner)
    value = _values(rng, base, owner, per_customer, state)
    signed = _dates(rng, base, owner, nth, state)
    signed = _without_twins(owner, [product, line, state, np.round(value * 1e5)], signed)
    activity, activity_names = _activity_codes(base)
    subsegment = _subsegments(rng, base, owner)
    columns: Columns = [
        coded(base.codes, owner),
        coded(names, product),
        coded([entry.name for entry in LINES], line),
        coded([squashed(p.name) for p in PLACES], base.place[owner]),
        coded(activity_names, activity[owner]),
        coded([i.segment for i in INDUSTRIES], base.industry[owner]),
        subsegment,
        coded(REVENUE_BANDS, base.band[owner]),
        coded([entry.brand for entry in LINES], np.where(rng.random(total) < 0.0038, -1, line)),
        _modalities(rng, family),
        coded([str(p.country) for p in PLACES], base.place[owner]),
        coded([n for n, _ in PERIODICITIES], _periodicities(rng, total)),
        coded(CONTRACT_STATES, np.where(rng.random(total) < 0.0021, -1, state)),
        coded([p.uf for p in PLACES], base.place[owner]),
        decimals(value),
        days(signed),
    ]
    return columns, {
        "negative_contracts": int((value < 0).sum()),
        "token_price": int((value == TOKEN).sum()),
        "mojibake_cnae": _rows_with("…", columns[4]),
        "trailing_tab_products": _rows_with("\t", columns[1]),
        "subsegment_variants": sum(word in _VARIANTS for word in subsegment.to_pylist()),
    }


def _rows_with(mark: str, column: pa.Array) -> int:
    return int(pc.sum(pc.match_substring(column, mark)).as_py())


def _families(rng: np.random.Generator, base: Base, owner: np.ndarray, nth: np.ndarray) -> np.ndarray:
    shares = np.array([[a.families.get(f, 0.05) for f in FAMILIES] for a in ARCHETYPES])
    # every firm has its own mix around its archetype's: log-normal tilt per customer and family
    own = shares[base.archetype] * np.exp(0.35 * rng.standard_normal((len(base), len(FAMILIES))))
    family = pick_rows(rng, own, owner)
    # a customer's first contract is what it came for
    return np.where(nth == 0, shares.argmax(axis=1)[base.archetype[owner]], family)


def _lines(rng: np.random.Generator, base: Base, owner: np.ndarray, family: np.ndarray) -> np.ndarray:
    names = [entry.name for entry in LINES]
    line = np.empty(len(owner), dtype=np.int64)
    for number, name in enumerate(FAMILIES[1:], start=1):
        rows = np.flatnonzero(family == number)
        options = np.array([i for i, entry in enumerate(LINES) if entry.family == name])
        line[rows] = options[pick(rng, zipf(len(options), 0.8), len(rows))]
    for number, (system, _, _) in enumerate(SYSTEMS):
        rows = np.flatnonzero((family == 0) & (base.system[owner] == number))
        options = np.array([names.index(n) for n in ERP_LINES_OF_SYSTEM[system]])
        line[rows] = options[pick(rng, zipf(len(options), 0.7), len(rows))]
    return line


def _products(rng: np.random.Generator, family: np.ndarray) -> tuple[np.ndarray, list[str]]:
    names: list[str] = []
    product = np.empty(len(family), dtype=np.int64)
    for number, name in enumerate(FAMILIES):
        rows = np.flatnonzero(family == number)
        options = products_of(name)
        product[rows] = len(names) + pick(rng, zipf(len(options), 0.85), len(rows))
        names += options
    return product, names


def _states(rng: np.random.Generator, base: Base, owner: np.ndarray) -> np.ndarray:
    """Draw contract states: 12 % cancelled over the base, concentrated where the risk is."""
    low, high = -8.0, 4.0
    for _ in range(40):
        offset = (low + high) / 2
        share = 1 / (1 + np.exp(-(offset + 1.5 * base.risk)))
        low, high = (offset, high) if share[owner].mean() < 0.1218 else (low, offset)
    cancelled = rng.random(len(owner)) < share[owner]
    others = np.array([0, 2, 3, 4, 5, 6])[pick(rng, [0.515, 0.106, 0.162, 0.036, 0.035, 0.018], len(owner))]
    young = (base.today - base.since)[owner] < 400
    swap = young & (others == 3) & (rng.random(len(owner)) < 0.7)
    return np.where(cancelled, 1, np.where(swap, 4, others))


def _values(
    rng: np.random.Generator, base: Base, owner: np.ndarray, per_customer: np.ndarray, state: np.ndarray
) -> np.ndarray:
    """Split each customer's contract value over its lines; some lines carry the token price, a few are
    negative.
    """
    total = log_quantiles(base.scores["value"], _VALUE)
    token = (rng.random(len(owner)) < 0.1295) | (total < 0.03 * per_customer)[owner]
    first = np.cumsum(per_customer) - per_customer
    poor = total < 0.03 * per_customer
    all_token = np.add.reduceat(token.astype(np.int64), first) == per_customer
    token[first[all_token & ~poor]] = False
    weight = np.where(token, 0.0, np.exp(1.2 * rng.standard_normal(len(owner))))
    share = weight / np.maximum(np.add.reduceat(weight, first), 1e-12)[owner]
    value = np.round(np.where(token, TOKEN, np.maximum(total[owner] * share, 0.0101)), 5)
    eligible = np.flatnonzero(~token & (share < 0.2) & (state != 0))
    wanted = scale(317, len(base))
    chosen = rng.choice(eligible, size=min(wanted, len(eligible)), replace=False)
    value[chosen] = -value[chosen]
    return value


def _dates(rng: np.random.Generator, base: Base, owner: np.ndarray, nth: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Return signing days: after the customer's first day, mostly recent; the last year holds the recent
    contracts.
    """
    oldest = base.day(date(1988, 1, 4))
    start = np.maximum(base.since, oldest)[owner]
    reach = np.where(state == 1, 0.85, 1.0)
    signed = start + np.floor((base.today - 1 - start) * reach * rng.random(len(owner)) ** 0.6).astype(np.int64)
    recent = nth < recent_quantities(base)[owner]
    lately = (
        base.today - 1 - np.floor(np.minimum(364, base.today - 1 - start) * rng.random(len(owner))).astype(np.int64)
    )
    return np.where(recent, lately, signed)


def _without_twins(owner: np.ndarray, parts: list[np.ndarray], signed: np.ndarray) -> np.ndarray:
    """Return the days with exact twins moved back a day: the source has no duplicate contract line."""
    key = owner.astype(np.uint64)
    for part in parts:
        key = key * np.uint64(0x9E3779B97F4A7C15) ^ part.astype(np.int64).astype(np.uint64)
    while True:
        full = key * np.uint64(0x9E3779B97F4A7C15) ^ signed.astype(np.uint64)
        _, first = np.unique(full, return_index=True)
        twins = np.ones(len(full), dtype=bool)
        twins[first] = False
        if not twins.any():
            return signed
        signed = np.where(twins, signed - 1, signed)


def _activity_codes(base: Base) -> tuple[np.ndarray, list[str]]:
    starts = np.cumsum([0, *(len(i.activities) for i in INDUSTRIES)])
    names = [mangled(a) for i in INDUSTRIES for a in i.activities]
    codes = np.where(base.activity < 0, len(names), starts[base.industry] + base.activity)
    return codes, [*names, NO_ACTIVITY]


def _subsegments(rng: np.random.Generator, base: Base, owner: np.ndarray) -> pa.Array:
    """Return the sub-segment per line; some lines use the variant spelling, a few are empty."""
    starts = np.cumsum([0, *(len(i.subsegments) for i in INDUSTRIES)])
    names = [s for i in INDUSTRIES for s in i.subsegments]
    variants = [SUBSEGMENT_VARIANTS.get(n, n) for n in names]
    code = (starts[base.industry] + base.subsegment)[owner]
    varied = rng.random(len(owner)) < 0.35
    empty = rng.random(len(owner)) < 0.0003
    return blanked(coded([*names, *variants], np.where(varied, code + len(names), code)), empty)


def _modalities(rng: np.random.Generator, family: np.ndarray) -> pa.Array:
    usual = pick(rng, [s for _, s in MODALITIES], len(family))
    subscription = np.array(SUBSCRIPTION_MODALITIES)[pick(rng, [3, 5, 2], len(family))]
    modern = np.isin(family, [FAMILIES.index(f) for f in ("cloud", "rd", "credit")])
    code = np.where(modern & (rng.random(len(family)) < 0.8), subscription, usual)
    return coded([n for n, _ in MODALITIES], np.where(rng.random(len(family)) < 0.0488, -1, code))


def _periodicities(rng: np.random.Generator, rows: int) -> np.ndarray:
    code = pick(rng, [s for _, s in PERIODICITIES], rows)
    return np.where(rng.random(rows) < 0.0003, -1, code)
