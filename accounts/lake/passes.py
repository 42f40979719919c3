"""The passes over the large tables, each written once: functions from one narwhals frame to another, for any engine.

Sums of durations run over whole microseconds, so that the order of addition (which no engine promises) cannot show in a figure.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    import narwhals as nw

    Frame = nw.LazyFrame[Any]

HIGH = ("high", "urgent", "alta", "urgente", "critical")
CLOSED = ("closed", "solved", "fechado", "resolvido")
DENIED = "Negado"
_RENAMED = {"customer": "code"}


def usage_counts(events: "Frame") -> "Frame":
    """Events per customer, day and module: small, additive, and all that the other figures of use need."""
    import narwhals as nw

    marked = events.with_columns(
        nw.when(nw.col("licence") == DENIED).then(1).otherwise(0).alias("denied"),
        (nw.col("duration_ms") * 1000).round().cast(nw.Int64).alias("micros"),
    )
    # nothing but plain columns is aggregated: that much every engine can do
    counts = marked.group_by("customer", "day", "module").agg(
        nw.len().alias("events"),
        nw.col("micros").sum(),
        nw.col("micros").count().alias("timed"),
        nw.col("denied").sum(),
    )
    return _whole(counts, "events", "micros", "timed", "denied")


def _whole(frame: "Frame", *columns: str) -> "Frame":
    """The frame with these counts as 64-bit numbers: engines differ in what adding up gives."""
    import narwhals as nw

    return frame.with_columns(*(nw.col(name).cast(nw.Int64) for name in columns))


def _summed(frame: "Frame", *by: str) -> "Frame":
    """Counts added up; ``modules`` is the number of different modules, ``seconds`` has no value when no event was timed."""
    import narwhals as nw

    counts = ("events", "micros", "timed", "denied")
    sums = [nw.col(name).sum() for name in counts]
    per_module = frame.group_by(*by, "module").agg(*sums)
    seconds = nw.when(nw.col("timed") > 0).then(nw.col("micros") / 1_000_000)
    summed = per_module.group_by(*by).agg(*sums, nw.col("module").count().alias("modules"))
    return (
        _whole(summed, *counts, "modules")
        .with_columns(seconds.alias("seconds"))
        .select(*by, "events", "seconds", "modules", "denied")
    )


def usage_days(counts: "Frame", changed: "Frame") -> "Frame":
    """Use per customer and day, for the days that occur in ``changed``."""
    touched = changed.select("customer", "day").unique()
    return _summed(counts.join(touched, on=["customer", "day"], how="semi"), "customer", "day").rename(_RENAMED)


def usage_months(counts: "Frame", changed: "Frame") -> "Frame":
    """Use per customer and month, for the months that occur in ``changed``, with the days on which there was any."""
    touched = _with_month(changed).select("customer", "month").unique()
    here = _with_month(counts).join(touched, on=["customer", "month"], how="semi")
    return _summed(here, "customer", "month").join(_active(here, "customer", "month"), on=["customer", "month"]).rename(
        _RENAMED
    )  # fmt: skip


def usage_totals(counts: "Frame") -> "Frame":
    """Use per customer over everything that the lake holds."""
    names = {"customer": "code", "active_days": "usage_active_days"} | {
        name: f"usage_{name}" for name in ("events", "seconds", "modules", "denied")
    }
    return _summed(counts, "customer").join(_active(counts, "customer"), on="customer").rename(names)


def _active(counts: "Frame", *by: str) -> "Frame":
    import narwhals as nw

    days = counts.select(*by, "day").unique()
    return _whole(days.group_by(*by).agg(nw.len().alias("active_days")), "active_days")


def _with_month(frame: "Frame") -> "Frame":
    import narwhals as nw

    return frame.with_columns(nw.col("day").dt.truncate("1mo").cast(nw.Date).alias("month"))


def _marked(tickets: "Frame") -> "Frame":
    """Tickets with 0/1 marks for high priority and closed, and the days that a closed one was open."""
    import narwhals as nw

    closed = nw.col("status").str.to_lowercase().is_in(CLOSED)
    whole = _day_number("updated_on") - _day_number("created_on")
    return tickets.with_columns(
        nw.when(nw.col("priority").str.to_lowercase().is_in(HIGH)).then(1).otherwise(0).alias("is_high"),
        nw.when(closed).then(1).otherwise(0).alias("is_closed"),
        nw.when(closed)
        .then(nw.when(whole > 0).then(whole.cast(nw.Float64)).otherwise(nw.when(whole <= 0).then(0.0)))
        .alias("days"),
    )


def _day_number(column: str) -> "nw.Expr":
    """Days since the calendar began, by arithmetic: not every engine can subtract dates."""
    import narwhals as nw

    before = nw.col(column).dt.year().cast(nw.Int64) - 1
    return nw.col(column).dt.ordinal_day().cast(nw.Int64) + before * 365 + before // 4 - before // 100 + before // 400


def ticket_months(tickets: "Frame", changed: "Frame") -> "Frame":
    """Tickets per customer and month of their creation, for the customers that occur in ``changed``."""
    import narwhals as nw

    here = _marked(tickets.join(changed.select("customer").unique(), on="customer", how="semi"))
    dated = here.filter(~nw.col("created_on").is_null())
    counts = (
        dated.with_columns(nw.col("created_on").dt.truncate("1mo").cast(nw.Date).alias("month"))
        .group_by("customer", "month")
        .agg(
            nw.len().alias("opened"), nw.col("is_high").sum().alias("high"), nw.col("is_closed").sum().alias("closed"),
            nw.col("days").mean().alias("days_mean"),
        )
    )  # fmt: skip
    return _whole(counts, "opened", "high", "closed").rename(_RENAMED)


def ticket_windows(tickets: "Frame", year: "date", quarter: "date") -> "Frame":
    """Tickets per customer created after ``year`` (twelve months ago) and after ``quarter`` (ninety days ago)."""
    import narwhals as nw

    marked = _marked(tickets).with_columns(
        nw.when(nw.col("created_on") > nw.lit(year)).then(1).otherwise(0).alias("in_year"),
        nw.when(nw.col("created_on") > nw.lit(quarter)).then(1).otherwise(0).alias("in_quarter"),
    )
    marked = marked.with_columns(
        (nw.col("in_year") * nw.col("is_high")).alias("high_in_year"),
        nw.when(nw.col("in_year") == 1).then(nw.col("days")).alias("days_in_year"),
    )
    names = {"in_year": "tickets_12m", "in_quarter": "tickets_90d", "high_in_year": "tickets_high_12m"}
    sums = [nw.col(name).sum().alias(alias) for name, alias in names.items()]
    days = nw.col("days_in_year")
    means = (days.mean().alias("ticket_days_mean"), days.count().alias("tickets_closed_12m"))
    windows = marked.group_by("customer").agg(*sums, *means)
    return _whole(windows, *names.values(), "tickets_closed_12m").rename(_RENAMED)
