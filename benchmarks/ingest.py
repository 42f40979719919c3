"""The whole import at full size, against named references in the same run: ``python benchmarks/ingest.py [--json]``.

Everything happens in one go in a home of its own, which is thrown away at the end. Times differ from machine to machine; what
counts are the ratios: telemetry against DuckDB's plain ``read_csv`` → Parquet of the same files (the faster of two readings, one
before the import and one after), publication against PostgreSQL's
plain ``COPY`` of the same rows, the second import against the first.

The rows copied for comparison are those of every large table that the publication fills, from customers to the list of which file
brought what. They go into copies of the live tables with the same indexes, checks and foreign keys: whoever brings these rows
into these tables by ``COPY`` pays for all of that. The times without foreign keys, and without any index, are printed beside it.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RECORDS = (
    "customer", "contractline", "proposal", "npsanswer", "ticket", "ticketmonth", "usageday", "usagemonth", "contact", "consent",
    "invoice", "indicator", "lakefigures", "figurehistory", "picture", "origin", "quarantinedrow",
)  # fmt: skip
RAW = """
import sys, time, duckdb
db = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
db.execute("SET enable_progress_bar = false")
started = time.perf_counter()
db.execute(f"COPY (SELECT * FROM read_csv('{sys.argv[1]}')) TO '{sys.argv[2]}' (FORMAT parquet)")
print(time.perf_counter() - started)
"""


def main() -> int:
    """Generate, import twice, measure the references, print."""
    args = _arguments()
    home = Path(tempfile.mkdtemp(prefix="b2shift-benchmark-", dir=args.tmp))
    os.environ.update(
        {
            "B2SHIFT_HOME": str(home),
            "DATABASE_URL": "",
            "B2SHIFT_DEMO": "0",
            "DJANGO_SETTINGS_MODULE": "b2shift.settings",
        }
    )
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    try:
        figures = _measure(args, home)
    finally:
        from b2shift.lib.embedded import server

        server.stop(home / "postgres")
        if not args.keep:
            shutil.rmtree(home, ignore_errors=True)
    if args.json:
        print(json.dumps(figures))
    else:
        _print(figures)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=10_615, help="default: the real base, 10,615")
    parser.add_argument("--telemetry-rows", type=int, help="default: the real proportion, 30.8 million at 10,615")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", type=Path, help="use this directory of source files instead of generating one")
    parser.add_argument("--tmp", type=Path, help="where the throw-away home is made (default: the system's)")
    parser.add_argument("--keep", action="store_true", help="leave the home behind")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def _measure(args: argparse.Namespace, home: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {"cores": len(os.sched_getaffinity(0)), "load_before": round(os.getloadavg()[0], 1)}
    files = args.dir or home / "files"
    if args.dir is None:
        rows = ["--telemetry-rows", str(args.telemetry_rows)] if args.telemetry_rows else ["--full"]
        command = [
            "demo_data",
            "--customers",
            str(args.customers),
            "--seed",
            str(args.seed),
            "--out",
            str(files),
            *rows,
        ]
        figures["generate_seconds"], _ = _timed(lambda: _manage(*command))
    _manage("migrate", "--verbosity", "0")
    figures["bytes"] = sum(each.stat().st_size for each in files.iterdir())
    say("raw read_csv → Parquet")
    figures["raw_telemetry_seconds"] = _raw(files, home)

    import django

    django.setup()
    say("first import")
    first = _import(files)
    figures |= {f"first_{name}": value for name, value in first.items()}
    say("raw read_csv → Parquet, once more")
    figures["raw_telemetry_seconds"] = min(figures["raw_telemetry_seconds"], _raw(files, home))
    say("raw COPY")
    figures |= _copies(home)
    before = _fingerprints()
    say("second import")
    second = _import(files)
    figures |= {f"second_{name}": second[name] for name in ("seconds", "state")}
    figures["second_changed_tables"] = sorted(name for name, value in _fingerprints().items() if before[name] != value)
    figures["ratios"] = {
        "telemetry step / raw read_csv → Parquet (at most 2)": first["telemetry_seconds"] / figures["raw_telemetry_seconds"],
        "publication / COPY into the same tables (at most 2)": first["publish_seconds"] / figures["copy_same_seconds"],
        "publication / COPY into the same tables without foreign keys": first["publish_seconds"] / figures["copy_indexed_seconds"],
        "publication / COPY into bare tables": first["publish_seconds"] / figures["copy_bare_seconds"],
        "second import / first (at most 0.25)": second["seconds"] / first["seconds"],
    }  # fmt: skip
    return figures


def say(step: str) -> None:
    """One line of progress on standard error."""
    print(f"{time.strftime('%H:%M:%S')} {step} …", file=sys.stderr, flush=True)


def _timed(work: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _manage(*command: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _raw(files: Path, home: Path) -> float:
    target = home / "raw.parquet"
    command = [sys.executable, "-c", RAW, str(files / "telemetria_*.csv"), str(target)]
    seconds = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    target.unlink()
    return seconds


def _import(files: Path) -> dict[str, Any]:
    """One import in this process (the worker) and its child, with the highest memory of both together."""
    from accounts.ingest import import_directory

    marks: dict[str, float] = {}
    with Memory() as memory:
        seconds, run = _timed(
            lambda: import_directory(files, progress=lambda _, step: marks.setdefault(step, time.perf_counter()))
        )
    read = list(run.files.exclude(outcome__in=("skipped", "refused")))
    return {
        "seconds": seconds, "state": run.state, "peak_mb": memory.peak_mb, "customers": run.customers,
        "rows": sum(each.rows for each in read), "telemetry_rows": sum(each.rows for each in read if each.source == "telemetria"),
        "telemetry_seconds": sum(each.seconds for each in read if each.source == "telemetria"),
        "publish_seconds": marks["done"] - marks["publish"], "balanced": _balanced(read),
    }  # fmt: skip


def _balanced(files: list[Any]) -> bool:
    """No file has more rows out than in."""
    return all(each.rows >= each.accepted + each.quarantined + each.unchanged for each in files)


class Memory:
    """Watches resident memory of this process and the reading child, five times a second (Linux)."""

    def __enter__(self) -> "Memory":
        self.peak_mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            self.peak_mb = max(self.peak_mb, sum(_resident(pid) for pid in _worker_and_child()))


def _worker_and_child() -> list[int]:
    found = [os.getpid()]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"accounts.lake.child" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except (OSError, ValueError, IndexError):
            continue
    return found


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _copies(home: Path) -> dict[str, float]:
    """Seconds that ``COPY`` of all published rows takes: into bare tables, with the live ones' indexes, and with foreign keys too."""
    from django.db import connection

    times = {"copy_bare_seconds": 0.0, "copy_indexed_seconds": 0.0, "copy_same_seconds": 0.0, "copied_rows": 0.0}
    path = home / "copy.csv"
    with connection.cursor() as cursor:
        for name in RECORDS:
            live = f"accounts_{name}"
            columns = _columns(cursor, live)
            with (
                path.open("wb") as out,
                cursor.copy(f"COPY (SELECT {columns} FROM {live}) TO STDOUT (FORMAT csv)") as rows,
            ):
                for block in rows:
                    out.write(block)
            for kind, like in (("bare", "GENERATED"), ("indexed", "ALL"), ("same", "ALL")):
                cursor.execute(f"CREATE TABLE benchmark_copy (LIKE {live} INCLUDING {like})")
                for key in _foreign_keys(cursor, live) if kind == "same" else ():
                    cursor.execute(f"ALTER TABLE benchmark_copy ADD {key}")
                seconds, _ = _timed(lambda columns=columns: _copy_in(cursor, columns, path))
                times[f"copy_{kind}_seconds"] += seconds
                times["copied_rows"] += cursor.rowcount if kind == "bare" else 0
                cursor.execute("DROP TABLE benchmark_copy")
    path.unlink()
    return times


def _columns(cursor: Any, table: str) -> str:
    cursor.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    )
    return str(cursor.fetchone()[0])


def _foreign_keys(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass", [table]
    )
    return [str(row[0]) for row in cursor.fetchall()]


def _copy_in(cursor: Any, columns: str, path: Path) -> None:
    with path.open("rb") as file, cursor.copy(f"COPY benchmark_copy ({columns}) FROM STDIN (FORMAT csv)") as copy:
        while block := file.read(1 << 20):
            copy.write(block)


def _fingerprints() -> dict[str, Any]:
    """Of every live table its rows and a sum over all their values, ids included."""
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for name in (*RECORDS, "dataset"):
            cursor.execute(f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM accounts_{name} t")
            found[name] = cursor.fetchone()
    return found


def _print(figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        if name != "ratios":
            print(f"{name:<28}{value:>16,.1f}" if isinstance(value, float) else f"{name:<28}{value!s:>16}")
    for name, value in figures["ratios"].items():
        print(f"{name:<72}{value:>8.2f}")


if __name__ == "__main__":
    sys.exit(main())
