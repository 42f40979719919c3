"""The playbook's words: what each play says, in the voice of its business unit, in Portuguese and English. Text only.

A sentence is (text, fact keys). ``[key]`` is replaced by the fact; a sentence whose fact is unknown is left out. Nothing here
states a figure, a date or a product by itself: those come from facts alone.
"""

# ruff: noqa: E501 - sentences and lists run on

from dataclasses import dataclass


@dataclass(frozen=True)
class Voice:
    """What one strategy says: subjects by step, the opening, openings by the strongest signal, and why the offer matters."""

    subject: str
    subject_again: str
    opening: str
    value: str
    because: dict[str, str]


PT: dict[str, Voice] = {
    "gestao-retain": Voice(
        "Vamos rever juntos o seu ambiente?", "Uma condição melhor para continuarmos juntos",
        "Quero ter certeza de que o [offer.product] está entregando o que a {{ customer.name }} precisa hoje, e não o que precisava quando o contrato começou.",
        "Com o tempo, processos mudam, pessoas mudam e o sistema acaba ficando para trás. Uma conversa curta com um consultor costuma mostrar rotinas que podem ser"
        " simplificadas e recursos que já estão no seu contrato e ainda não são usados.",
        {
            "tickets_per_customer_12m": "Sei que nem sempre o atendimento acompanha o ritmo da operação, e quero tratar disso com você de forma direta.",
            "nps_mean": "A sua opinião sobre o nosso trabalho conta, e quero ouvir de você o que precisa melhorar.",
        }),
    "gestao-expand": Voice(
        "O próximo passo do seu ERP", "Novos módulos, agora com implantação assistida",
        "Quem usa bem o [offer.product] é justamente quem mais ganha ao levar o sistema a outras áreas, e a {{ customer.name }} pode dar esse passo agora.",
        "Quando financeiro, compras e estoque conversam no mesmo lugar, o fechamento fica mais simples e as decisões deixam de depender de planilhas paralelas. Um especialista"
        " pode indicar por onde começar, de acordo com o que a sua equipe já domina.",
        {"nps_mean": "Obrigado pela confiança: é bom trabalhar com quem acompanha o sistema de perto.", "mrr_median": "Operações do porte da sua costumam sentir primeiro a falta de integração entre áreas."}),
    "gestao-onboard": Voice(
        "Do primeiro acesso ao primeiro resultado", "Quer um especialista ao lado da sua equipe?",
        "O começo com um sistema novo decide muito do que vem depois, e quero ajudar a {{ customer.name }} a chegar logo ao primeiro resultado com o [offer.product].",
        "A trilha foi montada para quem tem pouco tempo: aulas curtas, na ordem em que as rotinas aparecem, com exercícios no próprio ambiente. Assim cada pessoa aprende o que usa"
        " e a equipe ganha segurança antes do próximo fechamento.",
        {"usage_events_median": "Muitas equipes começam por uma rotina só e deixam o restante para depois; é um bom momento para avançar.",
         "tenure_years_median": "Como o seu projeto é recente, dá para acertar as rotinas desde o início."}),
    "gestao-win-back": Voice(
        "Uma volta simples, no seu ritmo", "Melhoramos as condições da sua volta",
        "A {{ customer.name }} já conhece a nossa casa, e por isso quero propor um recomeço sem burocracia.",
        "Desde a nossa última conversa, o [offer.product] evoluiu, e a reativação aproveita os cadastros e as configurações que você já tinha. Você escolhe o que volta a usar e paga apenas"
        " por isso; se preferir, um consultor analisa antes o que ainda faz sentido para a sua operação.",
        {"cancelled_share": "Entendo que houve motivos para cada encerramento: quero conhecê-los e tratar deles."}),
    "rd-cross-sell": Voice(
        "Que tal vender mais para quem já conhece você?", "Marketing e vendas na mesma tela",
        "Você já cuida bem da gestão da {{ customer.name }}; agora dá para cuidar com o mesmo carinho de como os clientes chegam até você.",
        "Com o [offer.product], a sua equipe atrai, acompanha e responde aos contatos em um lugar só, sem depender de listas soltas. E o time de vendas recebe cada oportunidade na hora certa,"
        " com o histórico completo da conversa.",
        {"products_median": "Como vocês já usam as nossas soluções de gestão, a integração é simples.", "nps_mean": "Quem confia no nosso trabalho merece conhecer o que a gente faz de melhor."}),
    "rd-retain": Voice(
        "Um olhar novo sobre o seu funil", "Vamos destravar o seu marketing?",
        "Quero entender como está o marketing da {{ customer.name }} e onde o [offer.product] pode trabalhar mais por você.",
        "Em uma conversa leve, um especialista olha com você as campanhas, as páginas e a automação, e mostra o que dá para melhorar já. Você sai com uma lista clara de próximos passos, mesmo que"
        " decida tocar tudo por conta própria.",
        {"usage_events_median": "Às vezes a rotina aperta e o marketing fica para depois; acontece com todo mundo."}),
    "rd-expand": Voice(
        "Sua operação cresceu. E a automação?", "Mais automação, menos tarefa repetida",
        "O próximo passo da {{ customer.name }} com o [offer.product] pode ser deixar o trabalho repetido por conta da ferramenta.",
        "Com a automação avançada, cada contato recebe a mensagem certa conforme o que faz, e a sua equipe usa o tempo para criar. Tudo continua no mesmo lugar: os seus dados, as suas páginas e as suas"
        " campanhas já estão lá.",
        {"usage_events_median": "Equipes que usam a ferramenta de verdade sentem a diferença logo."}),
    "techfin-credit": Voice(
        "Capital de giro sem sair do ERP", "Condição melhor para o seu capital de giro",
        "O caixa da {{ customer.name }} não precisa esperar o prazo dos seus clientes: com o [offer.product], a solicitação é feita dentro do próprio ERP.",
        "A análise usa informações que a sua empresa já registra, o que reduz papelada e tempo de resposta. Taxas, prazos e custo total aparecem antes da contratação, e você decide se quer seguir."
        " A contratação está sujeita a análise de crédito.",
        {"purchases_value_12m_total": "Empresas que compram com frequência sabem o valor de negociar à vista."}),
    "techfin-cross-sell": Voice(
        "Seus recebíveis podem trabalhar por você", "Condição melhor para antecipar recebíveis",
        "A {{ customer.name }} vende a prazo e paga à vista? Com o [offer.product], você antecipa recebíveis na mesma tela em que emite as notas.",
        "Você escolhe quais títulos antecipar, vê o custo de cada um antes de confirmar e acompanha tudo no seu financeiro, sem planilhas. Não há obrigação de uso: é uma opção para os meses"
        " em que o caixa aperta ou surge uma boa compra. A operação está sujeita a análise de crédito.",
        {}),
}  # fmt: skip
EN: dict[str, Voice] = {
    "gestao-retain": Voice(
        "Shall we review your environment together?", "Better terms to keep working together",
        "I want to be sure that [offer.product] delivers what {{ customer.name }} needs today, not what it needed when the contract began.",
        "Over time, processes change, people change, and the system falls behind. A short conversation with a consultant often shows routines that can be simplified and features that are"
        " already in your contract and not used yet.",
        {"tickets_per_customer_12m": "I know that support does not always keep pace with your operation, and I want to deal with that openly.",
         "nps_mean": "Your opinion of our work counts, and I would like to hear from you what has to improve."}),
    "gestao-expand": Voice(
        "The next step for your ERP", "New modules, now with assisted implementation",
        "Those who use [offer.product] well gain the most from taking it to other areas, and {{ customer.name }} can take that step now.",
        "When finance, purchasing and inventory share one place, closing the books gets simpler and decisions stop depending on parallel spreadsheets. A specialist can suggest where to"
        " start, based on what your team already masters.",
        {"nps_mean": "Thank you for your trust: it is good to work with people who follow the system closely.", "mrr_median": "Operations of your size are usually the first to miss integration between areas."}),
    "gestao-onboard": Voice(
        "From first login to first result", "Would you like a specialist beside your team?",
        "The first weeks with a new system shape much of what follows, and I want to help {{ customer.name }} reach a first result with [offer.product] soon.",
        "The programme was made for people who are short of time: brief lessons, in the order in which the routines come up, with exercises in your own environment. Each person learns what"
        " they use, and the team feels confident before the next closing.",
        {"usage_events_median": "Many teams begin with a single routine and leave the rest for later; now is a good moment to move on.",
         "tenure_years_median": "As your project is recent, the routines can be set up right from the start."}),
    "gestao-win-back": Voice(
        "A simple way back, at your own pace", "Better terms for your return",
        "{{ customer.name }} already knows how we work, so I would like to propose a fresh start without red tape.",
        "Since we last spoke, [offer.product] has moved on, and reactivation keeps the records and settings that you had. You choose what to use again and pay for nothing else; if you"
        " prefer, a consultant first looks at what still makes sense for your operation.",
        {"cancelled_share": "I understand that every ending had its reasons: I would like to know and address them."}),
    "rd-cross-sell": Voice(
        "How about selling more to people who know you?", "Marketing and sales on one screen",
        "You already take good care of how {{ customer.name }} is run; now you can take the same care of how customers find you.",
        "With [offer.product], your team attracts, follows and answers contacts in one place, without loose lists. And sales receives each opportunity at the right time, with the whole"
        " history of the conversation.",
        {"products_median": "As you already use our management solutions, integration is simple.", "nps_mean": "People who trust our work should see what else we do well."}),
    "rd-retain": Voice(
        "A fresh look at your funnel", "Shall we get your marketing moving again?",
        "I would like to understand how marketing is going at {{ customer.name }} and where [offer.product] could work harder for you.",
        "In a relaxed conversation, a specialist looks with you at campaigns, pages and automation, and shows what can be improved right away. You leave with a clear list of next steps, even"
        " if you decide to do it all yourself.",
        {"usage_events_median": "Sometimes daily work takes over and marketing has to wait; it happens to everyone."}),
    "rd-expand": Voice(
        "Your operation has grown. And automation?", "More automation, fewer repeated tasks",
        "The next step of {{ customer.name }} with [offer.product] can be to leave repeated work to the tool.",
        "With advanced automation, each contact receives the right message for what they do, and your team spends its time creating. Everything stays in one place: your data, your pages and"
        " your campaigns are already there.",
        {"usage_events_median": "Teams that really use the tool notice the difference soon."}),
    "techfin-credit": Voice(
        "Working capital without leaving your ERP", "Better terms for your working capital",
        "The cash of {{ customer.name }} need not wait for your customers' payment terms: with [offer.product], you apply inside the ERP itself.",
        "The review uses information that your company already records, which means less paperwork and a quicker answer. Rates, terms and total cost are shown before you sign, and you decide"
        " whether to go on. Every contract is subject to credit review.",
        {"purchases_value_12m_total": "Companies that buy often know the value of paying up front."}),
    "techfin-cross-sell": Voice(
        "Your receivables can work for you", "Better terms to advance your receivables",
        "Does {{ customer.name }} sell on credit and pay up front? With [offer.product], you advance receivables on the screen where you issue invoices.",
        "You choose which invoices to advance, see the cost of each before you confirm and follow everything in your finance module, without spreadsheets. There is no obligation: it is an"
        " option for months when cash is tight or a good purchase comes up. Every transaction is subject to credit review.",
        {}),
}  # fmt: skip

