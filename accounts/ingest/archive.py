"""ZIP and GZ files that somebody sends: the lake's careful unpacking, its refusals in the sender's language."""

from pathlib import Path

from django.utils.translation import gettext as _

from accounts.lake import archive
from accounts.lake.archive import kind_of
from accounts.lake.bad import BadFile
from accounts.sources.refusals import REASONS
from b2shift.lib.api import Refused

UNPACKED = 8  # times the upload limit

__all__ = ["UNPACKED", "refusal", "unpack"]


def unpack(path: Path, folder: Path, limit: int) -> list[Path]:
    """Unpack a ZIP or GZ flat into ``folder``; at most ``UNPACKED × limit`` bytes. Raises ``Refused``."""
    try:
        if kind_of(path) == "gz":
            return [archive.gunzip(path, folder, path.name, limit * UNPACKED)]
        return archive.unpack(path, folder, limit * UNPACKED)
    except BadFile as error:
        raise refusal(error) from error


def refusal(error: BadFile) -> Refused:
    """A bad file in words."""
    return Refused(error.code, _(REASONS[error.key].sentence) % error.values)
