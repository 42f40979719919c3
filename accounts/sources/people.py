"""Our own files: contacts with consent, account owners, business units of product lines."""

from accounts.sources.declaration import Check, Column, Effect, Kind, Source

_MASTER = ("clientes_desde", "dados_clientes")

CONTACTS = Source(
    name="contatos",
    pattern="contatos*.csv",
    grain="one row per person",
    columns=(
        Column("customer", "CD_CLIENTE", Kind.CUSTOMER, "customer code", needed=True, required=True),
        Column("ref", "CONTATO_ID", Kind.TEXT, "pseudonym of the person", needed=True, required=True),
        Column("name", "NOME", Kind.TEXT, "name"),
        Column("job_title", "CARGO", Kind.TEXT, "job title"),
        Column("email", "EMAIL", Kind.EMAIL, "e-mail address", needed=True),
        Column("phone", "TELEFONE", Kind.TEXT, "telephone"),
        Column("language", "IDIOMA", Kind.TEXT, "pt-BR or en", vocabulary=frozenset({"pt-BR", "en"})),
        Column("is_primary", "PRINCIPAL", Kind.FLAG, "the first person to write to"),
        Column("marketing", "CONSENTE_MARKETING", Kind.FLAG, "agreed to marketing", needed=True),
        Column("service", "CONSENTE_SERVICO", Kind.FLAG, "agreed to service messages"),
        Column("credit", "CONSENTE_CREDITO", Kind.FLAG, "agreed to credit offers"),
        Column("legal_basis", "BASE_LEGAL", Kind.TEXT, "legal basis (LGPD art. 7)"),
        Column("consented_on", "DT_CONSENTIMENTO", Kind.DATE, "day of the consent"),
        Column("time_zone", "FUSO", Kind.TEXT, "IANA time zone"),
    ),
    scope=("ref",),
    unique=True,
    after=_MASTER,
    checks=(
        Check("unknown_time_zone", "time_zone", "time_zone NOT IN (SELECT name FROM known_zones)", Effect.CLEAR),
        Check("consent_without_date", "consented_on", "consented_on IS NULL AND (marketing OR service OR credit)"),
    ),
)

OWNERS = Source(
    name="responsaveis",
    pattern="responsaveis*.csv",
    grain="one row per customer",
    columns=(
        Column("customer", "CD_CLIENTE", Kind.CUSTOMER, "customer code", needed=True, required=True),
        Column("name", "NOME_FANTASIA", Kind.TEXT, "trade name"),
        Column("cnpj", "CNPJ", Kind.CNPJ, "company number, digits or alphanumeric"),
        Column("owner_email", "RESPONSAVEL_EMAIL", Kind.EMAIL, "address of the account owner", needed=True),
        Column("owner_name", "RESPONSAVEL_NOME", Kind.TEXT, "name of the account owner"),
    ),
    scope=("customer",),
    unique=True,
    after=_MASTER,
)

UNITS = Source(
    name="unidades",
    pattern="unidades*.csv",
    grain="one row per product line",
    columns=(
        Column("line", "LINHA", Kind.TEXT, "product line", needed=True, required=True),
        Column(
            "unit", "UNIDADE", Kind.TEXT, "business unit", needed=True, required=True,
            vocabulary=frozenset({"RD", "GESTAO", "TECHFIN"}),
            variants=(("RD Station", "RD"), ("GESTÃO", "GESTAO"), ("TOTVS Gestão", "GESTAO"), ("TechFin", "TECHFIN")),
        ),
    ),
    scope=("line",),
    unique=True,
    checks=(Check("unknown_unit", "unit", "unit NOT IN ('RD', 'GESTAO', 'TECHFIN')", Effect.QUARANTINE),),
)  # fmt: skip
