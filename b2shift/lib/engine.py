"""The door through which lake queries run: DuckDB embedded by default, Spark or BigQuery by one setting (``LAKE_ENGINE``).

A pass over a large table is written once, as a function from one narwhals frame to another (or as SQL where only SQL will do),
and gives the same rows on every engine. Web processes never load this module's libraries: they are imported when an engine opens.
"""

import importlib.util
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from b2shift.lib.lake import Lake

if TYPE_CHECKING:
    import duckdb
    import narwhals as nw

ENGINES = ("duckdb", "spark")
_PACKAGES = {"spark": "pyspark"}


# a statement of more than two seconds would draw a bar on standard output, which speaks JSON to the worker
QUIET = "SET enable_progress_bar = false"


class NoEngine(Exception):
    """The engine named by ``LAKE_ENGINE`` cannot run here; the message says what to do."""


class Engine(ABC):
    """Where frames over the lake are computed. Results come back as one local file: they are small by intention."""

    name: str

    @abstractmethod
    def scan(self, lake: Lake, files: Sequence[str]) -> "nw.LazyFrame[Any]":
        """A frame over Parquet files given relative to the lake; nothing is read yet."""

    @abstractmethod
    def write_parquet(self, frame: "nw.LazyFrame[Any]", target: Path) -> None:
        """Compute the frame into one local Parquet file."""

    @abstractmethod
    def write_csv(self, frame: "nw.LazyFrame[Any]", target: Path) -> None:
        """Compute the frame into one local CSV file with a header; a missing value is an empty field."""

    def close(self) -> None:
        """Give back what the engine holds; nothing by default."""
        return


def connect(memory_mb: int, spill: Path, lake: Lake, threads: int | None = None) -> "duckdb.DuckDBPyConnection":
    """An embedded DuckDB that stays within ``memory_mb``, spills to ``spill``, reads ``lake`` and never fetches an extension."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "memory_limit": f"{memory_mb}MB",
        "temp_directory": str(spill), "threads": threads or len(os.sched_getaffinity(0)),
    }  # fmt: skip
    db = duckdb.connect(config=config)
    db.execute(QUIET)
    lake.attach(db)
    return db


class DuckEngine(Engine):
    """The embedded engine, beside a connection that somebody else opened and closes."""

    name = "duckdb"

    def __init__(self, db: "duckdb.DuckDBPyConnection") -> None:
        cursor = db.cursor()
        cursor.execute(QUIET)
        self.db = cursor  # of its own: a result that the owner has not read to its end must not be in the way

    def scan(self, lake: Lake, files: Sequence[str]) -> "nw.LazyFrame[Any]":
        """See ``Engine.scan``."""
        import narwhals as nw

        addresses = [lake.address(each) for each in files]
        return nw.from_native(self.db.read_parquet(addresses, union_by_name=True, hive_partitioning=False))

    def write_parquet(self, frame: "nw.LazyFrame[Any]", target: Path) -> None:
        """See ``Engine.write_parquet``."""
        frame.to_native().write_parquet(str(target), compression="zstd")

    def write_csv(self, frame: "nw.LazyFrame[Any]", target: Path) -> None:
        """See ``Engine.write_csv``."""
        frame.to_native().write_csv(str(target), header=True)


def open_engine(name: str, db: "duckdb.DuckDBPyConnection") -> Engine:
    """The engine of that name; the embedded one works on ``db``. Raises ``NoEngine``."""
    if name == DuckEngine.name:
        return DuckEngine(db)
    if name == SparkEngine.name:
        return SparkEngine()
    require_engine(name)
    raise NoEngine(f"LAKE_ENGINE={name} cannot be opened here.")


def require_engine(name: str) -> None:
    """Raise ``NoEngine`` when this engine is not known or its package is not installed; loads nothing."""
    if name not in ENGINES:
        raise NoEngine(f"LAKE_ENGINE={name} is not known. Use one of: {', '.join(ENGINES)}.")
    package = _PACKAGES.get(name)
    if package and importlib.util.find_spec(package) is None:
        raise NoEngine(f"LAKE_ENGINE={name} needs a package that is not installed: {package}.")


class SparkEngine(Engine):
    """A Spark cluster, or Spark on this machine; ``SPARK_REMOTE`` or Spark's own configuration says which."""

    name = "spark"

    def __init__(self) -> None:
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise NoEngine("LAKE_ENGINE=spark needs a package that is not installed: pyspark (and Java 17).") from error
        builder = SparkSession.builder.appName("b2shift").config("spark.ui.enabled", "false")
        # days and moments in the lake have no zone; nothing may shift them
        self.session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()

    def scan(self, lake: Lake, files: Sequence[str]) -> "nw.LazyFrame[Any]":
        """See ``Engine.scan``."""
        import narwhals as nw

        addresses = [lake.address(each) for each in files]
        return nw.from_native(self.session.read.option("mergeSchema", "true").parquet(*addresses))

    def write_parquet(self, frame: "nw.LazyFrame[Any]", target: Path) -> None:
        """See ``Engine.write_parquet``."""
        import pyarrow.parquet as pq

        pq.write_table(frame.to_native().toArrow(), target, compression="zstd")

    def write_csv(self, frame: "nw.LazyFrame[Any]", target: Path) -> None:
        """See ``Engine.write_csv``."""
        import pyarrow.csv as pc

        rows = frame.to_native().toArrow()
        with target.open("wb") as file:
            file.write((",".join(rows.column_names) + "\n").encode())
            pc.write_csv(rows, file, write_options=pc.WriteOptions(include_header=False))

    def close(self) -> None:
        """See ``Engine.close``."""
        self.session.stop()
