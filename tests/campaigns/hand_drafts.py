"""Sixty drafts written by hand, thirty right and thirty with one error each, in both languages. Data only.

A draft is (language, context, subject, body, error): ``error`` is empty for a right draft, else what is wrong with it.
"""

from typing import Any

LINKS = [
    {"id": "accept", "label": "Quero saber mais"},
    {"id": "offer", "label": "Detalhes"},
    {"id": "unsubscribe", "label": "Descadastrar"},
]
POLICY = {
    "max_discount_percent": 15,
    "forbidden": ["resultado garantido", "sem risco", "guaranteed results", "last chance", "melhor do mercado"],
}

CONTEXTS: dict[str, dict[str, Any]] = {
    "erp": {
        "facts": [
            {"id": "f1", "label": "Chamados abertos em 12 meses / tickets opened in 12 months", "value": 37, "unit": "count", "date": "2026-10-31"},
            {"id": "f2", "label": "Anos como cliente / years as a customer", "value": 11, "unit": "years", "date": "2026-10-31"},
            {"id": "f3", "label": "Valor mensal do contrato / monthly contract value", "value": "12345.00", "unit": "BRL", "date": "2026-10-31"},
            {"id": "f4", "label": "Adoção dos módulos / module adoption", "value": 62.4, "unit": "percent", "date": "2026-10-31"},
            {"id": "f5", "label": "Renovação do contrato / contract renewal", "value": "2027-03-31", "unit": "date", "date": None},
        ],
        "offer": {"id": "o1", "name": "Renovação com benefício", "product": "TOTVS Backoffice", "discount_percent": 12, "price": 1890.0, "valid_until": "2027-02-28"},
    },
    "crm": {
        "facts": [
            {"id": "f1", "label": "Usuários ativos / active users", "value": "148", "unit": "count", "date": "2026-09-30"},
            {"id": "f2", "label": "Oportunidades criadas no trimestre / opportunities created in the quarter", "value": 1240, "unit": "count", "date": "2026-09-30"},
            {"id": "f3", "label": "Taxa de conversão / conversion rate", "value": "18.5", "unit": "percent", "date": "2026-09-30"},
            {"id": "f4", "label": "Queda de acessos no trimestre / drop in logins in the quarter", "value": "23", "unit": "percent", "date": "2026-09-30"},
            {"id": "f5", "label": "Produto em uso / product in use", "value": "RD Station Marketing", "unit": "text", "date": None},
        ],
        "offer": {"id": "o2", "name": "Vendas Integradas", "product": "RD Station CRM", "discount_percent": 10, "price": 299.9, "valid_until": "2026-12-18"},
    },
    "credit": {
        "facts": [
            {"id": "f1", "label": "Compras em 12 meses / purchases in 12 months", "value": 1234567.89, "unit": "BRL", "date": "2026-08-31"},
            {"id": "f2", "label": "Notas emitidas por mês / invoices issued per month", "value": 412, "unit": "count", "date": "2026-08-31"},
            {"id": "f3", "label": "Parcela paga em dia / share paid on time", "value": 97, "unit": "percent", "date": "2026-08-31"},
            {"id": "f4", "label": "Prazo de recebimento em relação à média do segmento: 9 dias acima / collection period 9 days above the segment average", "value": 9, "unit": "days", "date": "2026-08-31"},
        ],
        "offer": {"id": "o3", "name": "Antecipação de recebíveis", "product": "TOTVS Antecipa", "discount_percent": 0, "price": None, "valid_until": "2027-01-15"},
    },
}  # fmt: skip

PT_END = "\n\nQuero conversar: {{ link.accept }}\n\nUm abraço,\nEquipe TOTVS\n\nNão quer mais receber? {{ link.unsubscribe }}"
EN_END = "\n\nI am interested: {{ link.accept }}\n\nKind regards,\nThe TOTVS team\n\nPrefer not to hear from us? {{ link.unsubscribe }}"