GREETING = {"pt-br": "Olá, {{ contact.first_name }}!", "en": "Hello {{ contact.first_name }},"}
TENURE = {
    "pt-br": "São pelo menos [tenure_min] anos de parceria, e isso pesa em cada decisão nossa.",
    "en": "We have worked together for at least [tenure_min] years, and that weighs in every decision of ours.",
}
AGAIN = {
    "pt-br": "Escrevi há alguns dias e volto com uma condição melhor.",
    "en": "I wrote a few days ago and am back with better terms.",
}
OFFER = {
    "pt-br": "Por isso, separamos para você: [offer.benefit].",
    "en": "That is why we have set this aside for you: [offer.benefit].",
}
VALID = {
    "pt-br": "A condição é válida até [offer.valid_until].",
    "en": "These terms are valid until [offer.valid_until].",
}
CALL_TO_ACTION = {
    "pt-br": "Se fizer sentido, é só clicar e a nossa equipe entra em contato para combinar os detalhes: {{ link.accept }}",
    "en": "If it makes sense to you, just click and our team will get in touch to settle the details: {{ link.accept }}",
}
NO_THANKS = {
    "pt-br": "Não é o momento? Conte para a gente aqui, sem problema: {{ link.decline }}",
    "en": "Not the right moment? Let us know here, no problem at all: {{ link.decline }}",
}
SIGN_OFF = {
    "GESTAO": {"pt-br": "Um abraço,\nEquipe TOTVS Gestão", "en": "Kind regards,\nThe TOTVS Gestão team"},
    "RD": {"pt-br": "Até já,\nTime RD Station", "en": "See you soon,\nThe RD Station team"},
    "TECHFIN": {"pt-br": "Atenciosamente,\nEquipe TechFin", "en": "Yours sincerely,\nThe TechFin team"},
}
OPT_OUT = {
    "pt-br": "Se preferir não receber mais mensagens como esta: {{ link.unsubscribe }}",
    "en": "If you would rather not receive messages like this one: {{ link.unsubscribe }}",
}
