"""Files that people send: kept under ``B2SHIFT_HOME/uploads/<import id>/`` and queued, within limits, in blocks."""

import re
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.ingest.run import start
from accounts.models import Import, User
from b2shift.lib.api import Refused

MOST_FILES = 200
BLOCK = 1 << 20


def receive(files: Iterable[UploadedFile], user: User) -> Import:
    """Keep the files (a ZIP is unpacked) and return a queued import; the caller wakes a worker on commit.

    Raises ``Refused`` and keeps nothing when there is no file, or they are too many or too large
    (``B2SHIFT_MAX_UPLOAD_BYTES`` in all, counted after unpacking).
    """
    given = list(files)
    if not given:
        raise Refused("no_files", _("Choose at least one file."))
    folder: Path | None = None
    try:
        with transaction.atomic():
            run = start(settings.B2SHIFT_HOME / "uploads", user)
            folder = settings.B2SHIFT_HOME / "uploads" / str(run.pk)
            folder.mkdir(parents=True)
            names = _Keeper(folder).keep_all(given)
            run.source_path = str(folder)
            run.save(update_fields=["source_path"])
            record(user, "import.upload", run, f"{len(names)} files", files=names[:50])
            return run
    except BaseException:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        raise


class _Keeper:
    """Writes files into one folder and counts their bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.left = folder, int(settings.B2SHIFT_MAX_UPLOAD_BYTES)
        self.names: list[str] = []

    def keep_all(self, files: list[UploadedFile]) -> list[str]:
        """The names under which the files were kept."""
        for file in files:
            if str(file.name).lower().endswith(".zip"):
                self._unpack(file)
            else:
                self._keep(str(file.name), file.chunks(BLOCK))
        if not self.names:
            raise Refused("no_files", _("The ZIP file holds no files."))
        return self.names

    def _keep(self, name: str, blocks: Iterable[bytes]) -> None:
        if len(self.names) >= MOST_FILES:
            raise Refused("too_many_files", _("Send at most %(most)s files at once.") % {"most": MOST_FILES})
        target = self._free_name(name)
        with target.open("xb") as out:
            for block in blocks:
                self.left -= len(block)
                if self.left < 0:
                    raise Refused("too_large", _("The files are larger than %(most)s MB in all.") % {"most": _megabytes()})
                out.write(block)
        self.names.append(target.name)

    def _free_name(self, name: str) -> Path:
        """A harmless name inside the folder, with a number when it is taken."""
        plain = re.sub(r"[^\w. ()-]", "_", Path(name.replace("\\", "/")).name).lstrip(".")[-150:] or "file"
        target, number = self.folder / plain, 1
        while target.exists():
            number += 1
            target = self.folder / f"{Path(plain).stem} ({number}){Path(plain).suffix}"
        return target

    def _unpack(self, file: UploadedFile) -> None:
        try:
            with zipfile.ZipFile(file) as archive:  # type: ignore[arg-type]
                for entry in archive.infolist():
                    if not entry.is_dir() and not Path(entry.filename).name.startswith((".", "__MACOSX")):
                        with archive.open(entry) as inside:
                            self._keep(entry.filename, iter(lambda: inside.read(BLOCK), b""))
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise Refused("bad_zip", _("The ZIP file cannot be opened: it is damaged or has a password.")) from error


def _megabytes() -> int:
    return int(settings.B2SHIFT_MAX_UPLOAD_BYTES) // (1024 * 1024)
