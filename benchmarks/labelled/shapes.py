"""Labelled shapes, each drawn anew for a seed; −1 in the truth is noise.

``TUNED`` were looked at while the automatic choice was made, ``HELD_OUT`` were not: the two means tell whether it
learnt the shapes instead of the task.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Table = tuple[NDArray[np.float64], NDArray[np.int64]]
Draw = Callable[[np.random.Generator], Table]


def joined(parts: list[NDArray[np.float64]], noise: NDArray[np.float64] | None = None) -> Table:
    """The parts below each other, each with its own number; noise is −1."""
    truth = [np.full(len(part), number) for number, part in enumerate(parts)]
    if noise is not None:
        parts, truth = [*parts, noise], [*truth, np.full(len(noise), -1)]
    return np.vstack(parts), np.concatenate(truth).astype(np.int64)


def gaussians(
    rng: np.random.Generator, sizes: list[int], centres: NDArray[np.float64], spreads: float | list[float] = 1.0
) -> list[NDArray[np.float64]]:
    """One round Gaussian per size."""
    each = np.broadcast_to(np.asarray(spreads, dtype=float), len(sizes))
    return [c + rng.normal(scale=s, size=(n, len(c))) for n, c, s in zip(sizes, centres, each, strict=True)]


def apart(rng: np.random.Generator, k: int, d: int, least: float, box: float) -> NDArray[np.float64]:
    """k centres in a box, no two nearer than ``least``; the box grows where they do not fit."""
    centres: list[NDArray[np.float64]] = []
    while len(centres) < k:
        new = rng.uniform(-box, box, d)
        if all(np.linalg.norm(new - c) >= least for c in centres):
            centres.append(new)
        box *= 1.002
    return np.array(centres)


def skewed(rng: np.random.Generator, sizes: list[int], d: int, least: float, stretch: float) -> Table:
    """Gaussians of random orientation, each axis stretched by up to ``stretch``."""
    parts = []
    for n, centre in zip(sizes, apart(rng, len(sizes), d, least, least), strict=True):
        turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
        axes = np.exp(rng.uniform(-np.log(stretch) / 2, np.log(stretch) / 2, d))
        parts.append(centre + (rng.normal(size=(n, d)) * axes) @ turn)
    return joined(parts)


def ring(rng: np.random.Generator, n: int, radius: float, noise: float, arc: float = 2 * np.pi) -> NDArray[np.float64]:
    """Points on a circle or an arc of it."""
    angle = rng.uniform(0, arc, n)
    return radius * np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(scale=noise, size=(n, 2))


def moons(rng: np.random.Generator, sizes: tuple[int, int], noise: float) -> list[NDArray[np.float64]]:
    """Two interleaved half circles."""
    one, two = ring(rng, sizes[0], 1, noise, np.pi), ring(rng, sizes[1], 1, noise, np.pi)
    return [one, np.array([1.0, 0.5]) - two]


def spirals(rng: np.random.Generator, arms: int, n: int, noise: float, turns: float = 1.0) -> Table:
    """Interleaved spiral arms."""
    parts = []
    for arm in range(arms):
        t = np.sqrt(rng.uniform(0.04, 1, n)) * 2 * np.pi * turns
        angle = t + 2 * np.pi * arm / arms
        parts.append(np.column_stack([t * np.cos(angle), t * np.sin(angle)]) + rng.normal(scale=noise, size=(n, 2)))
    return joined(parts)


def box(rng: np.random.Generator, n: int, low: list[float], high: list[float]) -> NDArray[np.float64]:
    """An even spread over a box."""
    return rng.uniform(low, high, (n, len(low)))


def around(rng: np.random.Generator, parts: list[NDArray[np.float64]], n: int) -> NDArray[np.float64]:
    """Even noise over the box of the parts and a tenth around it."""
    rows = np.vstack(parts)
    low, high = rows.min(axis=0), rows.max(axis=0)
    return rng.uniform(low - 0.1 * (high - low), high + 0.1 * (high - low), (n, rows.shape[1]))


def noisy(rng: np.random.Generator, parts: list[NDArray[np.float64]], share: float) -> Table:
    """The parts with a share of all rows as even noise."""
    n = round(share / (1 - share) * sum(map(len, parts)))
    return joined(parts, around(rng, parts, n))


def heavy(rng: np.random.Generator) -> Table:
    """Student's t with three degrees of freedom, five groups."""
    centres = apart(rng, 5, 4, 12, 12)
    return joined([c + rng.standard_t(3, (150, 4)) for c in centres])


