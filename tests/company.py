"""A small company with everything a campaign needs: customers, contacts, consent, pictures, a published run."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from accounts.models import BusinessUnit, Consent, Contact, Customer, Picture, Purpose, Role, User
from segments.models import Membership, Run, Segment, SegmentProfile

AS_OF = date(2026, 9, 30)
SIZES = (20, 18, 15, 7)  # the last are noise
INDUSTRIES = ("MANUFATURA", "SERVICOS", "VAREJO", "LOGISTICA")
NAMES = ("Indústrias de alto valor", "Serviços em crescimento", "Varejo com baixo uso")


@dataclass(frozen=True)
class Company:
    """What ``build_company`` made."""

    run: Run
    segments: list[Segment]
    customers: list[Customer]

    def members(self, number: int) -> list[Customer]:
        """The customers of segment ``number`` (3 is noise)."""
        start = sum(SIZES[:number])
        return self.customers[start : start + SIZES[number]]


def build_company(people: dict[str, User]) -> Company:
    """Customers S00001… owned in turn by two reps.

    Of each ten customers one has no contact and two have a contact without marketing consent.
    """
    BusinessUnit.objects.bulk_create(
        [
            BusinessUnit(code="RD", name="RD Station"),
            BusinessUnit(code="GESTAO", name="TOTVS Gestão"),
            BusinessUnit(code="TECHFIN", name="TechFin"),
        ],
        ignore_conflicts=True,
    )
    reps = [people[Role.REP], people["second_rep"]]
    groups = [group for group, size in enumerate(SIZES) for _ in range(size)]
    customers = Customer.objects.bulk_create(
        [_customer(index, group, reps[index % 2]) for index, group in enumerate(groups)]
    )
    Picture.objects.bulk_create([_picture(customer, group) for customer, group in zip(customers, groups, strict=True)])
    _contacts(customers)
    run = Run.objects.create(
        state=Run.State.PUBLISHED,
        seed=1,
        budget_seconds=1,
        algorithm="kmeans",
        customers=len(customers),
        noise_share=SIZES[3] / 60,
        quality={"silhouette": 0.41},
        finished_at=datetime(2026, 10, 1, tzinfo=UTC),
    )
    segments = [
        Segment.objects.create(passport=f"S-{number + 1:03}", name=name, colour=number, born_in=run)
        for number, name in enumerate(NAMES)
    ]
    for number, segment in enumerate(segments):
        SegmentProfile.objects.create(
            run=run,
            segment=segment,
            size=SIZES[number],
            share=SIZES[number] / 60,
            stability=0.93,
            stability_low=0.88,
            stability_high=0.97,
            activatable=True,
            figures=_figures(number),
            differentiators=[],
        )
    Membership.objects.bulk_create(
        Membership(
            run=run,
            customer=customer,
            segment=segments[group] if group < 3 else None,
            confidence=0.9,
            x=float(group),
            y=index / 60,
        )
        for index, (customer, group) in enumerate(zip(customers, groups, strict=True))
    )
    return Company(run, segments, customers)


def _customer(index: int, group: int, owner: User) -> Customer:
    return Customer(
        code=f"S{index + 1:05}",
        name=f"Empresa {index + 1:02} Ltda",
        city="São Paulo",
        state="SP",
        country="105",
        industry=INDUSTRIES[group],
        since=date(2010 + group * 4, 3, 1),
        revenue_band="Faixa 03 - De 15 M ate 25 M",
        owner=owner,
    )


def _picture(customer: Customer, group: int) -> Picture:
    return Picture(
        customer=customer,
        as_of=AS_OF,
        contract_lines=12 - group * 3,
        active_lines=10 - group * 3,
        cancelled_lines=group,
        products=6 - group,
        contract_value=Decimal(50_000 // (group + 1)),
        mrr=Decimal(4_000 // (group + 1)),
        has_mrr=True,
        nps_last=9 - group * 2,
        nps_last_on=AS_OF,
        nps_mean=9 - group * 2,
        nps_answers=3,
        has_nps=True,
        tickets_12m=10 * (group + 1),
        has_tickets=True,
        usage_events=1000 // (group + 1),
        has_usage=True,
        has_contact=True,
    )


def _contacts(customers: list[Customer]) -> None:
    written = [
        Contact(
            customer=customer,
            ref=f"C{customer.code}",
            name=f"Pessoa {customer.code}",
            email=f"{customer.code.lower()}@clientes.example",
            is_primary=True,
        )
        for index, customer in enumerate(customers)
        if index % 10 != 9
    ]
    contacts = Contact.objects.bulk_create(written)
    at = datetime(2026, 1, 10, 12, tzinfo=UTC)
    Consent.objects.bulk_create(
        Consent(
            contact=contact,
            purpose=purpose,
            granted=purpose != Purpose.MARKETING or int(contact.customer.code[1:]) % 10 not in (4, 7),
            source="contatos.csv",
            legal_basis="consentimento",
            at=at,
        )
        for contact in contacts
        for purpose in Purpose
    )


def _figures(number: int) -> dict:
    return {
        "customers": SIZES[number],
        "mrr_total": 4000 // (number + 1) * SIZES[number],
        "mrr_mean": 4000 / (number + 1),
        "mrr_median": 4000 / (number + 1),
        "mrr_coverage": 1.0,
        "contract_value_median": 50_000 / (number + 1),
        "products_median": 6 - number,
        "active_lines_mean": 10 - number * 3,
        "cancelled_share": number / 12,
        "tenure_years_median": 16 - number * 4,
        "nps_mean": 9 - number * 2,
        "nps_score": 80 - number * 60,
        "nps_answers": 3 * SIZES[number],
        "tickets_per_customer_12m": 10 * (number + 1),
        "usage_share": 1.0,
        "usage_events_median": 1000 / (number + 1),
        "purchases_value_12m_total": None,
        "discount_mean": None,
        "contact_share": 0.9,
        "risk_mean": 0.2 + number * 0.25,
        "risk_share": number * 0.4,
        "top_industries": [{"name": INDUSTRIES[number], "share": 1.0}],
        "top_states": [{"name": "SP", "share": 1.0}],
    }
