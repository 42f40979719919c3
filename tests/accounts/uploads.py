"""Files that people send, good and bad, and what must remain after a refusal."""

import io
import zipfile
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEntry, Import

MASTER = b"CLIENTE;CLIENTE_DESDE\nS00001;2019-03-01\nS00002;2020-07-15\nS00003;2021-11-30\n"
MRR = b"CLIENTE;MRR_12M\nS00001;1200.50\nS00002;0\nS09999;10.0\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def sent(name: str, content: bytes = MASTER) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def zipped(entries: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def linked() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("clientes_desde.csv")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def protected() -> bytes:
    """A ZIP whose flags say that its entry is encrypted."""
    content = bytearray(zipped({"a.csv": MASTER}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


BAD_ZIPS = {
    "bomb": (zipped({"tickets.csv": bytes(12 << 20)}), "archive_too_large"),
    "traversal": (zipped({"../../evil.csv": MASTER}), "unsafe_path"),
    "backslashes": (zipped({"..\\evil.csv": MASTER}), "unsafe_path"),
    "absolute": (zipped({"/tmp/evil.csv": MASTER}), "unsafe_path"),
    "link": (linked(), "unsafe_path"),
    "nested": (zipped({"more.zip": zipped({"a.csv": MASTER})}), "nested_archive"),
    "disguised": (zipped({"clientes_desde.csv": zipped({"a.csv": MASTER})}), "nested_archive"),
    "crowd": (zipped({f"{n}.csv": b"a;b\n1;2\n" for n in range(201)}), "too_many_files"),
    "hollow": (zipped({}), "empty_archive"),
    "image": (zipped({"clientes_desde.csv": PNG}), "binary_file"),
    "blank": (zipped({"clientes_desde.csv": b""}), "empty_file"),
    "cut": (zipped({"clientes_desde.csv": MASTER})[:-30], "damaged_archive"),
    "no zip": (MASTER, "damaged_archive"),
    "locked": (protected(), "encrypted_archive"),
}


def on_disk() -> set[Path]:
    """Everything under the folder of uploads."""
    return set((settings.B2SHIFT_HOME / "uploads").rglob("*"))


class Nothing:
    """Nothing may remain of what happens inside ``with``: no import, no trace of one, no file."""

    def __enter__(self) -> None:
        self.before = (Import.objects.count(), AuditEntry.objects.count(), on_disk())

    def __exit__(self, *_: object) -> None:
        assert (Import.objects.count(), AuditEntry.objects.count(), on_disk()) == self.before