def lognormal(rng: np.random.Generator) -> Table:
    """Money-like columns: groups that differ by a factor, tails of a factor too."""
    centres = np.array([[2, 1, 3], [5, 1, 6], [5, 5, 1], [8, 6, 6]])
    return joined(
        [np.exp(c + rng.normal(scale=0.6, size=(n, 3))) for c, n in zip(centres, (260, 200, 140, 60), strict=True)]
    )


def irrelevant(rng: np.random.Generator) -> Table:
    """Three telling columns among ten that tell nothing."""
    matrix, truth = joined(gaussians(rng, [200, 150, 100, 80], apart(rng, 4, 3, 8, 8)))
    return np.column_stack([matrix, rng.normal(scale=matrix.std() / 3, size=(len(matrix), 10))]), truth


def answers(rng: np.random.Generator) -> Table:
    """Yes-or-no answers of four latent classes."""
    chance = np.where(rng.uniform(size=(4, 16)) < 0.5, 0.12, 0.88)
    sizes = (220, 160, 120, 80)
    return joined([(rng.uniform(size=(n, 16)) < p).astype(float) for p, n in zip(chance, sizes, strict=True)])


def mixed(rng: np.random.Generator) -> Table:
    """Money, counts, shares and a flag, groups of customers as they come."""
    kinds = ((7, 2, 0.2, 0.1, 300), (9.5, 8, 0.5, 0.9, 160), (8, 1, 0.9, 0.2, 120), (11, 20, 0.7, 0.9, 60))
    parts = [
        np.column_stack(
            [
                np.exp(money + rng.normal(scale=0.35, size=n)),
                rng.poisson(count, n),
                rng.beta(20 * share, 20 * (1 - share), n),
                rng.uniform(size=n) < flag,
                np.exp(money - 3 + rng.normal(scale=0.5, size=n)),
            ]
        )
        for money, count, share, flag, n in kinds
    ]
    return joined(parts)


def gaps(rng: np.random.Generator) -> Table:
    """Blobs of which a tenth of the cells is missing."""
    matrix, truth = joined(gaussians(rng, [200, 150, 100, 80], apart(rng, 4, 6, 8, 6)))
    matrix[rng.uniform(size=matrix.shape) < 0.1] = np.nan
    return matrix, truth


def units(rng: np.random.Generator) -> Table:
    """Blobs whose columns are in very different units."""
    matrix, truth = joined(gaussians(rng, [180, 180, 120, 90], apart(rng, 4, 4, 7, 7)))
    return matrix * np.array([1e-3, 1.0, 50.0, 1e5]) + np.array([0, 40, -10, 3e5]), truth


def linked(rng: np.random.Generator) -> Table:
    """Two rings in space, one through the other."""
    one, two = ring(rng, 400, 1, 0.06), ring(rng, 400, 1, 0.06)
    flat = rng.normal(scale=0.06, size=400)
    return joined([np.column_stack([one, flat]), np.column_stack([two[:, 0] + 1, flat[::-1], two[:, 1]])])


def shell(rng: np.random.Generator) -> Table:
    """A ball within a hollow ball."""
    out = rng.normal(size=(400, 3))
    out = 5 * out / np.linalg.norm(out, axis=1)[:, None] + rng.normal(scale=0.25, size=out.shape)
    return joined([rng.normal(scale=0.6, size=(400, 3)), out])


def petals(rng: np.random.Generator) -> Table:
    """Long strips side by side, each as wide as the gap."""
    return joined([box(rng, n, [-8, 2.0 * i], [8, 2.0 * i + 1]) for i, n in enumerate((200, 200, 200))])


