"""What customers have bought: master, contract lines, recurring revenue, purchases, past proposals."""

from django.utils.translation import gettext_lazy as _

from accounts.sources.declaration import Check, Column, Effect, Kind, Personal, Source

BANDS = frozenset({
    "Sem Informações de Faturamento", "Faixa 00 - Ate 4,5 M", "Faixa 01 - De 4,5 M ate 7,5 M",
    "Faixa 02 - De 7,5 M ate 15 M", "Faixa 03 - De 15 M ate 25 M", "Faixa 04 - De 25 M ate 35 M",
    "Faixa 05 - De 35 M ate 50 M", "Faixa 06 - De 50 M ate 75 M", "Faixa 07 - De 75 M ate 150 M",
    "Faixa 08 - De 150 M ate 300 M", "Faixa 09 - De 300 M ate 500 M", "Faixa 10 - De 500 M ate 850 M",
    "Faixa 11 - Acima de 850 M",
})  # fmt: skip
STATUSES = frozenset({"ATIVO", "CANCELADO", "GRATUITO", "TROCADO", "PENDENTE", "SUSPENSO", "FATURAR"})
INDUSTRIES = frozenset({
    "SERVICOS", "VAREJO", "MANUFATURA", "DISTRIBUICAO", "CONSTRUCAO E PROJETOS", "LOGISTICA", "HOSPITALITY",
    "EDUCACIONAL", "SAUDE", "AGROINDUSTRIA", "JURIDICO", "FINANCIAL SERVICES", "TOTVS", "SUPERMERCADOS",
})  # fmt: skip
STATES = frozenset(
    [
        "AC",
        "AL",
        "AM",
        "AP",
        "BA",
        "CE",
        "CF",
        "CH",
        "CO",
        "CR",
        "DF",
        "ES",
        "EX",
        "GO",
        "JU",
        "MA",
        "ME",
        "MG",
        "MS",
        "MT",
        "PA",
        "PB",
        "PE",
        "PI",
        "PR",
        "RJ",
        "RN",
        "RO",
        "RR",
        "RS",
        "SA",
        "SC",
        "SE",
        "SF",
        "SJ",
        "SL",
        "SP",
        "TO",
        "TU",
    ]
)
COUNTRIES = frozenset({"105", "063", "586", "158", "845", "097", "676", "249", "040", "239", "589", "607"})

CUSTOMERS_SINCE = Source(
    name="clientes_desde",
    title=_("Customers and their first day, one row per customer"),
    fresh_days=35,
    owner_role="analyst",
    pattern="clientes_desde*.csv",
    grain=_("one row per customer"),
    columns=(
        Column("customer", "CLIENTE", Kind.CUSTOMER, _("customer code"), needed=True, required=True),
        Column("since", "CLIENTE_DESDE", Kind.DATE, _("first day as a customer"), needed=True),
    ),
    scope=("customer",),
    unique=True,
    makes_customers=True,
)

CUSTOMER_MASTER = Source(
    name="clientes",
    title=_("Customer master: name, CNPJ, place and industry of each customer"),
    fresh_days=35,
    owner_role="analyst",
    pattern="clientes*.csv",
    grain=_("one row per customer"),
    columns=(
        Column("customer", "CD_CLIENTE", Kind.CUSTOMER, _("customer code"), needed=True, required=True),
        Column("name", "RAZAO_SOCIAL", Kind.TEXT, _("registered name"), needed=True, privacy=Personal.COMPANY),
        Column("cnpj", "CNPJ", Kind.CNPJ, _("company number, digits or alphanumeric")),
        Column("city", "CIDADE", Kind.CITY, _("city")),
        Column("state", "UF", Kind.TEXT, _("state, or a foreign code"), vocabulary=STATES),
        Column("country", "PAIS", Kind.COUNTRY, _("country code of the Receita Federal"), vocabulary=COUNTRIES),
        Column("cnae", "DS_CNAE", Kind.TEXT, _("economic activity"), repairs=(("mojibake_cnae", "…", "à"),)),
        Column("industry", "DS_SEGMENTO", Kind.TEXT, _("market segment"), vocabulary=INDUSTRIES),
        Column("subindustry", "DS_SUBSEGMENTO", Kind.TEXT, _("sub-segment")),
        Column("revenue_band", "FAT_FAIXA", Kind.TEXT, _("band of the customer's own revenue"), vocabulary=BANDS),
        Column("since", "CLIENTE_DESDE", Kind.DATE, _("first day as a customer")),
    ),
    scope=("customer",),
    unique=True,
    makes_customers=True,
)

