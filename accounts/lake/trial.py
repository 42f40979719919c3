"""``python -m accounts.lake.trial JOB.json``: carry out one mapping on the head of one file, in a lake that is thrown away.

The very code of the import runs, so that what a person sees before saving is what the import will do.
"""

import json
import resource
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from accounts.lake.child import carry_out
from accounts.lake.job import Job
from accounts.lake.parsing import quoted
from b2shift.lib.engine import connect
from b2shift.lib.lake import Lake

HEAD = 24 << 20  # bytes of a text file that are tried
SHOWN = 12
PACKED = (b"PK\x03\x04", b"PAR1", b"\x1f\x8b")  # cannot be cut
KEPT_PROBLEMS = 50


def main() -> int:
    """Try the mapping of the job that is in use; the answer goes to ``<work>/trial.json``."""
    job = Job.from_json(json.loads(Path(sys.argv[1]).read_text()))
    limit = job.memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    found = trial(job)
    partial = Path(job.work) / "trial.json.part"
    partial.write_text(json.dumps(found))
    partial.rename(Path(job.work) / "trial.json")
    return 0


def trial(job: Job) -> dict[str, Any]:
    """``{"files": […], "columns": […], "rows": […], "cut": bool}``: reports without their quarantine's tail, first rows as read."""
    name = next(str(spec["name"]) for spec in job.mapped if spec.get("active", True))
    cut = any(_cut(Path(each.path), Path(job.work)) and _point(job, n) for n, each in enumerate(job.arrived))
    result = carry_out(job)
    files = [{**asdict(each), "quarantine": each.quarantine[:KEPT_PROBLEMS]} for each in result.files]
    columns, rows = (
        _rows(job, [str(Path(job.lake) / each) for each in result.tables[name].files])
        if name in result.tables
        else ([], [])
    )
    return {"files": files, "columns": columns, "rows": rows, "cut": cut}


def _cut(path: Path, work: Path) -> bool:
    """Write the head of a large text file to ``<work>/head``; True when that was needed."""
    with path.open("rb") as file:
        if path.stat().st_size <= HEAD or file.read(4) in PACKED:
            return False
        file.seek(0)
        head = file.read(HEAD)
    (work / "head").write_bytes(head[: head.rfind(b"\n") + 1] or head)
    return True


def _point(job: Job, number: int) -> bool:
    target = Path(job.work) / f"head-{number}"
    shutil.move(Path(job.work) / "head", target)
    job.arrived[number].path = str(target)
    return True


def _rows(job: Job, files: list[str]) -> tuple[list[str], list[list[str]]]:
    if not files:
        return [], []
    db = connect(job.memory_mb // 2, Path(job.work) / "spill", Lake(job.lake))
    listed = ", ".join(quoted(each) for each in files)
    found = db.execute(f"SELECT * EXCLUDE (row_hash) FROM read_parquet([{listed}]) LIMIT {SHOWN}")
    columns = [each[0] for each in found.description or ()]
    return columns, [["" if value is None else str(value)[:120] for value in row] for row in found.fetchall()]


if __name__ == "__main__":
    sys.exit(main())