def wings(rng: np.random.Generator) -> Table:
    """Two plates that are densest where they face each other's corner."""
    one = rng.uniform(size=(900, 2))
    one = one[rng.uniform(size=900) < 0.25 + 0.75 * one[:, 1]][:450]
    return joined([one * [2, 1], np.array([2.4, 2.25]) - one * [2, 1]])


def diamonds(rng: np.random.Generator) -> Table:
    """Two squares that touch with their tips."""
    turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    square = [rng.uniform(-1, 1, (350, 2)) @ turn for _ in range(2)]
    return joined([square[0], square[1] + [2.9, 0]])


def letters(rng: np.random.Generator) -> Table:
    """A bar, a bar across and a ball, of different density."""
    return joined(
        [box(rng, 200, [0, 0], [1, 4.5]), box(rng, 100, [1.6, 0], [5, 0.8]), rng.normal([3.5, 3], 0.45, (100, 2))]
    )


def target(rng: np.random.Generator) -> Table:
    """A ball in a ring, and four small groups in the corners."""
    corners = [rng.normal(c, 0.05, (12, 2)) for c in ((4, 4), (-4, 4), (4, -4), (-4, -4))]
    return joined([rng.normal(scale=0.35, size=(300, 2)), ring(rng, 400, 2.2, 0.08), *corners])


def bridge(rng: np.random.Generator) -> Table:
    """Two balls joined by a thin chain, whose points belong to the nearer one."""
    parts = gaussians(rng, [250, 250], np.array([[-4.0, 0], [4, 0]]))
    chain = np.column_stack([np.linspace(-3, 3, 30), rng.normal(scale=0.1, size=30)])
    return joined([np.vstack([parts[0], chain[:15]]), np.vstack([parts[1], chain[15:]])])


def gathering(rng: np.random.Generator) -> Table:
    """Seven round and bent groups of unequal size, two pairs nearly touching."""
    centres = np.array([[0, 0], [0, 9], [12, 8], [12, 0], [15.5, 0], [21, 4]])
    parts = gaussians(rng, [170, 100, 270, 45, 35, 130], centres, [1.3, 0.9, 1.6, 0.5, 0.5, 1.1])
    return joined([*parts, ring(rng, 100, 3.0, 0.25, np.pi) + np.array([6, 14])])


def flame(rng: np.random.Generator) -> Table:
    """A bowl and a ball lying in it."""
    bowl = ring(rng, 160, 3.2, 0.35, np.pi) * [1, -1]
    return joined([bowl, rng.normal([0, 0.4], [1.0, 0.6], (90, 2))])


def sheets(rng: np.random.Generator) -> Table:
    """Two curved sheets in space."""
    t, height = rng.uniform(0, np.pi, (2, 350)), rng.uniform(0, 2, (2, 350))
    one = np.column_stack([np.cos(t[0]), height[0], np.sin(t[0])])
    two = np.column_stack([1 - np.cos(t[1]), height[1], 0.5 - np.sin(t[1])])
    return joined([one + rng.normal(scale=0.06, size=one.shape), two + rng.normal(scale=0.06, size=two.shape)])


def nested(rng: np.random.Generator) -> Table:
    """A dense ball in a wide thin one, and a third beside."""
    return joined(gaussians(rng, [300, 300, 200], np.array([[0.0, 0], [0, 0], [14, 0]]), [0.35, 3, 1]))


def face(rng: np.random.Generator) -> Table:
    """Two eyes and a mouth within the outline of a head."""
    eyes = gaussians(rng, [90, 90], np.array([[-1.2, 1.2], [1.2, 1.2]]), 0.22)
    mouth = ring(rng, 160, 1.7, 0.1, np.pi) * [1, -1] + [0, -0.2]
    return joined([*eyes, mouth, ring(rng, 360, 4, 0.1)])


def circles15(rng: np.random.Generator) -> Table:
    """Fifteen balls on two rings around a centre."""
    inner = [4 * np.array([np.cos(a), np.sin(a)]) for a in 2 * np.pi * np.arange(7) / 7]
    outer = [9 * np.array([np.cos(a), np.sin(a)]) for a in 2 * np.pi * np.arange(7) / 7]
    return joined(gaussians(rng, [40] * 15, np.array([[0, 0], *inner, *outer]), 0.55))


