"""What a new company starts with: units, plays, offers by rung of the ladder, and the first edition of the rules. Data only.

Each play of a unit has three rungs: an offer, a better benefit within the ceiling, and a conversation with a person.
"""

# ruff: noqa: E501 - sentences and lists run on

from typing import Any

UNITS = [("RD", "RD Station"), ("GESTAO", "TOTVS Gestão"), ("TECHFIN", "TechFin")]

# code, name, name in English, play, unit, objective
STRATEGIES = [
    ("gestao-retain", "Reter e reconquistar confiança", "Retain and rebuild trust", "retain", "GESTAO",
     "Clientes com sinais de risco: mostrar que o problema foi ouvido e tirar mais valor do que já têm."),
    ("gestao-expand", "Expandir o uso do ERP", "Expand ERP usage", "expand", "GESTAO", "Clientes satisfeitos e ativos: levar o ERP a mais áreas."),
    ("gestao-onboard", "Acelerar a adoção", "Speed up adoption", "onboard", "GESTAO", "Clientes recentes ou com pouco uso: chegar rápido ao primeiro resultado."),
    ("gestao-win-back", "Reativar contratos", "Reactivate contracts", "win_back", "GESTAO", "Clientes com contratos cancelados: uma volta simples e sem surpresas."),
    ("rd-cross-sell", "Apresentar marketing e vendas", "Introduce marketing and sales", "cross_sell", "RD",
     "Clientes satisfeitos com o ERP e sem ferramenta de marketing."),
    ("rd-retain", "Reter clientes de marketing", "Retain marketing customers", "retain", "RD", "Clientes de RD Station com sinais de risco."),
    ("rd-expand", "Ampliar a operação digital", "Grow digital operations", "expand", "RD", "Clientes ativos: automação e relacionamento."),
    ("techfin-credit", "Oferecer capital de giro", "Offer working capital", "credit", "TECHFIN", "Clientes com compras altas e risco baixo; exige consentimento para crédito."),
    ("techfin-cross-sell", "Apresentar serviços financeiros", "Introduce financial services", "cross_sell", "TECHFIN",
     "Clientes estáveis do ERP: recebíveis e pagamentos na mesma tela."),
]  # fmt: skip

# How each unit sounds, in Portuguese and English. The same for all its strategies until somebody says otherwise.
TONES = {
    "RD": ("Leve, próximo e prático: frases curtas, exemplos do dia a dia de marketing e vendas, sem jargão e sem pressa.",
           "Light, close and practical: short sentences, examples from daily marketing and sales work, no jargon, no rush."),
    "GESTAO": ("Consultivo e seguro: fala com quem cuida da operação, mostra o ganho concreto e respeita o tempo do leitor.",
               "Advisory and confident: speaks to those who run the operation, shows the concrete gain and respects the reader's time."),
    "TECHFIN": ("Sóbrio e transparente: custo e condições antes da vantagem, nenhuma promessa de aprovação, nenhuma urgência.",
                "Sober and transparent: cost and terms before the advantage, no promise of approval, no urgency."),
}  # fmt: skip

# What mails with an offer of the unit end with, in Portuguese and English: where there is a discount, and always for credit.
LEGAL = {
    "RD": ("Condição não cumulativa com outras ofertas.", "These terms cannot be combined with other offers."),
    "GESTAO": ("Condição não cumulativa com outras ofertas.", "These terms cannot be combined with other offers."),
    "TECHFIN": ("Operação sujeita a análise de crédito. Consulte taxas, prazos e custo efetivo total antes de contratar.",
                "Subject to credit review. Check rates, terms and the total effective cost before you sign."),
}  # fmt: skip

# What an offer costs us per customer who accepts, in BRL: hours of people, or the discount on a usual contract. Estimates to start with.
COSTS = {
    "gestao-revisao": 480, "gestao-renova": 900, "gestao-expansao": 720, "gestao-expansao-plus": 1_450, "gestao-adocao": 150, "gestao-adocao-plus": 600,
    "gestao-retorno": 800, "gestao-retorno-plus": 1_600, "rd-marketing": 540, "rd-marketing-crm": 760, "rd-diagnostico": 320, "rd-renova": 450,
    "rd-automacao": 380, "rd-automacao-plus": 620, "techfin-giro": 90, "techfin-giro-plus": 240, "techfin-recebiveis": 120, "techfin-recebiveis-plus": 200,
}  # fmt: skip
CONVERSATION_COST = 180

