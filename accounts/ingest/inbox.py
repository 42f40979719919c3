"""The watch folder: files put there are taken by themselves, once each, when they have stopped growing.

A file is taken when two looks find the same size and time. It then waits in ``taken/`` until its import is over, and ends in
``done/`` or in ``refused/`` beside a text that says why. Content that was loaded from here before is not loaded again.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog
from django.conf import settings
from django.core.files import File
from django.db import connection
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.ingest.uploads import check, receive
from accounts.models import Import, ImportFile, WatchedFile
from b2shift.lib.api import Refused
from b2shift.lib.names import free, safe_name

LOCK = 4_215_002  # one look at a time
BLOCK = 1 << 20
State = WatchedFile.State
OVER = {Import.State.PUBLISHED, Import.State.UNCHANGED, Import.State.FAILED, Import.State.CANCELLED}
log = structlog.get_logger(__name__)


def watch() -> Import | None:
    """One look: settle what is over, take what is complete. Returns the import that it queued; the caller wakes a worker."""
    folder = Path(settings.WATCH_FOLDER)
    with _alone() as alone, translation.override(settings.LANGUAGE_CODE):
        if not alone:
            return None
        for name in ("taken", "done", "refused"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        _settle(folder)
        complete = _complete(folder)
        return _take(folder, complete) if complete else None


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _complete(folder: Path) -> list[WatchedFile]:
    """Remember how every file looks now; return those that look as they did the last time."""
    before = {each.name: each for each in WatchedFile.objects.filter(state=State.SEEN)}
    there, complete = _looks(folder), []
    WatchedFile.objects.filter(pk__in=[each.pk for name, each in before.items() if name not in there]).delete()
    for name, (size, modified) in there.items():
        seen = before.get(name)
        if seen and (seen.size, seen.modified_ns) == (size, modified):
            complete.append(seen)
            continue
        WatchedFile.objects.update_or_create(
            name=name, state=State.SEEN, defaults={"size": size, "modified_ns": modified, "seen_at": Now()}
        )
    return complete


def _looks(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of each plain file; hidden files, links and names that cannot be kept are left alone."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~")) or path.is_symlink() or not path.is_file() or len(path.name) > 255:
            continue
        if not path.name.isprintable():
            log.warning("watch_folder_name", name=repr(path.name))
            continue
        state = path.stat()
        found[path.name] = (state.st_size, state.st_mtime_ns)
    return found


def _take(folder: Path, complete: list[WatchedFile]) -> Import | None:
    """Move the files to ``taken/`` and queue one import of all that can be read; the others are refused one by one."""
    moved = [path for watched in complete if (path := _move(folder, watched))]
    while moved:
        try:
            with ExitStack() as stack:
                files = [File(stack.enter_context(path.open("rb")), name=watched.name) for watched, path in moved]
                run = receive(files, None, Import.Channel.FOLDER)
        except Refused:
            moved = _without_refused(folder, moved)
            continue
        WatchedFile.objects.filter(pk__in=[watched.pk for watched, _path in moved]).update(run=run)
        return run
    return None


def _move(folder: Path, watched: WatchedFile) -> tuple[WatchedFile, Path] | None:
    """Into ``taken/``; None when it is gone, or when its content was loaded from here before (it is done then)."""
    target = free(folder / "taken", safe_name(watched.name))
    try:
        (folder / watched.name).rename(target)
    except FileNotFoundError:
        watched.delete()
        return None
    watched.state, watched.sha256, watched.kept_as = State.TAKEN, _hash(target), f"taken/{target.name}"
    watched.save(update_fields=["state", "sha256", "kept_as"])
    same = WatchedFile.objects.filter(sha256=watched.sha256, state__in=[State.TAKEN, State.DONE]).exclude(pk=watched.pk)
    if first := same.order_by("pk").first():
        watched.run = first.run
        _end(folder, watched, State.DONE, _("The same content was loaded before as “%(name)s”.") % {"name": first.name})
        return None
    return watched, target


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _without_refused(folder: Path, moved: list[tuple[WatchedFile, Path]]) -> list[tuple[WatchedFile, Path]]:
    """Try each file alone at the door, refuse those that do not pass; one at least leaves the list."""
    good = []
    for watched, path in moved:
        try:
            with path.open("rb") as file:
                check(File(file, name=watched.name))
            good.append((watched, path))
        except Refused as refusal:
            _end(folder, watched, State.REFUSED, refusal.message)
    if len(good) == len(moved):  # whatever it was is over: one waits for the next look, so that this one ends
        watched, _path = good.pop()
        _put_back(folder, watched)
    return good


def _put_back(folder: Path, watched: WatchedFile) -> None:
    """Where it was before it was taken: the next look finds it as if it had just arrived."""
    taken = folder / watched.kept_as
    if taken.is_file():
        taken.rename(free(folder, watched.name))
    watched.delete()


def _settle(folder: Path) -> None:
    """Files whose import is over go to ``done/``, or to ``refused/`` with the reason beside them."""
    for watched in WatchedFile.objects.filter(state=State.TAKEN).select_related("run"):
        if watched.run is None:  # whoever took it died before its import was queued
            _put_back(folder, watched)
            continue
        run = watched.run = _latest(watched.run)
        if run is None or run.state not in OVER:
            watched.save(update_fields=["run"])
            continue
        refused = ImportFile.objects.filter(run=run, outcome=ImportFile.Outcome.REFUSED)
        others = {safe_name(each.name) for each in WatchedFile.objects.filter(run=run).exclude(pk=watched.pk)}
        mine = [file.reason for file in refused if file.name not in others]  # its own, or those of its ZIP
        if mine or run.state in {Import.State.FAILED, Import.State.CANCELLED}:
            text = "\n".join(mine) or run.explained or _("The import was cancelled.")
            _end(folder, watched, State.REFUSED, text)
        else:
            _end(folder, watched, State.DONE, "")


def _latest(run: Import | None) -> Import | None:
    """The import that went on with the same files after a person's answer; the import itself where there is none."""
    while run and (follower := run.followed_by.first()):
        run = follower
    return run


def _end(folder: Path, watched: WatchedFile, state: WatchedFile.State, text: str) -> None:
    """Move the file where its outcome says, a text beside a refused one."""
    target = free(folder / state, safe_name(watched.name))
    current = folder / watched.kept_as
    if current.is_file():
        os.replace(current, target)
    if state == State.REFUSED:
        target.with_name(target.name + ".txt").write_text(text + "\n", encoding="utf-8")
    watched.state, watched.kept_as, watched.error = state, f"{state}/{target.name}"[:300], text
    watched.save(update_fields=["state", "kept_as", "error", "run"])
