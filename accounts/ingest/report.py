"""What an import leaves in the database beside the live data: its files, findings, rows set aside, and where rows came from.

Everything here is part of the publication's transaction.
"""

from datetime import date
from pathlib import Path

from django.db import connection
from django.db.models.functions import Now

from accounts.ingest import mending, reader
from accounts.lake.job import FileReport, Result
from accounts.lake.money import recalled
from accounts.models import Dataset, Finding, Import, ImportFile, QuarantinedRow
from accounts.sources.findings import severity
from accounts.sources.refusals import REASONS

BLOCK = 1 << 20
_SAME = (
    "source", "sha256", "bytes", "encoding", "separator", "rows", "accepted", "quarantined", "unchanged", "changed", "removed",
    "header", "ways", "seconds", "money", "questions",
)  # fmt: skip
_ORIGINS = """
INSERT INTO accounts_origin (customer_id, file_id, rows, removed, first_line, last_line)
SELECT c.id, f.id, s.rows, s.removed, s.first_line, s.last_line
FROM stage_origins s JOIN accounts_customer c ON c.code = s.code
JOIN unnest(%s::bigint[], %s::integer[]) f(id, number) ON f.number = s.file_no"""


def write_report(run: Import, result: Result) -> None:
    """Keep what the reader said about each file; rows that were mended before are settled."""
    files = [_write_file(run, report) for report in result.files]
    if "origins" in result.outputs:
        _write_origins(
            Path(result.outputs["origins"]), [file.pk for file in files], [each.number for each in result.files]
        )
    if run.channel == Import.Channel.MENDED:
        given = reader.arrived(Path(run.source_path))
        for file, report, each in zip(files, result.files, given, strict=True):
            mending.settle(run, file, report, Path(each.path))


def _write_file(run: Import, report: FileReport) -> ImportFile:
    if report.outcome == ImportFile.Outcome.UNCHANGED and not report.rows:
        _recall(report)
    file = ImportFile.objects.create(run=run, **_columns(report))
    Finding.objects.bulk_create(
        Finding(
            file=file, code=each["code"], column=each["column"], count=each["count"], examples=each["examples"],
            severity=severity(each["code"]),
        )
        for each in report.findings
    )  # fmt: skip
    if run.channel != Import.Channel.MENDED:  # rows that are still bad wait where they waited
        rows = QuarantinedRow.objects.bulk_create((_row(file, row) for row in report.quarantine), batch_size=2000)
        mending.carry_over(file, rows)
    return file


def _row(file: ImportFile, row: dict[str, str | int]) -> QuarantinedRow:
    raw, waits = str(row["raw"]).replace("\0", ""), str(row.get("waits") or "").replace("\0", "")
    return QuarantinedRow(file=file, line=row["line"], reason=row["reason"], raw=raw, waits_for=waits[:40])


def _recall(report: FileReport) -> None:
    """A file that was not read again because its content is known: its figures are those of the time it was read."""
    before = ImportFile.objects.filter(sha256=report.sha256, source=report.source, rows__gt=0).order_by("-pk").first()
    if before is None:
        return
    report.rows, report.quarantined = before.rows, before.quarantined
    report.unchanged = before.accepted + before.unchanged
    report.curated, report.encoding, report.separator = before.curated_path, before.encoding, before.separator
    report.money = recalled(before.money)
    report.header, report.delimiter = before.header, before.delimiter
    report.findings = [dict(each) for each in before.findings.values("code", "column", "count", "examples")]


def _columns(report: FileReport) -> dict[str, object]:
    return {
        "name": report.name[:255],
        "outcome": report.outcome,
        "reason_text": REASONS[report.reason].sentence if report.reason else "",
        "reason_values": report.values,
        "curated_path": report.curated,
        "delimiter": report.delimiter or ";",
        **{name: getattr(report, name) for name in _SAME},
    }


def _write_origins(path: Path, ids: list[int], numbers: list[int]) -> None:
    """Copy the child's list; numbers in it become the files' ids."""
    columns = "code text, file_no integer, rows bigint, removed bigint, first_line bigint, last_line bigint"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE stage_origins ({columns}) ON COMMIT DROP")
        with (
            path.open("rb") as file,
            cursor.copy("COPY stage_origins FROM STDIN (FORMAT csv, HEADER true)") as copy,
        ):
            while block := file.read(BLOCK):
                copy.write(block)
        cursor.execute(_ORIGINS, [ids, numbers])
        cursor.execute("DROP TABLE stage_origins")


def move_datasets(run: Import, result: Result) -> None:
    """Point each source at its new files in the lake: part of the publication, so both move together or not at all."""
    for name, table in result.tables.items():
        latest = date.fromisoformat(table.latest_on) if table.latest_on else None
        fields = {"files": table.files, "inputs": table.inputs, "rows": table.rows, "latest_on": latest}
        if name in result.changed:
            fields |= {"updated_by": run, "updated_at": Now()}
        Dataset.objects.update_or_create(source=name, defaults=fields)
