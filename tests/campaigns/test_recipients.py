"""Who is in an audience and who is out, one by one; and any recipient's mail before it is sent."""

import pytest
from django.urls import reverse

from accounts.models import Customer, Role
from campaigns import audience, lifecycle
from campaigns.models import Message
from tests.campaigns import walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(company, people):
    walk.company_policy({"frequency_cap": None})
    return walk.drafted(company, people, hold_out_share=0.2)


def counted(campaign) -> dict[str, int]:
    found = [each.outcome for each in audience.verdicts(campaign)]
    return {outcome: found.count(outcome) for outcome in audience.OUTCOMES}


def test_the_rows_add_up_to_the_preview_and_stay_when_they_are_frozen(campaign, people):
    before, told = audience.preview(campaign), sorted(audience.verdicts(campaign), key=lambda each: each.customer_id)
    assert counted(campaign) == {
        "mail": before.mails,
        "call": before.calls,
        "held_out": before.held_out,
        "out": sum(before.excluded.values()),
    }
    assert not Message.objects.exists()
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    lifecycle.move(campaign.pk, "approve", people[Role.MANAGER])
    assert sorted(audience.verdicts(campaign), key=lambda each: each.customer_id) == told


def test_everybody_is_listed_with_what_happens_and_filters_narrow_it(campaign, client_of, company):
    client, address = client_of(Role.MANAGER), reverse("recipients", args=[campaign.pk])
    page = client.get(address).content.decode()
    assert all(customer.code in page for customer in company.members(0))
    calls = {each.customer_id for each in audience.verdicts(campaign) if each.outcome == "call"}
    narrowed = client.get(address, {"outcome": "call"}).content.decode()
    assert {c.pk for c in company.members(0) if c.code in narrowed} == calls
    assert client.get(address, {"q": "nobody at all", "reason": "merged"}).status_code == 200
    lines = (
        b"".join(client.get(reverse("recipients-export", args=[campaign.pk]), {"outcome": "mail"}).streaming_content)
        .decode()
        .splitlines()
    )
    assert len(lines) == 1 + audience.preview(campaign).mails
    assert "@" not in "".join(lines)


def test_a_mail_reads_as_it_will_be_sent_and_leads_to_the_next(campaign, client_of, company):
    mailed = [each for each in audience.verdicts(campaign) if each.outcome == "mail"]
    codes = sorted(Customer.objects.filter(pk__in=[each.customer_id for each in mailed]).values_list("name", "code"))
    client = client_of(Role.MANAGER)
    page = client.get(reverse("recipient", args=[campaign.pk, codes[0][1]])).content.decode()
    assert f"Sobre {codes[0][0]}" in page
    assert reverse("recipient", args=[campaign.pk, codes[1][1]]) in page
    html = client.get(reverse("recipient-html", args=[campaign.pk, codes[0][1]]))
    assert codes[0][0] in html.content.decode()
    assert html.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert not Message.objects.exists()


def test_who_gets_no_mail_has_none_to_read(campaign, client_of):
    out = next(each for each in audience.verdicts(campaign) if each.outcome != "mail")
    code = Customer.objects.get(pk=out.customer_id).code
    assert client_of(Role.MANAGER).get(reverse("recipient", args=[campaign.pk, code])).status_code == 404
    assert client_of(Role.MANAGER).get(reverse("recipient", args=[campaign.pk, "NOBODY"])).status_code == 404


def test_a_rep_sees_their_own_customers_only(campaign, client_of, people):
    lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])
    lifecycle.move(campaign.pk, "approve", people[Role.MANAGER])
    page = client_of(Role.REP).get(reverse("recipients", args=[campaign.pk])).content.decode()
    members = Customer.objects.filter(pk__in=[each.customer_id for each in audience.verdicts(campaign)])
    assert all((customer.code in page) == (customer.owner_id == people[Role.REP].pk) for customer in members)
    foreign = members.exclude(owner=people[Role.REP]).first()
    assert client_of(Role.REP).get(reverse("recipient", args=[campaign.pk, foreign.code])).status_code == 404
