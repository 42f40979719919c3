"""The customer base: codes, archetypes, industries, seats, coverage by source and latent measures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from accounts.demo.activities import INDUSTRIES
from accounts.demo.archetypes import ARCHETYPES, MEASURES, SOURCES, shift_matrix, within_covariance
from accounts.demo.distributions import (
    inverse_normal,
    log_quantiles,
    normal_scores,
    pick,
    pick_rows,
    scaled_counts,
    stream,
)
from accounts.demo.places import PLACES
from accounts.demo.vocabulary import REVENUE_BANDS, SYSTEMS

SPECIAL_CODES: tuple[str, ...] = ("99069", "CARAMU", "99958", "99999")
SNAPSHOT = date(2025, 3, 28)
_EPOCH = date(1970, 1, 1)
_ALPHABET = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))

# customers (of 10,615) having k of the five sources, and having each source
_SOURCES_PRESENT: tuple[int, ...] = (2191, 1470, 1886, 2248, 1084, 1736)
_COVERAGE: dict[str, int] = {"recent": 4314, "mrr": 7309, "usage": 4465, "nps": 4862, "proposals": 4053}
_TENURE_DAYS: tuple[tuple[float, float], ...] = (
    (0.0, 4),
    (0.05, 162),
    (0.25, 931),
    (0.5, 2381),
    (0.75, 4788),
    (0.95, 8071),
    (1.0, 19702),
)


@dataclass(frozen=True)
class Base:
    """Everything later files need about the customers; arrays are aligned, one element per customer.

    ``scores`` holds a standard normal score per measure, ``covered`` which customers appear in a source,
    ``since`` the first day as days after 1970, ``today`` the snapshot day likewise.
    """

    seed: int
    today: int
    codes: list[str]
    archetype: np.ndarray
    industry: np.ndarray
    subsegment: np.ndarray
    activity: np.ndarray
    place: np.ndarray
    band: np.ndarray
    system: np.ndarray
    since: np.ndarray
    risk: np.ndarray
    scores: dict[str, np.ndarray]
    covered: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.codes)

    def day(self, original: date) -> int:
        """Return a day of the real snapshot moved to this base's snapshot, as days after 1970."""
        return self.today - (SNAPSHOT - original).days

    def trait(self, name: str) -> np.ndarray:
        """Return one numeric field of each customer's archetype."""
        return np.array([getattr(a, name) for a in ARCHETYPES], dtype=float)[self.archetype]


def make_base(customers: int, seed: int, as_of: date) -> Base:
    """Draw the whole base of ``customers`` (at least 50) as seen on ``as_of``."""
    if customers < 50:
        raise ValueError(f"a demo company needs at least 50 customers, not {customers}")
    rng = stream(seed, "customers")
    today = (as_of - _EPOCH).days
    archetype = _archetypes(rng, customers)
    latent = _latent(rng, archetype)
    industry = _industries(rng, archetype)
    scores = {name: normal_scores(latent[:, i]) for i, name in enumerate(MEASURES)}
    covered = _coverage(rng, archetype, scores)
    # inside a source the marginal must hold exactly, so ranks are taken among those who are in it
    for name in SOURCES:
        inside = covered[name]
        scores[name] = np.where(inside, 0.0, scores[name])
        scores[name][inside] = normal_scores(latent[inside, MEASURES.index(name)])
    tenure = np.maximum(np.rint(log_quantiles(scores["tenure"], _TENURE_DAYS)), 4).astype(np.int64)
    return Base(
        seed=seed,
        today=today,
        codes=_codes(rng, customers),
        archetype=archetype,
        industry=industry,
        subsegment=_within_industry(rng, industry, [len(i.subsegments) for i in INDUSTRIES]),
        activity=_activities(rng, industry),
        place=_places(rng, customers),
        band=_bands(rng, archetype, scores["value"]),
        system=_systems(rng, archetype),
        since=today - tenure,
        risk=_risk(rng, archetype, scores),
        scores=scores,
        covered=covered,
    )


