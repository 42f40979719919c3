"""``python -m tests.faults.thousand``: an approved and launched campaign to 1,000 contacts, made by the product's own verbs."""

import os
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "b2shift.settings")
django.setup()

from accounts.models import Consent, Contact, Customer, Purpose, Role, User  # noqa: E402 - after django.setup()
from segments.models import Membership, Run, Segment, SegmentProfile  # noqa: E402
from tests.campaigns import walk  # noqa: E402
from tests.company import Company  # noqa: E402

SIZE = 1000


def people() -> dict[str, User]:
    roster = {Role.ANALYST.value: Role.ANALYST, Role.MANAGER.value: Role.MANAGER, "second_manager": Role.MANAGER}
    return {
        key: User.objects.create_user(f"{key}@people.example", None, name=key, role=role)
        for key, role in roster.items()
    }


def company() -> Company:
    customers = Customer.objects.bulk_create(
        Customer(code=f"K{number:05}", name=f"Empresa {number}") for number in range(SIZE)
    )
    contacts = Contact.objects.bulk_create(
        Contact(
            customer=customer,
            ref=f"C{customer.code}",
            name="Ana Lima",
            email=f"{customer.code}@clientes.example",
            is_primary=True,
        )
        for customer in customers
    )
    at = datetime(2026, 1, 1, tzinfo=UTC)
    Consent.objects.bulk_create(
        Consent(contact=contact, purpose=purpose, granted=True, source="test", at=at)
        for contact in contacts
        for purpose in Purpose
    )
    run = Run.objects.create(state=Run.State.PUBLISHED, seed=1, budget_seconds=1, customers=SIZE)
    segment = Segment.objects.create(passport="S-001", name="Todos", born_in=run)
    SegmentProfile.objects.create(run=run, segment=segment, size=SIZE, share=1, stability=0.9, activatable=True)
    Membership.objects.bulk_create(
        Membership(run=run, customer=customer, segment=segment, confidence=1, x=0, y=0) for customer in customers
    )
    return Company(run, [segment], customers)


if __name__ == "__main__":
    made, staff = company(), people()
    walk.company_policy()
    campaign = walk.sending(made, staff, hold_out_share=0)
    print(campaign.pk)
