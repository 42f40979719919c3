"""Playbooks as rows: what may be written into them, versions, preview, and the words that drafts are made from."""

import dataclasses
import json

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import AuditEntry
from b2shift.lib.api import Refused
from campaigns import catalogue, lifecycle, playbooks, prescribe, queries, strategies
from campaigns.drafting import playbook, playbook_checks
from campaigns.models import Draft, Offer, Playbook, Strategy
from campaigns.starting_catalogue import RULES, STRATEGIES, UNITS

FORBIDDEN = [
    phrase
    for kind, _unit, given in RULES
    if kind == "forbidden_claims"
    for listed in given.values()
    for phrase in listed
]
NAMES = [name for _code, name in UNITS]
SIGNALS = set(strategies.FIGURES)
TEXTS = playbook.house_texts("gestao-retain", "retain", "GESTAO", "pt-br")


def codes(language="pt-br", **changes):
    texts = dataclasses.replace(TEXTS, **changes)
    return [(found.field, found.code) for found in playbook_checks.problems(texts, language, FORBIDDEN, SIGNALS, NAMES)]


@pytest.mark.parametrize("language", ["pt-br", "en"])
@pytest.mark.parametrize("row", STRATEGIES, ids=lambda row: row[0])
def test_the_house_s_own_words_stand(row, language):
    texts = playbook.house_texts(row[0], row[3], row[4], language)
    assert playbook_checks.problems(texts, language, FORBIDDEN, SIGNALS, NAMES) == []


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("opening", "", "empty"),
        ("value", "  \n ", "empty"),
        ("subject", "x" * 79, "too_long"),
        ("opening", "Veja [offer.priec] agora.", "unknown_slot"),
        ("opening", "Veja [Offer.Product] agora.", "unknown_slot"),
        ("opening", "Veja [segment.risk_mean] agora.", "unknown_slot"),
        ("opening", "São 10% de desconto.", "figure_without_slot"),
        ("opening", "Por apenas R$ 99,00.", "figure_without_slot"),
        ("value", "Atendemos 5 mil empresas.", "figure_without_slot"),
        ("value", "Vale até 31/12/2026.", "figure_without_slot"),
        ("value", "Só até sexta-feira.", "figure_without_slot"),
        ("value", "Responda em até três dias e ganhe frete grátis.", "figure_without_slot"),
        ("opening", "Temos resultado garantido para você.", "forbidden_claim"),
        ("opening", "O senhor Roberto Almeida conta com você.", "unsupported_name"),
        ("opening", "Olá {{ contact.last_name }}.", "unknown_field"),
        ("opening", "Veja <b>agora</b>.", "markup"),
        ("opening", "Veja em https://example.com agora.", "raw_link"),
        ("opening", "Ligue 11 99999-1234.", "personal_data"),
        ("opening", "Cli\u200bque.", "hidden_character"),
        ("opening", "Clique {{ link.unsubscribe }}.", "link_elsewhere"),
        ("subject", "Clique {{ link.accept }}", "link_elsewhere"),
        ("offer", "Separamos algo para você.", "missing"),
        ("call_to_action", "Responda a este e-mail.", "missing"),
        ("decline", "Sem problema.", "missing"),
        ("opt_out", "Para sair, responda SAIR.", "missing"),
        ("sign_off", "Equipe [offer.product]", "slot_not_here"),
        ("opt_out", "Saia por [offer.price]: {{ link.unsubscribe }}", "slot_not_here"),
        ("subject", "Economize [offer.discount]", "slot_may_be_unknown"),
        ("offer", "Temos [offer.benefit] até [offer.valid_until].", "benefit_may_vanish"),
    ],
)
def test_what_may_not_be_written_is_refused_at_its_field(field, text, code):
    assert (field, code) in codes(**{field: text})


@pytest.mark.parametrize(
    ("figure", "text", "code"),
    [("shoe_size", "Oi.", "unknown_signal"), ("nps_mean", "São 9 pontos.", "figure_without_slot")],
)
def test_openings_by_signal_are_checked_like_the_rest(figure, text, code):
    assert codes(because={figure: text}) == [(f"because.{figure}", code)]


