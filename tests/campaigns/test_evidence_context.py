"""Evidence in its sentence: the right figure in the wrong place, and right sentences that look wrong at first."""

from datetime import date

import pytest

from campaigns.evidence import DraftText, FactValue, Limits, OfferTerms, blocking, check

FACTS = [
    FactValue("modules", "Módulos contratados", "14", "count"),
    FactValue("used", "Módulos em uso", "9", "count"),
    FactValue("users", "Active users", "312", "count"),
    FactValue("users_before", "Active users a year ago", "260", "count"),
    FactValue("tickets", "Chamados abertos nos últimos 90 dias", "27", "count"),
    FactValue("ticket", "Ticket médio", "212.50", "BRL"),
    FactValue("saved", "Economia anual estimada", "54000", "BRL"),
    FactValue("repeat", "Taxa de recompra", "31", "percent"),
    FactValue("share", "Resolvidos no primeiro contato", "64", "percent"),
    FactValue("contacts", "Contatos na base", "18450", "count"),
    FactValue("reply", "Tempo médio de resposta em horas", "4.5", "count"),
    FactValue("ends", "Fim do contrato", "2026-09-30", "date"),
    FactValue("since", "Cliente desde", "2015-03-12", "date"),
    FactValue("event", "Evento", "Universo TOTVS", "text"),
]
OFFER = OfferTerms(
    "x", "Plano Evolução", "TOTVS Backoffice", 10.0, 720.0, date(2026, 10, 31), ("10% de desconto em novos módulos",)
)
END = "\n\n{{ link.unsubscribe }}"


def codes(text: str, language: str) -> list[str]:
    draft = DraftText("Uma conversa", text + END)
    return [each.code for each in blocking(check(draft, FACTS, OFFER, Limits(15.0, ()), language))]


RIGHT = [
    ("pt-br", "São 14 módulos contratados e 9 em uso."),
    ("pt-br", "São 10% de desconto, R$ 720 por mês."),
    ("pt-br", "A economia anual estimada é de R$ 54.000."),
    ("pt-br", "Quase um terço dos clientes volta, e quase dois terços resolvem no primeiro contato."),
    ("pt-br", "A sua base tem cerca de 18.500 contatos."),
    ("pt-br", "A proposta vale até o dia 31/10/2026."),
    ("pt-br", "Em 2015 vocês escolheram a TOTVS."),
    ("pt-br", "✓ Menos planilhas\n✓ Mais tempo"),
    ("pt-br", "O Universo TOTVS está chegando."),
    ("pt-br", "Podemos mostrar na quarta ou na sexta."),
    ("pt-br", "Foram vinte e sete chamados."),
    ("pt-br", "O tempo médio de resposta é de quatro horas e meia."),
    ("pt-br", "São quase vinte mil contatos na base."),
    ("en", "Why It Matters\n\nYou opened 27 tickets in the last 90 days."),
    ("en", "You went from 260 to 312 active users."),
    ("en", "Are you free on Wednesday?"),
    ("en", "Three hundred and twelve active users count on it."),
    ("en", "Happy New Year to your team."),
    ("en", "Regards,\nYour account team"),
]
WRONG = [
    ("pt-br", "São 9 módulos contratados."),
    ("pt-br", "O ticket médio é de R$ 720."),
    ("pt-br", "A taxa de recompra é de 10%."),
    ("pt-br", "A oferta acaba em 30/09/2026."),
    ("pt-br", "Cliente desde 31/10/2026."),
    ("pt-br", "A proposta vale até o dia 31/11/2026."),
    ("pt-br", "A sua base tem 18.540 contatos."),
    ("pt-br", "O tempo médio de resposta é de 45 minutos."),
    ("pt-br", "Há 14 anos juntos."),
    ("pt-br", "O tempo médio de resposta é de cinco horas e meia."),
    ("pt-br", "São mais de vinte mil contatos na base."),
    ("pt-br", "Vocês passaram de 280 a 312 usuários ativos."),
    ("pt-br", "A condição vale até o Natal."),
    ("pt-br", "Ganhe um mês extra."),
    ("pt-br", "São usuários ilimitados."),
    ("pt-br", "Um abraço,\nKauã"),
    ("pt-br", "Prezado Sr. Sampaio, podemos conversar?"),
    ("pt-br", "Grendene aprovou e segue conosco."),
    ("pt-br", "Adquira o TOTVS Chão de Fábrica."),
    ("pt-br", "Nosso suporte responde antes de qualquer concorrente."),
    ("pt-br", "Não existe nada parecido no mercado."),
    ("pt-br", "Só a TOTVS oferece isso."),
    ("pt-br", "Somos de longe a escolha da maioria."),
    ("en", "You have 260 active users today."),
    ("en", "The offer closes on 12 March 2015."),
    ("en", "You opened 27 tickets a week."),
    ("en", "Active users went from 270 to 312."),
    ("en", "Costs were cut by half."),
    ("en", "You answer in three and a half hours."),
    ("en", "You have more than ten thousand active users."),
    ("en", "Good until year-end."),
    ("en", "Best,\nPriya"),
    ("en", "Walmart took the same path last year."),
    ("en", "It is the #1 solution in Brazil."),
    ("en", "We will beat any price."),
    ("en", "Nothing else on the market comes close."),
    ("en", "You would pay more with any other provider."),
]


@pytest.mark.parametrize(("language", "text"), RIGHT)
def test_a_right_sentence_passes(language, text):
    assert codes(text, language) == []


@pytest.mark.parametrize(("language", "text"), WRONG)
def test_a_wrong_sentence_blocks(language, text):
    assert codes(text, language)
