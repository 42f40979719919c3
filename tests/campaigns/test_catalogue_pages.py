"""Offers and strategies: who reads, who writes, what is refused, and what a change ends."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from campaigns import catalogue, channels, checks, evidence, prescribe, queries, terms
from campaigns.models import THEMES, Campaign, Offer, Strategy
from tests.campaigns.walk import approved, company_policy

READERS = ["marketing_manager", "analyst", "admin"]
OTHERS = ["sales_rep", "customer_success", "executive"]
PAGES = [("offers", []), ("offer", ["gestao-renova"]), ("strategies", []), ("strategy", ["gestao-retain"])]
FORMS = [
    ("offer-new", []),
    ("offer-edit", ["gestao-renova"]),
    ("strategy-new", []),
    ("strategy-edit", ["gestao-retain"]),
]
ACTIONS = [("offer-active", ["gestao-renova"]), ("strategy-active", ["gestao-retain"])]


@pytest.fixture(autouse=True)
def terms_of_the_company(people):
    """What a new company starts with."""
    catalogue.seed()


def typed(**changes: str) -> dict[str, str]:
    """A complete offer as somebody types it."""
    until = (timezone.localdate() + timedelta(days=60)).isoformat()
    offer = {
        "code": "rd-anual", "name": "Plano anual", "product": "RD Station Marketing", "business_unit": "RD", "play": "expand", "step": "2",
        "benefit": "Um mês sem custo", "benefit_en": "One month free", "discount_percent": "8", "price": "R$ 1.234,50", "valid_until": until,
    }  # fmt: skip
    return {**offer, **changes}


def changed(code: str, **changes: str) -> dict[str, str]:
    """The edit form of an offer as it stands, with what somebody changes."""
    offer = Offer.objects.get(code=code)
    until = offer.valid_until.isoformat() if offer.valid_until else ""
    as_stored = {
        "name": offer.name, "product": offer.product, "business_unit": offer.business_unit_id, "play": offer.play, "step": str(offer.step),
        "benefit": offer.benefit, "benefit_en": offer.benefit_en, "discount_percent": str(offer.discount_percent), "price": "",
        "valid_until": until, "seen": terms.fingerprint(offer), "cost": "" if offer.cost is None else str(offer.cost),
        "valid_from": "", "legal": offer.legal, "legal_en": offer.legal_en,
    }  # fmt: skip
    return {**as_stored, **changes}


def state() -> list[tuple]:
    """Everything that a refused request must leave as it was."""
    return [*Offer.objects.values_list(), *Strategy.objects.values_list(), AuditEntry.objects.count()]


@pytest.mark.parametrize("key", READERS)
@pytest.mark.parametrize(("route", "args"), PAGES)
def test_planners_read(client_of, key, route, args):
    """Those who plan see lists and pages; only the administrator sees the ways to change them."""
    answer = client_of(key).get(reverse(route, args=args))
    assert answer.status_code == 200
    edits = "/edit/" in answer.content.decode() or "/new/" in answer.content.decode()
    assert edits == (key == "admin")


@pytest.mark.parametrize("key", OTHERS)
@pytest.mark.parametrize(("route", "args"), PAGES)
def test_others_are_refused(client_of, key, route, args):
    """Everybody else gets 403."""
    assert client_of(key).get(reverse(route, args=args)).status_code == 403


@pytest.mark.parametrize("key", ["marketing_manager", "analyst", *OTHERS])
@pytest.mark.parametrize(("route", "args"), [*FORMS, *ACTIONS])
def test_only_administrators_write(client_of, key, route, args):
    """A refused writer changes nothing."""
    before = state()
    assert client_of(key).post(reverse(route, args=args), typed(active="0")).status_code == 403
    assert state() == before


def test_filters_narrow_the_list(client_of):
    """Business unit, intention, words and availability, as a fragment for htmx."""
    Offer.objects.filter(code="rd-marketing").update(is_active=False)
    query = {"business_unit": "RD", "play": "cross_sell", "active": "no", "q": "marketing"}
    answer = client_of("analyst").get(reverse("offers"), query, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "<html" not in page
    assert re.findall(r'href="/offers/([\w-]+)/"', page) == ["rd-marketing"]


def test_administrator_creates_an_offer(client_of, people):
    """As typed, with the price in the Brazilian form, audited, and with a history that names the person."""
    answer = client_of("admin").post(reverse("offer-new"), typed(code="RD-Anual"), follow=True)
    offer = Offer.objects.get(code="rd-anual")
    assert (str(offer.price), str(offer.discount_percent), offer.step) == ("1234.50", "8.00", 2)
    entry = AuditEntry.objects.get(action="offer.save")
    assert (entry.actor, entry.target_id, entry.detail["changed"]["name"]) == (
        people["admin"],
        str(offer.pk),
        ["", "Plano anual"],
    )
    assert people["admin"].name in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("price", "1,234.56", "1.234,56"),
        ("price", "abc", "1.234,56"),
        ("code", "gestao-renova", "gestao-renova"),
        ("code", "new", "new"),
        ("valid_until", "2020-01-31", "This day is over"),
        ("discount_percent", "101", "100"),
        ("step", "0", "1"),
        ("benefit_en", "", "required"),
        ("cost", "-5", "1.234,56"),
        ("valid_from", "2099-01-31", ""),
        ("legal", "Veja {{ customer.name }}", "merge fields"),
        ("legal", "<b>Condições</b>", "markup"),
    ],
)
def test_a_wrong_field_is_named_and_what_was_typed_stays(client_of, field, value, said):
    """Nothing is saved; the form comes back with all values."""
    client = client_of("admin")
    client.cookies["django_language"] = "en"
    before = state()
    answer = client.post(reverse("offer-new"), typed(**{field: value}))
    form = answer.context["form"]
    named = {"valid_from": "valid_until"}.get(field, field)  # it is the end that comes too early
    assert set(form.errors) - {"legal_en"} == {named}
    assert said in form.errors[named][0]
    page = html.unescape(answer.content.decode())
    assert "Plano anual" in page
    assert not value or value in page
    assert state() == before


def test_a_discount_above_the_ceiling_is_saved_with_a_warning(client_of):
    """The warning names the rule, its edition and the ceiling that binds this unit."""
    client = client_of("admin")
    client.cookies["django_language"] = "en"
    page = client.post(
        reverse("offer-new"), typed(business_unit="TECHFIN", discount_percent="7.5"), follow=True
    ).content.decode()
    assert Offer.objects.get(code="rd-anual").discount_percent == 7.5
    assert "Rule “Discount ceiling” of policy v1 allows at most 5% for TechFin." in page


def test_editing_shows_what_changed_and_by_whom(client_of, people):
    """History names field, before and after; the code cannot be changed."""
    client = client_of("admin")
    client.cookies["django_language"] = "en"
    page = client.post(
        reverse("offer-edit", args=["gestao-renova"]),
        {**changed("gestao-renova", discount_percent="12"), "code": "other"},
        follow=True,
    )
    offer = Offer.objects.get(code="gestao-renova")
    assert offer.discount_percent == 12
    assert "Discount (%): 10% → 12%" in page.content.decode()
    assert f"Changed by {people['admin']}" in page.content.decode()
    assert AuditEntry.objects.get(action="offer.save").detail == {"changed": {"discount_percent": ["10.00", "12.00"]}}


def test_saving_the_same_terms_leaves_no_trace(client_of):
    """No history, no audit entry, no voided approvals."""
    before = state()
    assert (
        client_of("admin").post(reverse("offer-edit", args=["gestao-renova"]), changed("gestao-renova")).status_code
        == 302
    )
    assert state() == before


def test_nobody_overwrites_a_change_that_they_have_not_seen(client_of):
    """The second of two administrators with the same form open is told."""
    stale = changed("gestao-renova", name="Segunda")
    client_of("admin").post(reverse("offer-edit", args=["gestao-renova"]), changed("gestao-renova", name="Primeira"))
    before = state()
    answer = client_of("second_admin").post(reverse("offer-edit", args=["gestao-renova"]), stale)
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors()
    assert "Segunda" in answer.content.decode()
    assert state() == before


def test_an_approved_campaign_goes_back_when_its_offer_changes(company, people, client_of):
    """By other terms and by deactivation alike."""
    company_policy()
    campaign = approved(company, people)
    assert campaign.status == Campaign.Status.APPROVED
    code = campaign.offer.code
    client_of("admin").post(reverse("offer-edit", args=[code]), changed(code, benefit="Outro benefício"))
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.IN_REVIEW


def test_deactivation_takes_approved_campaigns_back_and_can_be_undone(company, people, client_of):
    """The offer stays; only its availability changes."""
    company_policy()
    campaign = approved(company, people)
    client = client_of("admin")
    address = reverse("offer-active", args=[campaign.offer.code])
    client.post(address, {"active": "0"})
    campaign.refresh_from_db()
    assert not Offer.objects.get(pk=campaign.offer_id).is_active
    assert campaign.status == Campaign.Status.IN_REVIEW
    client.post(address, {"active": "1"})
    assert Offer.objects.get(pk=campaign.offer_id).is_active
    actions = AuditEntry.objects.filter(target="offer").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["offer.deactivate", "offer.activate"]


def test_administrator_creates_and_edits_a_strategy(client_of):
    """With its ladder on the page."""
    client = client_of("admin")
    strategy = {
        "code": "rd-win-back", "name": "Trazer de volta", "name_en": "Bring back", "business_unit": "RD", "play": "win_back",
        "purpose": "marketing", "objective": "Clientes que saíram", "max_steps": "2", "theme": "recurrence", "review": "policy",
        "tone": "Leve", "tone_en": "Light",
    }  # fmt: skip
    client.post(reverse("strategy-new"), strategy)
    row = Strategy.objects.get(code="rd-win-back")
    client.post(
        reverse("strategy-edit", args=["rd-win-back"]), {**strategy, "max_steps": "4", "seen": terms.fingerprint(row)}
    )
    row.refresh_from_db()
    assert row.max_steps == 4
    refused = client.post(
        reverse("strategy-edit", args=["rd-win-back"]), {**strategy, "max_steps": "9", "seen": terms.fingerprint(row)}
    )
    assert list(refused.context["form"].errors) == ["max_steps"]
    client.post(reverse("strategy-active", args=["rd-win-back"]), {"active": "0"})
    row.refresh_from_db()
    assert (row.max_steps, row.is_active) == (4, False)


@pytest.mark.parametrize(
    ("language", "name"), [("pt-br", "Reter e reconquistar confiança"), ("en", "Retain and rebuild trust")]
)
def test_strategies_are_called_by_the_reader_s_language(client_of, language, name):
    """In the list and as the heading of their page."""
    client = client_of("admin")
    client.cookies["django_language"] = language
    assert name in client.get(reverse("strategies")).content.decode()
    page = client.get(reverse("strategy", args=["gestao-retain"])).content.decode()
    assert name in re.search(r"<h1.*?</h1>", page, re.S).group()


@pytest.mark.parametrize(("language", "word"), [("pt-br", "gestao-renova"), ("en", "Offers")])
def test_pages_speak_the_reader_s_language(client_of, language, word):
    """The page declares its language and renders in it."""
    client = client_of("admin")
    client.cookies["django_language"] = language
    page = client.get(reverse("offers")).content.decode()
    assert f'lang="{"en" if language == "en" else "pt-BR"}"' in page
    assert word in page


def send(client, method: str, route: str, args: list, data: dict, **headers: str):
    """A JSON request."""
    return getattr(client, method)(
        reverse(route, args=args), json.dumps(data), content_type="application/json", headers=headers
    )


def test_api_reads_and_writes_by_role(client_of):
    """Readers read, administrators write, others get 403 and change nothing."""
    listed = client_of("analyst").get(reverse("api-offers"), {"business_unit": "TECHFIN"}).json()["results"]
    assert {row["business_unit"] for row in listed} == {"TECHFIN"}
    assert (
        len(client_of("marketing_manager").get(reverse("api-strategies")).json()["results"]) == Strategy.objects.count()
    )
    before = state()
    told = client_of("sales_rep").get(reverse("api-offers")).json()["results"]
    assert {row["code"] for row in told} == set(Offer.objects.values_list("code", flat=True))
    assert all("cost" not in row for row in told)  # what it costs us is for those who plan
    assert all("cost" in row for row in listed)
    assert send(client_of("sales_rep"), "patch", "api-offer", ["gestao-renova"], {"name": "x"}).status_code == 403
    assert send(client_of("analyst"), "post", "api-offers", [], {}).status_code == 403
    assert send(client_of("analyst"), "patch", "api-offer", ["gestao-renova"], {"name": "x"}).status_code == 403
    assert send(client_of("analyst"), "patch", "api-strategy", ["gestao-retain"], {"name": "x"}).status_code == 403
    assert state() == before


def test_api_creates_once_and_refuses_lost_updates(client_of):
    """The same key has one effect; an outdated fingerprint gets 409."""
    client = client_of("admin")
    offer = {**typed(price="10.00"), "step": 2}
    first = send(client, "post", "api-offers", [], offer, **{"Idempotency-Key": "k1"})
    again = send(client, "post", "api-offers", [], offer, **{"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert Offer.objects.filter(code="rd-anual").count() == 1
    seen = first.json()["fingerprint"]
    assert send(client, "patch", "api-offer", ["rd-anual"], {"name": "Um", "seen": seen}).status_code == 200
    assert send(client, "patch", "api-offer", ["rd-anual"], {"name": "Dois", "seen": seen}).status_code == 409
    assert send(client, "patch", "api-offer", ["rd-anual"], {"code": "other"}).status_code == 400
    assert Offer.objects.get(code="rd-anual").name == "Um"


def test_api_strategy(client_of):
    """Created and changed by an administrator."""
    client = client_of("admin")
    strategy = {
        "code": "rd-x",
        "name": "X",
        "name_en": "X",
        "business_unit": "RD",
        "play": "retain",
        "purpose": "service",
        "max_steps": 2,
    }
    assert send(client, "post", "api-strategies", [], strategy).status_code == 201
    assert send(client, "patch", "api-strategy", ["rd-x"], {"max_steps": 3}).json()["max_steps"] == 3
    assert AuditEntry.objects.filter(action="strategy.save", actor__role=Role.ADMIN).count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"theme": "growth"}, "theme"), ({"theme": "credit", "play": "expand"}, "play"), ({"review": "policy"}, "review")],
)
def test_a_strategy_stays_within_its_portfolio_and_credit_is_always_reviewed(client_of, changes, field):
    """By the form and by the API alike; nothing is saved."""
    before = state()
    strategy = {
        "code": "techfin-x", "name": "X", "name_en": "X", "business_unit": "TECHFIN", "theme": "payments", "play": "cross_sell", "purpose": "marketing",
        "objective": "", "tone": "", "tone_en": "", "max_steps": "2", "review": "always", **changes,
    }  # fmt: skip
    assert list(client_of("admin").post(reverse("strategy-new"), strategy).context["form"].errors) == [field]
    assert list(send(client_of("admin"), "post", "api-strategies", [], strategy).json()) == [field]
    assert state() == before


def test_the_database_itself_keeps_credit_reviewed():
    """Whatever writes it."""
    with pytest.raises(IntegrityError), transaction.atomic():
        Strategy.objects.filter(code="techfin-credit").update(review="policy")
    assert Strategy.objects.get(code="techfin-credit").review == "always"


def test_every_unit_has_its_portfolio_on_all_rungs():
    """Each theme of each unit has a strategy, and each strategy offers on the rungs 1 to 3, with cost and both languages."""
    themes = set(Strategy.objects.values_list("business_unit", "theme"))
    assert themes == {(unit, str(theme)) for unit, portfolio in THEMES.items() for theme in portfolio}
    today = timezone.localdate()
    for strategy in Strategy.objects.all():
        offers = Offer.objects.filter(business_unit=strategy.business_unit, play=strategy.play)
        assert {offer.step for offer in offers} >= {1, 2, 3}, strategy.code
        assert all(offer.cost and offer.benefit and offer.benefit_en for offer in offers)
        assert all(offer.valid_until is None or offer.valid_until > today for offer in offers)
        assert bool(strategy.tone) == bool(strategy.tone_en) is True


def test_the_form_says_which_living_campaigns_a_change_touches(company, people, client_of):
    """Before it is saved; and changed legal text takes the approved campaign back to review and ends its mails."""
    company_policy()
    campaign = approved(company, people)
    code = campaign.offer.code
    client = client_of("admin")
    assert campaign.title in client.get(reverse("offer-edit", args=[code])).content.decode()
    assert campaign.title in client.get(reverse("strategy-edit", args=[campaign.strategy.code])).content.decode()
    new = changed(code, legal="Vale por 90 dias.\nCondição única.", legal_en="Valid for 90 days.")
    assert client.post(reverse("offer-edit", args=[code]), new).status_code == 302
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.IN_REVIEW
    mail = channels.preview(campaign.current_draft, campaign)
    assert "Vale por 90 dias.<br>Condição única." in mail.html
    assert "Vale por 90 dias.\nCondição única." in mail.text
    assert "Vale por 90 dias." in client.get(reverse("campaign", args=[campaign.pk])).content.decode()
    text = evidence.DraftText("Oferta", "A condição vale por 90 dias.\n\n{{ link.unsubscribe }}")
    judged = checks.judge(campaign, text, [], queries.rules_of(campaign.policy_version))
    assert checks.blocking(judged) == []


def test_an_offer_that_has_not_begun_is_not_proposed_and_blocks_approval(company, people):
    """Until its first day."""
    company_policy()
    campaign = approved(company, people)
    Offer.objects.filter(pk=campaign.offer_id).update(valid_from=timezone.localdate() + timedelta(days=1))
    campaign = Campaign.objects.get(pk=campaign.pk)
    assert "offer_not_begun" in {finding["code"] for finding in checks.blocking(checks.standing(campaign))}
    found = (
        prescribe.run(None, company.segments[1].passport).campaigns
        + prescribe.run(None, company.segments[2].passport).campaigns
    )
    assert found
    assert campaign.offer_id not in {other.offer_id for other in found}


def test_api_refuses_conditions_that_are_none(client_of):
    """Eligibility is a tree of the rule segments' language."""
    client = client_of("admin")
    before = state()
    refused = send(
        client,
        "patch",
        "api-offer",
        ["gestao-renova"],
        {"eligibility": {"version": 1, "root": {"group": "all", "of": []}}},
    )
    assert (refused.status_code, list(refused.json())) == (400, ["eligibility"])
    assert state() == before
    tree = {"version": 1, "root": {"group": "all", "of": [{"field": "mrr", "is": "at_least", "value": 500}]}}
    assert send(client, "patch", "api-offer", ["gestao-renova"], {"eligibility": tree}).json()["eligibility"] == tree
    assert "500" in client.get(reverse("offer", args=["gestao-renova"])).content.decode()
