"""``python -m accounts.lake.profiling JOB.json``: what each column of a table holds, under a memory cap, apart from the worker.

Counts, missing values, extremes and means see every row; distributions see about ``SEEN`` rows at most. Values of people are masked
here, so that nothing else ever holds them. One table that cannot be read does not keep the others from being profiled.
"""

import json
import resource
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accounts.lake.masking import masked
from accounts.lake.parsing import quoted

if TYPE_CHECKING:
    import duckdb

SEEN = 1_000_000
BINS, TOPS, EXAMPLES = 20, 12, 5
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MONTHS_SHOWN = 60
LONGEST = 120


def main() -> int:
    """Carry out the job named on the command line: ``{"work", "memory_mb", "tables": [...]}``."""
    job = json.loads(Path(sys.argv[1]).read_text())
    limit = int(job["memory_mb"]) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    (Path(job["work"]) / "result.json").write_text(json.dumps(carry_out(job)))
    return 0


def carry_out(job: dict[str, Any]) -> dict[str, Any]:
    """``{table: {"rows", "sampled", "distinct_keys", "seconds", "columns": {...}} or {"error"}}``."""
    import duckdb

    db = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    db.execute(f"SET memory_limit = '{int(job['memory_mb']) * 6 // 10}MB'")
    db.execute(f"SET temp_directory = {quoted(job['work'] + '/spill')}")
    found: dict[str, Any] = {}
    for table in job["tables"]:
        started = time.monotonic()
        try:
            found[table["name"]] = profile(db, table, int(job.get("seen", SEEN))) | {
                "seconds": round(time.monotonic() - started, 3)
            }
        except duckdb.Error as error:
            found[table["name"]] = {"error": str(error).splitlines()[0][:300]}
    return found


def profile(db: "duckdb.DuckDBPyConnection", table: dict[str, Any], most: int = SEEN) -> dict[str, Any]:
    """One table: ``{"name", "parquet": [paths] | "csv": path and "types": {column: type}, "key": [...], "masked": [...]}``."""
    db.execute(f"CREATE OR REPLACE TEMP VIEW whole AS SELECT * FROM {_scan(table)}")
    types = {name: str(kind) for name, kind, *_ in db.execute("DESCRIBE whole").fetchall()}
    wanted = [name for name in table["columns"] if name in types]
    rows = _one(db, "SELECT count(*) FROM whole")[0]
    chosen = ", ".join(f'"{name}"' for name in wanted)
    sample = f" USING SAMPLE {100 * most / rows:.4f}% (system, 42)" if rows > most else ""
    db.execute(f"CREATE OR REPLACE TEMP TABLE seen AS SELECT {chosen} FROM whole{sample}")
    counts = _counts(db, {name: types[name] for name in wanted}, exact=rows <= most)
    columns = {
        name: counts[name] | _look(db, name, kind_of(types[name]), counts[name], masks=name in table["masked"])
        for name in wanted
    }
    keys = None
    if table["key"] and set(table["key"]) <= set(types):
        key = ", ".join(f'"{name}"' for name in table["key"])
        keys = _one(db, f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM whole)")[0]
    return {
        "rows": rows,
        "sampled": _one(db, "SELECT count(*) FROM seen")[0],
        "distinct_keys": keys,
        "columns": columns,
    }


def kind_of(sql_type: str) -> str:
    """number, date, flag or text."""
    if sql_type.startswith(("DECIMAL", "DOUBLE", "FLOAT", "REAL")) or sql_type.lstrip("U") in {
        "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
    }:  # fmt: skip
        return "number"
    if sql_type.startswith(("DATE", "TIMESTAMP")):
        return "date"
    return "flag" if sql_type == "BOOLEAN" else "text"


def _scan(table: dict[str, Any]) -> str:
    if "parquet" in table:
        paths = ", ".join(quoted(path) for path in table["parquet"])
        return f"read_parquet([{paths}], union_by_name = true)"
    types = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in table["types"].items())
    return (
        f"read_csv({quoted(table['csv'])}, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        f"columns = {{{types}}})"
    )


def _present(name: str, kind: str) -> str:
    return f"nullif(\"{name}\", '')" if kind == "text" else f'"{name}"'


