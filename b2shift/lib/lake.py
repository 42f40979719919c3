"""The lake: immutable files under ``LAKE_URL``, a folder by default, ``s3://`` or ``gs://`` by configuration, through fsspec.

Files are written under their final name only when they are whole, and never changed afterwards. Credentials and endpoints of
remote lakes come from the environment, as the driver documents it (``AWS_…``, ``FSSPEC_S3_ENDPOINT_URL``, Google's default).
"""

import contextlib
import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import duckdb

_DRIVERS = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs"}


class NoLake(Exception):
    """``LAKE_URL`` cannot be used; the message says what to do."""


class Lake:
    """One lake. Raises ``NoLake`` when its address makes no sense or its driver is not installed."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.folder: Path | None = None
        self.fs: Any = None
        scheme = urlsplit(self.url).scheme if "://" in self.url else "file"
        if scheme == "file":
            self.folder = Path(self.url.removeprefix("file://"))
            return
        import fsspec  # only remote lakes need it

        try:
            self.fs = fsspec.filesystem(scheme)
        except ImportError as error:
            package = _DRIVERS.get(scheme, f"an fsspec driver for {scheme}")
            raise NoLake(f"LAKE_URL={url} needs a package that is not installed: {package}.") from error
        except ValueError as error:
            raise NoLake(f"LAKE_URL={url}: {scheme}:// is not known. Use a folder, s3:// or gs://.") from error

    def address(self, relative: str) -> str:
        """The full address of a file given relative to the lake, as the engine reads it."""
        return str(self.folder / relative) if self.folder else f"{self.url}/{relative}"

    def exists(self, relative: str) -> bool:
        """True when the lake holds this file."""
        if self.folder:
            return (self.folder / relative).is_file()
        return bool(self.fs.isfile(self.address(relative)))

    def put(self, local: Path, relative: str) -> None:
        """Give a finished local file to the lake; ``local`` is gone afterwards. Safe to repeat."""
        if self.folder is None:
            self.keep(local, relative)
            local.unlink()
            return
        target = self._target(relative)
        try:
            local.rename(target)  # the usual case: work and lake share a file system
        except OSError:
            self.keep(local, relative)
            local.unlink()

    def keep(self, local: Path, relative: str) -> None:
        """Copy a local file into the lake; the original stays."""
        if self.folder is None:
            self.fs.put_file(str(local), self.address(relative))
            return
        target = self._target(relative)
        partial = target.with_name(f".{target.name}-{os.getpid()}-{threading.get_ident()}.part")
        try:
            shutil.copyfile(local, partial)
            partial.rename(target)
        finally:
            partial.unlink(missing_ok=True)

    def under(self, folder: str) -> list[str]:
        """Every finished file below a folder of the lake, relative to the lake."""
        if self.folder:
            found = (path for path in (self.folder / folder).rglob("*") if path.is_file() and path.name[0] != ".")
            return sorted(path.relative_to(self.folder).as_posix() for path in found)
        root = self.fs._strip_protocol(self.url)
        return sorted(str(path).removeprefix(f"{root}/") for path in self.fs.find(self.address(folder)))

    def remove(self, relative: str) -> None:
        """Take a file out of the lake; nothing happens when it is not there."""
        if self.folder:
            (self.folder / relative).unlink(missing_ok=True)
            return
        with contextlib.suppress(FileNotFoundError):
            self.fs.rm_file(self.address(relative))

    def attach(self, db: "duckdb.DuckDBPyConnection") -> None:
        """Let a DuckDB connection read this lake: remote ones through fsspec, so that no extension is downloaded."""
        if self.fs is not None:
            db.register_filesystem(self.fs)

    def _target(self, relative: str) -> Path:
        target = (self.folder or Path()) / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        return target
