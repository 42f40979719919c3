"""The ten kinds of customer planted in the demo company, and how strongly measures go together.

Each archetype shifts the latent measures (standard-deviation units, 0 = typical customer) and the shares from
which files are drawn, so that a clustering has real groups to find and a churn model has something to learn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

# latent measures; order is the order of Archetype.shifts
MEASURES: tuple[str, ...] = (
    "value", "mrr", "tenure", "usage", "proposals", "recent", "discount", "nps", "tickets", "lines",
)  # fmt: skip

# the five sources of which a customer may have none to all
SOURCES: tuple[str, ...] = ("recent", "mrr", "usage", "nps", "proposals")


@dataclass(frozen=True)
class Archetype:
    """One planted group.

    ``shifts``: mean of each of MEASURES. ``engagement``: how many of the five sources the customer tends to
    have. ``affinity``: log-odds shift per source. Shares are probabilities; ``decline`` is the daily loss of
    usage over the telemetry week (0.2 = about −20 % a day); ``surge`` skews ticket dates to the last months;
    ``bands`` is the mean revenue band 0–11; ``families`` weighs what is bought; ``systems`` overrides the
    base system's shares.
    """

    key: str
    title: str
    share: float
    shifts: tuple[float, ...]
    engagement: float
    industries: dict[str, float]
    families: dict[str, float]
    bands: float
    cancelled: float
    cloud: float
    modules: int
    decline: float = 0.0
    denied: float = 0.02
    surge: float = 1.0
    credit_consent: float = 0.3
    affinity: dict[str, float] = field(default_factory=dict)
    systems: dict[str, float] = field(default_factory=dict)


ARCHETYPES: tuple[Archetype, ...] = (
    Archetype(
        "manufatura_protheus", "Large manufacturers on Protheus, stable and high MRR", 0.10,
        #  value  mrr  tenure usage prop recent disc  nps  tick lines
        (1.38, 1.32, 0.92, 1.25, 0.86, 0.52, -0.62, 0.20, 0.97, 1.38),
        1.3, {"MANUFATURA": 14, "DISTRIBUICAO": 2},
        {"erp": 10, "cloud": 1.2, "people": 2.5, "credit": 0.3, "legacy": 1.2},
        7.5, 0.06, 0.06, 34, credit_consent=0.4, systems={"Protheus": 0.93, "Datasul": 0.05, "Logix": 0.02},
    ),
    Archetype(
        "servicos_nuvem", "Growing service firms on cloud subscription", 0.14,
        (-0.17, 0.52, -0.63, 0.17, 0.46, 0.92, -0.25, 0.75, -0.20, -0.17),
        0.7, {"SERVICOS": 10, "JURIDICO": 6, "LOGISTICA": 1},
        {"erp": 2, "cloud": 10, "people": 2.5, "rd": 0.6, "credit": 0.3},
        2.5, 0.05, 0.80, 12, affinity={"recent": 0.8, "mrr": 1.2},
    ),
    Archetype(
        "onboarding", "New customers still being onboarded, few tickets", 0.07,
        (-0.55, -0.29, -2.42, -0.63, 0.29, 0.92, 0.19, 0.29, -0.97, -0.66),
        0.2, {"SERVICOS": 4, "VAREJO": 3, "MANUFATURA": 3, "DISTRIBUICAO": 2, "HOSPITALITY": 3, "SAUDE": 2},
        {"erp": 4, "cloud": 5, "people": 3, "rd": 0.3},
        2.0, 0.015, 0.45, 6, affinity={"recent": 2.0, "proposals": 1.5, "nps": -2.0, "usage": -0.3},
    ),
    Archetype(
        "varejo_insatisfeito", "Small retailers: low use, unhappy, discount-seeking", 0.16,
        (-0.83, -0.86, -0.11, -0.75, -0.63, -0.57, 1.25, -1.25, -0.31, -0.72),
        0.1, {"VAREJO": 16, "HOSPITALITY": 4, "SUPERMERCADOS": 1},
        {"erp": 7, "cloud": 1.5, "people": 1, "legacy": 2},
        1.0, 0.20, 0.10, 5, decline=0.10, denied=0.05, affinity={"usage": 0.5, "nps": 0.9},
        systems={"Protheus": 0.60, "Consinco": 0.18, "Moda": 0.08, "RM": 0.08, "Winthor": 0.06},
    ),
    Archetype(
        "suporte_intenso", "Heavy support, unhappy, cancelled lines and falling use", 0.08,
        (0.77, 0.17, 0.52, 0.45, 0.23, -0.23, 0.94, -1.61, 1.63, 0.94),
        1.0, {"MANUFATURA": 4, "DISTRIBUICAO": 5, "VAREJO": 3, "SERVICOS": 3},
        {"erp": 8, "cloud": 1.5, "people": 1.5, "legacy": 2.5},
        4.5, 0.34, 0.15, 18, decline=0.28, denied=0.09, surge=2.4, affinity={"nps": 1.0, "usage": 0.6},
    ),
    Archetype(
        "adormecido", "Dormant: an old contract, no telemetry, no dialogue", 0.20,
        (-1.04, -0.86, 0.40, -0.86, -1.03, -1.03, -0.12, -0.11, -1.17, -0.94),
        -1.8,
        {"SERVICOS": 5, "VAREJO": 4, "MANUFATURA": 3, "DISTRIBUICAO": 2, "HOSPITALITY": 3, "EDUCACIONAL": 1},
        {"erp": 8, "cloud": 0.7, "people": 0.8, "legacy": 5},
        1.0, 0.26, 0.04, 3, surge=0.4, affinity={"usage": -4.0, "recent": -1.2, "mrr": 0.8},
    ),
    Archetype(
        "construcao_projetos", "Construction and project firms on RM, buying project by project", 0.07,
        (0.44, 0.40, 0.11, 0.29, 0.52, 0.23, 0.31, 0.11, 0.15, 0.44),
        0.6, {"CONSTRUCAO E PROJETOS": 40, "SERVICOS": 0.3},
        {"erp": 4, "cloud": 1.5, "people": 1, "projects": 9},
        4.0, 0.10, 0.20, 14, affinity={"proposals": 1.0}, systems={"RM": 0.90, "Protheus": 0.10},
    ),
    Archetype(
        "agro_logistica_credito", "Agro and logistics firms with an appetite for credit", 0.08,
        (0.61, 0.69, 0.17, 0.52, 1.09, 0.92, 0.00, 0.46, 0.20, 0.50),
        0.9, {"LOGISTICA": 30, "AGROINDUSTRIA": 30, "DISTRIBUICAO": 5, "FINANCIAL SERVICES": 20},
        {"erp": 5, "cloud": 1.5, "people": 1, "credit": 6, "projects": 2.5},
        6.0, 0.07, 0.20, 20, credit_consent=0.75, affinity={"recent": 0.8, "proposals": 1.2},
    ),
    Archetype(
        "rd_marketing", "Small RD Station users, highly engaged promoters", 0.06,
        (-0.61, 0.06, -1.03, 0.85, -0.11, 0.57, -0.44, 1.10, -0.56, -0.66),
        0.5,
        {"SERVICOS": 6, "VAREJO": 5, "EDUCACIONAL": 4, "SAUDE": 5, "JURIDICO": 3, "HOSPITALITY": 2,
         "TOTVS": 2},
        {"erp": 0.8, "cloud": 2, "rd": 12, "people": 0.5, "credit": 0.2},
        1.5, 0.05, 0.90, 9, affinity={"usage": 1.5, "nps": 0.6, "proposals": -0.8},
    ),
    Archetype(
        "educacao_saude", "Schools and hospitals on RM: long-standing, satisfied, steady", 0.04,
        (0.33, 0.23, 0.75, 0.46, 0.11, -0.11, -0.31, 0.86, 0.46, 0.33),
        0.8, {"EDUCACIONAL": 40, "SAUDE": 40},
        {"erp": 5, "cloud": 1.2, "people": 3, "projects": 7},
        5.0, 0.07, 0.12, 16, affinity={"nps": 0.8}, systems={"RM": 0.92, "Protheus": 0.08},
    ),
)  # fmt: skip

# Spearman targets of the source data; pairs not measured there get a plausible value. The copula works on the
# mixture of all archetypes: correlation within an archetype = target − what the shifts already cause.
_TARGETS: dict[tuple[str, str], float] = {
    ("value", "mrr"): 0.61,
    ("value", "tenure"): 0.52,
    ("value", "usage"): 0.58,
    ("value", "proposals"): 0.64,
    ("value", "recent"): 0.50,
    ("value", "discount"): -0.05,
    ("value", "nps"): -0.07,
    ("value", "tickets"): 0.60,
    ("value", "lines"): 0.88,
    ("mrr", "tenure"): 0.25,
    ("mrr", "usage"): 0.31,
    ("mrr", "proposals"): 0.45,
    ("mrr", "recent"): 0.40,
    ("mrr", "discount"): -0.30,
    ("mrr", "nps"): -0.07,
    ("mrr", "tickets"): 0.40,
    ("mrr", "lines"): 0.50,
    ("tenure", "usage"): 0.30,
    ("tenure", "proposals"): 0.25,
    ("tenure", "recent"): 0.10,
    ("tenure", "nps"): 0.01,
    ("tenure", "tickets"): 0.35,
    ("tenure", "lines"): 0.50,
    ("usage", "proposals"): 0.40,
    ("usage", "recent"): 0.30,
    ("usage", "discount"): -0.10,
    ("usage", "nps"): -0.05,
    ("usage", "tickets"): 0.50,
    ("usage", "lines"): 0.52,
    ("proposals", "recent"): 0.76,
    ("proposals", "discount"): 0.10,
    ("proposals", "tickets"): 0.45,
    ("proposals", "lines"): 0.58,
    ("recent", "tickets"): 0.30,
    ("recent", "lines"): 0.45,
    ("discount", "nps"): -0.10,
    ("nps", "tickets"): -0.12,
    ("nps", "lines"): -0.07,
    ("tickets", "lines"): 0.58,
}

# Only customers who have both measures enter a correlation, and having them is itself informative; these
# corrections (found by simulation at N = 10,615) put the measured figures back on target.
_COVERAGE_CORRECTION: dict[tuple[str, str], float] = {
    ("value", "mrr"): 0.17,
    ("value", "tenure"): 0.08,
    ("value", "usage"): 0.23,
    ("value", "proposals"): 0.26,
    ("value", "recent"): 0.30,
    ("value", "discount"): -0.04,
    ("value", "nps"): 0.10,
    ("value", "tickets"): -0.03,
    ("mrr", "tenure"): 0.03,
    ("mrr", "usage"): 0.04,
    ("mrr", "proposals"): 0.15,
    ("mrr", "recent"): 0.20,
    ("mrr", "discount"): 0.17,
    ("mrr", "nps"): -0.25,
    ("mrr", "tickets"): 0.22,
    ("mrr", "lines"): 0.10,
    ("tenure", "proposals"): -0.13,
    ("tenure", "recent"): 0.04,
    ("tenure", "nps"): 0.20,
    ("tenure", "lines"): 0.04,
    ("usage", "proposals"): 0.16,
    ("usage", "recent"): 0.21,
    ("usage", "discount"): 0.19,
    ("usage", "nps"): -0.20,
    ("usage", "tickets"): 0.30,
    ("usage", "lines"): 0.15,
    ("proposals", "recent"): 0.22,
    ("proposals", "discount"): 0.06,
    ("proposals", "tickets"): 0.29,
    ("proposals", "lines"): 0.16,
    ("recent", "tickets"): 0.30,
    ("recent", "lines"): 0.30,
    ("discount", "nps"): 0.28,
    ("nps", "tickets"): 0.22,
    ("nps", "lines"): 0.06,
}


def shift_matrix() -> np.ndarray:
    """Return the archetype shifts, shape (archetypes, measures), centred on the whole base."""
    import numpy as np

    shifts = np.array([a.shifts for a in ARCHETYPES])
    shares = np.array([a.share for a in ARCHETYPES])
    return shifts - shares @ shifts


def within_covariance() -> np.ndarray:
    """Return the covariance of the measures inside an archetype, the nearest positive semidefinite one."""
    import numpy as np

    index = {name: i for i, name in enumerate(MEASURES)}
    target = np.eye(len(MEASURES))
    for pairs in (_TARGETS, _COVERAGE_CORRECTION):
        for (a, b), value in pairs.items():
            target[index[a], index[b]] += value
            target[index[b], index[a]] += value
    # rank correlation → Pearson correlation of the Gaussian copula
    target = np.where(np.eye(len(MEASURES)) > 0, 1.0, 2 * np.sin(np.pi * np.clip(target, -0.95, 0.95) / 6))
    shifts = shift_matrix()
    shares = np.array([a.share for a in ARCHETYPES])
    within = target - (shifts * shares[:, None]).T @ shifts
    values, vectors = np.linalg.eigh(within)
    return (vectors * np.clip(values, 0.02, None)) @ vectors.T