OFFERS: list[dict[str, Any]] = [
    {"code": "gestao-revisao", "unit": "GESTAO", "play": "retain", "step": 1, "name": "Revisão de processos", "product": "TOTVS Backoffice",
     "benefit": "Revisão do seu ambiente com um consultor, sem custo adicional", "benefit_en": "Review of your environment with a consultant, at no additional cost"},
    {"code": "gestao-renova", "unit": "GESTAO", "play": "retain", "step": 2, "name": "Renovação com benefício", "product": "TOTVS Backoffice",
     "discount_percent": 10, "benefit": "10% de desconto na renovação do contrato", "benefit_en": "10% discount on the contract renewal"},
    {"code": "gestao-expansao", "unit": "GESTAO", "play": "expand", "step": 1, "name": "Módulos adicionais", "product": "TOTVS Backoffice",
     "discount_percent": 8, "benefit": "8% de desconto em novos módulos", "benefit_en": "8% discount on new modules"},
    {"code": "gestao-expansao-plus", "unit": "GESTAO", "play": "expand", "step": 2, "name": "Módulos adicionais com implantação", "product": "TOTVS Backoffice",
     "discount_percent": 12, "benefit": "12% de desconto em novos módulos, com implantação assistida", "benefit_en": "12% discount on new modules, with assisted implementation"},
    {"code": "gestao-adocao", "unit": "GESTAO", "play": "onboard", "step": 1, "name": "Trilha de adoção", "product": "TOTVS Backoffice",
     "benefit": "Trilha de treinamento on-line para a sua equipe, sem custo adicional", "benefit_en": "Online training track for your team, at no additional cost"},
    {"code": "gestao-adocao-plus", "unit": "GESTAO", "play": "onboard", "step": 2, "name": "Mentoria de adoção", "product": "TOTVS Backoffice",
     "benefit": "Mentoria com um especialista, sem custo adicional", "benefit_en": "Mentoring with a specialist, at no additional cost"},
    {"code": "gestao-retorno", "unit": "GESTAO", "play": "win_back", "step": 1, "name": "Volta facilitada", "product": "TOTVS Backoffice",
     "discount_percent": 10, "benefit": "10% de desconto na reativação do contrato", "benefit_en": "10% discount when you reactivate your contract"},
    {"code": "gestao-retorno-plus", "unit": "GESTAO", "play": "win_back", "step": 2, "name": "Volta facilitada com migração", "product": "TOTVS Backoffice",
     "discount_percent": 15, "benefit": "15% de desconto na reativação, com migração assistida dos dados", "benefit_en": "15% discount when you reactivate, with assisted data migration"},
    {"code": "rd-marketing", "unit": "RD", "play": "cross_sell", "step": 1, "name": "RD Station Marketing", "product": "RD Station Marketing",
     "discount_percent": 10, "benefit": "10% de desconto no primeiro contrato anual", "benefit_en": "10% discount on the first annual contract"},
    {"code": "rd-marketing-crm", "unit": "RD", "play": "cross_sell", "step": 2, "name": "RD Station Marketing com CRM", "product": "RD Station Marketing",
     "discount_percent": 14, "benefit": "14% de desconto no primeiro contrato anual, com integração ao CRM", "benefit_en": "14% discount on the first annual contract, with CRM integration"},
    {"code": "rd-diagnostico", "unit": "RD", "play": "retain", "step": 1, "name": "Diagnóstico de marketing", "product": "RD Station Marketing",
     "benefit": "Diagnóstico do seu funil com um especialista, sem custo adicional", "benefit_en": "Review of your funnel with a specialist, at no additional cost"},
    {"code": "rd-renova", "unit": "RD", "play": "retain", "step": 2, "name": "Renovação com acompanhamento", "product": "RD Station Marketing",
     "discount_percent": 10, "benefit": "10% de desconto na renovação anual, com acompanhamento de um especialista", "benefit_en": "10% discount on the annual renewal, with a specialist at your side"},
    {"code": "rd-automacao-plus", "unit": "RD", "play": "expand", "step": 2, "name": "Automação avançada com implantação", "product": "RD Station Marketing",
     "discount_percent": 12, "benefit": "12% de desconto na mudança de plano, com implantação assistida", "benefit_en": "12% discount on the plan upgrade, with assisted implementation"},
    {"code": "rd-automacao", "unit": "RD", "play": "expand", "step": 1, "name": "Automação avançada", "product": "RD Station Marketing",
     "discount_percent": 8, "benefit": "8% de desconto na mudança de plano", "benefit_en": "8% discount on the plan upgrade"},
    {"code": "techfin-giro", "unit": "TECHFIN", "play": "credit", "step": 1, "name": "Capital de giro digital", "product": "TOTVS Antecipa",
     "benefit": "Análise de crédito digital, sem tarifa de abertura", "benefit_en": "Digital credit review with no opening fee"},
    {"code": "techfin-giro-plus", "unit": "TECHFIN", "play": "credit", "step": 2, "name": "Capital de giro com taxa reduzida", "product": "TOTVS Antecipa",
     "discount_percent": 5, "benefit": "5% de desconto nas tarifas da primeira operação", "benefit_en": "5% discount on the fees of the first transaction"},
    {"code": "techfin-recebiveis", "unit": "TECHFIN", "play": "cross_sell", "step": 1, "name": "Antecipação de recebíveis", "product": "TOTVS Antecipa",
     "discount_percent": 3, "benefit": "3% de desconto nas tarifas da primeira operação", "benefit_en": "3% discount on the fees of the first transaction"},
    {"code": "techfin-recebiveis-plus", "unit": "TECHFIN", "play": "cross_sell", "step": 2, "name": "Antecipação de recebíveis com tarifa reduzida", "product": "TOTVS Antecipa",
     "discount_percent": 5, "benefit": "5% de desconto nas tarifas da primeira operação", "benefit_en": "5% discount on the fees of the first transaction"},
]  # fmt: skip

