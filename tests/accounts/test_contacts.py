"""Consent and erasure (LGPD)."""

import pytest
from django.urls import reverse

from accounts.contacts import PERSONAL, erase, set_consent
from accounts.models import AuditEntry, Consent, Contact, Picture, Role
from b2shift.lib.api import Refused


@pytest.fixture
def contact(company):
    return Contact.objects.get(ref="CS00001")


def personal(contact):
    return [getattr(contact, field) for field in PERSONAL]


def test_erasure_empties_the_row_and_keeps_the_pseudonym(contact, client_of):
    client_of(Role.ADMIN).post(reverse("contact-erase", args=["S00001", contact.pk]))
    contact.refresh_from_db()
    assert personal(contact) == ["", "", "", ""]
    assert contact.ref == "CS00001"
    assert contact.erased_at is not None
    assert contact.search_text.strip() == ""
    assert not contact.is_primary
    assert set(contact.consents.values_list("granted", flat=True)) == {False}
    assert Picture.objects.get(customer__code="S00001").has_contact is False
    entry = AuditEntry.objects.get(action="contact.erase")
    assert "Pessoa" not in f"{entry.summary}{entry.detail}"


def test_erasing_twice_changes_nothing_more(contact, people):
    first = erase(people[Role.ADMIN], contact.pk).erased_at
    assert erase(people[Role.ADMIN], contact.pk).erased_at == first
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_only_administrators_erase(contact, client_of, people, role):
    assert client_of(role).post(reverse("contact-erase", args=["S00001", contact.pk])).status_code == 403
    with pytest.raises(Refused):
        erase(people[role], contact.pk)
    contact.refresh_from_db()
    assert contact.name == "Pessoa S00001"
    assert not AuditEntry.objects.exists()


def test_consent_is_recorded_and_withdrawn_with_its_source(contact, client_of, people):
    url = reverse("contact-consent", args=["S00001", contact.pk])
    client_of(Role.REP).post(url, {"purpose": "marketing", "granted": "0"})
    consent = Consent.objects.get(contact=contact, purpose="marketing")
    assert (consent.granted, consent.source) == (False, f"user:{people[Role.REP].pk}")
    client_of(Role.REP).post(url, {"purpose": "marketing", "granted": "0"})
    assert AuditEntry.objects.filter(action="contact.consent").count() == 1
    client_of(Role.REP).post(url, {"purpose": "nope", "granted": "1"})
    assert contact.consents.count() == 3


def test_a_foreign_contact_cannot_be_touched(contact, client_of):
    url = reverse("contact-consent", args=["S00001", contact.pk])
    assert client_of("second_rep").post(url, {"purpose": "marketing", "granted": "0"}).status_code == 404
    crossed = reverse("contact-consent", args=["S00002", contact.pk])
    assert client_of("second_rep").post(crossed, {"purpose": "marketing", "granted": "0"}).status_code == 404
    assert Consent.objects.get(contact=contact, purpose="marketing").granted is True


def test_analysts_read_consent_but_do_not_record_it(contact, client_of, people):
    page = client_of(Role.ANALYST).get(reverse("customer-contacts", args=["S00001"]))
    assert reverse("contact-consent", args=["S00001", contact.pk]) not in page.content.decode()
    with pytest.raises(Refused):
        set_consent(people[Role.ANALYST], contact.pk, "marketing", granted=False)
    assert Consent.objects.get(contact=contact, purpose="marketing").granted is True


def test_an_erased_person_cannot_agree(contact, people):
    erase(people[Role.ADMIN], contact.pk)
    with pytest.raises(Refused):
        set_consent(people[Role.ADMIN], contact.pk, "marketing", granted=True)
    assert not contact.consents.filter(granted=True).exists()