CONTRACTS = Source(
    name="dados_clientes",
    title=_("Contract lines with product, value, city and industry"),
    fresh_days=35,
    owner_role="analyst",
    pattern="dados_clientes*.csv",
    grain=_("one row per contract line (customer × product); a newer file replaces all lines of each customer in it"),
    columns=(
        Column("customer", "CD_CLIENTE", Kind.CUSTOMER, _("customer code"), needed=True, required=True),
        Column("product", "DS_PROD", Kind.TEXT, _("product sold"), needed=True, required=True),
        Column("line", "DS_LIN_REC", Kind.TEXT, _("revenue line of the product")),
        Column("city", "CIDADE", Kind.CITY, _("city, upper case without spaces")),
        Column("cnae", "DS_CNAE", Kind.TEXT, _("economic activity"), repairs=(("mojibake_cnae", "…", "à"),)),
        Column("industry", "DS_SEGMENTO", Kind.TEXT, _("market segment of TOTVS"), vocabulary=INDUSTRIES),
        Column(
            "subindustry", "DS_SUBSEGMENTO", Kind.TEXT, _("sub-segment"),
            variants=(("UTILITES", "UTILITIES"), ("PROVEDOR SERVICOS", "PROVEDOR DE SERVICOS"), ("LOCAÇÃO", "LOCACAO")),
        ),
        Column("revenue_band", "FAT_FAIXA", Kind.TEXT, _("band of the customer's own revenue"), vocabulary=BANDS),
        Column("brand", "MARCA_TOTVS", Kind.TEXT, _("brand")),
        Column("modality", "MODAL_COMERC", Kind.TEXT, _("commercial modality")),
        Column("country", "PAIS", Kind.COUNTRY, _("country code of the Receita Federal"), vocabulary=COUNTRIES),
        Column("periodicity", "PERIODICIDADE", Kind.TEXT, _("billing period")),
        Column("status", "SITUACAO_CONTRATO", Kind.TEXT, _("state of the line"), vocabulary=STATUSES),
        Column("state", "UF", Kind.TEXT, _("state, or a foreign code"), vocabulary=STATES),
        Column("value", "VL_TOTAL_CONTRATO", Kind.MONEY, _("value of the line, masked by one factor"), needed=True),
        Column("signed_on", "DT_ASSINATURA_CONTRATO", Kind.DATE, _("day of signature")),
    ),
    scope=("customer",),
    makes_customers=True,
    duplicates="contract_full_duplicates",
    checks=(
        Check("negative_contracts", "value", "value < 0"),
        Check("token_price", "value", "abs(value) = {token}"),
    ),
)  # fmt: skip

MRR = Source(
    name="mrr",
    title=_("Monthly recurring revenue of each customer"),
    fresh_days=35,
    owner_role="analyst",
    pattern="mrr*.csv",
    grain=_("one row per customer"),
    columns=(
        Column("customer", "CLIENTE", Kind.CUSTOMER, _("customer code"), needed=True, required=True),
        Column(
            "mrr",
            "MRR_12M",
            Kind.FLOAT,
            _("monthly recurring revenue, mean of twelve months"),
            needed=True,
            required=True,
            privacy=Personal.FINANCIAL,
        ),
    ),
    scope=("customer",),
    unique=True,
    decimal=".",
    after=("clientes_desde", "clientes", "dados_clientes"),
    checks=(Check("zero_mrr", "mrr", "mrr = 0"), Check("negative_mrr", "mrr", "mrr < 0", Effect.QUARANTINE)),
)