@pytest.mark.parametrize(
    "text",
    ["Veja o [offer.product] na {{ customer.name }}.", "Já são [tenure_min] anos.", "Desconto de [offer.discount]."],
)
def test_slots_and_merge_fields_pass(text):
    assert codes(opening=text) == []


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text):
    found = playbook_checks.problems(dataclasses.replace(TEXTS, opening=text), "pt-br", FORBIDDEN, SIGNALS, NAMES)
    assert all(problem.message and problem.field == "opening" for problem in found)


def test_the_same_texts_facts_and_step_give_the_same_words():
    facts = {"offer.product": "TOTVS Backoffice", "offer.benefit": "Uma revisão", "tenure_min": "7"}
    once, again = (playbook.write(TEXTS, facts, "pt-br", 1, ["nps_mean"]) for _ in range(2))
    assert once == again
    assert TEXTS.because["nps_mean"] in once.body
    assert "válida até" not in once.body  # its slot is unknown
    with_end = playbook.write(TEXTS, {**facts, "offer.valid_until": "31/12/2026"}, "pt-br", 1)
    assert "válida até 31/12/2026." in with_end.body


@pytest.mark.parametrize(
    ("benefit", "product", "name", "told"),
    [
        ("Revisão do ambiente", "TOTVS Backoffice", "Revisão de processos", "revisão do ambiente"),
        ("E-mail de boas-vindas", "RD Station", "Boas-vindas", "e-mail de boas-vindas"),
        ("A implantação, sem custo", "RD Station", "Boas-vindas", "a implantação, sem custo"),
        ("10% de desconto", "RD Station", "Boas-vindas", "10% de desconto"),
        ("RD Station CRM por um ano", "RD Station", "Boas-vindas", "RD Station CRM por um ano"),
        ("CRM completo", "RD Station", "Boas-vindas", "CRM completo"),
        ("CRM", "RD Station", "Boas-vindas", "CRM"),
        ("R$ 100 de bônus", "RD Station", "Boas-vindas", "R$ 100 de bônus"),
        ("B2B sem tarifa", "RD Station", "Boas-vindas", "B2B sem tarifa"),
        ("T-Cloud por um mês", "T-Cloud", "Boas-vindas", "T-Cloud por um mês"),
        ("Protheus por um mês", "TOTVS Protheus", "Boas-vindas", "Protheus por um mês"),
        ("Antecipa Mais sem tarifa", "TOTVS", "Antecipa Mais", "Antecipa Mais sem tarifa"),
        ("Antecipa sem tarifa", "TOTVS", "Antecipa", "Antecipa sem tarifa"),
        ("iPaaS incluído", "TOTVS", "Antecipa", "iPaaS incluído"),
        ("", "TOTVS", "Antecipa", ""),
    ],
)
def test_a_benefit_within_a_sentence_begins_small_unless_it_is_a_name(benefit, product, name, told):
    facts = {"offer.benefit": benefit, "offer.product": product, "offer.name": name}
    assert playbook._fill("Separamos para você: [offer.benefit].", facts) == f"Separamos para você: {told}."
    for before in ("", "“", "Veja só! ", "Boa notícia. "):
        assert playbook._fill(f"{before}[offer.benefit].", facts) == f"{before}{benefit}."


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["uma", "{{ customer.name }}", "x" * 90, "10%,", "[offer.benefit]"]), max_size=60))
def test_any_subject_fits_and_no_merge_field_is_cut(parts):
    facts = {"offer.benefit": " ".join(["benefício"] * 20)}
    whole = playbook._fill(" ".join(parts), facts)
    subject = playbook.assemble(" ".join(parts), [], facts).subject
    assert len(subject) <= playbook.LONGEST_SUBJECT == Draft._meta.get_field("subject").max_length
    assert subject.count("{{") == subject.count("}}")
    assert subject == whole if len(whole) <= playbook.LONGEST_SUBJECT else whole.startswith(subject.removesuffix("…"))
    cut = whole[len(subject) - 1 :] if subject != whole else ""
    assert not cut or cut[0] in " ,", "between words"


# Rows, verbs and pages


