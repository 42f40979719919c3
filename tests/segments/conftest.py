"""A base with planted groups, small enough to segment for real in a second or two."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from accounts.models import Customer, Picture, User
from segments import runs, selection
from segments.models import Run
from segments.selection import Candidate

AS_OF = date(2026, 9, 30)


@dataclass(frozen=True)
class Group:
    """One planted kind of customer; each figure is the middle of a narrow spread."""

    prefix: str
    size: int
    mrr: float
    products: float
    usage: float
    nps: float
    tickets: float
    years: float
    cancelled: float = 0.05
    industry: str = "SERVICOS"


LARGE = Group("A", 50, mrr=20_000, products=40, usage=80_000, nps=9, tickets=80, years=15, industry="MANUFATURA")
FRESH = Group("B", 45, mrr=1_500, products=9, usage=9_000, nps=8, tickets=9, years=0.6)
UNHAPPY = Group("C", 40, mrr=400, products=15, usage=250, nps=2, tickets=25, years=8, cancelled=0.6, industry="VAREJO")


@pytest.fixture
def plant(db, tmp_path, settings) -> Callable[..., list[Customer]]:
    """``plant(*groups, owner=None)`` writes customers with pictures; the same groups give the same figures."""
    settings.LAKE_URL = str(tmp_path / "lake")

    def make(*groups: Group, owner: User | None = None) -> list[Customer]:
        made = []
        for group in groups or (LARGE, FRESH, UNHAPPY):
            rng = np.random.default_rng(sum(map(ord, group.prefix)))
            customers = Customer.objects.bulk_create(
                [_customer(group, number, rng, owner) for number in range(group.size)]
            )
            Picture.objects.bulk_create([_picture(group, customer, rng) for customer in customers])
            made += customers
        return made

    return make


def few_candidates(n: int, d: int) -> Iterator[Candidate]:
    """One candidate per kind of algorithm: the search is tested by itself, here a run should take half a second."""
    for k in (2, 3, 4, 5):
        yield Candidate("kmeans", {"k": k})
    yield Candidate("hybrid", {"min_cluster_share": 0.04, "min_samples": 5, "method": "eom"})


@pytest.fixture
def segmented(plant, monkeypatch) -> Callable[..., Run]:
    """``segmented(seed=7)`` runs the real pipeline, with few candidates, on what is in the database."""
    monkeypatch.setattr(selection, "grid", few_candidates)
    monkeypatch.setattr(selection, "TRIALS", 3)

    def go(seed: int = 7, budget: int = 30) -> Run:
        return runs.execute(runs.start(None, seed, budget).pk)

    return go


def _customer(group: Group, number: int, rng: np.random.Generator, owner: User | None) -> Customer:
    since = AS_OF - timedelta(days=int(365 * group.years * rng.uniform(0.85, 1.15)))
    return Customer(
        code=f"{group.prefix}{number:04}",
        name=f"Empresa {group.prefix}{number:02}",
        since=since,
        state="SP" if number % 5 else "MG",
        city="Campinas",
        industry=group.industry,
        revenue_band="Faixa 03 - De 15 M ate 25 M",
        owner=owner,
    )


def _picture(group: Group, customer: Customer, rng: np.random.Generator) -> Picture:
    def about(value: float) -> float:
        return value * float(rng.lognormal(0, 0.3))

    lines = max(2, round(about(group.products * 2)))
    cancelled = min(lines, int(lines * about(group.cancelled)))
    tickets = round(about(group.tickets))
    return Picture(
        customer=customer,
        as_of=AS_OF,
        contract_lines=lines,
        active_lines=lines - cancelled,
        cancelled_lines=cancelled,
        recurring_lines=int(lines * rng.uniform(0.3, 0.7)),
        products=max(1, round(about(group.products))),
        product_lines=max(1, round(about(group.products) / 3)),
        contract_value=Decimal(round(about(group.mrr * 30), 2)),
        mrr=Decimal(round(about(group.mrr), 2)),
        has_mrr=True,
        last_contract_on=AS_OF - timedelta(days=int(rng.integers(30, 180))),
        nps_last=round(float(np.clip(rng.normal(group.nps, 1), 0, 10))),
        nps_mean=min(10.0, about(group.nps)),
        nps_answers=3,
        has_nps=True,
        tickets_12m=tickets,
        tickets_90d=int(tickets * rng.uniform(0.1, 0.4)),
        tickets_high_12m=int(tickets * rng.uniform(0, 0.2)),
        ticket_days_mean=about(5),
        has_tickets=True,
        usage_events=round(about(group.usage)),
        usage_active_days=int(rng.integers(2, 7)),
        usage_modules=max(1, round(about(group.products))),
        usage_denied=0,
        has_usage=True,
        has_contact=True,
    )