def _codes(rng: np.random.Generator, customers: int) -> list[str]:
    numbers = rng.choice(36**5, size=customers, replace=False)
    digits = np.stack([numbers // 36**k % 36 for k in range(4, -1, -1)], axis=1)
    codes = ["T" + "".join(row) for row in _ALPHABET[digits].tolist()]
    special = SPECIAL_CODES if customers >= 5_000 else SPECIAL_CODES[:2]
    return [*special, *codes][:customers]


def _archetypes(rng: np.random.Generator, customers: int) -> np.ndarray:
    shares = np.array([a.share for a in ARCHETYPES])
    counts = scaled_counts(shares, customers)
    labels = np.repeat(np.arange(len(ARCHETYPES)), counts)
    return rng.permutation(labels)


def _latent(rng: np.random.Generator, archetype: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(within_covariance())
    noise = rng.standard_normal((len(archetype), len(MEASURES))) * np.sqrt(values)
    return shift_matrix()[archetype] + noise @ vectors.T


def _industries(rng: np.random.Generator, archetype: np.ndarray) -> np.ndarray:
    """Draw industries so that both the archetypes' mixes and the base's known industry shares hold
    (raking).
    """
    known = np.array([i.customers for i in INDUSTRIES], dtype=float)
    known /= known.sum()
    shares = np.array([a.share for a in ARCHETYPES])
    mix = np.array([[a.industries.get(i.segment, 0.0) for i in INDUSTRIES] for a in ARCHETYPES])
    joint = (mix / mix.sum(axis=1, keepdims=True) + 0.004) * known
    for _ in range(60):
        joint *= (shares / joint.sum(axis=1))[:, None]
        joint *= known / joint.sum(axis=0)
    return pick_rows(rng, joint, archetype)


def _within_industry(rng: np.random.Generator, industry: np.ndarray, sizes: list[int]) -> np.ndarray:
    return np.floor(rng.random(len(industry)) ** 1.4 * np.array(sizes)[industry]).astype(np.int64)


def _activities(rng: np.random.Generator, industry: np.ndarray) -> np.ndarray:
    """Return the number of the CNAE description inside the industry; −1 is a person without one."""
    activity = _within_industry(rng, industry, [len(i.activities) for i in INDUSTRIES])
    return np.where(rng.random(len(industry)) < 0.012, -1, activity)


def _places(rng: np.random.Generator, customers: int) -> np.ndarray:
    return pick(rng, [p.weight for p in PLACES], customers)


def _bands(rng: np.random.Generator, archetype: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the number in REVENUE_BANDS: 0 is unknown (40 % as in the source), 1–12 the bands."""
    mean = np.array([a.bands for a in ARCHETYPES])[archetype]
    band = np.rint(mean + 1.3 * value + 1.2 * rng.standard_normal(len(archetype))).astype(np.int64)
    band = np.clip(band, 0, len(REVENUE_BANDS) - 2) + 1
    return np.where(rng.random(len(archetype)) < 0.40, 0, band)


def _systems(rng: np.random.Generator, archetype: np.ndarray) -> np.ndarray:
    common = {name: share for name, share, _ in SYSTEMS}
    shares = np.array([[(a.systems or common).get(name, 0.0) for name in common] for a in ARCHETYPES])
    return pick_rows(rng, shares, archetype)


def _risk(rng: np.random.Generator, archetype: np.ndarray, scores: dict[str, np.ndarray]) -> np.ndarray:
    """Return each customer's hidden leaning to churn (0 = average): cancelled lines and falling use follow
    it.
    """
    cancelled = np.array([a.cancelled for a in ARCHETYPES])[archetype]
    lean = np.log(cancelled / (1 - cancelled)) + 2.2
    return 0.7 * lean - 0.25 * scores["nps"] - 0.15 * scores["mrr"] + 0.5 * rng.standard_normal(len(archetype))


def _coverage(rng: np.random.Generator, archetype: np.ndarray, scores: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Decide which customers are in which source: the known joint counts of sources, the known marginals."""
    customers = len(archetype)
    present = scaled_counts(np.array(_SOURCES_PRESENT, dtype=float), customers, low=0)
    engagement = np.array([a.engagement for a in ARCHETYPES])[archetype]
    eager = engagement + 0.35 * scores["value"] + 0.9 * rng.standard_normal(customers)
    how_many = np.empty(customers, dtype=np.int64)
    how_many[np.argsort(eager, kind="stable")] = np.repeat(np.arange(len(present)), present)
    affinity = np.array([[a.affinity.get(s, 0.0) for s in SOURCES] for a in ARCHETYPES])[archetype]
    luck = -np.log(-np.log(rng.random((customers, len(SOURCES)))))
    shared = 0.9 * rng.standard_normal(customers)  # who bought lately was also offered something
    luck[:, SOURCES.index("recent")] += shared
    luck[:, SOURCES.index("proposals")] += shared
    wanted = np.array([_COVERAGE[s] for s in SOURCES]) * customers / 10_615
    offset = np.zeros(len(SOURCES))
    for _ in range(80):
        appeal = affinity + luck + offset
        rank = np.argsort(np.argsort(-appeal, axis=1, kind="stable"), axis=1, kind="stable")
        chosen = rank < how_many[:, None]
        offset += 0.8 * np.log(wanted / np.maximum(chosen.sum(axis=0), 1))
    return {name: chosen[:, i].copy() for i, name in enumerate(SOURCES)}


def subset(base: Base, share: float, lean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the numbers of ``share`` of the customers, likelier where ``lean`` is high, in base order."""
    count = max(1, round(share * len(base)))
    noise = inverse_normal(np.clip(rng.random(len(base)), 1e-9, 1 - 1e-9))
    return np.sort(np.argsort(-(lean + noise), kind="stable")[:count])
