"""Usage events of one working week in eleven files (telemetria_1.csv … telemetria_11.csv)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from accounts.demo.archetypes import ARCHETYPES
from accounts.demo.customers import Base
from accounts.demo.distributions import log_quantiles, pick, scaled_counts, stream, zipf
from accounts.demo.layouts import LAYOUTS, TELEMETRY_FILES
from accounts.demo.vocabulary import PRODUCT_LINE_IDS, SYSTEMS
from accounts.demo.writers import Columns, TableWriter, coded, constant, days, floats, joined, padded

FULL_ROWS = 30_804_197  # of 10,615 customers
_FILE_ROWS = (
    2535221, 3298672, 2047906, 1574418, 1681694, 4939234, 3017771, 3234597, 3104325, 1884789, 3485570,
)  # fmt: skip
_EVENTS = ((0.0, 1), (0.05, 15), (0.25, 320), (0.5, 1129), (0.75, 3843), (0.95, 21890), (1.0, 1487176))
_CHUNK = 400_000
_LOWEST, _HIGHEST = -811819.0, 123695500000.0
_COMMON_DURATION = 191.30599999999993
_STATES = ("Desconectado", "Conectado", "Negado")
_MODULES, _SLOTS = 535, 339


@dataclass(frozen=True)
class _Traits:
    """Per customer: breadth of modules, first module, stores, share of refused licences, weights of the
    days.
    """

    breadth: np.ndarray
    first_module: np.ndarray
    stores: np.ndarray
    denied: np.ndarray
    day_edges: np.ndarray


def default_rows(base: Base) -> int:
    """Return the usual number of events: about 100 per customer with telemetry."""
    return 100 * int(base.covered["usage"].sum())


def full_rows(base: Base) -> int:
    """Return the number of events in the proportion of the real source."""
    return max(round(FULL_ROWS * len(base) / 10_615), int(base.covered["usage"].sum()))


def check_rows(base: Base, rows: int) -> None:
    """Raise ValueError where ``rows`` events cannot cover every customer with telemetry in eleven files."""
    least = max(int(base.covered["usage"].sum()), TELEMETRY_FILES)
    if rows < least:
        raise ValueError(f"{rows} telemetry rows are too few: {least} customers have telemetry, give at least as many")


def week(base: Base) -> np.ndarray:
    """Return Monday to Friday of the last complete week before the snapshot's own week, as days after
    1970.
    """
    monday = base.today - (base.today + 3) % 7
    return monday - 7 + np.arange(5)


def write_telemetry(
    base: Base, folder: Path, rows: int, report: Callable[[str], None]
) -> tuple[dict[str, int], dict[str, object]]:
    """Write the eleven files with ``rows`` events in all; memory stays bounded by a chunk.

    Returns the rows per file and the counts of defects. Raises ValueError as ``check_rows`` does.
    """
    check_rows(base, rows)
    inside = np.flatnonzero(base.covered["usage"])
    remaining = scaled_counts(log_quantiles(base.scores["usage"][inside], _EVENTS), rows)
    sizes = scaled_counts(np.array(_FILE_ROWS, dtype=float), rows)
    traits = _traits(base, inside)
    written: dict[str, int] = {}
    within: dict[str, int] = {}
    seen: list[np.ndarray] = []
    negatives = 0
    for number, size in enumerate(sizes, start=1):
        name = f"telemetria_{number}.csv"
        here = remaining if number == TELEMETRY_FILES else _portion(remaining, int(size))
        remaining = remaining - here
        distinct = 0
        with (folder / name).open("wb") as file:
            writer = TableWriter(file, LAYOUTS[name])
            for columns, row_keys, below in _blocks(base, inside, here, traits, number):
                writer.write(columns)
                keys = np.unique(row_keys)
                distinct += len(keys)
                negatives += below
                seen.append(keys)
        written[name] = writer.rows
        within[name] = writer.rows - distinct
        report(f"{name}: {writer.rows:,} rows")
    return written, {
        "telemetry_exact_duplicates": rows - len(np.unique(np.concatenate(seen))),
        "telemetry_duplicates_within_files": within,
        "telemetry_negative_durations": negatives,
        "telemetry_absurd_durations": 1,
    }


def _traits(base: Base, inside: np.ndarray) -> _Traits:
    rng = stream(base.seed, "telemetry")
    archetype = base.archetype[inside]
    size = base.scores["usage"][inside]
    breadth = np.array([a.modules for a in ARCHETYPES])[archetype] * np.exp(
        0.3 * size + 0.25 * rng.standard_normal(len(inside))
    )
    decline = np.array([a.decline for a in ARCHETYPES])[archetype] + 0.08 * rng.standard_normal(len(inside))
    weights = np.exp(-decline[:, None] * np.arange(5))
    chain = np.array(["VAREJO" in a.industries for a in ARCHETYPES])[archetype]
    stores = 1 + np.floor(np.clip(np.exp(0.9 * size + 0.6 * chain - 1.1), 0, 40)).astype(np.int64)
    return _Traits(
        breadth=np.clip(np.rint(breadth), 1, 120),
        first_module=np.array([0, 130, 240, 290, 340, 380, 430, 480])[base.system[inside]]
        + rng.integers(0, 4, len(inside)),
        stores=stores,
        denied=np.array([a.denied for a in ARCHETYPES])[archetype],
        day_edges=np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True),
    )


def _portion(remaining: np.ndarray, size: int) -> np.ndarray:
    """Take exactly ``size`` of the remaining rows, evenly over the customers."""
    total = int(remaining.sum())
    ends = np.cumsum(remaining) * size // total
    return np.diff(ends, prepend=0)


def _blocks(
    base: Base, inside: np.ndarray, counts: np.ndarray, traits: _Traits, number: int
) -> Iterator[tuple[Columns, np.ndarray, int]]:
    """Yield blocks of whole customers: columns, a 64-bit key per row, negative durations."""
    rng = stream(base.seed, f"telemetry_{number}")
    originals = _originals(counts, 0.54 + 0.15 * rng.random())
    ends = np.cumsum(counts)
    cuts = np.unique(np.searchsorted(ends, np.arange(_CHUNK, int(ends[-1]) + _CHUNK, _CHUNK), side="left") + 1)
    cuts = np.unique(np.clip(cuts, 1, len(counts)))
    start = 0
    for stop in cuts:
        part = slice(start, int(stop))
        if counts[part].sum():
            yield _block(rng, base, inside, counts, originals, traits, part, _planted(number, int(stop) == len(counts)))
        start = int(stop)


def _planted(number: int, last: bool) -> float | None:
    """Return the absurd duration planted on the last row of the first and of the last file."""
    if not last:
        return None
    return {1: _HIGHEST, TELEMETRY_FILES: _LOWEST}.get(number)


def _originals(counts: np.ndarray, duplicates: float) -> np.ndarray:
    """Return how many of each customer's rows are original so that ``duplicates`` of the file repeat one."""
    present = counts > 0
    target = max(round((1 - duplicates) * int(counts.sum())), int(present.sum()))
    low, high = 0.0, 1.0
    for _ in range(40):
        share = (low + high) / 2
        kept = np.where(present, np.clip(np.floor(counts * share), 1, np.maximum(counts, 1)), 0)
        low, high = (share, high) if kept.sum() < target else (low, share)
    return kept.astype(np.int64)


