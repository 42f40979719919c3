"""What customers have bought: master, contract lines, recurring revenue, purchases, past proposals."""

from accounts.sources.declaration import Check, Column, Effect, Kind, Source

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
    pattern="clientes_desde*.csv",
    grain="one row per customer",
    columns=(
        Column("customer", "CLIENTE", Kind.CUSTOMER, "customer code", needed=True, required=True),
        Column("since", "CLIENTE_DESDE", Kind.DATE, "first day as a customer", needed=True),
    ),
    scope=("customer",),
    unique=True,
    makes_customers=True,
)

CONTRACTS = Source(
    name="dados_clientes",
    pattern="dados_clientes*.csv",
    grain="one row per contract line (customer × product); a newer file replaces all lines of each customer in it",
    columns=(
        Column("customer", "CD_CLIENTE", Kind.CUSTOMER, "customer code", needed=True, required=True),
        Column("product", "DS_PROD", Kind.TEXT, "product sold", needed=True, required=True),
        Column("line", "DS_LIN_REC", Kind.TEXT, "revenue line of the product"),
        Column("city", "CIDADE", Kind.CITY, "city, upper case without spaces"),
        Column("cnae", "DS_CNAE", Kind.TEXT, "economic activity", repairs=(("mojibake_cnae", "…", "à"),)),
        Column("industry", "DS_SEGMENTO", Kind.TEXT, "market segment of TOTVS", vocabulary=INDUSTRIES),
        Column(
            "subindustry", "DS_SUBSEGMENTO", Kind.TEXT, "sub-segment",
            variants=(("UTILITES", "UTILITIES"), ("PROVEDOR SERVICOS", "PROVEDOR DE SERVICOS"), ("LOCAÇÃO", "LOCACAO")),
        ),
        Column("revenue_band", "FAT_FAIXA", Kind.TEXT, "band of the customer's own revenue", vocabulary=BANDS),
        Column("brand", "MARCA_TOTVS", Kind.TEXT, "brand"),
        Column("modality", "MODAL_COMERC", Kind.TEXT, "commercial modality"),
        Column("country", "PAIS", Kind.COUNTRY, "country code of the Receita Federal", vocabulary=COUNTRIES),
        Column("periodicity", "PERIODICIDADE", Kind.TEXT, "billing period"),
        Column("status", "SITUACAO_CONTRATO", Kind.TEXT, "state of the line", vocabulary=STATUSES),
        Column("state", "UF", Kind.TEXT, "state, or a foreign code", vocabulary=STATES),
        Column("value", "VL_TOTAL_CONTRATO", Kind.MONEY, "value of the line, masked by one factor", needed=True),
        Column("signed_on", "DT_ASSINATURA_CONTRATO", Kind.DATE, "day of signature"),
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
    pattern="mrr*.csv",
    grain="one row per customer",
    columns=(
        Column("customer", "CLIENTE", Kind.CUSTOMER, "customer code", needed=True, required=True),
        Column(
            "mrr", "MRR_12M", Kind.FLOAT, "monthly recurring revenue, mean of twelve months", needed=True, required=True
        ),
    ),
    scope=("customer",),
    unique=True,
    decimal=".",
    after=("clientes_desde", "dados_clientes"),
    checks=(Check("zero_mrr", "mrr", "mrr = 0"), Check("negative_mrr", "mrr", "mrr < 0", Effect.QUARANTINE)),
)

PURCHASES = Source(
    name="contratacoes_ultimos_12_meses",
    pattern="contratacoes_ultimos_12_meses*.csv",
    grain="one row per customer",
    columns=(
        Column("customer", "CD_CLIENTE", Kind.CUSTOMER, "customer code", needed=True, required=True),
        Column(
            "quantity",
            "QTD_CONTRATACOES_12M",
            Kind.INTEGER,
            "contracts closed in twelve months",
            needed=True,
            required=True,
        ),
        Column("value", "VLR_CONTRATACOES_12M", Kind.MONEY, "their value, masked by one factor", needed=True),
    ),
    scope=("customer",),
    unique=True,
    after=("clientes_desde", "dados_clientes"),
    checks=(Check("negative_quantity", "quantity", "quantity < 0", Effect.QUARANTINE),),
)

PROPOSALS = Source(
    name="historico",
    pattern="historico*.csv",
    grain="one row per proposal item; a newer file replaces the proposals in it",
    columns=(
        Column("number", "NR_PROPOSTA", Kind.TEXT, "proposal number", needed=True, required=True),
        Column("item", "ITEM_PROPOSTA", Kind.INTEGER, "item within the proposal"),
        Column("uploaded_on", "DT_UPLOAD", Kind.DATE, "day of the proposal"),
        Column(
            "hosting", "HOSPEDAGEM", Kind.TEXT, "where it runs", vocabulary=frozenset({"ON PREMISES", "TOTVS CLOUD"})
        ),
        Column("customer", "CD_CLI", Kind.CUSTOMER, "customer code", needed=True, required=True),
        Column("revenue_band", "FAT_FAIXA", Kind.TEXT, "band of the customer's own revenue", vocabulary=BANDS),
        Column("product", "CD_PROD", Kind.TEXT, "product code"),
        Column("quantity", "QTD", Kind.MONEY, "quantity; hours may be fractions"),
        Column("bonus_months", "MESES_BONIF", Kind.INTEGER, "free months"),
        Column("temporary_discount_percent", "VL_PCT_DESC_TEMP", Kind.FLOAT, "temporary discount, percent"),
        Column("discount_percent", "VL_PCT_DESCONTO", Kind.FLOAT, "discount, percent"),
        Column("unit_price", "PRC_UNITARIO", Kind.MONEY, "unit price"),
        Column("temporary_discount", "VL_DESCONTO_TEMPORARIO", Kind.MONEY, "temporary discount"),
        Column("total", "VL_TOTAL", Kind.MONEY, "total of the item", needed=True),
        Column("full_price", "VL_FULL", Kind.MONEY, "list price of the item"),
        Column("discount", "VL_DESCONTO", Kind.MONEY, "discount"),
    ),
    scope=("customer", "number"),
    after=("clientes_desde", "dados_clientes"),
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
