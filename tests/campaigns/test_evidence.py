"""Evidence: what is supported passes in both languages, and whatever nobody can support is found."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from campaigns.evidence import DraftText, FactValue, Limits, OfferTerms, blocking, check, supporting

FACTS = [
    FactValue("years", "anos de relacionamento / years together", "12", "count"),
    FactValue("mrr", "Receita mensal / monthly revenue", "4210.50", "BRL"),
    FactValue("use", "Uso / usage", "37.5", "percent"),
    FactValue("start", "Início do contrato / start", "2014-03-01", "date"),
]
OFFER = OfferTerms(
    "x",
    "Consultoria de adoção",
    "TOTVS Backoffice",
    10.0,
    199.9,
    date(2026, 12, 31),
    ("Sessão de 60 minutos sem custo",),
)
LIMITS = Limits(15.0, ("garantia de resultado", "melhor do mercado"))
END = " {{ link.unsubscribe }}"


def codes(text, language="pt-br", subject="Uma conversa", offer=OFFER, **more):
    return [
        finding.code
        for finding in blocking(check(DraftText(subject, text + END), FACTS, offer, LIMITS, language, **more))
    ]


SUPPORTED = [
    ("pt-br", "Olá, {{ contact.first_name }}! São 12 anos juntos."),
    ("pt-br", "Há doze anos a {{ customer.name }} trabalha conosco."),
    ("pt-br", "São 10% de desconto até 31/12/2026, válido até 31 de dezembro de 2026."),
    ("pt-br", "Dez por cento de desconto no TOTVS Backoffice por apenas R$ 199,90."),
    ("pt-br", "A sua receita mensal de R$ 4.210,50 (cerca de R$ 4.211) conta."),
    ("pt-br", "O uso chegou a 37,5%, ou 38 %."),
    ("pt-br", "Desde março de 2014, em 01/03/2014, estamos juntos."),
    ("pt-br", "A sessão de 60 minutos é gratuita, e a TOTVS Gestão cuida do resto.\n\nEquipe RD Station"),
    ("pt-br", "Passos:\n1. Clique em {{ link.accept }}\n2. Fale com a gente"),
    ("en", "Hello {{ contact.first_name }}, we have worked together for twelve years."),
    ("en", "Save with a 10% discount until December 31, 2026 on TOTVS Backoffice for only R$199.90."),
    ("en", "Your monthly revenue of R$4,210.50 matters, and I feel free to say so."),
    ("en", "Since March 1, 2014 we may have met in March."),
]


@pytest.mark.parametrize(("language", "text"), SUPPORTED)
def test_supported_claims_pass(language, text):
    assert codes(text, language) == []


UNSUPPORTED = [
    ("pt-br", "Desconto de 12% para você.", "discount_mismatch"),
    ("pt-br", "Vinte por cento de desconto.", "discount_above_ceiling"),
    ("pt-br", "Leve pela metade do preço.", "discount_above_ceiling"),
    ("pt-br", "Por apenas R$ 4.210,50.", "price_mismatch"),
    ("pt-br", "Economize R$ 300 já.", "unsupported_money"),
    ("pt-br", "Economize trezentos reais já.", "unsupported_money"),
    ("pt-br", "Ganhe 2 milhões de reais.", "unsupported_money"),
    ("pt-br", "O uso subiu 42%.", "unsupported_percent"),
    ("pt-br", "São 13 anos juntos.", "unsupported_number"),
    ("pt-br", "Atendemos trinta clientes.", "unsupported_number"),
    ("pt-br", "Venda o dobro.", "unsupported_number"),
    ("pt-br", "Produza 3x mais.", "unsupported_number"),
    ("pt-br", "Válido até 30 de novembro.", "validity_mismatch"),
    ("pt-br", "A reunião é em 15/01/2027.", "unsupported_date"),
    ("pt-br", "Somente até amanhã.", "relative_deadline"),
    ("pt-br", "É a última chance.", "relative_deadline"),
    ("pt-br", "Conheça o RD Station CRM.", "unsupported_name"),
    ("pt-br", "Protheus é o que você precisa.", "unsupported_name"),
    ("pt-br", "Fale com João Silva.", "unsupported_name"),
    ("pt-br", "Ganhe um bônus.", "unsupported_benefit"),
    ("pt-br", "Com garantia de retorno.", "unsupported_benefit"),
    ("pt-br", "Somos o MELHOR do mercado.", "forbidden_claim"),
    ("pt-br", "Veja em www.exemplo.com.br.", "raw_link"),
    ("pt-br", "Escreva para ana@exemplo.com.", "raw_link"),
    ("pt-br", "Acesse exemplo.qualquer/oferta agora.", "raw_link"),
    ("pt-br", "Acesse www . exemplo . qualquer hoje.", "raw_link"),
    ("pt-br", "Olá, {{ contact.email }}.", "unknown_field"),
    ("pt-br", "Olá, {{ contact.first_name }.", "unknown_field"),
    ("pt-br", "Clique: {{ link.promo }}", "unknown_link"),
    ("pt-br", "<b>Olá</b>", "markup"),
    ("pt-br", "Olá\u200b você", "hidden_character"),
    ("en", "A 12% discount for you.", "discount_mismatch"),
    ("en", "Half the price for you.", "discount_above_ceiling"),
    ("en", "Only until Friday.", "relative_deadline"),
    ("en", "Valid until December 30, 2026.", "validity_mismatch"),
    ("en", "We met on January 5, 2025.", "unsupported_date"),
    ("en", "Thirty customers agree.", "unsupported_number"),
    ("en", "You save R$500.", "unsupported_money"),
    ("en", "Talk to Jane Doe.", "unsupported_name"),
    ("en", "It doubles sales.", "unsupported_number"),
]


@pytest.mark.parametrize(("language", "text", "code"), UNSUPPORTED)
def test_what_nothing_supports_blocks(language, text, code):
    assert code in codes(text, language)


def test_free_of_charge_needs_an_offer_that_says_so():
    paid = OfferTerms("x", "Consultoria", "TOTVS Backoffice", 10.0, 199.9, date(2026, 12, 31))
    assert codes("A sessão é grátis.", offer=OFFER) == []
    assert codes("A sessão é grátis.", offer=paid) == ["unsupported_benefit"]


def test_an_offer_above_the_ceiling_blocks_even_unsaid():
    generous = OfferTerms("x", "Consultoria", "TOTVS Backoffice", 30.0)
    assert codes("Vamos conversar?", offer=generous) == ["discount_above_ceiling"]


def test_an_ended_offer_blocks():
    assert codes("Vamos conversar?", today=date(2027, 1, 1)) == ["offer_expired"]
    assert codes("Vamos conversar?", today=date(2026, 12, 31)) == []


def test_a_message_without_opt_out_blocks():
    found = blocking(check(DraftText("Oi", "Vamos conversar?"), FACTS, OFFER, LIMITS, "pt-br"))
    assert [finding.code for finding in found] == ["no_opt_out"]


def test_findings_say_where():
    text = "Olá. Desconto de 12% para você. Até logo." + END
    found = blocking(check(DraftText("Oi", text), FACTS, OFFER, LIMITS, "pt-br"))[0]
    assert text[found.span[0] : found.span[1]] == "12%"
    assert found.sentence == "Desconto de 12% para você."
    assert found.field == "body"
    assert "12%" in found.message % found.params


def test_a_fact_of_another_meaning_is_pointed_at():
    found = check(DraftText("Oi", "São 12 produtos." + END), FACTS, OFFER, LIMITS, "pt-br")
    assert [(finding.code, finding.severity) for finding in found] == [("figure_out_of_context", "warn")]


def test_named_facts_must_exist():
    text = "Vamos conversar."
    draft = DraftText("Oi", text + END, ((text, ("nowhere",)),))
    assert [finding.code for finding in check(draft, FACTS, OFFER, LIMITS, "pt-br")] == ["unknown_fact"]


def test_a_persons_sentence_finds_its_facts():
    assert supporting("São 12 anos juntos.", FACTS, OFFER, "pt-br") == ["years"]
    assert supporting("Vamos conversar.", FACTS, OFFER, "pt-br") == []


def _file(folder, name, **changes):
    draft = {
        "language": "pt-BR", "subject": "Uma conversa", "body": "São 12 anos juntos e 10% de desconto. {{ link.sair }}",
        "facts": [{"id": "years", "label": "anos", "value": 12, "unit": "count", "date": None}],
        "offer": {"id": "o", "name": "Renovação", "product": "Backoffice", "discount_percent": 10, "price": None, "valid_until": "2026-12-31"},
        "links": [{"id": "sair", "label": "Descadastrar"}], "policy": {"max_discount_percent": 15, "forbidden": []}, **changes,
    }  # fmt: skip
    path = folder / name
    path.write_text(json.dumps(draft, ensure_ascii=False), encoding="utf-8")
    return path


def test_check_draft_answers_with_one_object(tmp_path):
    good, bad = _file(tmp_path, "good.json"), _file(tmp_path, "bad.json", body="São 20% de desconto. {{ link.sair }}")
    out = StringIO()
    call_command("check_draft", str(good), str(bad), "--json", stdout=out)
    results = json.loads(out.getvalue())["results"]
    assert [(result["file"], result["blocked"]) for result in results] == [(str(good), False), (str(bad), True)]
    assert {finding["code"] for finding in results[1]["findings"]} == {"discount_above_ceiling"}
    assert results[1]["findings"][0]["span"] == [4, 7]


def test_check_draft_refuses_what_is_no_draft(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"subject": 1}', encoding="utf-8")
    with pytest.raises(CommandError, match=r"x\.json"):
        call_command("check_draft", str(path), "--json", stdout=StringIO())
