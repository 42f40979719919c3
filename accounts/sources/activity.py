"""What customers do: support tickets and product use."""

from django.utils.translation import gettext_lazy as _

from accounts.sources.declaration import Check, Column, Effect, Kind, Source

LONGEST_EVENT_MS = 86_400_000  # a usage event longer than a day is a sentinel, not a session

TICKETS = Source(
    name="tickets",
    title=_("Support tickets, one row per ticket"),
    fresh_days=8,
    owner_role="customer_success",
    pattern="tickets*.csv",
    grain=_("one row per ticket; a newer row of the same ticket replaces the older one"),
    columns=(
        Column("customer", "CODIGO_ORGANIZACAO", Kind.CUSTOMER, _("customer code"), needed=True, required=True),
        Column("group", "NOME_GRUPO", Kind.TEXT, _("team")),
        Column("kind", "TIPO_TICKET", Kind.TEXT, _("question, task, …")),
        Column("status", "STATUS_TICKET", Kind.TEXT, _("open, closed, …")),
        Column("created_on", "DT_CRIACAO", Kind.DATE, _("day of creation"), needed=True),
        Column("updated_on", "DT_ATUALIZACAO", Kind.DATE, _("day of the last change")),
        Column("number", "BK_TICKET", Kind.TEXT, _("ticket number"), needed=True, required=True),
        Column("priority", "PRIORIDADE_TICKET", Kind.TEXT, _("low, normal, high, urgent")),
    ),
    scope=("number", "customer"),
    unique=True,
    newest="updated_on",
    after=("clientes_desde", "clientes", "dados_clientes"),
    duplicates="ticket_full_duplicates",
    orphans="ticket_orphans",
    checks=(Check("updated_before_created", "updated_on", "updated_on < created_on"),),
)

TELEMETRY = Source(
    name="telemetria",
    title=_("Product use, one row per event"),
    fresh_days=8,
    owner_role="analyst",
    pattern="telemetria_*.csv",
    grain=_("one row per usage event; exact repetitions are one event"),
    columns=(
        Column("customer", "clienteid", Kind.STORE, _("customer code and two-digit store"), needed=True, required=True),
        Column("duration_ms", "eventduration", Kind.FLOAT, _("duration in milliseconds"), needed=True),
        Column("module", "moduloid", Kind.TEXT, _("module, four digits")),
        Column("product_line", "productlineid", Kind.TEXT, _("product line, two digits")),
        Column("day", "referencedatestart", Kind.DATE, _("day of the event"), needed=True, required=True),
        Column("slot", "slotid", Kind.TEXT, _("licence slot")),
        Column(
            "licence", "statuslicenca", Kind.TEXT, _("what became of the licence request"),
            vocabulary=frozenset({"Desconectado", "Conectado", "Negado"}),
        ),
        Column("tcloud", "tcloud", Kind.TEXT, _("always empty")),
        Column("prime", "clienteprime", Kind.TEXT, _("always empty")),
    ),
    decimal=".",
    separator=",",
    after=("clientes_desde", "clientes", "dados_clientes"),
    duplicates="telemetry_exact_duplicates",
    orphans="telemetry_orphans",
    events=True,
    checks=(
        Check("sentinel_duration", "duration_ms", f"duration_ms < 0 OR duration_ms > {LONGEST_EVENT_MS}", Effect.CLEAR),
    ),
)  # fmt: skip