@pytest.fixture
def seeded(company, people):
    catalogue.seed()
    return company


def retain(language="pt-br"):
    return Playbook.objects.get(strategy__code="gestao-retain", language=language)


def posted(row, **changes):
    plain = {name: getattr(row, name) for name in playbooks.TEXTS if name != "because"}
    openings = {f"because_{figure}": text for figure, text in row.because.items()}
    return {**plain, **openings, "seen": playbooks.fingerprint(row), "do": "save", **changes}


def state():
    return [*Playbook.objects.order_by("pk").values(), AuditEntry.objects.count()]


def address(route, *, code="gestao-retain", language="pt-br"):
    return reverse(route, args=[code, language])


def test_seeding_writes_both_languages_once_and_never_over_an_edit(seeded, people):
    assert Playbook.objects.count() == 2 * len(STRATEGIES)
    row = retain()
    row.opening = "Quero ouvir você."
    playbooks.save(row, people["admin"])
    before = state()
    catalogue.seed()
    assert state() == before


def test_a_draft_is_written_from_the_row_and_names_its_version(seeded, people):
    for play in Strategy.objects.all():
        row = Playbook.objects.get(strategy=play, language="pt-br")
        row.opening = "Abertura nova da casa para [offer.product]."
        playbooks.save(row, people["marketing_manager"])
    campaign = prescribe.run(None, "S-001").campaigns[0]
    draft = campaign.current_draft
    row = Playbook.objects.get(strategy=campaign.strategy, language="pt-br")
    assert (draft.drafter, draft.prompt_version) == (Draft.Drafter.PLAYBOOK, f"playbook-{row.pk}-v2")
    assert f"Abertura nova da casa para {campaign.offer.product}." in draft.body
    # whoever edited the version has a hand in the words: another person approves
    assert people["marketing_manager"].pk in queries.hands_on(campaign)
    with pytest.raises(Refused) as refused:
        lifecycle.move(campaign.pk, "approve", people["marketing_manager"])
    assert refused.value.code == "own_work"
    campaign.refresh_from_db()
    assert campaign.status == "in_review"
    lifecycle.move(campaign.pk, "approve", people["second_manager"])


def test_a_benefit_that_is_too_long_for_a_subject_stops_no_prescription(seeded):
    Playbook.objects.update(subject="Para você: [offer.benefit]", subject_again="De novo, para você: [offer.benefit]")
    long = ("Revisão do seu ambiente com um consultor, " * 5)[:200].strip(" ,")
    Offer.objects.update(benefit=long, benefit_en=long, discount_percent=0)
    first = prescribe.run(None, "S-001").campaigns[0]
    for campaign in (first, prescribe.follow_up(first)):
        draft = campaign.current_draft
        assert draft.subject.endswith("…")
        assert long in draft.body.replace("revisão", "Revisão", 1)
        assert "subject_too_long" in {finding["code"] for finding in draft.findings}


def test_a_strategy_without_a_playbook_speaks_like_the_house_s_own_of_the_same_play(seeded, client_of):
    play = Strategy.objects.create(
        code="rd-win-back",
        name="Trazer de volta",
        name_en="Bring back",
        play="win_back",
        business_unit_id="RD",
        purpose="marketing",
    )
    house = Playbook.objects.get(strategy__code="gestao-win-back", language="en")
    assert playbooks.texts_for(play, "en") == playbooks.texts_of(house)
    page = client_of("analyst").get(address("playbook", code="rd-win-back", language="en"))
    assert (page.status_code, page.context["row"].pk) == (200, None)
    editor = client_of("admin").get(address("playbook-edit", code="rd-win-back", language="en"))
    typed = posted(editor.context["row"], opening="Come back, {{ customer.name }}.", seen="")
    assert (
        client_of("admin").post(address("playbook-edit", code="rd-win-back", language="en"), typed).status_code == 302
    )
    assert playbooks.texts_for(play, "en").opening == "Come back, {{ customer.name }}."