# The last rung of every play: a person calls.
_CONTACT = {
    "GESTAO": ("Conversa com um especialista", "TOTVS Backoffice", "Conversa com um especialista do seu segmento", "A conversation with a specialist in your industry"),
    "RD": ("Conversa com um especialista", "RD Station Marketing", "Conversa com um especialista em marketing", "A conversation with a marketing specialist"),
    "TECHFIN": ("Conversa com um gerente", "TOTVS Antecipa", "Conversa com um gerente de relacionamento", "A conversation with a relationship manager"),
}  # fmt: skip
OFFERS += [
    {"code": f"{code}-conversa", "unit": unit, "play": play, "step": 3, "name": _CONTACT[unit][0], "product": _CONTACT[unit][1],
     "benefit": _CONTACT[unit][2], "benefit_en": _CONTACT[unit][3], "valid_until": None}
    for code, _name, _name_en, play, unit, _objective in STRATEGIES
]  # fmt: skip

for _offer in OFFERS:
    _offer["cost"] = COSTS.get(_offer["code"], CONVERSATION_COST)
    if _offer.get("discount_percent") or _offer["unit"] == "TECHFIN":
        _offer["legal"], _offer["legal_en"] = LEGAL[_offer["unit"]]


def _all(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "root": {"group": "all", "of": list(conditions)}}


# kind, business unit (None: all), parameters
RULES: list[tuple[str, str | None, dict[str, Any]]] = [
    ("discount_ceiling", None, {"max_percent": 15}),
    ("discount_ceiling", "TECHFIN", {"max_percent": 5}),
    ("benefit_ceiling", None, {"max_cost": 2_000, "max_year_percent": None}),
    ("channels", None, {"marketing": ["email", "call"], "service": ["email", "call"], "credit": ["email", "call"]}),
    ("eligibility", None, {"clauses": [
        {"plays": ["retain", "expand", "onboard", "cross_sell", "credit"], "undecided": "let_pass",
         "conditions": _all({"field": "active_lines", "is": "at_least", "value": 1})},
    ]}),
    ("applicability", None, {"clauses": [{"plays": ["cross_sell"], "not_owning": True, "undecided": "let_pass"}]}),
    ("suitability", None, {"clauses": [
        {"plays": ["cross_sell"], "conditions": _all({"field": "nps_last", "is": "at_least", "value": 7}), "undecided": "let_pass"},
        {"purposes": ["credit"], "undecided": "let_pass", "conditions": _all(
            {"field": "overdue_invoices", "is": "at_most", "value": 0}, {"field": "score_churn_risk", "is": "at_most", "value": 0.6})},
    ]}),
    ("frequency_cap", None, {"messages": 1, "days": 7, "long_messages": 3, "long_days": 30}),
    ("quiet_hours", None, {"start": "20:00", "end": "08:00", "weekends": True}),
    ("consent", None, {"purposes": ["marketing", "service", "credit"], "calls_without_contact": True}),
    ("forbidden_claims", None, {
        "pt": ["garantia de resultado", "resultado garantido", "retorno garantido", "lucro garantido", "crédito aprovado", "aprovação garantida", "sem risco",
               "risco zero", "melhor do mercado", "líder absoluto", "última chance", "oferta imperdível", "100% seguro", "juros zero", "sem consulta ao SPC"],
        "en": ["guaranteed results", "guaranteed return", "risk free", "zero risk", "pre-approved credit", "guaranteed approval", "best on the market",
               "last chance", "once in a lifetime", "100% safe", "zero interest", "no credit check"],
    }),
    ("approvers", None, {"approvals": 1, "approvals_above": 2, "discount_from": 12, "audience_above": 2000, "always_plays": ["credit"], "valid_hours": 72}),
    ("ladder", None, {"silence_days": 7, "call_within_days": 5}),
    ("outcome_pause", None, {"rejections": 2, "days": 30}),
    ("hold_out", None, {"share": 0.1}),
]  # fmt: skip
