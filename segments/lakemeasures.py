"""Base columns that only the lake's rows can tell, each one pass over a large table on the engine that ``LAKE_ENGINE`` names."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from accounts.lake import passes
from accounts.lake.distinct import label_of
from accounts.models import Dataset, MappedSource
from b2shift.lib.engine import Engine, connect, open_engine
from b2shift.lib.lake import Lake

if TYPE_CHECKING:
    import narwhals as nw

    Frame = nw.LazyFrame[Any]

COLUMNS = ("tickets_dated", "tickets_long", "tickets_other_teams", "module_top_events", "module_events")
"""Names of what ``read`` returns per customer code."""
LONG_DAYS = 30
MEMORY_MB = 512
"""The passes spill to disk beyond this: they run in the worker, beside the clustering."""


def read() -> dict[str, dict[str, float]]:
    """Customer code → column → value, for codes that the lake knows; empty without a lake."""
    sources = {target: _files(target) for target in ("tickets", "telemetria")}
    if not any(sources.values()):
        return {}
    lake = Lake(settings.LAKE_URL)
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="b2shift-features-") as spill:
        db = connect(MEMORY_MB, Path(spill), lake)
        try:
            engine = open_engine(settings.LAKE_ENGINE, db)
            for row in _rows(engine, lake, sources, Path(spill)):
                code = str(row.pop("customer"))
                found.setdefault(code, {}).update(row)
            engine.close()
        finally:
            db.close()
    return found


def _files(target: str) -> dict[str, list[str]]:
    """Files per source of a declared kind, those that people mapped to it included."""
    names = [target, *MappedSource.objects.filter(base=target).values_list("name", flat=True)]
    return {each.source: each.files for each in Dataset.objects.filter(source__in=names) if each.files}


def _rows(
    engine: Engine, lake: Lake, sources: Mapping[str, Mapping[str, Sequence[str]]], work: Path
) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    frames = []
    if sources["tickets"]:
        tickets = engine.scan(lake, [file for files in sources["tickets"].values() for file in files])
        frames.append(ticket_ways(tickets))
    if sources["telemetria"]:
        frames.append(module_focus(_counts(engine, lake, sources["telemetria"])))
    rows: list[dict[str, Any]] = []
    for number, frame in enumerate(frames):
        target = work / f"pass-{number}.parquet"
        engine.write_parquet(frame, target)
        rows += pq.read_table(target).to_pylist()
    return rows


def _counts(engine: Engine, lake: Lake, files: Mapping[str, Sequence[str]]) -> Frame:
    """Events per customer, day and module: as the imports counted them, or counted now where one of them did not."""
    kept = sorted({f"counts/{name}/{label_of(file)}.parquet" for name, each in files.items() for file in each})
    if all(lake.exists(file) for file in kept):
        return engine.scan(lake, kept)
    return passes.usage_counts(engine.scan(lake, [file for each in files.values() for file in each]))


def ticket_ways(tickets: Frame) -> Frame:
    """Per customer: tickets with both days, those that took more than ``LONG_DAYS``, those outside its main team."""
    import narwhals as nw

    days = nw.col("updated_on").cast(nw.Datetime("us")) - nw.col("created_on").cast(nw.Datetime("us"))
    dated = tickets.filter(~nw.col("updated_on").is_null(), ~nw.col("created_on").is_null()).with_columns(
        nw.when(days.dt.total_minutes() / 1440 > LONG_DAYS).then(1).otherwise(0).alias("is_long")
    )
    per_team = dated.group_by("customer", "group").agg(nw.len().alias("n"), nw.col("is_long").sum())
    summed = per_team.group_by("customer").agg(
        nw.col("n").sum().alias("tickets_dated"),
        nw.col("is_long").sum().alias("tickets_long"),
        nw.col("n").max().alias("main"),
    )
    return summed.with_columns((nw.col("tickets_dated") - nw.col("main")).alias("tickets_other_teams")).select(
        "customer", *(nw.col(name).cast(nw.Float64) for name in COLUMNS[:3])
    )


def module_focus(counts: Frame) -> Frame:
    """Per customer: events of its most used module, and of all."""
    import narwhals as nw

    per_module = counts.group_by("customer", "module").agg(nw.col("events").sum())
    summed = per_module.group_by("customer").agg(
        nw.col("events").max().alias("module_top_events"), nw.col("events").sum().alias("module_events")
    )
    return summed.select("customer", *(nw.col(name).cast(nw.Float64) for name in COLUMNS[3:]))