def _counts(db: "duckdb.DuckDBPyConnection", types: dict[str, str], *, exact: bool) -> dict[str, dict[str, Any]]:
    """Missing, distinct, least, largest and mean of every column in one pass over all rows."""
    parts: list[str] = []
    for name, sql_type in types.items():
        kind, value = kind_of(sql_type), _present(name, kind_of(sql_type))
        distinct = f"count(DISTINCT {value})" if exact else f"approx_count_distinct({value})"
        mean = f"avg({value})" if kind == "number" else f"avg(length({value}))" if kind == "text" else "NULL"
        edges = f"length({value})" if kind == "text" else value
        parts += [f"count(*) - count({value})", distinct, f"min({edges})", f"max({edges})", mean]
    found = iter(_one(db, f"SELECT {', '.join(parts)} FROM whole")) if parts else iter(())
    counted = {}
    for name, sql_type in types.items():
        missing, distinct, least, largest, mean = (next(found) for _ in range(5))
        figures = {"min": _plain(least), "max": _plain(largest), "mean": _plain(mean)}
        counted[name] = {"kind": kind_of(sql_type), "missing": missing, "distinct": distinct, "figures": figures}
    return counted


def _look(
    db: "duckdb.DuckDBPyConnection", name: str, kind: str, counts: dict[str, Any], *, masks: bool
) -> dict[str, Any]:
    """Quantiles, distribution and examples of one column, from the rows seen."""
    value = _present(name, kind)
    figures = dict(counts["figures"])
    if kind in {"number", "date"}:
        row = _one(db, f"SELECT quantile_disc({value}, {list(QUANTILES)}) FROM seen")[0] or []
        figures |= {f"q{round(100 * q):02}": _plain(v) for q, v in zip(QUANTILES, row, strict=False)}
    if masks and kind in {"number", "date"}:
        figures = {}
    return {
        "figures": figures,
        "shape": {} if masks else _shape(db, value, kind, counts["distinct"], figures),
        "examples": _examples(db, value, masks=masks),
    }


def _shape(
    db: "duckdb.DuckDBPyConnection", value: str, kind: str, distinct: int, figures: dict[str, Any]
) -> dict[str, Any]:
    if kind == "date":
        return {"months": _months(db, value)}
    low, high = figures.get("q01"), figures.get("q99")
    if kind == "number" and distinct > TOPS and low is not None and high is not None and high > low:
        return {"bins": _bins(db, value, low, high)}
    order = value if kind == "number" else "n DESC, 1"
    rows = db.execute(
        f"SELECT * FROM (SELECT {value} AS v, count(*) AS n FROM seen WHERE {value} IS NOT NULL GROUP BY 1 "
        f"ORDER BY 2 DESC, 1 LIMIT {TOPS}) ORDER BY {order.replace(value, 'v')}"
    ).fetchall()
    return {"top": [{"value": _text(v), "n": n} for v, n in rows]}


def _bins(db: "duckdb.DuckDBPyConnection", value: str, low: float, high: float) -> list[dict[str, Any]]:
    """Equal steps between the first and the 99th percentile: tails would squeeze everything else into one bar."""
    width = (high - low) / BINS
    rows = db.execute(
        f"SELECT CAST(least(floor((CAST({value} AS DOUBLE) - {low!r}) / {width!r}), {BINS - 1}) AS INTEGER) AS b, count(*) "
        f"FROM seen WHERE {value} BETWEEN {low!r} AND {high!r} GROUP BY 1"
    ).fetchall()
    count = dict(rows)
    return [{"from": low + width * b, "to": low + width * (b + 1), "n": count.get(b, 0)} for b in range(BINS)]


def _months(db: "duckdb.DuckDBPyConnection", value: str) -> list[dict[str, Any]]:
    """Rows per month, or per year where the column spans more than five years."""
    span = _one(db, f"SELECT date_diff('month', min({value}), max({value})) FROM seen")[0] or 0
    unit = "year" if span > MONTHS_SHOWN else "month"
    rows = db.execute(
        f"SELECT CAST(date_trunc('{unit}', {value}) AS DATE) AS m, count(*) FROM seen WHERE {value} IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [{"from": m.isoformat(), "n": n} for m, n in rows]


def _examples(db: "duckdb.DuckDBPyConnection", value: str, *, masks: bool) -> list[str]:
    """A few values in an order that has nothing to do with them."""
    rows = db.execute(
        f"SELECT DISTINCT v FROM (SELECT {value} AS v FROM seen WHERE {value} IS NOT NULL LIMIT 50000) ORDER BY hash(v) LIMIT {EXAMPLES}"
    ).fetchall()
    texts = [_text(row[0]) for row in rows]
    return list(dict.fromkeys(masked(text) for text in texts)) if masks else texts


def _one(db: "duckdb.DuckDBPyConnection", query: str) -> tuple[Any, ...]:
    row = db.execute(query).fetchone()
    return tuple(row) if row else ()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:LONGEST]


def _plain(value: Any) -> Any:
    """JSON has no dates and no decimals; a number that is no number is no figure."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, date):
        return value.isoformat()
    try:
        figure = float(value)
    except (TypeError, ValueError):
        return str(value)[:LONGEST]
    return figure if figure == figure and abs(figure) != float("inf") else None


if __name__ == "__main__":
    sys.exit(main())
