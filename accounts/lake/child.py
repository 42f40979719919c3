"""``python -m accounts.lake.child JOB.json``: read, check and curate files under a memory cap, apart from the worker.

Progress goes to standard output as JSON lines; the answer to ``<work>/result.json``. A hostile file can kill this process only.
"""

import ctypes
import json
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import available_timezones

from accounts.lake.bad import Asks, BadFile
from accounts.lake.changes import keep_changes
from accounts.lake.curate import curate, customers_version
from accounts.lake.distinct import curate_events
from accounts.lake.events import read_events
from accounts.lake.job import FileReport, Job, KnownTable, Result
from accounts.lake.landing import Landed, copies, land, tables
from accounts.lake.mapped import Sources, note_dialect, show_references
from accounts.lake.outputs import MASTERS, Outputs
from accounts.lake.parsing import listed, quoted
from accounts.lake.reading import parse, read
from accounts.lake.unfold import Failed, Unfolded
from accounts.reference import DATA
from accounts.sources import Source
from b2shift.lib.engine import connect, open_engine
from b2shift.lib.lake import Lake

if TYPE_CHECKING:
    import duckdb

LANDING = 2  # files at once
FURTHER = 1_000_000  # from here on run the numbers of files that are more than one thing
Read = TypeVar("Read")
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> int:
    """Carry out the job named on the command line."""
    job = Job.from_json(json.loads(Path(sys.argv[1]).read_text()))
    _die_with_parent()
    limit = job.memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    result = carry_out(job)
    partial = Path(job.work) / "result.json.part"
    partial.write_text(json.dumps(asdict(result)))
    partial.rename(Path(job.work) / "result.json")
    return 0


def _die_with_parent() -> None:
    """A reader whose worker was killed must not go on reading (Linux; elsewhere it ends at its next line of progress)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def say(share: float, step: str) -> None:
    """One line of progress: per cent of the child's work and what is being read."""
    print(json.dumps({"progress": round(share), "step": step}), flush=True)


def carry_out(job: Job) -> Result:
    """Land every file, then curate source by source in the order of their dependencies."""
    lake = Lake(job.lake)
    db = open_database(job, lake)
    engine = open_engine(job.engine, db)
    known = {name: _present(lake, table) for name, table in job.tables.items()}
    sources = Sources(job.mapped)
    reports, landed = _land_all(job, lake, known, sources)
    outputs = Outputs(db, engine, job, lake, known, sources)
    changed: list[str] = []
    wanted = [source for source in sources.ordered if any(each.match.source is source for each in landed)]
    for done, source in enumerate(wanted):
        say(10 + 55 * done / len(wanted), source.name)
        files = [each for each in landed if each.match.source is source]
        files = files if job.additive else _still_new(db, files, known.get(source.name))
        if files and _one_source(db, job, lake, source, files, outputs):
            changed.append(source.name)
    for number, report in reports.items():
        report.number = number
    about = {source.name for source in sources.ordered if source.customer}
    as_of = max((t.latest_on for name, t in known.items() if name in about and t.latest_on), default=None)
    if changed:
        say(65, "outputs")
        _last_outputs(outputs, {sources.targets[name] for name in changed}, as_of or job.today)
    return Result([reports[n] for n in sorted(reports)], known, outputs.written, as_of, changed)


