"""From raw feature columns to the matrix that is clustered. Pure: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segments import gaps

Transform = Literal["none", "log1p", "signed_log"]
Floats = NDArray[np.float64]

FLAG_WEIGHT = 0.5
"""A missing flag counts half: missing is information, but seven absent sources must not outvote the
figures.
"""
TAIL = 5.0
"""Scaled values are folded beyond this many spreads, so that one outlier cannot own an axis."""
REDUCE_ABOVE = 12
"""Columns above which the matrix is reduced to the principal components that explain 95%."""
EXPLAINED = 0.95
COMMON_UNIT = 20.0
"""Columns whose spreads lie within this factor, and ranges alike, are taken to share a unit."""


@dataclass(frozen=True)
class Column:
    """A raw feature: its name and how its tail is tamed before scaling."""

    name: str
    transform: Transform = "none"


@dataclass(frozen=True)
class Prepared:
    """What is clustered: ``matrix`` (n, d) finite and scaled; ``names`` of the features and flags behind it.

    ``dropped`` maps a left-out column to "constant", "empty", "repeated_flag" or "untold_flag"; ``components`` is the
    number of principal components where the columns were reduced, else None, and ``explained`` their share
    of the variance. ``scaled`` (n, len(names)) holds the columns before the reduction, for profiles and
    surrogate rules.
    """

    matrix: Floats
    scaled: Floats
    names: tuple[str, ...]
    dropped: dict[str, str]
    missing: dict[str, float]
    components: int | None
    explained: float


def prepare(values: Floats, columns: Sequence[Column], *, reduce: bool = True) -> Prepared:
    """Scale raw columns (n, len(columns)), where NaN and infinities mean missing.

    Each column: declared transform, centred on its median, divided by its spread, tail folded; missing
    becomes 0 (the median) beside a 0/1 flag named ``<name>_missing``. A matrix without a usable column has
    shape (n, 0). Raises ValueError where the number of columns does not match.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != len(columns):
        raise ValueError(f"{len(columns)} columns declared, values have shape {values.shape}")
    kept: list[Floats] = []
    names: list[str] = []
    dropped: dict[str, str] = {}
    flags: dict[bytes, str] = {}
    missing: dict[str, float] = {}
    for column, raw in zip(columns, values.T, strict=True):
        absent = ~np.isfinite(raw)
        missing[column.name] = float(absent.mean()) if len(raw) else 0.0
        scaled = _scaled(_transformed(raw[~absent], column.transform))
        if scaled is None:
            dropped[column.name] = "empty" if absent.all() else "constant"
        else:
            full = np.zeros(len(raw))
            full[~absent] = scaled
            kept.append(full)
            names.append(column.name)
        if absent.any() and not absent.all():
            _add_flag(column.name, absent, flags, kept, names, dropped)
    matrix = np.column_stack(kept) if kept else np.zeros((len(values), 0))
    smaller, explained = reduced(matrix) if reduce and matrix.shape[1] > REDUCE_ABOVE else (matrix, 1.0)
    components = None if smaller is matrix else smaller.shape[1]
    return Prepared(smaller, matrix, tuple(names), dropped, missing, components, explained)


def _add_flag(
    name: str,
    absent: NDArray[np.bool_],
    flags: dict[bytes, str],
    kept: list[Floats],
    names: list[str],
    dropped: dict[str, str],
) -> None:
    """One flag per pattern of absence: columns of one source are missing together and must not count many
    times.
    """
    flag, pattern = f"{name}_missing", np.packbits(absent).tobytes()
    if pattern in flags:
        dropped[flag] = "repeated_flag"
        return
    flags[pattern] = flag
    centred = absent.astype(np.float64) - absent.mean()
    kept.append(FLAG_WEIGHT * centred / max(float(absent.std()), 0.1))
    names.append(flag)


def _transformed(values: Floats, transform: Transform) -> Floats:
    if transform == "log1p":
        # A figure that is never negative by meaning may be so by a booking error; the sign is kept, not lost.
        return np.log1p(np.maximum(values, 0.0)) - np.log1p(np.maximum(-values, 0.0))
    if transform == "signed_log":
        return np.sign(values) * np.log1p(np.abs(values))
    return values


def _scaled(values: Floats) -> Floats | None:
    """Centred and divided by the spread, tails folded logarithmically; None for a constant column."""
    if len(values) < 2 or np.ptp(values) <= 1e-12 * max(1.0, float(np.abs(values).max())):
        return None
    middle = float(np.median(values))
    quarter, three_quarters = np.quantile(values, [0.25, 0.75])
    low, high = np.quantile(values, [0.01, 0.99])
    # The standard deviation of the bulk, kept from collapsing on columns that are mostly one value.
    bulk = float(np.clip(values, low, high).std())
    spread = max((three_quarters - quarter) / 1.349, bulk) or float(values.std())
    z = (values - middle) / spread
    beyond = np.maximum(np.abs(z) - TAIL, 0.0)
    return np.sign(z) * (np.minimum(np.abs(z), TAIL) + np.log1p(beyond))


