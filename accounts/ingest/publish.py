"""Staging tables and the set-based merge into the live tables: one transaction, all or nothing.

The child process wrote one CSV per staging table; each is copied into a temporary table and merged by the statements below,
which are safe to repeat: rows that are already there are replaced, not doubled.
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db import connection

from accounts import duplicates, people, pictures
from accounts.cleanse import remember
from accounts.ingest import merge
from accounts.models import Role, User

BLOCK = 1 << 20
SETTINGS = ("work_mem = '64MB'", "jit = off")  # few statements over many rows: no spilling sorts, no compiling
_CUSTOMER = (
    "code text, name text, cnpj text, since date, city text, state text, country text, cnae text, industry text, subindustry text, "
    "revenue_band text"
)
_ANSWER = "code text, kind text, row_hash text, answered_on date, score smallint, scores jsonb, subject text"
STAGES: dict[str, str] = {
    "customers": _CUSTOMER,
    "owners": "code text, name text, cnpj text, owner_email text, owner_name text",
    "units": "line text, unit text",
    "contracts_gone": "code text, row_hash text",
    "contracts": (
        "code text, row_hash text, product text, line text, brand text, modality text, periodicity text, status text, "
        "value numeric(18,5), is_token_price boolean, signed_on date"
    ),
    "proposals": (
        "code text, number text, row_hash text, uploaded_on date, hosting text, items integer, total numeric(18,5), "
        "full_price numeric(18,5), discount numeric(18,5)"
    ),
    "nps_dates": "row_hash text, answered_on date",
    "tickets_touched": "code text",
    "ticket_months": "code text, month date, opened integer, high integer, closed integer, days_mean float8",
    "tickets": (
        'code text, number text, "group" text, kind text, status text, priority text, created_on date, updated_on date'
    ),
    "usage_months": (
        "code text, month date, events bigint, seconds float8, modules integer, denied bigint, active_days smallint"
    ),
    "usage_days": "code text, day date, events integer, seconds float8, modules integer, denied integer",
    "contacts": (
        "ref text, code text, name text, job_title text, email text, phone text, language text, time_zone text, is_primary boolean, "
        "marketing boolean, service boolean, credit boolean, legal_basis text, consented_on date"
    ),
    "invoices_gone": "code text, number text",
    "invoices": (
        "code text, number text, row_hash text, issued_on date, due_on date, paid_on date, value numeric(18,2)"
    ),
    "indicators": "code text, unit text, month date, state text, industry text, value float8",
    **{
        f"nps_{kind}": _ANSWER
        for kind in ("relational", "acquisition", "implementation", "onboarding", "product", "support")
    },
    "figures_mrr": "code text, mrr float8",
    "figures_contratacoes_ultimos_12_meses": "code text, purchases_12m integer, purchases_value_12m numeric",
    "figures_historico": "code text, proposals_discount float8, discount_items integer",
    "figures_tickets": (
        "code text, tickets_12m integer, tickets_90d integer, tickets_high_12m integer, ticket_days_mean float8, "
        "tickets_closed_12m integer"
    ),
    "figures_telemetria": (
        "code text, usage_events bigint, usage_seconds float8, usage_active_days smallint, usage_modules integer, usage_denied bigint"
    ),
}


def publish(outputs: dict[str, str], as_of: str | None) -> None:
    """Merge the child's outputs into the live tables and compute every picture anew. Call inside a transaction."""
    with connection.cursor() as cursor:
        for setting in SETTINGS:
            cursor.execute(f"SET LOCAL {setting}")
        for name, columns in STAGES.items():
            cursor.execute(f"CREATE TEMP TABLE stage_{name} ({columns}) ON COMMIT DROP")
            if name in outputs:
                _fill(cursor, name, Path(outputs[name]))
        if "units" in outputs:
            people.seed_units()
        if "owners" in outputs:
            _make_reps(Path(outputs["owners"]))
        remember.apply(cursor, outputs)
        with duplicates.upheld():
            for needs, statement in merge.STATEMENTS:
                if needs in outputs:
                    cursor.execute(statement)
        remember.settle(cursor, outputs)
        cursor.execute(merge.LAKE_FIGURES)
        cursor.execute(merge.HISTORY, {"as_of": as_of})
        pictures.recompute_all(as_of)
        for name in STAGES:
            cursor.execute(f"DROP TABLE stage_{name}")


def _fill(cursor: Any, name: str, path: Path) -> None:
    """Copy a CSV with a header into its staging table."""
    with path.open("rb") as file:
        names = file.readline().decode().strip().split(",")
        header = ", ".join(f'"{column}"' for column in names)
        file.seek(0)
        with cursor.copy(f"COPY stage_{name} ({header}) FROM STDIN (FORMAT csv, HEADER true)") as copy:
            while block := file.read(BLOCK):
                copy.write(block)
    cursor.execute(f'ANALYZE stage_{name} ("{names[0]}")')  # what it is joined by: long texts would take long to judge


def _make_reps(path: Path) -> None:
    """Users for account owners that nobody has made yet: sales reps who cannot sign in before an administrator invites them."""
    with path.open(newline="") as file:
        wanted = {row["owner_email"]: row["owner_name"] for row in csv.DictReader(file) if row["owner_email"]}
    known = set(User.objects.filter(email__in=wanted).values_list("email", flat=True))
    User.objects.bulk_create(_reps(wanted, known), ignore_conflicts=True)


def _reps(wanted: dict[str, str], known: Iterable[str]) -> list[User]:
    made = []
    for email in sorted(set(wanted) - set(known)):
        user = User(email=email, name=wanted[email] or email, role=Role.REP)
        user.set_unusable_password()
        made.append(user)
    return made
