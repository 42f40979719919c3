"""What killed imports leave behind: curated files that nobody published, and work folders."""

import re
import shutil
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.db.models import Q

from accounts.models import Dataset, Import
from b2shift.lib.lake import Lake, NoLake

_LABEL = re.compile(r"((\d+)-[^.]+)")  # a curated file is named after the import, and the try, that wrote it
_WORK = re.compile(r"import-(\d+)-")
ACTIVE = (Import.State.QUEUED, Import.State.RUNNING)


def tidy() -> list[str]:
    """Remove what belongs to imports that are over and was not published; returns what went. Safe at any moment.

    A running import is left alone, and so is every file that was ever published, though newer ones may have replaced it.
    """
    return [*_tidy_lake(), *_tidy_work()]


def _tidy_lake() -> list[str]:
    try:
        lake = Lake(str(settings.LAKE_URL))
    except NoLake:
        return []
    found = {path: label for path in lake.under("curated") if (label := _LABEL.match(PurePosixPath(path).name))}
    published = _over({int(label[2]) for label in found.values()})
    pointed = {file for files in Dataset.objects.values_list("files", flat=True) for file in files}
    orphans = [
        path
        for path, label in found.items()
        if int(label[2]) in published and published[int(label[2])] != label[1] and path not in pointed
    ]
    for path in orphans:
        lake.remove(path)
    return orphans


def _over(numbers: set[int]) -> dict[int, str]:
    """Imports that are over, with the label under which they published (empty when they did not)."""
    unknown = Q(label="", state__in=[Import.State.PUBLISHED, Import.State.UNCHANGED])  # before labels were kept
    return dict(
        Import.objects.filter(pk__in=numbers).exclude(state__in=ACTIVE).exclude(unknown).values_list("pk", "label")
    )


def _tidy_work() -> list[str]:
    folders = (Path(settings.B2SHIFT_HOME) / "work").glob("import-*")
    found = [(int(number[1]), path) for path in folders if (number := _WORK.match(path.name))]
    over = _over({number for number, _ in found})
    gone = [path for number, path in found if number in over]
    for path in gone:
        shutil.rmtree(path, ignore_errors=True)
    return [str(path) for path in gone]
