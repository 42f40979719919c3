"""Whatever somebody types into a field comes back as it was typed, escaped, or is refused with the form as it was."""

import html

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from campaigns import catalogue, prescribe
from campaigns.models import Offer
from segments.models import Segment
from tests.campaigns.test_catalogue_pages import typed

pytestmark = pytest.mark.django_db
HOSTILE = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'; DROP TABLE accounts_customer; --", "{{ 7*7 }} {% now 'Y' %}",
    "${7*7} %(name)s %s %d", "=cmd|' /C calc'!A0", "\u202etxt.exe\u202c", "\ufeffzero\u200bwidth", "田中さんにあげて下さい", "مُنَاقَشَةُ سُبُلِ",
    "Ẕ̴̛a̷l̸g̵o̶", "👩‍👩‍👧‍👦 família", "a" * 119, "nul\x00inside", "line\r\nbreak", "\\u0041 \\x41 %3Cb%3E &lt;b&gt;", "NULL", "NaN", "-1e309",
]  # fmt: skip


def send(client: Client, address: str, data: dict[str, str], text: str) -> bool:
    """Post the form; True when it was taken. A refusal answers with the typed text still there, escaped."""
    answer = client.post(address, data)
    assert answer.status_code in {200, 302, 422}, (address, ascii(text))
    if answer.status_code != 302:
        assert harmless(answer.content.decode(), text)
    return answer.status_code == 302


def harmless(page: str, text: str) -> bool:
    """No markup of ``text`` stands in the page as markup."""
    return "<" not in text or text not in page


def test_a_segment_s_name(company, client_of):
    client, address = client_of(Role.ANALYST), reverse("segment-rename", args=["S-001"])
    for text in HOSTILE:
        before = Segment.objects.get(passport="S-001").name
        taken = send(client, address, {"name": text, "name_en": "", "description": text, "description_en": ""}, text)
        assert Segment.objects.get(passport="S-001").name == (text.strip() if taken else before)
        for route, args in (("segments", []), ("segment", ["S-001"])):
            page = client.get(reverse(route, args=args)).content.decode()
            assert harmless(page, text)
            assert not taken or html.escape(text.strip()) in page


def test_an_offer(people, client_of):
    catalogue.seed()
    client = client_of(Role.ADMIN)
    for number, text in enumerate(HOSTILE):
        code = f"oferta-{number}"
        taken = send(client, reverse("offer-new"), typed(code=code, name=text, benefit=text), text)
        assert Offer.objects.filter(code=code).exists() == taken
        if taken:
            assert Offer.objects.get(code=code).name == text.strip()
            page = client.get(reverse("offer", args=[code])).content.decode()
            assert harmless(page, text)
            assert html.escape(text.strip()) in page


def test_the_words_of_a_campaign(company, client_of):
    campaign = prescribe.run().campaigns[0]
    client, body = client_of(Role.MANAGER), campaign.current_draft.body
    for text in HOSTILE:
        versions = campaign.drafts.count()
        address = reverse("campaign-edit", args=[campaign.pk])
        taken = send(client, address, {"subject": text, "body": f"{body}\n\n{text}"}, text)
        assert campaign.drafts.count() == versions + taken
        newest = campaign.drafts.order_by("-number").first()
        assert not taken or newest.subject == " ".join(text.split())  # a header has one line
        assert harmless(client.get(reverse("campaign", args=[campaign.pk])).content.decode(), text)


def test_a_person_s_name(people, client_of):
    client = client_of(Role.ADMIN)
    for number, text in enumerate(HOSTILE):
        email = f"nova{number}@people.example"
        taken = send(client, reverse("user-new"), {"email": email, "name": text, "role": Role.ANALYST}, text)
        assert User.objects.filter(email=email).exists() == taken
        assert not taken or User.objects.get(email=email).name == text.strip()
        assert harmless(client.get(reverse("users")).content.decode(), text)


def test_search_boxes(company, client_of):
    client = client_of(Role.ADMIN)
    for text in HOSTILE[::3]:
        for route in ("search", "customers", "campaigns", "offers", "audit", "users"):
            answer = client.get(reverse(route), {"q": text})
            assert answer.status_code == 200
            assert harmless(answer.content.decode(), text)
