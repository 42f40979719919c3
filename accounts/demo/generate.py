"""Write a whole demo company into a directory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from accounts.demo import contracts, economy, nps, people, proposals, telemetry, tickets
from accounts.demo.customers import SNAPSHOT, Base, make_base
from accounts.demo.layouts import LAYOUTS
from accounts.demo.writers import Columns, write_table

QUIRKS = "quirks.json"
_GENERATOR = "demo_data"

Defects = Mapping[str, object]
Report = Callable[[str], None]


class NotOurDirectory(Exception):
    """The output directory holds files that this generator did not write."""


@dataclass(frozen=True)
class WrittenFile:
    """One file of the directory and its data rows (header not counted)."""

    name: str
    rows: int


def generate(
    out: Path,
    *,
    customers: int,
    seed: int,
    as_of: date = SNAPSHOT,
    telemetry_rows: int | None = None,
    full: bool = False,
    force: bool = False,
    report: Report = lambda _: None,
) -> list[WrittenFile]:
    """Write the source files of a company of ``customers`` as seen on ``as_of``; same arguments, same bytes.

    ``telemetry_rows`` defaults to about 100 per customer with telemetry, or to the real proportion when
    ``full``. Raises NotOurDirectory where ``out`` holds anything else (unless ``force``), ValueError for
    impossible sizes, OSError where the directory cannot be written.
    """
    base = make_base(customers, seed, as_of)
    if telemetry_rows is None:
        telemetry_rows = telemetry.full_rows(base) if full else telemetry.default_rows(base)
    telemetry.check_rows(base, telemetry_rows)
    _claim(out, force)
    quirks: dict[str, object] = {}
    written: list[WrittenFile] = []
    for name, columns, defects in _tables(base):
        written.append(WrittenFile(name, write_table(out / name, LAYOUTS[name], columns)))
        quirks.update(defects)
        report(f"{name}: {written[-1].rows:,} rows")
    events, defects = telemetry.write_telemetry(base, out, telemetry_rows, report)
    written += [WrittenFile(name, rows) for name, rows in events.items()]
    rows = {"rows": {file.name: file.rows for file in written}}
    _write_quirks(out, {**rows, **quirks, **defects, "complete": True})
    return written


def _claim(out: Path, force: bool) -> None:
    """Make the directory and mark it as ours before the first file, so that an interrupted run can be
    repeated.
    """
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()) and not force and not _ours(out):
        raise NotOurDirectory(f"{out} is not empty and was not written by demo_data; choose another or add --force")
    _write_quirks(out, {"complete": False})


def _ours(out: Path) -> bool:
    try:
        return json.loads((out / QUIRKS).read_text("utf-8")).get("generator") == _GENERATOR
    except (OSError, ValueError, AttributeError):
        return False


def _write_quirks(out: Path, content: Defects) -> None:
    text = json.dumps({"generator": _GENERATOR, **content}, indent=1, ensure_ascii=False)
    (out / QUIRKS).write_text(text + "\n", "utf-8")


def _tables(base: Base) -> Iterator[tuple[str, Columns, Defects]]:
    """Yield every file but telemetry, one at a time, so that only one is in memory."""
    names = people.trade_names(base)
    yield "clientes_desde.csv", contracts.since_table(base), {}
    yield "dados_clientes.csv", *contracts.contract_table(base)
    yield "contratacoes_ultimos_12_meses.csv", contracts.recent_table(base), {}
    yield "mrr.csv", *contracts.mrr_table(base)
    yield "historico.csv", *proposals.proposal_table(base)
    yield "nps_relacional.csv", *nps.relational_table(base)
    yield "nps_transacional_aquisicao.csv", *nps.acquisition_table(base)
    yield "nps_transacional_implantacao.csv", *nps.implementation_table(base)
    yield "nps_transacional_onboarding.csv", *nps.onboarding_table(base)
    yield "nps_transacional_produto.csv", *nps.product_table(base)
    columns, defects, numbered = tickets.ticket_table(base)
    yield "tickets.csv", columns, defects
    yield "nps_transacional_suporte.csv", *nps.support_table(base, numbered)
    yield "contatos.csv", people.contact_table(base, names), {}
    yield "responsaveis.csv", people.account_table(base, names), {}
    yield "unidades.csv", people.unit_table(), {}
    yield "faturas.csv", *economy.invoice_table(base)
    yield "indicadores.csv", economy.indicator_table(base), {}
    yield "truth.csv", people.truth_table(base), {}