def _block(
    rng: np.random.Generator,
    base: Base,
    inside: np.ndarray,
    counts: np.ndarray,
    originals: np.ndarray,
    traits: _Traits,
    part: slice,
    planted: float | None,
) -> tuple[Columns, np.ndarray, int]:
    count, kept = counts[part], originals[part]
    events = _events(rng, np.repeat(np.arange(len(inside))[part], kept), base, inside, traits)
    # row → event: first every original once, then repeats of the same customer's originals
    customer = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(customer)) - np.repeat(np.cumsum(count) - count, count)
    repeat = np.floor(rng.random(len(customer)) * kept[customer]).astype(np.int64)
    source = (np.cumsum(kept) - kept)[customer] + np.where(nth < kept[customer], nth, repeat)
    rows = {name: values[source] for name, values in events.items()}
    if planted is not None:
        rows["duration"][-1] = planted
    return _columns(base, rows), _keys(rows), int((rows["duration"] < 0).sum())


def _events(
    rng: np.random.Generator, who: np.ndarray, base: Base, inside: np.ndarray, traits: _Traits
) -> dict[str, np.ndarray]:
    """Draw original events for the customers ``who`` (numbers in ``inside``)."""
    n = len(who)
    kind = rng.random(n)
    duration = np.exp(6.11 + 1.907 * rng.standard_normal(n))
    duration = np.where(kind < 0.15, 0.0, np.where(kind < 0.25, _COMMON_DURATION, duration))
    duration = np.where(kind > 0.9998, -np.rint(duration), duration)
    module = traits.first_module[who] + np.floor(rng.random(n) ** 1.7 * traits.breadth[who]).astype(np.int64)
    own_line = np.array([PRODUCT_LINE_IDS.index(i) for _, _, i in SYSTEMS])[base.system[inside[who]]]
    line = np.where(rng.random(n) < 0.85, own_line, pick(rng, zipf(len(PRODUCT_LINE_IDS)), n))
    state = rng.random(n)
    draw = rng.random(n)
    return {
        "customer": inside[who],
        "store": np.floor(rng.random(n) ** 2.5 * traits.stores[who]).astype(np.int64),
        "duration": duration,
        "module": module % _MODULES,
        "line": line,
        "day": week(base)[(draw[:, None] >= traits.day_edges[who, :4]).sum(axis=1)],
        "slot": pick(rng, zipf(_SLOTS, 1.1), n),
        "state": np.where(
            state < 0.0004,
            -1,
            np.where(state < 0.0204, 1, np.where(state < 0.0204 + traits.denied[who], 2, 0)),
        ),
    }


def _keys(rows: dict[str, np.ndarray]) -> np.ndarray:
    """Return one 64-bit key per row; equal rows have equal keys and, all but surely, only they."""
    key = np.ascontiguousarray(rows["duration"]).view(np.uint64).copy()
    for name in ("customer", "store", "module", "line", "day", "slot", "state"):
        key ^= key >> np.uint64(31)
        key *= np.uint64(0x9E3779B97F4A7C15)
        key += rows[name].astype(np.int64).view(np.uint64)
    key ^= key >> np.uint64(29)
    return key * np.uint64(0xBF58476D1CE4E5B9)


def _columns(base: Base, rows: dict[str, np.ndarray]) -> Columns:
    n = len(rows["customer"])
    empty = constant("", n)
    # ids of modules and slots look like codes of a registry, not like 0…534
    module_ids = [f"{(i * 37 + 6) % 9973:04d}" for i in range(_MODULES)]
    slot_ids = ["0000", "0533", "4000", *(f"{(i * 53 + 101) % 9901:04d}" for i in range(_SLOTS - 3))]
    weekdays = week(base)
    return [
        joined([coded(base.codes, rows["customer"]), padded(rows["store"], 2)]),
        floats(rows["duration"]),
        coded(module_ids, rows["module"]),
        coded(PRODUCT_LINE_IDS, rows["line"]),
        coded(days(weekdays).to_pylist(), rows["day"] - weekdays[0]),
        coded(slot_ids, rows["slot"]),
        coded(_STATES, rows["state"]),
        empty,
        empty,
    ]
