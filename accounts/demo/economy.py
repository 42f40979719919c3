"""Invoices of the demo company (faturas.csv) and invented series of the economy around it (indicadores.csv)."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from accounts.demo.activities import INDUSTRIES
from accounts.demo.contracts import mrr_table
from accounts.demo.customers import Base
from accounts.demo.distributions import scale, stream
from accounts.demo.places import PLACES
from accounts.demo.writers import Columns, blanked, coded, days, decimals, joined, padded, with_copies

MONTHS = 12
SERIES_MONTHS = 24
_EPOCH = date(1970, 1, 1)
_NATIONAL = (  # series, unit, level, drift a month, noise
    ("IPCA", "percent", 0.38, 0.0, 0.16),
    ("SELIC", "percent a year", 10.5, 0.14, 0.1),
    ("IBC-Br", "index", 104.0, 0.18, 0.5),
    ("Inadimplência PJ", "percent", 2.4, 0.03, 0.08),
)


def invoice_table(base: Base) -> tuple[Columns, dict[str, int]]:
    """Return the columns of faturas.csv, a monthly invoice per customer with MRR, and the counts of its defects.

    Customers at risk pay later, and some of theirs are still open.
    """
    rng = stream(base.seed, "invoices")
    inside = np.flatnonzero(base.covered["mrr"])
    mrr = mrr_table(base)[0][1].cast(pa.float64()).to_numpy()
    owner = np.repeat(np.arange(len(inside)), MONTHS)
    back = np.tile(np.arange(MONTHS)[::-1], len(inside))
    issued = base.today - 30 * back - rng.integers(1, 6, len(inside))[owner]
    kept = (issued >= base.since[inside][owner]) & (mrr[owner] > 0)
    owner, issued = owner[kept], issued[kept]
    due = issued + np.array([10, 15, 30])[rng.integers(0, 3, len(inside))][owner]
    slow = 1 / (1 + np.exp(-1.4 * base.risk[inside][owner]))
    delay = np.rint(rng.exponential(1 + 9 * slow) - 3).astype(np.int64)
    forgotten = rng.random(len(owner)) < 0.035 * slow
    paid = np.maximum(due + delay, issued)
    open_ = forgotten | (paid > base.today)
    value = np.round(mrr[owner] * np.exp(0.04 * rng.standard_normal(len(owner))), 2)
    swapped = rng.choice(len(owner), size=min(len(owner), scale(14, len(base))), replace=False)
    due[swapped] = issued[swapped] - rng.integers(1, 20, len(swapped))
    columns: Columns = [
        coded([base.codes[i] for i in inside], owner),
        joined(["F", padded(np.arange(1, len(owner) + 1), 7)]),
        days(issued),
        days(due),
        blanked(days(paid), open_),
        decimals(np.maximum(value, 0.01), 2),
    ]
    copies = rng.choice(len(owner), size=min(len(owner), scale(60, len(base))), replace=False)
    return with_copies(columns, np.sort(copies)), {
        "invoice_due_before_issue": len(swapped),
        "invoice_duplicates": len(copies),
        "invoice_open": int(open_.sum()),
    }


def indicator_table(base: Base) -> Columns:
    """Return the columns of indicadores.csv: national series, an activity index per state, real revenue per segment.

    The values are invented; the names and units are those of the public series.
    """
    rng = stream(base.seed, "indicators")
    states = sorted({place.uf for place in PLACES if place.country == 105})
    plan = [(name, unit, "", "", level, drift, noise) for name, unit, level, drift, noise in _NATIONAL]
    plan += [("IBCR", "index", state, "", 98 + 9 * rng.random(), 0.3 * rng.random() - 0.05, 0.7) for state in states]
    plan += [
        ("Receita real do setor", "index", "", each.segment, 96 + 12 * rng.random(), 0.6 * rng.random() - 0.2, 1.1)
        for each in INDUSTRIES
    ]
    months = _months(base.today)
    steps = np.arange(SERIES_MONTHS)
    values = [level + drift * steps + noise * rng.standard_normal(SERIES_MONTHS) for *_, level, drift, noise in plan]
    texts = [np.repeat([row[column] for row in plan], SERIES_MONTHS) for column in range(4)]
    name, unit, state, industry = (pa.array(text.astype(str)) for text in texts)
    day = pa.array(months * len(plan), pa.date32()).cast(pa.string())
    return [name, unit, pc.utf8_slice_codeunits(day, 0, 10), state, industry, decimals(np.concatenate(values), 2)]


def _months(today: int) -> list[date]:
    """The first days of the whole months before the snapshot, oldest first."""
    month = (_EPOCH + timedelta(days=today)).replace(day=1)
    found = []
    for _ in range(SERIES_MONTHS):
        month = (month - timedelta(days=1)).replace(day=1)
        found.append(month)
    return found[::-1]
