"""What customers do: support tickets and product use."""

from accounts.sources.declaration import Check, Column, Effect, Kind, Source

LONGEST_EVENT_MS = 86_400_000  # a usage event longer than a day is a sentinel, not a session

TICKETS = Source(
    name="tickets",
    pattern="tickets*.csv",
    grain="one row per ticket; a newer row of the same ticket replaces the older one",
    columns=(
        Column("customer", "CODIGO_ORGANIZACAO", Kind.CUSTOMER, "customer code", needed=True, required=True),
        Column("group", "NOME_GRUPO", Kind.TEXT, "team"),
        Column("kind", "TIPO_TICKET", Kind.TEXT, "question, task, …"),
        Column("status", "STATUS_TICKET", Kind.TEXT, "open, closed, …"),
        Column("created_on", "DT_CRIACAO", Kind.DATE, "day of creation", needed=True),
        Column("updated_on", "DT_ATUALIZACAO", Kind.DATE, "day of the last change"),
        Column("number", "BK_TICKET", Kind.TEXT, "ticket number", needed=True, required=True),
        Column("priority", "PRIORIDADE_TICKET", Kind.TEXT, "low, normal, high, urgent"),
    ),
    scope=("number", "customer"),
    unique=True,
    newest="updated_on",
    after=("clientes_desde", "dados_clientes"),
    duplicates="ticket_full_duplicates",
    orphans="ticket_orphans",
    checks=(Check("updated_before_created", "updated_on", "updated_on < created_on"),),
)

TELEMETRY = Source(
    name="telemetria",
    pattern="telemetria_*.csv",
    grain="one row per usage event; exact repetitions are one event",
    columns=(
        Column("customer", "clienteid", Kind.STORE, "customer code and two-digit store", needed=True, required=True),
        Column("duration_ms", "eventduration", Kind.FLOAT, "duration in milliseconds", needed=True),
        Column("module", "moduloid", Kind.TEXT, "module, four digits"),
        Column("product_line", "productlineid", Kind.TEXT, "product line, two digits"),
        Column("day", "referencedatestart", Kind.DATE, "day of the event", needed=True, required=True),
        Column("slot", "slotid", Kind.TEXT, "licence slot"),
        Column(
            "licence", "statuslicenca", Kind.TEXT, "what became of the licence request",
            vocabulary=frozenset({"Desconectado", "Conectado", "Negado"}),
        ),
        Column("tcloud", "tcloud", Kind.TEXT, "always empty"),
        Column("prime", "clienteprime", Kind.TEXT, "always empty"),
    ),
    decimal=".",
    separator=",",
    after=("clientes_desde", "dados_clientes"),
    duplicates="telemetry_exact_duplicates",
    orphans="telemetry_orphans",
    events=True,
    checks=(
        Check("sentinel_duration", "duration_ms", f"duration_ms < 0 OR duration_ms > {LONGEST_EVENT_MS}", Effect.CLEAR),
    ),
)  # fmt: skip
