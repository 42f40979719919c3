"""What PostgreSQL gets: one CSV per staging table, holding only what changed (figures of the lake: all customers)."""

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accounts.lake import passes
from accounts.lake.curate import parquet
from accounts.lake.distinct import label_of
from accounts.lake.job import Job, KnownTable
from accounts.lake.mapped import Sources
from accounts.lake.parsing import quoted
from accounts.sources import BY_NAME, SURVEYS, Kind, Source
from accounts.sources.mapping import SUMMED
from b2shift.lib.engine import Engine
from b2shift.lib.lake import Lake

if TYPE_CHECKING:
    import duckdb
    import narwhals as nw

LIMITS = {  # what a customer takes from its contract lines, and how long the text may be
    "city": 80, "state": 2, "country": 3, "cnae": 200, "industry": 60, "subindustry": 80, "revenue_band": 60,
}  # fmt: skip
MASTERS = ("clientes_desde", "clientes", "dados_clientes")
RECENT_TICKETS = 20


def given(name: str) -> str:
    """SQL: what a customer's master says, else most of its contract lines."""
    return f"coalesce(m.{name}, d.{name})"


class Outputs:
    """Writes the staging files of one job into its work folder."""

    def __init__(
        self,
        db: "duckdb.DuckDBPyConnection",
        engine: Engine,
        job: Job,
        lake: Lake,
        tables: dict[str, KnownTable],
        sources: Sources,
    ) -> None:
        self.db, self.engine, self.job, self.lake = db, engine, job, lake
        self.tables, self.sources = tables, sources
        self.written: dict[str, str] = {}

    def write(self, name: str, query: str) -> None:
        """Write the rows of ``query`` for the staging table ``name``; nothing when there are none."""
        path = f"{self.job.work}/{name}.csv"
        self.db.execute(f"COPY ({query}) TO {quoted(path)} (FORMAT csv, HEADER true, DELIMITER ',')")
        self.written[name] = path

    def compute(self, name: str, frame: "nw.LazyFrame[Any]") -> None:
        """Write the rows of a pass, computed by the engine, for the staging table ``name``."""
        path = f"{self.job.work}/{name}.csv"
        self.engine.write_csv(frame, Path(path))
        self.written[name] = path

    def frame(self, source: str) -> "nw.LazyFrame[Any]":
        """All current rows of a source as a frame of the engine (call only when it has any)."""
        return self.engine.scan(self.lake, self.files(source))

    def files(self, source: str) -> list[str]:
        """The lake's files of a declared source, those that people mapped to it included."""
        return [file for _, table in self.sources.tables_of(source, self.tables) for file in table.files]

    def current(self, source: str) -> str:
        """SQL for all current rows of a declared source, files that people mapped to it included (when it has any)."""
        return parquet(self.lake, self.files(source))

    def has(self, source: str) -> bool:
        """True when the lake holds rows of this source."""
        return bool(self.sources.tables_of(source, self.tables))

    def references(self, source: Source) -> str | None:
        """SQL for what leads from a reference to a customer in the mapped source that ``source`` looks through."""
        table = self.tables.get(source.through)
        return f"SELECT reference, customer FROM {parquet(self.lake, table.files)}" if table and table.files else None

    def of(self, source: Source) -> None:
        """Write what follows from the tables ``accepted`` and ``removed`` of this source."""
        if source.target in SURVEYS:
            self._answers(source)
            return
        writer = {
            "dados_clientes": self._contracts, "historico": self._proposals, "tickets": self._tickets,
            "telemetria": lambda: self._usage(source),
            "contatos": self._contacts, "responsaveis": self._owners, "faturas": self._invoices, "indicadores": self._indicators,
        }.get(source.target)  # fmt: skip
        if writer:
            writer()

    def _contracts(self) -> None:
        self.write("contracts_gone", "SELECT customer AS code, row_hash FROM removed")
        token = (
            "SELECT abs(value) AS v, count(*) AS n FROM " + self.current("dados_clientes") + " WHERE value <> 0 "
            "GROUP BY 1 ORDER BY n DESC, v LIMIT 1"
        )
        self.write(
            "contracts",
            "SELECT customer AS code, row_hash, product[:160] AS product, line[:80] AS line, brand[:80] AS brand, "
            "modality[:60] AS modality, "
            "periodicity[:30] AS periodicity, status[:20] AS status, value, coalesce(abs(value) = t.v AND t.v < 0.1 AND t.n > 1, false) "
            f"AS is_token_price, signed_on FROM accepted LEFT JOIN ({token}) t ON true",
        )

    def _proposals(self) -> None:
        touched = "SELECT customer, number FROM accepted UNION SELECT customer, number FROM removed"
        self.write(
            "proposals",
            "SELECT customer AS code, number[:20] AS number, md5(string_agg(row_hash, '' ORDER BY row_hash)) AS row_hash, "
            "max(uploaded_on) AS uploaded_on, mode(hosting ORDER BY hosting)[:40] AS hosting, count(*) AS items, sum(total) AS total, "
            f"sum(full_price) AS full_price, sum(discount) AS discount FROM {self.current('historico')} "
            f"WHERE (customer, number) IN ({touched}) GROUP BY customer, number",
        )

    def _answers(self, source: Source) -> None:
        survey = SURVEYS[source.target]
        pairs = ", ".join(f"{quoted(header)}, {name}" for name, header in survey.headers.items())
        entries = (
            f"json_object({pairs})" if pairs else "'{}'"
        )  # what was not given is null here and absent after the merge
        day, tickets = "CAST(answered_on AS DATE)", ""
        if source.target == "nps_transacional_suporte":
            day, tickets = "t.created_on", f"LEFT JOIN ({self._ticket_days()}) t ON t.number = ticket"
        self.write(
            f"nps_{survey.kind}",
            f"SELECT customer AS code, {quoted(survey.kind)} AS kind, md5({quoted(survey.kind)} || row_hash) AS row_hash, "
            f"{day} AS answered_on, score, CAST({entries} AS VARCHAR) AS scores, ({survey.subject})[:160] AS "
            f"subject FROM accepted {tickets}",
        )

    def _ticket_days(self) -> str:
        if not self.has("tickets"):
            return "SELECT CAST(NULL AS VARCHAR) AS number, CAST(NULL AS DATE) AS created_on WHERE false"
        return f"SELECT number, max(created_on) AS created_on FROM {self.current('tickets')} GROUP BY number"

    def support_days(self) -> None:
        """Dates of support answers loaded earlier, when tickets have changed since."""
        self.write(
            "nps_dates",
            "SELECT md5('support' || row_hash) AS row_hash, t.created_on AS answered_on "
            f"FROM {self.current('nps_transacional_suporte')} JOIN ({self._ticket_days()}) t ON t.number = ticket",
        )

    def _tickets(self) -> None:
        current = self.current("tickets")
        self.db.execute(
            "CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT customer FROM accepted UNION SELECT DISTINCT customer FROM removed"
        )
        touched = Path(self.job.work) / "touched.parquet"
        self.db.execute(f"COPY touched TO {quoted(str(touched))} (FORMAT parquet)")
        changed = self.engine.scan(Lake(self.job.work), [touched.name])
        self.compute("ticket_months", passes.ticket_months(self.frame("tickets"), changed))
        self.write(
            "tickets",
            'SELECT customer AS code, number[:20] AS number, "group"[:120] AS "group", kind[:20] AS kind, status[:20] AS status, '
            f"priority[:12] AS priority, created_on, updated_on FROM {current} WHERE customer IN (FROM touched) "
            f"QUALIFY row_number() OVER (PARTITION BY customer ORDER BY created_on DESC NULLS LAST, number DESC) <= {RECENT_TICKETS}",
        )
        self.write("tickets_touched", "SELECT customer AS code FROM touched")

    def _usage(self, source: Source) -> None:
        counts = self._usage_counts()
        changed = self.engine.scan(self.lake, [counts[source.name, self.job.label]])
        every = self.engine.scan(self.lake, list(counts.values()))
        self.compute("usage_days", passes.usage_days(every, changed))
        self.compute("usage_months", passes.usage_months(every, changed))

    def _usage_counts(self) -> dict[tuple[str, str], str]:
        """The counted events of each source and import, beside the events; counted now where they are not there yet."""
        loads: dict[tuple[str, str], list[str]] = {}
        for name, table in self.sources.tables_of("telemetria", self.tables):
            for file in table.files:
                loads.setdefault((name, label_of(file)), []).append(file)
        counts = {load: f"counts/{load[0]}/{load[1]}.parquet" for load in loads}
        for load, files in loads.items():
            if not self.lake.exists(counts[load]):
                local = Path(self.job.work) / "counts.parquet"
                self.engine.write_parquet(passes.usage_counts(self.engine.scan(self.lake, files)), local)
                self.lake.put(local, counts[load])
        return counts

    def _contacts(self) -> None:
        self.write(
            "contacts",
            "SELECT ref[:40] AS ref, customer AS code, name[:120] AS name, job_title[:80] AS job_title, email[:254] AS email, "
            "phone[:30] AS phone, CASE WHEN lower(language) = 'en' THEN 'en' ELSE 'pt-br' END AS language, "
            "coalesce(time_zone, 'America/Sao_Paulo') AS time_zone, coalesce(is_primary, false) AND row_number() OVER "
            "(PARTITION BY customer, is_primary ORDER BY ref) = 1 AS is_primary, coalesce(marketing, false) AS marketing, "
            "coalesce(service, false) AS service, coalesce(credit, false) AS credit, legal_basis[:60] AS legal_basis, consented_on "
            "FROM accepted",
        )

    def _owners(self) -> None:
        self.write(
            "owners",
            "SELECT customer AS code, name[:160] AS name, cnpj[:14] AS cnpj, owner_email[:254] AS owner_email, "
            "owner_name[:120] AS owner_name FROM accepted",
        )

    def origins(self) -> None:
        """Per customer and file of this job, how many rows came and went (see ``accounts.lake.changes``)."""
        self.write("origins", "SELECT code[:40] AS code, file_no, rows, removed, first_line, last_line FROM origins")

    def units(self) -> None:
        """The whole table of business units per product line: contract lines of any import are matched with it."""
        if self.has("unidades"):
            self.write("units", f"SELECT upper(line) AS line, unit FROM {self.current('unidades')}")

    def _invoices(self) -> None:
        self.write("invoices_gone", "SELECT customer AS code, number[:40] AS number FROM removed")
        self.write(
            "invoices",
            "SELECT customer AS code, number[:40] AS number, min(row_hash) AS row_hash, min(issued_on) AS issued_on, "
            "min(due_on) AS due_on, min(paid_on) AS paid_on, min(value) AS value FROM accepted GROUP BY 1, 2",
        )

    def _indicators(self) -> None:
        """The whole table, which is small: a series that was revised or withdrawn leaves nothing behind."""
        self.write(
            "indicators",
            "SELECT code[:60] AS code, mode(unit ORDER BY unit)[:30] AS unit, CAST(date_trunc('month', month) AS DATE) AS month, "
            "coalesce(state, '')[:2] AS state, coalesce(industry, '')[:60] AS industry, arg_max(value, month) AS value "
            f"FROM {self.current('indicadores')} GROUP BY 1, 3, 4, 5",
        )

    def customers(self) -> None:
        """Customers with what their master says, else most of their contract lines (ties: the first in the alphabet)."""
        masters = [name for name in MASTERS if self.has(name)]
        codes = " UNION ".join(f"SELECT DISTINCT customer AS code FROM {self.current(name)}" for name in masters)
        modes = ", ".join(f"mode({name} ORDER BY {name}) AS {name}" for name in LIMITS)
        nothing = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in LIMITS)
        derived = self._or_nothing("dados_clientes", f"customer, {modes}", nothing)
        own = "name", "cnpj", "since"
        first = ", ".join(f"mode({name} ORDER BY {name}) AS {name}" for name in own)
        empty = "CAST(NULL AS VARCHAR) AS name, CAST(NULL AS VARCHAR) AS cnpj, CAST(NULL AS DATE) AS since"
        master = self._or_nothing("clientes", f"customer, {first}, {modes}", f"{empty}, {nothing}")
        since = self._or_nothing("clientes_desde", "customer, min(since) AS since", "CAST(NULL AS DATE) AS since")
        trade = self._or_nothing(
            "responsaveis", "customer, min(name) AS name, min(cnpj) AS cnpj", empty.rsplit(",", 1)[0]
        )
        values = {name: given(name) for name in LIMITS} | {"city": f"coalesce(c.name, {given('city')})"}
        columns = ", ".join(f"{values[name]}[:{length}] AS {name}" for name, length in LIMITS.items())
        self.write(
            "customers",
            "SELECT k.code[:40] AS code, coalesce(t.name, m.name)[:160] AS name, coalesce(t.cnpj, m.cnpj)[:14] AS cnpj, "
            f"coalesce(s.since, m.since) AS since, {columns} FROM ({codes}) k LEFT JOIN ({since}) s ON s.customer = k.code "
            f"LEFT JOIN ({derived}) d ON d.customer = k.code LEFT JOIN ({master}) m ON m.customer = k.code "
            f"LEFT JOIN ({trade}) t ON t.customer = k.code LEFT JOIN known_cities c ON c.squashed = {given('city')} "
            f"AND c.state = {given('state')}",
        )

    def _or_nothing(self, source: str, columns: str, nothing: str) -> str:
        """A query over the source, one row per customer, or one of the same shape without rows where the lake has none."""
        if self.has(source):
            return f"SELECT {columns} FROM {self.current(source)} GROUP BY customer"
        return f"SELECT customer, {nothing} FROM (SELECT CAST(NULL AS VARCHAR) AS customer) WHERE false"

    def figures(self, as_of: str) -> None:
        """Per customer what only the lake knows: MRR, purchases, discounts, ticket windows, product use."""
        blocks = {
            "mrr": "arg_min(mrr, source_no) AS mrr",
            "contratacoes_ultimos_12_meses": (
                "arg_min(quantity, source_no) AS purchases_12m, arg_min(value, source_no) AS purchases_value_12m"
            ),
            "historico": "avg(discount_percent) AS proposals_discount, count(discount_percent) AS discount_items",
        }
        for source, columns in blocks.items():
            if self.has(source):
                rows = self._summed(source) if source in SUMMED else self.current(source)
                self.write(f"figures_{source}", f"SELECT customer AS code, {columns} FROM {rows} GROUP BY customer")
        day = date.fromisoformat(as_of)
        if self.has("tickets"):
            windows = passes.ticket_windows(self.frame("tickets"), _a_year_before(day), day - timedelta(days=90))
            self.compute("figures_tickets", windows)
        if self.has("telemetria"):
            counts = self.engine.scan(self.lake, list(self._usage_counts().values()))
            self.compute("figures_telemetria", passes.usage_totals(counts))

    def _summed(self, source: str) -> str:
        """Per source and customer the sum of its rows: where two sources know a customer, the declared one counts."""
        measures = [c.name for c in BY_NAME[source].columns if c.kind in {Kind.MONEY, Kind.FLOAT, Kind.INTEGER}]
        sums = ", ".join(f"sum({name}) AS {name}" for name in measures)
        parts = [
            f"SELECT {number} AS source_no, customer, {sums} FROM {parquet(self.lake, table.files)} GROUP BY customer"
            for number, (_, table) in enumerate(self.sources.tables_of(source, self.tables))
        ]
        return f"({' UNION ALL '.join(parts)})"


def _a_year_before(day: date) -> date:
    """The same day of the year before; 28 February for 29 February."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