def open_database(job: Job, lake: Lake) -> "duckdb.DuckDBPyConnection":
    """An embedded DuckDB with the job's memory, no network, and the small tables that checks refer to."""
    db = connect(job.memory_mb * 6 // 10, Path(job.work) / "spill", lake)
    db.execute(
        "CREATE TEMP TABLE known_cities AS SELECT regexp_replace(upper(strip_accents(name)), '[^A-Z0-9]', '', 'g') AS squashed, "
        f"state, name, upper(name) <> squashed AS lossy FROM read_csv({quoted(str(DATA / 'municipalities.tsv'))}, delim = '\t', "
        "header = false, comment = '#', quote = '', null_padding = true, auto_detect = false, "
        "columns = {'code': 'VARCHAR', 'state': 'VARCHAR', 'name': 'VARCHAR', 'others': 'VARCHAR'})"
    )
    db.execute(f"CREATE TEMP TABLE known_zones AS SELECT unnest([{listed(available_timezones())}]) AS name")
    db.execute(
        f"CREATE TEMP TABLE known_customers AS SELECT code FROM read_csv({quoted(job.known_customers)}, header = false, "
        "delim = ',', auto_detect = false, columns = {'code': 'VARCHAR'})"
    )
    return db


def _present(lake: Lake, table: KnownTable) -> KnownTable:
    """The table, or an empty one when its files are gone from the lake: the source is then read anew."""
    return table if all(lake.exists(each) for each in table.files) else KnownTable()


def _land_all(
    job: Job, lake: Lake, known: dict[str, KnownTable], sources: Sources
) -> tuple[dict[int, FileReport], list[Landed]]:
    reports: dict[int, FileReport] = {}
    landed: list[Landed] = []
    seen: dict[str, str] = {}
    for number, (table, found, seconds) in enumerate(_landings(job, lake, known, sources)):
        say(min(10, 10 * number / len(job.arrived)), table.name)
        reports[number] = found if isinstance(found, FileReport) else found.report
        reports[number].seconds = round(seconds, 3)
        if not isinstance(found, Landed):
            continue
        if found.report.sha256 in seen and not job.additive:
            found.report.reason, found.report.values = "same_content", {"file": seen[found.report.sha256]}
            continue
        seen[found.report.sha256] = table.name
        for each in (found, *copies(found, FURTHER + len(landed))):
            note_dialect(each)
            reports[each.number] = each.report
            landed.append(each)
    return reports, landed


def _landings(
    job: Job, lake: Lake, known: dict[str, KnownTable], sources: Sources
) -> Iterator[tuple[Unfolded | Failed, Landed | FileReport, float]]:
    """Every table with what landing made of it and its share of the seconds, in order; two land at once.

    Landing hashes and copies whole files, which leaves the interpreter free for the next one.
    """

    def landing(numbered: tuple[int, Unfolded | Failed]) -> tuple[Unfolded | Failed, Landed | FileReport, float]:
        started = time.monotonic()
        found = land(job, lake, known, sources, *numbered)
        return numbered[1], found, (time.monotonic() - started) / LANDING

    with ThreadPoolExecutor(LANDING) as threads:
        yield from threads.map(landing, enumerate(tables(job)))


def _still_new(db: "duckdb.DuckDBPyConnection", files: list[Landed], table: KnownTable | None) -> list[Landed]:
    """The files whose content is not wholly loaded; the others are reported as unchanged without being read."""
    if table is None:
        return files
    version, fresh = customers_version(db), []
    for landed in files:
        if table.inputs.get(landed.report.sha256, "never") in {None, version}:
            landed.report.outcome = "unchanged"
        else:
            fresh.append(landed)
    return fresh


def _one_source(
    db: "duckdb.DuckDBPyConnection", job: Job, lake: Lake, source: Source, files: list[Landed], outputs: Outputs
) -> bool:
    """Read, curate and write out one source; True when something changed. Bad files are refused, the others go on."""
    started = time.monotonic()
    before = outputs.tables.get(source.name, KnownTable())
    if source.events:
        events = [found for landed in files if (found := _attempt(landed, lambda it: read_events(db, job, source, it)))]
        readable = [found.landed for found in events]
        after = curate_events(db, job, lake, source, events, before) if events else before
    else:
        readable = [landed for landed in files if _attempt(landed, lambda it: _rows(db, it))]
        if readable:
            show_references(db, source, outputs.references(source))
            parse(db, source, readable)
        after = curate(db, job, lake, source, readable, before) if readable else before
    if not readable:
        return False
    if job.additive:
        after.inputs = dict(before.inputs)  # rows out of a file are not that file
    keep_changes(db, source, readable)
    outputs.tables[source.name] = after
    changed = after.files != before.files
    if changed:
        outputs.of(source)
        if source.makes_customers:
            db.execute(
                "INSERT INTO known_customers SELECT DISTINCT customer FROM accepted WHERE customer NOT IN (FROM known_customers)"
            )
    if source.target == "nps_transacional_suporte":
        _orphan_tickets(db, outputs, readable)
    for landed in readable:
        landed.report.outcome = (
            "loaded"
            if landed.report.accepted or landed.report.quarantined or not landed.report.unchanged
            else "unchanged"
        )
        landed.report.seconds += round((time.monotonic() - started) / len(readable), 3)
        db.execute(f"DROP TABLE IF EXISTS raw_{landed.number}")
    return changed


def _rows(db: "duckdb.DuckDBPyConnection", landed: Landed) -> Landed:
    read(db, landed)
    return landed


def _attempt(landed: Landed, reading: Callable[[Landed], Read]) -> Read | None:
    """What ``reading`` makes of a file; nothing when the file is bad, which its report then says."""
    try:
        return reading(landed)
    except BadFile as error:
        landed.report.outcome = "asks" if isinstance(error, Asks) else "refused"
        landed.report.questions = error.questions if isinstance(error, Asks) else []
        landed.report.reason, landed.report.values = error.key, error.values
        landed.report.rows = landed.report.quarantined = 0
        landed.report.quarantine = []
        landed.report.findings = [{"code": error.code, "column": "", "count": 1, "examples": []}]
        return None


def _orphan_tickets(db: "duckdb.DuckDBPyConnection", outputs: Outputs, files: list[Landed]) -> None:
    """Support answers whose ticket we do not have: kept, but without a date."""
    known = f"SELECT number FROM {outputs.current('tickets')}" if outputs.has("tickets") else "SELECT '' WHERE false"
    found = db.execute(
        "SELECT file_no, count(*), min(rn), min_by(ticket, rn) FROM classed WHERE reason IS NULL AND ticket NOT IN "
        f"({known}) GROUP BY file_no"
    ).fetchall()
    for number, count, row, ticket in found:
        landed = next(each for each in files if each.number == number)
        examples = [{"line": row + 2, "value": ticket}]
        landed.report.findings.append(
            {"code": "support_nps_orphan_tickets", "column": "ticket", "count": count, "examples": examples}
        )


def _last_outputs(outputs: Outputs, changed: set[str], as_of: str) -> None:
    outputs.origins()
    outputs.units()
    if set(MASTERS) & changed:
        outputs.customers()
    if "tickets" in changed and outputs.has("nps_transacional_suporte"):
        outputs.support_days()
    outputs.figures(as_of)


if __name__ == "__main__":
    sys.exit(main())