RIGHT = [
    ("pt-BR", "erp", "Onze anos juntos: o que vem agora?", "Olá, {{ contact.first_name }}!\n\nJá são onze anos de parceria entre a {{ customer.name }} e a TOTVS. Nesse último ano recebemos 37 chamados seus e queremos tratar das causas, não só dos sintomas.\n\nNa renovação, você tem 12% de desconto no TOTVS Backoffice, até 28 de fevereiro de 2027."),
    ("pt-BR", "erp", "Seu contrato renova em março", "Bom dia, {{ contact.first_name }}. O seu contrato renova em 31/03/2027 e a adoção dos módulos está em 62%.\n\nTrês perguntas rápidas: o que funciona, o que trava e o que falta? Uma reunião de 30 minutos costuma bastar."),
    ("pt-BR", "erp", "Sobre os chamados deste ano", "{{ contact.first_name }}, tudo bem?\n\nTrinta e sete chamados em 12 meses é bastante coisa. Peço desculpas pelos transtornos: mil desculpas mesmo.\n\n1) Revisamos as rotinas\n2) Ajustamos os acessos\n3) Treinamos quem precisar"),
    ("pt-BR", "erp", "Uma condição para a {{ customer.name }}", "Prezada {{ contact.first_name }},\n\nHoje o contrato soma cerca de R$ 12 mil por mês. Com a Renovação com benefício, o TOTVS Backoffice sai por R$ 1.890,00 mensais. Válido até 28/02/2027."),
    ("pt-BR", "crm", "Marketing e vendas na mesma página", "Oi, {{ contact.first_name }}!\n\nVocês já usam o RD Station Marketing com 148 usuários ativos. O passo seguinte pode ser o RD Station CRM, por R$ 299,90 ao mês e com dez por cento de desconto até 18/12."),
    ("pt-BR", "crm", "Menos acessos: podemos ajudar?", "Olá {{ contact.first_name }}, espero que esteja bem.\n\nPercebemos uma queda de 23% nos acessos no trimestre. Sei que cada time tem o seu ritmo, e talvez baste um ajuste na rotina. Que tal um bate-papo na quinta-feira?"),
    ("pt-BR", "crm", "Do lead à venda", "{{ contact.first_name }}, foram mais de 1.200 oportunidades criadas no trimestre, com taxa de conversão de 18,5%.\n\nA Vendas Integradas coloca tudo em um lugar só. É mais simples do que parece, e a melhor parte é que a sua equipe não precisa mudar o que já faz bem."),
    ("pt-BR", "crm", "Dois minutos do seu tempo?", "Oi {{ contact.first_name }}. Leva dois minutos: você responde o que quer melhorar e a gente volta com um plano. Se preferir, use o e-mail mesmo. A proposta vale até sexta-feira, 18 de dezembro de 2026."),
    ("pt-BR", "credit", "Seu caixa no seu tempo", "Olá, {{ contact.first_name }}.\n\nA {{ customer.name }} comprou R$ 1,2 milhão em 12 meses e emite 412 notas por mês. Com o TOTVS Antecipa, você escolhe quais recebíveis antecipar e vê o custo antes de confirmar."),
    ("pt-BR", "credit", "Receber antes, sem burocracia", "{{ contact.first_name }}, boa tarde!\n\nNoventa e sete por cento das suas parcelas são pagas em dia. O prazo de recebimento está 9 dias acima da média do segmento, e é aí que a Antecipação de recebíveis ajuda. A operação está sujeita a análise de crédito."),
    ("pt-BR", "credit", "Uma alternativa para os meses apertados", "Caro {{ contact.first_name }},\n\nNão há obrigação de uso: é uma opção para quando o caixa aperta. Em geral, o primeiro passo é olhar a agenda de recebíveis com um especialista. Respondemos suas dúvidas antes de qualquer assinatura. A condição fica aberta até 15 de janeiro."),
    ("pt-BR", "erp", "Do primeiro acesso ao resultado", "Olá, {{ contact.first_name }}!\n\nQuem está começando costuma ter mais dúvidas, e isso é normal. O nosso time acompanha de perto, do cadastro ao fechamento. Quanto antes a rotina estiver ajustada, menos retrabalho no fim do mês."),
    ("pt-BR", "erp", "RES: nossa conversa", "{{ contact.first_name }}, obrigado pelo retorno. Como combinado, segue o resumo: desconto de 12 % na renovação, mensalidade de R$ 1.890 e prazo até 28.02.2027. Se algo não estiver claro, é só me dizer."),
    ("pt-BR", "crm", "Quase um quinto vira venda", "Oi, {{ contact.first_name }}. A conversão de 18,5% é um bom ponto de partida. O que falta, muitas vezes, é visibilidade: quem falou com quem, quando e sobre o quê. No RD Station CRM, esse histórico fica à mão.\n\nP.S.: a conversa não tem compromisso."),
    ("pt-BR", "credit", "Mais fôlego para comprar bem", "Bom dia, {{ contact.first_name }}!\n\nComprar à vista pode abrir espaço para negociar. Por isso, sugerimos avaliar a Antecipação de recebíveis. Você decide quando e quanto antecipar, nota por nota, dentro do próprio ERP."),
    ("en", "erp", "Eleven years together", "Hello {{ contact.first_name }},\n\nWe have worked together for eleven years. In the last 12 months your team opened 37 tickets, and we would like to address the causes.\n\nIf you renew, you get 12% off TOTVS Backoffice until February 28, 2027."),
    ("en", "erp", "Your renewal in March", "Hi {{ contact.first_name }}, your contract renews on March 31st, 2027. Module adoption is at 62.4%, so there is room to get more from what you already have.\n\nCould we have a 20-minute call next week?"),
    ("en", "erp", "A fair look at your contract", "Dear {{ contact.first_name }},\n\nThe monthly contract value is R$ 12,345 today. With the offer, TOTVS Backoffice costs BRL 1,890.00 per month. The terms are good through 28 February 2027."),
    ("en", "erp", "Three questions", "{{ contact.first_name }}, three questions: what works, what gets in the way, and what is missing? I am more than happy to listen, and the best way to start is a short call."),
    ("en", "erp", "More than half is in use", "Good morning {{ contact.first_name }},\n\nRoughly 62 percent of the modules are adopted. Some teams leave the rest for later, which is fine. We can look at it together, one step at a time, rather than change everything at once."),
    ("en", "crm", "Marketing and sales on one page", "Hi {{ contact.first_name }}!\n\nYou already use RD Station Marketing, with 148 active users. RD Station CRM could be next, at R$ 299.90 a month with a ten percent discount. The offer ends on December 18."),
    ("en", "crm", "Fewer logins lately", "Hello {{ contact.first_name }}, we noticed that logins dropped 23% in the quarter. It happens to everyone. If it helps, we can review your setup, free up some time for your team, and leave you with a list of next steps."),
    ("en", "crm", "From lead to sale", "{{ contact.first_name }}, your team created 1,240 opportunities in the quarter, with a conversion rate of 18.5%. Vendas Integradas keeps the whole history in one place, so nobody has to ask twice."),
    ("en", "crm", "A quick note", "Hi {{ contact.first_name }},\n\nI will keep this short. Would Thursday work for you for a talk? If not, reply with a day that suits you better. As ever, there is no obligation."),
    ("en", "credit", "Cash on your terms", "Hello {{ contact.first_name }},\n\n{{ customer.name }} bought R$ 1.2 million in 12 months and issues 412 invoices per month. With TOTVS Antecipa you choose which receivables to advance and see the cost before you confirm."),
    ("en", "credit", "Getting paid earlier", "Good afternoon {{ contact.first_name }},\n\nNinety-seven percent of your instalments are paid on time. Your collection period is nine days above the segment average, and that is where Antecipação de recebíveis can help. Every transaction is subject to credit review."),
    ("en", "credit", "An option for tight months", "Dear {{ contact.first_name }},\n\nThere is no obligation: it is an option for months when cash is tight. The terms are open until 15 January 2027. Take all the time you need to decide."),
    ("en", "erp", "RE: our conversation", "{{ contact.first_name }}, thank you for your reply. As agreed, here is the summary: a 12% discount on renewal, a monthly fee of R$ 1,890 and an answer by 28/02/2027. Just let me know if anything is unclear."),
    ("en", "crm", "Less typing, more selling", "Hi {{ contact.first_name }},\n\nYour team is at its best when it talks to customers. Data entry gets in the way of that. RD Station CRM takes care of the routine so that people can focus on people."),
    ("en", "erp", "Over a decade of work together", "Hello {{ contact.first_name }},\n\nAfter more than a decade as our customer, you know us well. You also know where we fall short, and we would like to hear it from you first."),
]  # fmt: skip
WRONG = [
    ("pt-BR", "erp", "Doze anos juntos", "Olá, {{ contact.first_name }}! Já são doze anos de parceria, e queremos seguir assim.", "12 years, not 11"),
    ("pt-BR", "erp", "Sobre os chamados", "{{ contact.first_name }}, foram 73 chamados em 12 meses. Queremos reduzir esse número.", "73 tickets, not 37"),
    ("pt-BR", "erp", "Sua renovação", "Olá {{ contact.first_name }}. Na renovação, você tem quatorze por cento de desconto no TOTVS Backoffice.", "14%, not 12%"),
    ("pt-BR", "erp", "Sua renovação", "Olá {{ contact.first_name }}. O TOTVS Backoffice sai por R$ 1.980,00 mensais.", "1,980, not 1,890"),
    ("pt-BR", "erp", "Seu contrato", "Bom dia, {{ contact.first_name }}. Hoje o contrato soma R$ 13 mil por mês.", "13 thousand, not 12,345"),
    ("pt-BR", "erp", "Prazo", "{{ contact.first_name }}, a condição vale até 31 de março de 2027.", "the renewal, not the offer's end"),
    ("pt-BR", "erp", "Desconto de verdade", "Olá {{ contact.first_name }}, são 62,4% de desconto para renovar.", "a fact used as the discount"),
    ("pt-BR", "crm", "Vendas", "Oi, {{ contact.first_name }}! Conheça o RD Station Conversas, integrado ao que você já usa.", "another product"),
    ("pt-BR", "crm", "Vendas", "Oi, {{ contact.first_name }}! Os acessos cresceram 23% no trimestre, parabéns.", "a drop told as growth"),
    ("pt-BR", "crm", "Vendas", "Oi, Juliana! O passo seguinte pode ser o RD Station CRM.", "a literal name"),
    ("pt-BR", "crm", "Vendas", "Oi, {{ contact.first_name }}! A Sorvetes Ártico já vende mais com o RD Station CRM.", "another company"),
    ("pt-BR", "crm", "Vendas", "Oi, {{ contact.first_name }}! O RD Station CRM é mais completo que qualquer outra ferramenta do tipo.", "a comparison"),
    ("pt-BR", "crm", "Vendas", "Oi, {{ contact.first_name }}! Um em cada três contatos vira venda com vocês.", "a third, not 18.5%"),
    ("pt-BR", "credit", "Caixa", "Olá, {{ contact.first_name }}. Você comprou R$ 2,1 milhões em 12 meses.", "2.1 million, not 1.23"),
    ("pt-BR", "credit", "Caixa", "Olá, {{ contact.first_name }}. Ligue para (11) 4003-2020 ou acesse totvs-antecipa.com.br.", "a telephone and an address"),
    ("pt-BR", "credit", "Caixa", "Olá, {{ contact.first_name }}. Com 5% de desconto nas tarifas, fica fácil decidir.", "no discount granted"),
    ("en", "erp", "Years together", "Hello {{ contact.first_name }}, we have worked together for nearly two decades.", "20 years, not 11"),
    ("en", "erp", "Tickets", "Hello {{ contact.first_name }}, your team opened three dozen and a half tickets, that is forty-two.", "42, not 37"),
    ("en", "erp", "Renewal", "Hello {{ contact.first_name }}, renew TOTVS Backoffice and save twenty percent.", "20%, not 12%"),
    ("en", "erp", "Renewal", "Hello {{ contact.first_name }}, TOTVS Backoffice is yours for R$ 1,690 per month.", "1,690, not 1,890"),
    ("en", "erp", "Renewal", "Hello {{ contact.first_name }}, please answer by next Friday.", "a deadline that no fact gives"),
    ("en", "erp", "Renewal", "Hello {{ contact.first_name }}, your contract renews on April 30th, 2027.", "April, not March"),
    ("en", "crm", "Sales", "Hi {{ contact.first_name }}, you have 418 active users.", "418, not 148"),
    ("en", "crm", "Sales", "Hi {{ contact.first_name }}, RD Station CRM converts better than your competitors' tools.", "a comparison"),
    ("en", "crm", "Sales", "Hi {{ contact.first_name }}, talk to Peter Sloan, who will set it up.", "a literal name"),
    ("en", "crm", "Sales", "Hi {{ contact.first_name }}, HubSpot users move over in a day or so.", "another product"),
    ("en", "crm", "Sales", "Hi {{ contact.last_name }}, RD Station CRM keeps the history in one place.", "a field that is none"),
    ("en", "credit", "Cash", "Hello {{ contact.first_name }}, half of your instalments are paid on time.", "50%, not 97%"),
    ("en", "credit", "Cash", "Hello {{ contact.first_name }}, with TOTVS Antecipa there is no risk at all, and approval is guaranteed.", "a promise"),
    ("en", "credit", "Cash", "Hello {{ contact.first_name }}, your collection period is nine days below the segment average.", "below, not above"),
]  # fmt: skip


def document(language: str, context: str, subject: str, body: str) -> dict[str, Any]:
    """One draft as ``check_draft`` reads it."""
    end = EN_END if language == "en" else PT_END
    return {
        "language": language,
        "subject": subject,
        "body": body + end,
        "links": LINKS,
        "policy": POLICY,
        **CONTEXTS[context],
    }
