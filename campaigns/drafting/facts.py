"""The facts that a draft may rest on: the offer's terms, and figures of the segment with source and date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from django.db.models import Max
from django.utils import timezone

from accounts.models import Customer
from campaigns.evidence import FactValue
from campaigns.models import Fact, Offer
from segments.models import SegmentProfile
from segments.queries import member_ids

# Figures of the segment for the person who approves; none of them may be written to a customer, except ``tenure_min``.
SEGMENT_FACTS: tuple[tuple[str, str, str, str], ...] = (
    ("customers", "count", "Clientes no segmento", "Customers in the segment"),
    ("mrr_median", "BRL", "Receita mensal mediana", "Median monthly revenue"),
    ("risk_mean", "percent", "Risco de cancelamento médio", "Mean churn risk"),
    ("nps_mean", "score", "NPS médio", "Mean NPS answer"),
    ("products_median", "count", "Produtos por cliente (mediana)", "Products per customer (median)"),
    ("tenure_years_median", "count", "Anos como cliente (mediana)", "Years as a customer (median)"),
    ("tickets_per_customer_12m", "count", "Chamados por cliente em 12 meses", "Tickets per customer in 12 months"),
    ("cancelled_share", "percent", "Linhas de contrato canceladas", "Cancelled contract lines"),
)
SHARES = frozenset({"risk_mean", "cancelled_share"})


@dataclass(frozen=True)
class Known:
    """One fact before it is saved. ``public``: a customer may read it."""

    key: str
    label: str
    value: str
    unit: str
    source: str
    as_of: date | None
    public: bool

    def judged(self) -> FactValue:
        """As the evidence check reads it."""
        return FactValue(self.key, self.label, self.value, self.unit, self.as_of.isoformat() if self.as_of else "")

    def row(self, draft_id: int) -> Fact:
        """As a row of a saved version."""
        return Fact(
            draft_id=draft_id,
            key=self.key,
            label=self.label,
            value=self.value,
            unit=self.unit,
            source=self.source,
            as_of=self.as_of,
        )


def gather(profile: SegmentProfile, offer: Offer, language: str, tenure_min: int | None, today: date) -> list[Known]:
    """Offer first, then the segment. ``tenure_min``: full years that every recipient has been a customer, None if unknown."""
    facts = offer_facts(offer, language, today)
    english = language == "en"
    if tenure_min:
        label = (
            "Years as a customer (every recipient at least)"
            if english
            else "Anos como cliente (todos os destinatários, no mínimo)"
        )
        facts.append(Known("tenure_min", label, str(tenure_min), "count", "clientes_desde.csv", today, public=True))
    run = f"segmentation run {profile.run_id}" if english else f"segmentação, execução {profile.run_id}"
    measured = profile.run.finished_at.date() if profile.run.finished_at else None
    for name, unit, pt, en in SEGMENT_FACTS:
        value = profile.figures.get(name)
        if value is not None:
            facts.append(
                Known(f"segment.{name}", en if english else pt, _plain(name, value), unit, run, measured, public=False)
            )
    return facts


def tenure_min(profile: SegmentProfile) -> int | None:
    """Full years that every customer of the segment has been one; None where the date of one is unknown."""
    members = Customer.objects.filter(pk__in=member_ids(profile.run, profile.segment))
    if members.filter(since=None).exists():
        return None
    latest = members.aggregate(day=Max("since"))["day"]
    return full_years(latest, timezone.localdate()) if latest else None


def full_years(since: date, today: date) -> int:
    """Whole calendar years, so that "at least so many" is true on every day; 0 for a day to come."""
    begun = (today.month, today.day) < (since.month, since.day)
    return max(0, today.year - since.year - begun)


def offer_facts(offer: Offer, language: str, today: date) -> list[Known]:
    """The terms that a message may promise, each as a fact."""
    english = language == "en"
    source = f"offer {offer.code}" if english else f"oferta {offer.code}"
    found = [
        Known("offer.name", "Offer" if english else "Oferta", offer.name, "text", source, today, public=True),
        Known("offer.product", "Product" if english else "Produto", offer.product, "text", source, today, public=True),
        Known(
            "offer.benefit",
            "Benefit" if english else "Benefício",
            offer.benefit_en if english else offer.benefit,
            "text",
            source,
            today,
            public=True,
        ),
    ]
    if offer.discount_percent:
        value = f"{offer.discount_percent.normalize():f}"
        found.append(
            Known("offer.discount", "Discount" if english else "Desconto", value, "percent", source, today, public=True)
        )
    if offer.price is not None:
        found.append(
            Known(
                "offer.price", "Price" if english else "Preço", f"{offer.price:.2f}", "BRL", source, today, public=True
            )
        )
    if offer.valid_until:
        value = offer.valid_until.isoformat()
        found.append(
            Known(
                "offer.valid_until",
                "Valid until" if english else "Válida até",
                value,
                "date",
                source,
                today,
                public=True,
            )
        )
    return found


def shown(unit: str, value: str, language: str) -> str:
    """A fact's value as the language writes it: ``R$ 1.234,50``, ``12%``, ``31/12/2026``."""
    locale = "en" if language == "en" else "pt_BR"
    if unit == "BRL":
        return format_currency(value, "BRL", locale=locale)
    if unit == "percent":
        return f"{format_decimal(value, locale=locale)}%"
    if unit == "date":
        day = date.fromisoformat(value)
        return format_date(day, "MMMM d, y" if locale == "en" else "dd/MM/yyyy", locale=locale)
    return format_decimal(value, locale=locale) if unit in ("count", "score") else value


def _plain(name: str, value: Any) -> str:
    figure = float(value) * (100 if name in SHARES else 1)
    return f"{round(figure, 2):.2f}".rstrip("0").rstrip(".")


def words(facts: list[Known], language: str) -> Mapping[str, str]:
    """Public facts by key in the language's writing, for the templates of the playbook."""
    return {fact.key: shown(fact.unit, fact.value, language) for fact in facts if fact.public}
