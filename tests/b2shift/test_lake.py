"""The lake's folder and a lake elsewhere behave alike; the engine gives the same rows wherever it runs."""

import datetime as dt
import random

import duckdb
import fsspec
import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from accounts.lake import passes
from b2shift.lib.engine import ENGINES, DuckEngine, NoEngine, connect, open_engine, require_engine
from b2shift.lib.lake import Lake, NoLake


@pytest.fixture(params=["folder", "remote"])
def lake(request, tmp_path):
    if request.param == "folder":
        yield Lake(f"file://{tmp_path}/lake")
        return
    yield Lake("memory://lake")
    fsspec.filesystem("memory").store.clear()


def test_a_file_is_put_kept_found_and_removed(lake, tmp_path):
    local = tmp_path / "a.txt"
    local.write_text("once")
    assert not lake.exists("zone/a.txt")
    lake.keep(local, "zone/a.txt")
    assert lake.exists("zone/a.txt")
    assert local.exists()
    local.write_text("twice")
    lake.put(local, "zone/a.txt")
    assert not local.exists()
    with fsspec.open(lake.address("zone/a.txt")) as file:
        assert file.read() == b"twice"
    lake.remove("zone/a.txt")
    lake.remove("zone/a.txt")
    assert not lake.exists("zone/a.txt")


def test_the_engine_reads_either_lake_within_its_memory_and_without_extensions(lake, tmp_path):
    pq.write_table(pa.table({"customer": ["A", "B"], "n": [1, 2]}), tmp_path / "t.parquet")
    lake.put(tmp_path / "t.parquet", "month=2025-01/t.parquet")
    db = connect(200, tmp_path / "spill", lake)
    engine = DuckEngine(db)
    frame = engine.scan(lake, ["month=2025-01/t.parquet"])
    assert frame.collect_schema().names() == ["customer", "n"]
    engine.write_parquet(frame.filter(nw.col("n") > 1), tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == [{"customer": "B", "n": 2}]
    engine.write_csv(frame.sort("n"), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "customer,n\nA,1\nB,2\n"
    for connection in (db, engine.db):
        assert connection.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(False,)]
    settings = dict(db.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    assert settings["autoinstall_known_extensions"] == "false"
    assert "190" in settings["memory_limit"]  # 200 MB in MiB


@pytest.mark.parametrize(
    ("url", "says"), [("s3://bucket/lake", "s3fs"), ("nonsense://x", "not known"), ("gs://bucket", "gcsfs")]
)
def test_a_lake_that_cannot_be_used_says_what_is_missing(url, says):
    with pytest.raises(NoLake, match=says):
        Lake(url)


def test_an_engine_that_cannot_run_says_what_is_missing():
    with pytest.raises(NoEngine, match="not known"):
        require_engine("oracle")
    with pytest.raises(NoEngine, match=r"package that is not installed: pyspark"):
        require_engine("spark")
    with pytest.raises(NoEngine, match=r"pyspark"):
        open_engine("spark", duckdb.connect())
    assert set(ENGINES) >= {"duckdb", "spark"}


def _events(seed: int, rows: int = 400) -> pa.Table:
    draw = random.Random(seed)
    day = dt.date(2025, 2, 20)
    return pa.table(
        {
            "customer": [f"T{draw.randint(0, 9)}" for _ in range(rows)],
            "day": pa.array([day + dt.timedelta(days=draw.randint(0, 20)) for _ in range(rows)], pa.date32()),
            "module": [draw.choice(["0001", "0002", "0003", None]) for _ in range(rows)],
            "duration_ms": [draw.choice([None, 0.1, draw.uniform(0, 9e5)]) for _ in range(rows)],
            "licence": [draw.choice(["Negado", "Conectado", None]) for _ in range(rows)],
        }
    )


def _tickets(seed: int, rows: int = 300) -> pa.Table:
    draw = random.Random(seed)
    day = dt.date(2024, 1, 1)
    created = [draw.choice([None, day + dt.timedelta(days=draw.randint(0, 500))]) for _ in range(rows)]
    updated = [c and draw.choice([None, c + dt.timedelta(days=draw.randint(-3, 40))]) for c in created]
    return pa.table(
        {
            "customer": [f"T{draw.randint(0, 9)}" for _ in range(rows)],
            "status": [draw.choice(["closed", "OPEN", "Fechado", None]) for _ in range(rows)],
            "priority": [draw.choice(["high", "low", "Urgent", None]) for _ in range(rows)],
            "created_on": pa.array(created, pa.date32()),
            "updated_on": pa.array(updated, pa.date32()),
        }
    )


def _run(on, events: list[pa.Table], tickets: pa.Table) -> dict[str, list[dict]]:
    """Every pass over tables that ``on`` turns into frames, as sorted rows."""
    parts = [passes.usage_counts(on(each)).collect().to_arrow() for each in events]
    counts = on(pa.concat_tables(part.select(parts[0].column_names).cast(parts[0].schema) for part in parts))
    changed = on(parts[1])
    some = on(tickets.slice(0, 20))
    frames = {
        "days": passes.usage_days(counts, changed),
        "months": passes.usage_months(counts, changed),
        "totals": passes.usage_totals(counts),
        "ticket months": passes.ticket_months(on(tickets), some),
        "windows": passes.ticket_windows(on(tickets), dt.date(2024, 5, 1), dt.date(2025, 2, 1)),
    }
    return {name: sorted(frame.collect().to_arrow().to_pylist(), key=str) for name, frame in frames.items()}


@pytest.mark.parametrize("seed", range(4))
def test_every_pass_gives_the_same_rows_on_duckdb_and_on_arrow(seed):
    events, tickets = [_events(seed), _events(seed + 100)], _tickets(seed)
    db = duckdb.connect()
    embedded = _run(lambda table: nw.from_native(db.from_arrow(table)), events, tickets)
    arrow = _run(lambda table: nw.from_native(table).lazy(), events, tickets)
    assert embedded.keys() == arrow.keys()
    for name, rows in embedded.items():
        assert rows, name
        _same(rows, arrow[name], name)
    _against_plain_python(embedded["totals"], events)


def _same(left: list[dict], right: list[dict], name: str) -> None:
    def key(row: dict) -> tuple:
        return tuple(str(row[each]) for each in ("code", "day", "month") if each in row)

    left, right = sorted(left, key=key), sorted(right, key=key)
    assert [key(row) for row in left] == [key(row) for row in right], name
    for one, other in zip(left, right, strict=True):
        assert {k: v for k, v in one.items() if not isinstance(v, float)} == {
            k: v for k, v in other.items() if not isinstance(v, float)
        }, name
        for column, value in one.items():
            if isinstance(value, float):
                assert other[column] == pytest.approx(value), (name, column)


def _against_plain_python(totals: list[dict], events: list[pa.Table]) -> None:
    rows = [row for table in events for row in table.to_pylist()]
    for total in totals:
        own = [row for row in rows if row["customer"] == total["code"]]
        timed = [round(row["duration_ms"] * 1000) for row in own if row["duration_ms"] is not None]
        assert total["usage_events"] == len(own)
        assert total["usage_seconds"] == pytest.approx(sum(timed) / 1e6)
        assert total["usage_modules"] == len({row["module"] for row in own if row["module"]})
        assert total["usage_active_days"] == len({row["day"] for row in own})
        assert total["usage_denied"] == sum(row["licence"] == "Negado" for row in own)
