"""What customers were billed, and the economy around them."""

from django.utils.translation import gettext_lazy as _

from accounts.sources.commercial import INDUSTRIES, STATES
from accounts.sources.declaration import Check, Column, Effect, Kind, Personal, Source

INVOICES = Source(
    name="faturas",
    title=_("Invoices: issued, due, paid, and their value"),
    fresh_days=8,
    owner_role="analyst",
    pattern="faturas*.csv",
    grain=_("one row per invoice; a newer row of the same invoice replaces the older one"),
    columns=(
        Column("customer", "CD_CLIENTE", Kind.CUSTOMER, _("customer code"), needed=True, required=True),
        Column("number", "NR_FATURA", Kind.TEXT, _("invoice number"), needed=True, required=True),
        Column("issued_on", "DT_EMISSAO", Kind.DATE, _("day of issue"), needed=True),
        Column("due_on", "DT_VENCIMENTO", Kind.DATE, _("day on which it is due"), needed=True, future=True),
        Column("paid_on", "DT_PAGAMENTO", Kind.DATE, _("day of payment; empty while it is open")),
        Column("value", "VL_FATURA", Kind.MONEY, _("value of the invoice"), needed=True, required=True),
    ),
    scope=("customer", "number"),
    unique=True,
    after=("clientes_desde", "clientes", "dados_clientes"),
    checks=(
        Check("negative_invoice", "value", "value < 0"),
        Check("due_before_issue", "due_on", "due_on < issued_on"),
        Check("paid_before_issue", "paid_on", "paid_on < issued_on"),
    ),
)

INDICATORS = Source(
    name="indicadores",
    title=_("External indicators (IBGE, Banco Central) per month, state and market segment"),
    fresh_days=65,
    owner_role="analyst",
    pattern="indicadores*.csv",
    grain=_("one row per series, month, state and market segment; a newer row of the same month replaces the older one"),
    columns=(
        Column("code", "INDICADOR", Kind.TEXT, _("name of the series"), needed=True, required=True),
        Column("unit", "UNIDADE_MEDIDA", Kind.TEXT, _("unit: percent, index, BRL, …"), needed=True, required=True),
        Column("month", "MES", Kind.DATE, _("first day of the month"), needed=True, required=True, formats=("%Y-%m",)),
        Column("state", "UF", Kind.TEXT, _("state; empty for the whole country"), vocabulary=STATES),
        Column("industry", "DS_SEGMENTO", Kind.TEXT, _("market segment; empty for all"), vocabulary=INDUSTRIES),
        Column(
            "value", "VALOR", Kind.FLOAT, _("value of the series in the month"), needed=True, required=True,
            privacy=Personal.NONE,
        ),
    ),
    scope=("code", "month", "state", "industry"),
    unique=True,
    checks=(Check("not_first_of_month", "month", "day(month) <> 1", Effect.NOTE),),
)  # fmt: skip
