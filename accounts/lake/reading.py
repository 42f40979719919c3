"""Rows of one source into one table of parsed values, with the text they came from: DuckDB with an explicit dialect."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from accounts.lake.aside import LONGEST
from accounts.lake.bad import BadFile
from accounts.lake.dates import UNDECIDED
from accounts.lake.dialect import Dialect
from accounts.lake.landing import Landed, refuse_cut
from accounts.lake.mapped import customer_of, filtered, scaled, text_of
from accounts.lake.parsing import TYPES, listed, quoted, typed
from accounts.lake.settling import note, settle
from accounts.sources import Column, Kind, Source

if TYPE_CHECKING:
    import duckdb

KEPT_QUARANTINE = 10_000  # rows kept per file; the count is always complete
LONGEST_LINE = 1 << 20
TEXT_TYPES = dict.fromkeys(Kind, "VARCHAR") | TYPES


def scan(landed: Landed) -> str:
    """The ``read_csv`` call for one file: every column as text, ragged rows set aside instead of guessed at."""
    return scan_file(landed.path, landed.dialect, str(landed.number))


def scan_file(path: Path, dialect: Dialect, label: str) -> str:
    """The same for any delimited UTF-8 file; what does not fit goes to the table ``rejects_<label>``."""
    columns = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(dialect.header)))
    separator = dialect.separator.replace("\t", "\\t")
    quote = quoted(dialect.quote)
    return (
        f"read_csv({quoted(str(path))}, delim = '{separator}', header = false, skip = {dialect.header_lines}, quote = {quote}, "
        f"escape = {quote}, auto_detect = false, columns = {{{columns}}}, strict_mode = true, store_rejects = true, "
        f"rejects_limit = 0, max_line_size = {LONGEST_LINE}, rejects_scan = 'scan_{label}', rejects_table = 'rejects_{label}')"
    )


def read(db: "duckdb.DuckDBPyConnection", landed: Landed) -> None:
    """Load one file into the table ``raw_<number>`` (in file order), its ragged rows into the report.

    Raises ``Asks`` when only a person can say how its dates are meant.
    """
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
    settle(db, landed, f"raw_{number}", rows="rowid")


def take_rejects(db: "duckdb.DuckDBPyConnection", landed: Landed) -> None:
    """Move rows that do not have the header's columns from DuckDB's reject table into quarantine."""
    every = db.execute(
        f"SELECT line, any_value(csv_line), bool_or(error_type = 'LINE SIZE OVER MAXIMUM') FROM rejects_{landed.number} "
        "GROUP BY line ORDER BY line"
    ).fetchall()
    for reason, long in (("ragged_row", False), ("long_row", True)):
        found = [(int(line), (text or "").strip()) for line, text, too_long in every if too_long is long]
        if not found:
            continue
        landed.report.rows += len(found)
        landed.report.quarantined += len(found)
        note(landed, reason, "", len(found), [{"line": line, "value": text[:120]} for line, text in found[:3]])
        landed.report.quarantine += [
            {"line": line, "reason": reason, "raw": text[:LONGEST]} for line, text in found[:KEPT_QUARANTINE]
        ]


def _one(db: "duckdb.DuckDBPyConnection", query: str) -> Any:
    row = db.execute(query).fetchone()
    return row[0] if row else None


def value_of(landed: Landed, column: Column, text: str) -> str:
    """SQL for the typed value of a column of this file, from its bare text."""
    if column.reading and column.kind in {Kind.CUSTOMER, Kind.STORE}:
        return customer_of(column, text)
    decimal = landed.decimals.get(column.name, landed.match.source.decimal)
    value = typed(column, text, decimal, landed.orders.get(column.name, UNDECIDED))
    return scaled(column, value, TEXT_TYPES[column.kind])


def fields(source: Source, landed: Landed) -> str:
    """The select list over a file's ``c0…``: per column its bare text, whether it had a tab, and its parsed value."""
    parts = []
    for column in source.columns:
        position = landed.match.positions.get(column.name)
        sql_type = TEXT_TYPES[column.kind]
        given = text_of(column, position)
        if given is None:
            parts.append(f'CAST(NULL AS VARCHAR) AS "raw_{column.name}", CAST(NULL AS {sql_type}) AS "{column.name}"')
            if column.kind is Kind.TEXT:
                parts.append(f'false AS "tab_{column.name}"')
            continue
        text = f'"raw_{column.name}"'
        parts.append(f"{given} AS {text}")
        parts.append(f'{value_of(landed, column, text)} AS "{column.name}"')
        if column.kind is Kind.TEXT:
            tab = "false" if position is None else f"coalesce(contains(c{position}, chr(9)), false)"
            parts.append(f'{tab} AS "tab_{column.name}"')
    return ", ".join(parts)


def parse(db: "duckdb.DuckDBPyConnection", source: Source, files: list[Landed]) -> None:
    """All files of a source into the table ``parsed``: file_no, rn (0-based row), raw_*, tab_* and typed columns."""
    selects = [_rows(db, source, landed) for landed in files]
    db.execute("CREATE OR REPLACE TEMP TABLE parsed AS " + " UNION ALL ".join(selects))
    if any(column.kind is Kind.CNPJ for column in source.columns):
        _learn_cnpjs(db)


def _rows(db: "duckdb.DuckDBPyConnection", source: Source, landed: Landed) -> str:
    """The query over one file; a mapped one also tells whole rows apart (``row_key``) and may leave rows out."""
    table = f"raw_{landed.number}"
    if not source.base:
        return f"SELECT {landed.number} AS file_no, rowid AS rn, {fields(source, landed)} FROM {table}"
    whole = ", ".join(f"coalesce(c{n}, '')" for n in range(len(landed.dialect.header)))
    counts = filtered(source, landed.dialect.header) or "true"
    left = _one(db, f"SELECT count(*) FROM {table} WHERE NOT ({counts})")
    if left:
        note(landed, "left_out_by_mapping", ", ".join(each.header for each in source.where)[:160], left, [])
    return (
        f"SELECT {landed.number} AS file_no, rowid AS rn, md5(concat_ws(chr(31), {whole})) AS row_key, "
        f"{fields(source, landed)} FROM {table} WHERE {counts}"
    )


def _learn_cnpjs(db: "duckdb.DuckDBPyConnection") -> None:
    """Fill ``valid_cnpjs`` with the company numbers of ``parsed`` whose check digits are right."""
    from validate_docbr import CNPJ  # only where company numbers arrive

    checker = CNPJ()
    given = [row[0] for row in db.execute("SELECT DISTINCT cnpj FROM parsed WHERE cnpj IS NOT NULL").fetchall()]
    good = [cnpj for cnpj in given if checker.validate(cnpj)]
    db.execute("CREATE OR REPLACE TEMP TABLE valid_cnpjs (cnpj VARCHAR)")
    if good:
        db.execute(f"INSERT INTO valid_cnpjs SELECT unnest([{listed(good)}])")
