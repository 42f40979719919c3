"""Words become a mail: merged from a closed list, escaped, in both forms."""

import pytest

from campaigns import channels
from campaigns.models import Draft
from tests.campaigns import walk

pytestmark = pytest.mark.django_db


def rendered(company, people, body: str, *, subject: str = "Oi", language: str = "pt-br") -> channels.Rendered:
    walk.company_policy()
    campaign = walk.drafted(company, people, language=language)
    return channels.preview(Draft(campaign=campaign, number=2, subject=subject, body=body), campaign)


def test_paragraphs_lines_and_fields(company, people):
    found = rendered(company, people, "Olá {{ contact.first_name }},\n\nlinha 1\nlinha 2 da {{customer.name}}")
    assert "Olá Ana," in found.text
    assert "linha 1\nlinha 2 da Empresa Exemplo" in found.text
    assert "linha 1<br>linha 2 da Empresa Exemplo" in found.html


@pytest.mark.parametrize(
    "field", ["{{ customer.cnpj }}", "{{ link.evil }}", "{{ link.site }}", "{{ settings.secret }}"]
)
def test_a_field_outside_the_list_writes_no_mail(company, people, field):
    with pytest.raises(channels.UnknownField):
        rendered(company, people, f"Olá {field}")


def test_words_never_become_markup_or_template_code(company, people):
    found = rendered(company, people, "<b>grátis</b> {% load x %} & mais")
    assert "<b>" not in found.html
    assert "&lt;b&gt;grátis&lt;/b&gt; {% load x %} &amp; mais" in found.html
    assert "<b>grátis</b> {% load x %} & mais" in found.text


def test_each_way_out_stands_once(company, people):
    full = "Clique: {{ link.accept }}\n\nNão? {{ link.decline }}\n\nSair: {{ link.unsubscribe }}"
    for body in (full, "Só palavras."):
        found = (
            rendered(company, people, body)
            if body == full
            else again(found_campaign=walk.Campaign.objects.get(), body=body)
        )
        for path in ("/accept/", "/decline/", "/u/00000000"):
            assert found.text.count(path) == 1
            assert found.html.count(path) == 1


def again(found_campaign: walk.Campaign, body: str) -> channels.Rendered:
    return channels.preview(Draft(campaign=found_campaign, number=3, subject="Oi", body=body), found_campaign)


@pytest.mark.parametrize(("language", "words"), [("en", "I am interested"), ("pt-br", 'lang="pt-BR"')])
def test_a_mail_is_in_its_campaigns_language(company, people, language, words):
    assert words in rendered(company, people, "x", language=language).html


def test_a_nameless_contact_is_greeted_without_a_gap(company, people):
    walk.company_policy()
    campaign = walk.drafted(company, people)
    draft = Draft(campaign=campaign, number=2, subject="Oi", body="Olá {{ contact.first_name }}, tudo bem?")
    found = channels._render(draft, campaign, "Empresa", "", channels.SAMPLE_ID)
    assert "Olá, tudo bem?" in found.text


def test_a_subject_is_one_line(company, people):
    assert rendered(company, people, "x", subject="Oi\r\nBcc: a@b.example").subject == "Oi Bcc: a@b.example"
