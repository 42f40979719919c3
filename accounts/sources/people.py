"""Our own files: contacts with consent, account owners, business units of product lines."""

from django.utils.translation import gettext_lazy as _

from accounts.sources.declaration import Check, Column, Effect, Kind, Personal, Source

_MASTER = ("clientes_desde", "clientes", "dados_clientes")

CONTACTS = Source(
    name="contatos",
    title=_("People to write to and what they agreed to"),
    fresh_days=35,
    owner_role="marketing_manager",
    pattern="contatos*.csv",
    grain=_("one row per person"),
    columns=(
        Column("customer", "CD_CLIENTE", Kind.CUSTOMER, _("customer code"), needed=True, required=True),
        Column(
            "ref",
            "CONTATO_ID",
            Kind.TEXT,
            _("pseudonym of the person"),
            needed=True,
            required=True,
            privacy=Personal.PSEUDONYM,
        ),
        Column("name", "NOME", Kind.TEXT, _("name"), privacy=Personal.IDENTITY),
        Column("job_title", "CARGO", Kind.TEXT, _("job title"), privacy=Personal.CONTACT),
        Column("email", "EMAIL", Kind.EMAIL, _("e-mail address"), needed=True),
        Column("phone", "TELEFONE", Kind.TEXT, _("telephone"), privacy=Personal.CONTACT),
        Column(
            "language",
            "IDIOMA",
            Kind.TEXT,
            _("pt-BR or en"),
            vocabulary=frozenset({"pt-BR", "en"}),
            privacy=Personal.PREFERENCE,
        ),
        Column("is_primary", "PRINCIPAL", Kind.FLAG, _("the first person to write to"), privacy=Personal.PREFERENCE),
        Column(
            "marketing",
            "CONSENTE_MARKETING",
            Kind.FLAG,
            _("agreed to marketing"),
            needed=True,
            privacy=Personal.CONSENT,
        ),
        Column("service", "CONSENTE_SERVICO", Kind.FLAG, _("agreed to service messages"), privacy=Personal.CONSENT),
        Column("credit", "CONSENTE_CREDITO", Kind.FLAG, _("agreed to credit offers"), privacy=Personal.CONSENT),
        Column("legal_basis", "BASE_LEGAL", Kind.TEXT, _("legal basis (LGPD art. 7)"), privacy=Personal.CONSENT),
        Column("consented_on", "DT_CONSENTIMENTO", Kind.DATE, _("day of the consent"), privacy=Personal.CONSENT),
        Column("time_zone", "FUSO", Kind.TEXT, _("IANA time zone"), privacy=Personal.PREFERENCE),
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
    title=_("Trade name, CNPJ and account owner of each customer"),
    fresh_days=35,
    owner_role="admin",
    pattern="responsaveis*.csv",
    grain=_("one row per customer"),
    columns=(
        Column("customer", "CD_CLIENTE", Kind.CUSTOMER, _("customer code"), needed=True, required=True),
        Column("name", "NOME_FANTASIA", Kind.TEXT, _("trade name"), privacy=Personal.COMPANY),
        Column("cnpj", "CNPJ", Kind.CNPJ, _("company number, digits or alphanumeric")),
        Column("owner_email", "RESPONSAVEL_EMAIL", Kind.EMAIL, _("address of the account owner"), needed=True),
        Column("owner_name", "RESPONSAVEL_NOME", Kind.TEXT, _("name of the account owner"), privacy=Personal.IDENTITY),
    ),
    scope=("customer",),
    unique=True,
    after=_MASTER,
)

UNITS = Source(
    name="unidades",
    title=_("Business unit of each product line"),
    fresh_days=400,
    owner_role="admin",
    pattern="unidades*.csv",
    grain=_("one row per product line"),
    columns=(
        Column("line", "LINHA", Kind.TEXT, _("product line"), needed=True, required=True),
        Column(
            "unit", "UNIDADE", Kind.TEXT, _("business unit"), needed=True, required=True,
            vocabulary=frozenset({"RD", "GESTAO", "TECHFIN"}),
            variants=(("RD Station", "RD"), ("GESTÃO", "GESTAO"), ("TOTVS Gestão", "GESTAO"), ("TechFin", "TECHFIN")),
        ),
    ),
    scope=("line",),
    unique=True,
    checks=(Check("unknown_unit", "unit", "unit NOT IN ('RD', 'GESTAO', 'TECHFIN')", Effect.QUARANTINE),),
)  # fmt: skip