def reduced(matrix: Floats) -> tuple[Floats, float]:
    """Principal components that explain 95%, with a fixed sign, and the share they explain."""
    found, power = components(matrix)
    share = np.cumsum(power) / power.sum()
    count = min(int(np.searchsorted(share, EXPLAINED)) + 1, len(share))
    return np.ascontiguousarray(found[:, :count]), float(share[count - 1])


def components(matrix: Floats) -> tuple[Floats, Floats]:
    """All principal components, each with a fixed sign, and the sum of squares of each, the largest first."""
    centred = matrix - matrix.mean(axis=0)
    power, axes = np.linalg.eigh(centred.T @ centred)
    power, axes = np.maximum(power[::-1], 0.0), axes[:, ::-1]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(len(power))])
    return centred @ axes, power


def prepare_table(values: Floats, names: Sequence[str]) -> Prepared:
    """Scale a table of which nothing is declared: tails guessed per column, a common unit kept where there
    is one.

    Columns that share a unit (pixels, answers on one scale) carry meaning in their relative spread, which
    scaling each by itself would destroy; such a table is scaled as a whole.
    """
    values = np.asarray(values, dtype=np.float64)
    if len(names) > 2 and _common_unit(values):
        kept = np.flatnonzero(np.ptp(values, axis=0) > 0)
        matrix = values[:, kept] - np.median(values[:, kept], axis=0)
        matrix = matrix / (np.sqrt((matrix**2).mean()) or 1.0)
        smaller, explained = reduced(matrix) if matrix.shape[1] > REDUCE_ABOVE else (matrix, 1.0)
        dropped = {name: "constant" for i, name in enumerate(names) if i not in set(kept.tolist())}
        return Prepared(
            smaller,
            matrix,
            tuple(names[int(i)] for i in kept),
            dropped,
            dict.fromkeys(names, 0.0),
            None if smaller is matrix else smaller.shape[1],
            explained,
        )
    columns = [Column(name, _guessed(column)) for name, column in zip(names, values.T, strict=True)]
    if np.isfinite(values).all():
        return prepare(values, columns)
    return _without_gaps(values, names, prepare(values, columns, reduce=False))


def _without_gaps(values: Floats, names: Sequence[str], flagged: Prepared) -> Prepared:
    """Missing cells estimated from like rows; a flag stays only where the absence itself tells something."""
    place = {name: i for i, name in enumerate(flagged.names)}
    real = [(i, place[name]) for i, name in enumerate(names) if name in place]
    absent = ~np.isfinite(values[:, [i for i, _ in real]])
    scaled = flagged.scaled.copy()
    scaled[:, [j for _, j in real]] = gaps.filled(scaled[:, [j for _, j in real]], absent)
    dropped = dict(flagged.dropped)
    kept = []
    for name, column in place.items():
        source = name.removesuffix("_missing")
        if column in {j for _, j in real} or _flag_tells(values[:, list(names).index(source)], source, place, scaled):
            kept.append(column)
        else:
            dropped[name] = "untold_flag"
    matrix = scaled[:, kept]
    wide = matrix.shape[1] > REDUCE_ABOVE
    smaller, explained = reduced(matrix) if wide else (matrix, 1.0)
    return replace(
        flagged,
        matrix=smaller,
        scaled=matrix,
        names=tuple(flagged.names[i] for i in kept),
        dropped=dropped,
        components=smaller.shape[1] if wide else None,
        explained=explained,
    )


def _flag_tells(raw: Floats, source: str, place: dict[str, int], scaled: Floats) -> bool:
    others = [j for name, j in place.items() if name not in {source, f"{source}_missing"}]
    return gaps.telling(~np.isfinite(raw), scaled[:, others])


def _common_unit(values: Floats) -> bool:
    if len(values) < 3 or not np.isfinite(values).all():
        return False
    low, high = values.min(axis=0), values.max(axis=0)
    moving = high > low
    if moving.sum() < 3:
        return False
    if (np.unique(values).size <= 32) and (values == np.rint(values)).all():
        return True  # one small whole-number scale throughout
    spread = values[:, moving].std(axis=0)
    return bool(spread.max() <= 4 * spread.min() and np.ptp(high[moving]) <= COMMON_UNIT * spread.max())


def _guessed(values: Floats) -> Transform:
    """Logarithm for a clearly long tail to the right of non-negative values."""
    values = values[np.isfinite(values)]
    if len(values) < 20 or values.std() == 0.0:
        return "none"
    z = (values - values.mean()) / values.std()
    return "log1p" if values.min() >= 0 and float((z**3).mean()) > 3.0 else "none"
