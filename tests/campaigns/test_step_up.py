"""A decision needs a fresh code of the person's authenticator; without it nothing changes."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken

from accounts import stepup
from accounts.models import Role
from b2shift.lib.api import Refused
from campaigns import lifecycle
from campaigns.models import Approval, Campaign
from tests.campaigns import walk

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def fresh_limits(db):
    cache.clear()  # codes that were used, and tries


@pytest.fixture
def waiting(company, people) -> Campaign:
    walk.company_policy({"frequency_cap": None})
    campaign = walk.drafted(company, people)
    return lifecycle.move(campaign.pk, "submit", people[Role.ANALYST])


@pytest.fixture
def manager(people):
    """The marketing manager with an authenticator."""
    auth.TOTP.activate(people[Role.MANAGER], SECRET)
    return people[Role.MANAGER]


def code(steps: int = 0) -> str:
    """What the authenticator shows now, or some steps of thirty seconds away."""
    return auth.format_hotp_value(auth.hotp_value(SECRET, int(time.time()) // 30 + steps))


def approve(client: Client, campaign: Campaign, **data: str):
    return client.post(reverse("campaign-act", args=[campaign.pk, "approve"]), data)


def unchanged(campaign: Campaign) -> bool:
    campaign.refresh_from_db()
    return campaign.status == "in_review" and not Approval.objects.exists() and not campaign.messages.exists()


def test_the_right_code_approves_and_is_kept_with_the_approval(waiting, manager, client_of):
    answer = approve(client_of(Role.MANAGER), waiting, code=f"{code()[:3]} {code()[3:]}", comment="Boa")
    assert answer.status_code == 302
    approval = Approval.objects.get()
    assert (approval.approver, approval.comment) == (manager, "Boa")
    assert datetime.now(UTC) - approval.proven_at < timedelta(minutes=1)


@pytest.mark.parametrize("given", ["", "000000", "12", "abc def", "9" * 19])
def test_without_the_right_code_nothing_changes_and_the_page_asks_again(waiting, manager, client_of, given):
    answer = approve(client_of(Role.MANAGER), waiting, code=given)
    assert answer.status_code == 422
    assert 'autocomplete="one-time-code"' in answer.content.decode()
    assert unchanged(waiting)


def test_a_code_works_once_and_for_one_session(waiting, manager, client_of, company, people):
    shown = code()
    first = client_of(Role.MANAGER)
    assert approve(first, waiting, code=shown).status_code == 302
    second = walk.drafted(company, people, segment=1)
    lifecycle.move(second.pk, "submit", people[Role.ANALYST])
    assert approve(client_of(Role.MANAGER), second, code=shown).status_code == 422
    assert not second.approvals.exists()
    assert approve(first, second).status_code == 302  # the session proved it a moment ago
    assert second.approvals.exists()


def test_a_proof_is_five_minutes_good(waiting, manager, client_of):
    client = client_of(Role.MANAGER)
    approve(client, waiting, code=code())
    lifecycle.move(waiting.pk, "void", manager)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {**record, "at": record["at"] - 301} for record in session[AUTHENTICATION_METHODS_SESSION_KEY]
    ]
    session.save()
    assert approve(client, waiting).status_code == 422
    assert not waiting.approvals.filter(voided_at=None).exists()


@pytest.mark.parametrize("proof", ["none", "another", "old"])
def test_no_path_leads_past_the_proof(waiting, manager, people, proof):
    now = datetime.now(UTC)
    given = {
        "none": None,
        "another": stepup.Proof(people["second_manager"].pk, now),
        "old": stepup.Proof(manager.pk, now - timedelta(minutes=6)),
    }[proof]
    with pytest.raises(Refused) as refused:
        lifecycle.move(waiting.pk, "approve", manager, proof=given)
    assert refused.value.code == "step_up"
    assert unchanged(waiting)


def test_outside_a_demo_whoever_has_no_authenticator_is_led_to_one(waiting, client_of, settings):
    settings.B2SHIFT_STEP_UP = "always"
    client = client_of(Role.MANAGER)
    assert approve(client, waiting, code="123456").status_code == 422
    assert unchanged(waiting)
    page = client.get(reverse("campaign", args=[waiting.pk])).content.decode()
    assert reverse("mfa_activate_totp") in page
    assert reverse("campaign-act", args=[waiting.pk, "approve"]) not in page


def test_tries_are_limited(waiting, manager, client_of):
    client = client_of(Role.MANAGER)
    for _ in range(12):
        answer = approve(client, waiting, code="000000")
    assert approve(client, waiting, code=code()).status_code == 422
    assert answer.status_code == 422
    assert unchanged(waiting)


def test_a_program_sends_the_code_along(waiting, manager):
    client = Client(headers={"authorization": f"Token {AuthToken.objects.create(manager)[1]}"})
    address = reverse("api-campaign-approve", args=[waiting.pk])
    refused = client.post(address, {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "step_up")
    assert unchanged(waiting)
    read = client.get(reverse("api-campaign", args=[waiting.pk])).json()["digest"]
    changed = client.post(address, {"code": code(), "seen": "0" * 64}, content_type="application/json")
    assert (changed.status_code, changed.json()["code"]) == (409, "changed_meanwhile")
    assert unchanged(waiting)
    cache.clear()  # the next code, without waiting half a minute for it
    done = client.post(address, {"code": code(), "seen": read}, content_type="application/json")
    assert done.status_code == 200
    assert Approval.objects.get().proven_at


def test_a_wrong_code_in_the_batch_keeps_the_ticks(waiting, manager, client_of):
    data = {"campaign": waiting.pk, f"seen-{waiting.pk}": lifecycle.digest(waiting), "code": "000000"}
    answer = client_of(Role.MANAGER).post(reverse("approvals-batch-approve"), data)
    assert answer.status_code == 422
    assert " checked>" in answer.content.decode()
    assert unchanged(waiting)


def test_a_refused_step_keeps_what_was_typed(waiting, client_of):
    address = reverse("campaign-act", args=[waiting.pk, "reject"])
    answer = client_of(Role.MANAGER).post(address, {"reason_code": "", "comment": "Longa explicação <b>"})
    assert answer.status_code == 422
    assert "Longa explicação &lt;b&gt;" in answer.content.decode()
    assert unchanged(waiting)


def test_whoever_must_enrol_first_finds_the_way_back_to_the_decision(waiting, people, client_of, settings):
    settings.B2SHIFT_STEP_UP = "always"
    client, page = client_of(Role.MANAGER), reverse("campaign", args=[waiting.pk])
    assert reverse("mfa_activate_totp") in client.get(page).content.decode()
    assert f'href="{page}"' in client.get(reverse("mfa_index")).content.decode()
    auth.TOTP.activate(people[Role.MANAGER], SECRET)
    client.get(page)
    assert f'href="{page}"' not in client.get(reverse("mfa_index")).content.decode()