def test_editing_checks_saves_compares_and_restores(seeded, client_of, people):
    """One round of the editor: typed with a mistake, put right, compared, brought back."""
    client, row = client_of("marketing_manager"), retain()
    client.cookies["django_language"] = "en"
    first = row.opening
    before = state()
    wrong = client.post(address("playbook-edit"), posted(row, opening="São 10% para você."))
    assert wrong.status_code == 422
    assert list(wrong.context["form"].errors) == ["opening"]
    assert "[offer.discount]" in wrong.content.decode()
    looked = client.post(address("playbook-edit"), posted(row, opening="Texto novo.", do="check"))
    assert looked.status_code == 200
    assert "Texto novo." in looked.content.decode()
    fragment = client.post(
        address("playbook-check"), posted(row, opening="", with_offer="gestao-renova", segment="S-002")
    )
    assert "This text is missing" in fragment.content.decode()
    assert "10% de desconto" in fragment.content.decode()
    assert state() == before
    assert client.post(address("playbook-edit"), posted(row, opening="Texto novo.")).status_code == 302
    saved = retain()
    assert (saved.opening, saved.version, saved.edited_by) == ("Texto novo.", 2, people["marketing_manager"])
    history = client.get(address("playbook-history")).content.decode()
    assert "<ins>" in history
    assert str(people["marketing_manager"]) in history
    stale = client.post(address("playbook-edit"), posted(row, opening="Outro."))
    assert stale.context["form"].non_field_errors()
    assert retain().opening == "Texto novo."
    client.post(address("playbook-restore"), {"version": "1"})
    again = retain()
    assert (again.opening, again.version) == (first, 3)
    before = state()
    client.post(address("playbook-restore"), {"version": "99"})
    client.post(address("playbook-restore"), {"version": "1"})  # the same texts leave no trace
    assert state() == before


@pytest.mark.parametrize("role", ["analyst", "sales_rep", "customer_success", "executive"])
def test_others_do_not_write(seeded, client_of, role):
    before, client = state(), client_of(role)
    for route in ("playbook-edit", "playbook-check", "playbook-restore"):
        assert client.post(address(route), posted(retain(), opening="Oi.", version="1")).status_code == 403
    put = client.put(address("api-playbook"), json.dumps({}), content_type="application/json")
    assert put.status_code == 403
    assert state() == before


@pytest.mark.parametrize("language", ["pt-br", "en"])
def test_pages_show_the_mail_in_its_language(seeded, client_of, language):
    client = client_of("analyst")
    client.cookies["django_language"] = language
    listed = client.get(reverse("playbooks"), {"theme": "retention"}).content.decode()
    assert retain(language).subject in listed
    assert "techfin-credit" not in listed
    page = client.get(address("playbook", language=language), {"segment": "S-002", "signal": "nps_mean"})
    assert retain(language).because["nps_mean"] in page.content.decode()
    part = client.get(address("playbook", language=language), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert client.get(reverse("playbook", args=["gestao-retain", "fr"])).status_code == 404


def test_api_writes_the_next_version_or_names_each_refused_text(seeded, client_of):
    client = client_of("admin")
    got = client.get(address("api-playbook")).json()
    assert len(client.get(reverse("api-playbooks")).json()["results"]) == 2 * len(STRATEGIES)
    before = state()

    def put(**changes):
        return client.put(address("api-playbook"), json.dumps({**got, **changes}), content_type="application/json")

    refused = put(opening="São 10%.", opt_out="Tchau.")
    assert (refused.status_code, sorted(refused.json())) == (400, ["opening", "opt_out"])
    assert state() == before
    saved = put(opening="Quero ouvir você.", seen=got["fingerprint"])
    assert (saved.status_code, saved.json()["version"]) == (200, 2)
    assert put(opening="Outra.", seen=got["fingerprint"]).status_code == 409
    assert retain().opening == "Quero ouvir você."


def test_histories_of_offers_and_strategies_compare_versions(seeded, client_of):
    client = client_of("analyst")
    for route, code in (("offer-history", "gestao-renova"), ("strategy-history", "gestao-retain")):
        assert client.get(reverse(route, args=[code])).status_code == 200
        assert "<html" not in client.get(reverse(route, args=[code]), headers={"HX-Request": "true"}).content.decode()
