"""Parquet files: their size is known before a row is read; then the rows as a CSV file of ours."""

from pathlib import Path

from accounts.lake.bad import BadFile
from accounts.lake.dialect import MOST_COLUMNS, refuse_header
from accounts.lake.parsing import quoted

MOST_VALUES = 1_000_000_000


def table(path: Path, folder: Path, memory_mb: int) -> Path:
    """The file as CSV (comma, decimal point, ISO dates). Raises ``BadFile`` for a damaged or boundless one."""
    import duckdb  # only in the process that reads files

    source, target = f"read_parquet({quoted(str(path))})", folder / f"{path.name}.csv"
    with duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}) as db:
        db.execute(f"SET memory_limit = '{memory_mb * 6 // 10}MB'")
        db.execute(f"SET temp_directory = {quoted(str(folder / 'spill'))}")
        try:
            rows = db.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({quoted(str(path))})").fetchall()[0][0]
            columns = db.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
            _check(int(rows or 0), [str(each[0]) for each in columns])
            values = ", ".join(_text(str(name), str(kind)) for name, kind, *_ in columns)
            db.execute(f"COPY (SELECT {values} FROM {source}) TO {quoted(str(target))} (FORMAT csv, HEADER true)")
        except duckdb.Error as error:
            raise BadFile("damaged_parquet") from error
    return target


def _check(rows: int, names: list[str]) -> None:
    if len(names) > MOST_COLUMNS or rows * len(names) > MOST_VALUES:
        raise BadFile("table_too_large", rows=rows, columns=len(names), most=MOST_COLUMNS, values=MOST_VALUES)
    refuse_header(names)


def _text(name: str, kind: str) -> str:
    """A column as text that can be read in one way only: see ``sheets.cell``."""
    column = '"' + name.replace('"', '""') + '"'
    text = f"CAST({column} AS VARCHAR)"
    if kind.startswith(("FLOAT", "DOUBLE", "DECIMAL")):
        text = rf"CASE WHEN regexp_full_match({text}, '-?\d+\.\d{{3}}') THEN {text} || '0' ELSE {text} END"
    if kind == "BLOB":
        raise BadFile("binary_column", column=name[:80])
    return f"{text} AS {column}"