def sparse(rng: np.random.Generator) -> Table:
    """Three big dense groups and five small thin ones, far apart."""
    big = gaussians(rng, [500, 500, 500], np.array([[0.0, 0], [5, 3], [2, -6]]), 0.7)
    small = gaussians(rng, [30] * 5, np.array([[22.0, 0], [26, 6], [30, 0], [26, -6], [20, 8]]), 0.9)
    return joined([*big, *small])


def crescent(rng: np.random.Generator) -> Table:
    """Two bent groups, one four times as dense as the other."""
    return joined(moons(rng, (90, 360), 0.07))


TUNED: dict[str, Draw] = {
    "blobs, 3": lambda r: joined(gaussians(r, [150] * 3, apart(r, 3, 2, 6, 6))),
    "blobs, 8 in 5 columns": lambda r: joined(gaussians(r, [80] * 8, apart(r, 8, 5, 6, 6))),
    "blobs, overlapping": lambda r: joined(gaussians(r, [150] * 4, apart(r, 4, 2, 4, 3.5))),
    "blobs, unequal sizes": lambda r: joined(gaussians(r, [500, 120, 60, 25], apart(r, 4, 3, 8, 8))),
    "blobs, unequal density": lambda r: joined(gaussians(r, [200] * 3, apart(r, 3, 2, 10, 8), [0.5, 1.2, 2.5])),
    "skewed, 4 in 2 columns": lambda r: skewed(r, [150, 150, 100, 100], 2, 8, 8),
    "skewed, 6 in 8 columns": lambda r: skewed(r, [120, 100, 90, 80, 70, 60], 8, 9, 5),
    "blobs, 20": lambda r: joined(gaussians(r, [40] * 20, apart(r, 20, 3, 7, 9))),
    "moons": lambda r: joined(moons(r, (250, 250), 0.06)),
    "moons, blurred": lambda r: joined(moons(r, (250, 250), 0.14)),
    "circles": lambda r: joined([ring(r, 250, 1, 0.05), ring(r, 250, 0.45, 0.05)]),
    "spirals, 3": lambda r: spirals(r, 3, 180, 0.12),
    "strips": petals,
    "linked rings": linked,
    "blobs in noise": lambda r: noisy(r, gaussians(r, [150] * 4, apart(r, 4, 2, 9, 9)), 0.1),
    "heavy tails": heavy,
    "money": lognormal,
    "columns that tell nothing": irrelevant,
    "missing cells": gaps,
    "units": units,
    "yes and no": answers,
    "ball and ring": lambda r: joined([r.normal(scale=0.3, size=(200, 2)), ring(r, 300, 1.6, 0.1)]),
}
HELD_OUT: dict[str, Draw] = {
    "blobs, 12 in 10 columns": lambda r: joined(gaussians(r, [60] * 12, apart(r, 12, 10, 7, 6))),
    "blobs, 30 columns": lambda r: joined(gaussians(r, [100, 80, 60, 40, 120], apart(r, 5, 30, 8, 3))),
    "blobs, two at 95 to 5": lambda r: joined(gaussians(r, [570, 30], np.array([[0.0, 0, 0], [7, 0, 0]]))),
    "skewed, unequal": lambda r: skewed(r, [300, 150, 80, 50, 40], 4, 10, 6),
    "fifteen in rings": circles15,
    "sparse and dense": sparse,
    "gathering": gathering,
    "crescents": crescent,
    "flame": flame,
    "face": face,
    "nested": nested,
    "bridge": bridge,
    "target": target,
    "letters": letters,
    "diamonds": diamonds,
    "wings": wings,
    "shell": shell,
    "sheets": sheets,
    "spirals, 2 of two turns": lambda r: spirals(r, 2, 300, 0.15, 1.5),
    "moons in noise": lambda r: noisy(r, moons(r, (250, 250), 0.05), 0.1),
    "customers": mixed,
    "seven balls in space": lambda r: joined(
        gaussians(r, [35] * 7, np.vstack([np.zeros(3), 3 * np.eye(3), -3 * np.eye(3)]), 0.5)
    ),
}
