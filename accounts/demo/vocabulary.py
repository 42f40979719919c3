"""What is sold and how it is filed: product lines, products, contract, ticket and proposal categories."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """One DS_LIN_REC value: the business unit that owns it, its family (what it does), its brand
    (MARCA_TOTVS).
    """

    name: str
    unit: str
    family: str
    brand: str


FAMILIES: tuple[str, ...] = ("erp", "cloud", "people", "rd", "credit", "projects", "legacy")

LINES: tuple[Line, ...] = (
    Line("CDU TOTVS SERIE T", "GESTAO", "erp", "BACKOFFICE - PROTHEUS"),
    Line("SMS TOTVS SERIE T", "GESTAO", "erp", "BACKOFFICE - PROTHEUS"),
    Line("CDU PROTHEUS", "GESTAO", "erp", "BACKOFFICE - PROTHEUS"),
    Line("SMS PROTHEUS", "GESTAO", "erp", "BACKOFFICE - PROTHEUS"),
    Line("CDU RM", "GESTAO", "erp", "BACKOFFICE - RM"),
    Line("SMS RM", "GESTAO", "erp", "BACKOFFICE - RM"),
    Line("CDU DATASUL", "GESTAO", "erp", "BACKOFFICE - DATASUL"),
    Line("SMS DATASUL", "GESTAO", "erp", "BACKOFFICE - DATASUL"),
    Line("SMS LOGIX", "GESTAO", "erp", "BACKOFFICE - LOGIX"),
    Line("SMS WINTHOR", "GESTAO", "erp", "DISTRIBUICAO - WINTHOR"),
    Line("SMS CONSINCO", "GESTAO", "erp", "SUPERMERCADOS - CONSINCO"),
    Line("CDU MODA", "GESTAO", "erp", "VAREJO - MODA"),
    Line("SAAS SERIE T", "GESTAO", "cloud", "CLOUD - SAAS"),
    Line("CLOUD COMPUTING.", "GESTAO", "cloud", "CLOUD - INFRAESTRUTURA"),
    Line("INTERA ASSINATURA", "GESTAO", "cloud", "CLOUD - INTERA"),
    Line("SAAS FLUIG", "GESTAO", "cloud", "PLATAFORMA - FLUIG"),
    Line("SAAS ANALYTICS", "GESTAO", "cloud", "ANALYTICS"),
    Line("SAAS RH", "GESTAO", "people", "RH - CORE"),
    Line("CDU RH", "GESTAO", "people", "RH - CORE"),
    Line("AHGORA PONTO", "GESTAO", "people", "RH - AHGORA"),
    Line("FEEDZ DESEMPENHO", "GESTAO", "people", "RH - FEEDZ"),
    Line("RD STATION MARKETING", "RD", "rd", "RD STATION - MARKETING"),
    Line("RD STATION CRM", "RD", "rd", "RD STATION - CRM"),
    Line("RD STATION CONVERSAS", "RD", "rd", "RD STATION - CONVERSAS"),
    Line("EXACT SALES", "RD", "rd", "RD STATION - EXACT"),
    Line("TOTVS ANTECIPA", "TECHFIN", "credit", "TECHFIN - ANTECIPA"),
    Line("TOTVS MAIS NEGOCIOS", "TECHFIN", "credit", "TECHFIN - MAIS NEGOCIOS"),
    Line("TOTVS PAGAMENTO INSTANTANEO", "TECHFIN", "credit", "TECHFIN - PAGAMENTOS"),
    Line("CONSIGNADO", "TECHFIN", "credit", "TECHFIN - CONSIGNADO"),
    Line("TOTVS OBRAS E PROJETOS", "GESTAO", "projects", "CONSTRUCAO - OBRAS"),
    Line("TOTVS INCORPORACAO", "GESTAO", "projects", "CONSTRUCAO - INCORPORACAO"),
    Line("TOTVS EDUCACIONAL", "GESTAO", "projects", "EDUCACIONAL - RM"),
    Line("TOTVS SAUDE", "GESTAO", "projects", "SAUDE - CORE"),
    Line("TOTVS TRANSPORTES TMS", "GESTAO", "projects", "LOGISTICA - TMS"),
    Line("TOTVS AGRO", "GESTAO", "projects", "AGRO - CORE"),
    Line("TOTVS HOSPITALITY PMS", "GESTAO", "projects", "HOSPITALITY - PMS"),
    Line("SERVICOS DE CONSULTORIA", "GESTAO", "legacy", "SERVICOS"),
    Line("SMS LEGADO", "GESTAO", "legacy", "LEGADO"),
    Line("BANCO DE DADOS", "GESTAO", "legacy", "TERCEIROS - BANCO DE DADOS"),
    Line("LICENCA DE TERCEIROS", "GESTAO", "legacy", "TERCEIROS"),
)

# which base system a customer runs: name as in the product NPS, its share there, its telemetry line id
SYSTEMS: tuple[tuple[str, float, str], ...] = (
    ("Protheus", 0.7785, "02"),
    ("RM", 0.125, "03"),
    ("Consinco", 0.035, "06"),
    ("Datasul", 0.03, "09"),
    ("Winthor", 0.012, "11"),
    ("Logix", 0.01, "04"),
    ("Moda", 0.006, "08"),
    ("Hospitality", 0.0035, "10"),
)
ERP_LINES_OF_SYSTEM: dict[str, tuple[str, ...]] = {
    "Protheus": ("CDU TOTVS SERIE T", "SMS TOTVS SERIE T", "CDU PROTHEUS", "SMS PROTHEUS"),
    "RM": ("CDU RM", "SMS RM", "SMS TOTVS SERIE T"),
    "Consinco": ("SMS CONSINCO",),
    "Datasul": ("CDU DATASUL", "SMS DATASUL"),
    "Winthor": ("SMS WINTHOR",),
    "Logix": ("SMS LOGIX",),
    "Moda": ("CDU MODA",),
    "Hospitality": ("SMS TOTVS SERIE T",),
}
PRODUCT_LINE_IDS: tuple[str, ...] = ("02", "03", "04", "06", "08", "09", "10", "11", "12", "13", "15", "18")

_FAMILY_PRODUCTS: dict[str, tuple[str, ...]] = {
    "erp": (
        "FATURAMENTO", "COMPRAS", "ESTOQUE E CUSTOS", "FINANCEIRO", "CONTABILIDADE", "FISCAL", "PCP",
        "ATIVO FIXO", "MANUTENCAO DE ATIVOS", "QUALIDADE", "LIVROS FISCAIS", "CALL CENTER",
        "GESTAO DE CONTRATOS", "WMS", "EXPORTACAO",
    ),
    "cloud": (
        "BACKOFFICE", "AMBIENTE DE PRODUCAO", "AMBIENTE DE TESTE", "STORAGE", "BACKUP", "PORTAL", "GED",
        "DASHBOARDS",
    ),
    "people": (
        "FOLHA DE PAGAMENTO", "PONTO ELETRONICO", "MEDICINA DO TRABALHO", "RECRUTAMENTO", "AVALIACAO",
        "BENEFICIOS",
    ),
    "rd": ("MARKETING LIGHT", "MARKETING PRO", "CRM BASIC", "CRM PRO", "CONVERSAS", "LEADS ADICIONAIS"),
    "credit": (
        "ANTECIPACAO DE RECEBIVEIS", "CREDITO B2B", "PIX INTEGRADO", "CONSIGNADO PRIVADO",
        "CARTAO CORPORATIVO",
    ),
    "projects": (
        "GESTAO DE OBRAS", "ORCAMENTO", "MEDICAO", "CARTEIRA DE CLIENTES", "GESTAO DE FROTA", "MATRICULA",
        "PRONTUARIO",
    ),
    "legacy": (
        "BANCO ORACLE", "SQL SERVER RUNTIME", "SUPORTE ESTENDIDO", "HORAS DE CONSULTORIA", "RELATORIOS",
    ),
}  # fmt: skip
_EDITIONS: tuple[str, ...] = (
    "TOTVS TRAD", "FULL TOTVS TRAD", "TEC USER", "ADICIONAL", "SERIE T", "PLUS", "BASICO", "USUARIO LIGHT",
    "ENTERPRISE", "FLEX", "REAJUSTE", "MIGRACAO", "UPGRADE", "ESSENCIAL", "50 USERS", "10 USERS", "FILIAL",
)  # fmt: skip
_PREFIXES: tuple[str, ...] = ("CDU", "SMS", "SAAS", "ADESAO", "CESSAO", "ASSINATURA")
_HEADLINE_PRODUCTS: dict[str, tuple[str, ...]] = {
    "erp": ("CDU FULL TOTVS TRAD", "SMS TOTVS TEC USER"),
    "cloud": ("ADESAO APP MEU CHECKLIST\t",),
    "people": ("AHGORA ESTRATEGICO", "ADESAO APP MEU RH\t"),
    "rd": ("RD STATION MARKETING PRO",),
    "credit": ("TOTVS ANTECIPA ADESAO",),
    "projects": ("CDU TOTVS OBRAS E PROJETOS",),
    "legacy": ("SMS LEGADO EXTENSAO\t",),
}


def products_of(family: str) -> list[str]:
    """Return the product names of one family, commonest first; a few end in TAB as in the source."""
    composed = [
        f"{prefix} {noun} {edition}" + ("\t" if number % 29 == 7 else "")
        for number, (noun, edition, prefix) in enumerate(
            (n, e, p) for e in _EDITIONS for n in _FAMILY_PRODUCTS[family] for p in _PREFIXES
        )
    ]
    return [*_HEADLINE_PRODUCTS[family], *composed]


REVENUE_BANDS: tuple[str, ...] = (
    "Sem Informações de Faturamento",
    "Faixa 00 - Ate 4,5 M",
    "Faixa 01 - De 4,5 M ate 7,5 M",
    "Faixa 02 - De 7,5 M ate 15 M",
    "Faixa 03 - De 15 M ate 25 M",
    "Faixa 04 - De 25 M ate 35 M",
    "Faixa 05 - De 35 M ate 50 M",
    "Faixa 06 - De 50 M ate 75 M",
    "Faixa 07 - De 75 M ate 150 M",
    "Faixa 08 - De 150 M ate 300 M",
    "Faixa 09 - De 300 M ate 500 M",
    "Faixa 10 - De 500 M ate 850 M",
    "Faixa 11 - Acima de 850 M",
)

CONTRACT_STATES: tuple[str, ...] = (
    "ATIVO",
    "CANCELADO",
    "GRATUITO",
    "TROCADO",
    "PENDENTE",
    "SUSPENSO",
    "FATURAR",
)

# MODAL_COMERC with its share among on-premises families; cloud families take the subscription ones
MODALITIES: tuple[tuple[str, float], ...] = (
    ("MODALIDADE TRADICIONAL", 0.50),
    ("MODALIDADE SERVICOS NÃO RECORRENTES", 0.10),
    ("MODALIDADE ASSINATURA COMPLEMENTAR", 0.08),
    ("MODALIDADE ASSINATURA (INTERA)", 0.08),
    ("MODALIDADE CORPORATIVO", 0.08),
    ("MPN", 0.03),
    ("MODALIDADE SERVICOS RECORRENTES", 0.06),
    ("MODALIDADE INTERA 17", 0.03),
    ("MODALIDADE INTERA 18", 0.02),
    ("MODALIDADE ALUGUEL (LEGADO)", 0.02),
)
SUBSCRIPTION_MODALITIES: tuple[int, ...] = (2, 3, 6)

PERIODICITIES: tuple[tuple[str, float], ...] = (
    ("00 - Mensal", 0.962),
    ("11 - Anual", 0.024),
    ("02 - Trimestral", 0.007),
    ("05 - Semestral", 0.005),
    ("03 - Quadrimestral", 0.002),
)

_TICKET_TEAMS: tuple[str, ...] = ("CST", "PC", "SUS", "CR", "FS")
_TICKET_SUBJECTS: tuple[str, ...] = (
    "Faturamento", "Financeiro", "Fiscal", "Compras", "Estoque e Custos", "Contabilidade",
    "Folha de Pagamento", "Ponto", "PCP", "Educacional", "Construção e Projetos", "Logística", "Framework",
    "Cloud", "Portal do Cliente", "Integrações", "Saúde", "Agro", "Crédito", "Licenciamento",
)  # fmt: skip
TICKET_GROUPS: tuple[str, ...] = (
    "CST - Faturamento",
    "PC - Financeiro",
    "Fábrica Consinco",
    "Fábrica Protheus",
    "Fábrica RM",
    "RD Station - Atendimento",
    "TechFin - Operações",
    *(f"{team} - {subject}" for subject in _TICKET_SUBJECTS for team in _TICKET_TEAMS),
)
TICKET_TYPES: tuple[tuple[str, float], ...] = (
    ("question", 0.9374),
    ("task", 0.0556),
    ("incident", 0.0055),
    ("problem", 0.0015),
)
TICKET_STATES: tuple[str, ...] = ("closed", "solved", "open", "pending", "hold", "new", "deleted")
TICKET_PRIORITIES: tuple[str, ...] = ("low", "normal", "high", "urgent")

MODULES_OF_SYSTEM: dict[str, tuple[str, ...]] = {
    "Protheus": (
        "SIGAFAT", "SIGACOM", "SIGAFIN", "SIGAEST", "SIGACTB", "SIGAFIS", "SIGAPCP", "SIGAGPE", "SIGAATF",
        "SIGAMNT", "SIGAQIP", "SIGATMS", "SIGAWMS", "SIGAPON", "SIGATEC", "SIGALOJA", "SIGAGCT", "SIGAEIC",
    ),
    "RM": (
        "TOTVS Gestão de Pessoas", "TOTVS Educacional", "TOTVS Gestão Contábil", "TOTVS Obras e Projetos",
        "TOTVS Gestão Financeira",
    ),
    "Consinco": ("Comercial", "Fiscal", "Financeiro", "WMS"),
    "Datasul": ("Distribuição", "Manufatura", "Finanças", "Recursos Humanos"),
    "Winthor": ("Compras", "Vendas", "Logística"),
    "Logix": ("Suprimentos", "Vendas", "WMS Logix"),
    "Moda": ("Retaguarda", "Frente de Loja"),
    "Hospitality": ("PMS", "Reservas"),
}  # fmt: skip
