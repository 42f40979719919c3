"""Rows of one source into one table of parsed values, with the text they came from: DuckDB with an explicit dialect."""

from typing import TYPE_CHECKING, Any

from accounts.lake.dialect import BadFile
from accounts.lake.landing import Landed, refuse_cut
from accounts.lake.parsing import TYPES, bare, listed, quoted, typed
from accounts.sources import Kind, Source

if TYPE_CHECKING:
    import duckdb

KEPT_QUARANTINE = 10_000  # rows kept per file; the count is always complete
LONGEST_LINE = 1 << 20
TEXT_TYPES = dict.fromkeys(Kind, "VARCHAR") | TYPES


def scan(landed: Landed) -> str:
    """The ``read_csv`` call for one file: every column as text, ragged rows set aside instead of guessed at."""
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(landed.dialect.header)))
    separator = landed.dialect.separator.replace("\t", "\\t")
    return (
        f"read_csv({quoted(str(landed.path))}, delim = '{separator}', header = false, skip = 1, quote = '\"', escape = '\"', "
        f"auto_detect = false, columns = {{{columns}}}, strict_mode = true, store_rejects = true, rejects_limit = 0, "
        f"max_line_size = {LONGEST_LINE}, rejects_scan = 'scan_{landed.number}', rejects_table = 'rejects_{landed.number}')"
    )


def read(db: "duckdb.DuckDBPyConnection", landed: Landed) -> None:
    """Load one file into the table ``raw_<number>`` (in file order), its ragged rows into the report."""
    number = landed.number
    try:
        db.execute(f"CREATE TEMP TABLE raw_{number} AS SELECT * FROM {scan(landed)}")
    except Exception as error:  # DuckDB's own hierarchy: whatever it is, the file cannot be read
        raise BadFile("unreadable", error=str(error).splitlines()[0][:200]) from error
    take_rejects(db, landed)
    if not landed.dialect.final_newline:
        last = len(landed.dialect.header) - 1
        value = _one(db, f"SELECT c{last} FROM raw_{number} ORDER BY rowid DESC LIMIT 1")
        refuse_cut(landed, value or "")
        note(landed, "no_final_newline", "", 1, [])
    if not _one(db, f"SELECT count(*) FROM raw_{number}"):
        raise BadFile("no_rows")


def take_rejects(db: "duckdb.DuckDBPyConnection", landed: Landed) -> None:
    """Move rows that do not have the header's columns from DuckDB's reject table into quarantine."""
    found = db.execute(
        f"SELECT line, any_value(csv_line), any_value(error_message) FROM rejects_{landed.number} GROUP BY line ORDER BY line"
    ).fetchall()
    if not found:
        return
    landed.report.rows += len(found)
    landed.report.quarantined += len(found)
    examples = [{"line": int(line), "value": (text or "").strip()[:120]} for line, text, _ in found[:3]]
    note(landed, "ragged_row", "", len(found), examples)
    landed.report.quarantine += [
        {"line": int(line), "reason": "ragged_row", "raw": (text or "").strip()[:2000]}
        for line, text, _ in found[:KEPT_QUARANTINE]
    ]


def note(landed: Landed, code: str, column: str, count: int, examples: list[dict[str, Any]]) -> None:
    """Add a finding to the file's report."""
    landed.report.findings.append({"code": code, "column": column, "count": count, "examples": examples})


def _one(db: "duckdb.DuckDBPyConnection", query: str) -> Any:
    row = db.execute(query).fetchone()
    return row[0] if row else None


def fields(source: Source, landed: Landed) -> str:
    """The select list over a file's ``c0…``: per column its bare text, whether it had a tab, and its parsed value."""
    parts = []
    for column in source.columns:
        position = landed.match.positions.get(column.name)
        sql_type = TEXT_TYPES[column.kind]
        if position is None:
            parts.append(f'CAST(NULL AS VARCHAR) AS "raw_{column.name}", CAST(NULL AS {sql_type}) AS "{column.name}"')
            if column.kind is Kind.TEXT:
                parts.append(f'false AS "tab_{column.name}"')
            continue
        text = f'"raw_{column.name}"'
        parts.append(f"{bare(f'c{position}')} AS {text}")
        parts.append(f'{typed(column, text, landed.decimals.get(column.name, source.decimal))} AS "{column.name}"')
        if column.kind is Kind.TEXT:
            parts.append(f'coalesce(contains(c{position}, chr(9)), false) AS "tab_{column.name}"')
    return ", ".join(parts)


def parse(db: "duckdb.DuckDBPyConnection", source: Source, files: list[Landed]) -> None:
    """All files of a source into the table ``parsed``: file_no, rn (0-based row), raw_*, tab_* and typed columns."""
    selects = [
        f"SELECT {landed.number} AS file_no, rowid AS rn, {fields(source, landed)} FROM raw_{landed.number}"
        for landed in files
    ]
    db.execute("CREATE OR REPLACE TEMP TABLE parsed AS " + " UNION ALL ".join(selects))
    if any(column.kind is Kind.CNPJ for column in source.columns):
        _learn_cnpjs(db)


def _learn_cnpjs(db: "duckdb.DuckDBPyConnection") -> None:
    """Fill ``valid_cnpjs`` with the company numbers of ``parsed`` whose check digits are right."""
    from validate_docbr import CNPJ  # only where company numbers arrive

    checker = CNPJ()
    given = [row[0] for row in db.execute("SELECT DISTINCT cnpj FROM parsed WHERE cnpj IS NOT NULL").fetchall()]
    good = [cnpj for cnpj in given if checker.validate(cnpj)]
    db.execute("CREATE OR REPLACE TEMP TABLE valid_cnpjs (cnpj VARCHAR)")
    if good:
        db.execute(f"INSERT INTO valid_cnpjs SELECT unnest([{listed(good)}])")
