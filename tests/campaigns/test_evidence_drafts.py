"""Evidence on whole drafts: sixty written by hand, hostile text, and figures inserted anywhere."""

import json
import random
import string
from io import StringIO

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as some

from benchmarks.drafts.seeded import KINDS, draft
from benchmarks.drafts.writing import words
from campaigns import evidence, figures
from campaigns.management.commands.check_draft import DraftFile, check
from tests.campaigns import hand_drafts
from tests.campaigns.test_evidence import FACTS, LIMITS, OFFER


def blocked(document):
    return evidence.blocking(check(DraftFile.model_validate(document)))


@pytest.mark.parametrize("case", hand_drafts.RIGHT, ids=lambda case: f"{case[0]}-{case[2][:24]}")
def test_a_right_draft_passes(case):
    found = blocked(hand_drafts.document(*case))
    assert [(finding.code, finding.params["text"]) for finding in found] == []


@pytest.mark.parametrize("case", hand_drafts.WRONG, ids=lambda case: f"{case[0]}-{case[4][:24]}")
def test_a_wrong_draft_is_blocked_where_it_is_wrong(case):
    language, context, subject, body, _error = case
    document = hand_drafts.document(language, context, subject, body)
    for finding in blocked(document):
        assert finding.span[1] <= len(document[finding.field])
        assert finding.span[0] <= len(body)
    assert blocked(document)


CODES = {
    "figure": {"unsupported_number", "unsupported_percent", "unsupported_money", "figure_of_another_fact", "discount_mismatch"},
    "price": {"price_mismatch", "unsupported_money", "unsupported_number", "figure_of_another_fact"},
    "discount": {"discount_mismatch", "discount_above_ceiling", "figure_of_another_fact"},
    "date": {"unsupported_date", "validity_mismatch"}, "product": {"unsupported_name"}, "name": {"unsupported_name"},
    "comparison": {"unsupported_comparison", "unsupported_number", "unsupported_benefit", "forbidden_claim"},
}  # fmt: skip


@pytest.mark.parametrize("language", ["pt", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_seeded_error_is_found_for_what_it_is(kind, language, chance):
    for _again in range(3):
        document = draft(chance, language, kind)
        assert {finding.code for finding in blocked(document)} & CODES[kind], document["body"]


@pytest.fixture
def chance():
    return random.Random(20261)


@settings(max_examples=60, deadline=None)
@given(
    some.text(
        alphabet=some.one_of(some.characters(), some.sampled_from("{}%$.,/-0123456789\n RZaé\u200b²½")), max_size=120
    )
)
def test_any_text_gets_an_answer(text):
    for language in ("pt-br", "en"):
        for finding in evidence.check(evidence.DraftText(text, text), FACTS, OFFER, LIMITS, language):
            assert finding.message % finding.params
            assert 0 <= finding.span[0] <= finding.span[1] <= len(text)


NAUGHTY = ["", "null", "1/0", "0/0/0", "99/99/9999", "９９％", "١٢٪", "²³½", "$1E02", "NaN", "0x0", "1.000.00", "1,2,3.4", "%s %(x)s %%", "{{ {{ }} }}", "{{}}", "R$", "R$ R$ 5", "-1%", "1e400%",
           "٣١/١٢/٢٠٢٦", "31/02/2027", "9" * 400, "I" * 300, "ﷺ", "𝟙𝟚%", "\ud7ff", "e" + "\u0301" * 80, "trinta e e e mil mil", "February 31st", "İstanbul ß", "12345678901234567890 anos", "0000-00-00"]  # fmt: skip


@pytest.mark.parametrize("text", NAUGHTY, ids=lambda text: ascii(text)[:20])
def test_naughty_text_gets_an_answer(text):
    for language in ("pt-br", "en"):
        found = evidence.check(evidence.DraftText(text, f"a {text} b"), FACTS, OFFER, LIMITS, language)
        assert all(each.code and each.message for each in found)


@settings(max_examples=40, deadline=None)
@given(
    some.integers(0, len(hand_drafts.RIGHT) - 1), some.integers(3, 980), some.sampled_from(["digits", "words", "percent", "money"]),
    some.integers(0, 6),
)  # fmt: skip
def test_a_wrong_figure_inserted_anywhere_is_found(number, value, way, place):
    language, context, subject, body = hand_drafts.RIGHT[number][:4]
    document = hand_drafts.document(language, context, subject, body)
    stated = {
        float(found) for fact in document["facts"] if (found := figures.plain_decimal(str(fact["value"]))) is not None
    }
    terms = {document["offer"]["discount_percent"], document["offer"]["price"] or 0}
    if any(abs(value - own) < 1 for own in stated | terms):
        return
    short = "en" if language == "en" else "pt"
    written = {"digits": str(value), "words": words(value, short), "percent": f"{value}%", "money": f"R$ {value}"}[way]
    added = f"We counted {written} boxes of paper." if language == "en" else f"Contamos {written} caixas de papel."
    parts = document["body"].split("\n\n")
    parts.insert(min(place, len(parts)), added)
    document["body"] = "\n\n".join(parts)
    assert blocked(document), added


SAID = [
    ("pt-br", "Queremos o seu melhor resultado no melhor momento para você."), ("pt-br", "Mais do que nunca, vale conversar."),
    ("pt-br", "O mais importante é o que a sua equipe precisa."), ("en", "The best way forward is a talk."), ("en", "I am more than happy to help."),
    ("pt-br", "Líderes da sua equipe podem participar."), ("en", "Think twice before you change what works."), ("pt-br", "São os dois lados da mesma rotina."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text"), SAID)
def test_ordinary_words_claim_nothing(language, text):
    found = evidence.check(evidence.DraftText("Oi", text + " {{ link.unsubscribe }}"), FACTS, OFFER, LIMITS, language)
    assert [(finding.code, finding.params["text"]) for finding in found] == []


HIDDEN_PHRASES = [
    "M E L H O R do mercado",
    "mеlhor dо mеrcado",
    "mel\u200bhor do mercado",
    "MELHOR  DO\nMERCADO",
    "mélhor-do-mercado",
    "m.e.l.h.o.r do mercado",
    "ｍｅｌｈｏｒ do mercado",
]


@pytest.mark.parametrize("text", HIDDEN_PHRASES)
def test_a_forbidden_phrase_is_found_however_it_is_written(text):
    draft_text = evidence.DraftText("Oi", f"Somos o {text}, acredite. {{{{ link.unsubscribe }}}}")
    found = evidence.check(draft_text, FACTS, OFFER, LIMITS, "pt-br")
    assert "forbidden_claim" in {finding.code for finding in found}


def test_messages_answer_in_the_language_of_the_draft(tmp_path):
    rows = []
    for language in ("pt-BR", "en"):
        document = hand_drafts.document(language, "erp", "Oi", "São 99%. / It is 99%.")
        path = tmp_path / f"{language}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        out = StringIO()
        call_command("check_draft", str(path), "--json", stdout=out)
        rows.append(json.loads(out.getvalue())["results"][0]["findings"][0])
    assert rows[0]["code"] == rows[1]["code"] == "unsupported_percent"
    assert rows[0]["message"] != rows[1]["message"]
    assert "99%" in rows[1]["message"]


def test_letters_alone_are_no_claims():
    assert not evidence.check(
        evidence.DraftText("Oi", string.ascii_lowercase + " {{ link.unsubscribe }}"), [], None, evidence.Limits(), "en"
    )