PURCHASES = Source(
    name="contratacoes_ultimos_12_meses",
    title=_("Contracts closed in the last twelve months"),
    fresh_days=35,
    owner_role="analyst",
    pattern="contratacoes_ultimos_12_meses*.csv",
    grain=_("one row per customer"),
    columns=(
        Column("customer", "CD_CLIENTE", Kind.CUSTOMER, _("customer code"), needed=True, required=True),
        Column(
            "quantity",
            "QTD_CONTRATACOES_12M",
            Kind.INTEGER,
            _("contracts closed in twelve months"),
            needed=True,
            required=True,
        ),
        Column("value", "VLR_CONTRATACOES_12M", Kind.MONEY, _("their value, masked by one factor"), needed=True),
    ),
    scope=("customer",),
    unique=True,
    after=("clientes_desde", "clientes", "dados_clientes"),
    checks=(Check("negative_quantity", "quantity", "quantity < 0", Effect.QUARANTINE),),
)

PROPOSALS = Source(
    name="historico",
    title=_("Past proposals, one row per item"),
    fresh_days=35,
    owner_role="analyst",
    pattern="historico*.csv",
    grain=_("one row per proposal item; a newer file replaces the proposals in it"),
    columns=(
        Column("number", "NR_PROPOSTA", Kind.TEXT, _("proposal number"), needed=True, required=True),
        Column("item", "ITEM_PROPOSTA", Kind.INTEGER, _("item within the proposal")),
        Column("uploaded_on", "DT_UPLOAD", Kind.DATE, _("day of the proposal")),
        Column(
            "hosting", "HOSPEDAGEM", Kind.TEXT, _("where it runs"), vocabulary=frozenset({"ON PREMISES", "TOTVS CLOUD"})
        ),
        Column("customer", "CD_CLI", Kind.CUSTOMER, _("customer code"), needed=True, required=True),
        Column("revenue_band", "FAT_FAIXA", Kind.TEXT, _("band of the customer's own revenue"), vocabulary=BANDS),
        Column("product", "CD_PROD", Kind.TEXT, _("product code")),
        Column("quantity", "QTD", Kind.MONEY, _("quantity; hours may be fractions")),
        Column("bonus_months", "MESES_BONIF", Kind.INTEGER, _("free months")),
        Column("temporary_discount_percent", "VL_PCT_DESC_TEMP", Kind.FLOAT, _("temporary discount, percent")),
        Column("discount_percent", "VL_PCT_DESCONTO", Kind.FLOAT, _("discount, percent")),
        Column("unit_price", "PRC_UNITARIO", Kind.MONEY, _("unit price")),
        Column("temporary_discount", "VL_DESCONTO_TEMPORARIO", Kind.MONEY, _("temporary discount")),
        Column("total", "VL_TOTAL", Kind.MONEY, _("total of the item"), needed=True),
        Column("full_price", "VL_FULL", Kind.MONEY, _("list price of the item")),
        Column("discount", "VL_DESCONTO", Kind.MONEY, _("discount")),
    ),
    scope=("customer", "number"),
    after=("clientes_desde", "clientes", "dados_clientes"),
    checks=(
        Check("sentinel_bonus_months", "bonus_months", "bonus_months >= 999", Effect.CLEAR),
        Check("discount_out_of_range", "discount_percent", "discount_percent NOT BETWEEN 0 AND 100", Effect.CLEAR),
        Check(
            "discount_out_of_range",
            "temporary_discount_percent",
            "temporary_discount_percent NOT BETWEEN 0 AND 100",
            Effect.CLEAR,
        ),
        Check("token_full_price", "full_price", "abs(full_price) = {token}"),
        Check("total_above_full_price", "total", "total > full_price AND abs(full_price) <> {token}"),
        Check("negative_total", "total", "total < 0"),
    ),
)
