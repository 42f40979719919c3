"""The local mailbox: every mail as one ``.eml`` file, so that a newcomer sees what would have been sent."""

import re
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMail
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

_UNSAFE = re.compile(r"[^A-Za-z0-9._@-]")


class MailboxBackend(BaseEmailBackend):
    """Writes each mail to ``EMAIL_FILE_PATH`` under its Message-ID; the same Message-ID twice keeps both, visibly."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store the mails; the number stored is returned."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            parsed = mail.message()
            stem = _UNSAFE.sub("_", str(parsed["Message-ID"]).strip("<>"))
            _write_new(folder, stem, parsed.as_bytes())
        return len(email_messages)


def _write_new(folder: Path, stem: str, content: bytes) -> None:
    for number in range(1, 1000):
        path = folder / (f"{stem}.eml" if number == 1 else f"{stem}.copy{number}.eml")
        try:
            with path.open("xb") as file:
                file.write(content)
            return
        except FileExistsError:
            continue
    raise OSError(f"more than 1000 copies of one Message-ID in {folder}")


def mailbox(limit: int = 200) -> list[tuple[str, ParsedMail]]:
    """The newest ``limit`` mails of the local mailbox, newest first, as (file stem, parsed mail)."""
    folder = Path(settings.EMAIL_FILE_PATH)
    files = (
        sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)[:limit]
        if folder.exists()
        else []
    )
    return [(path.stem, message_from_bytes(path.read_bytes(), policy=policy.default)) for path in files]  # type: ignore[misc]


def stored(stem: str) -> ParsedMail | None:
    """One mail of the mailbox by its file stem; None when there is none (a stem never leaves the folder)."""
    path = Path(settings.EMAIL_FILE_PATH) / f"{_UNSAFE.sub('_', stem)}.eml"
    return message_from_bytes(path.read_bytes(), policy=policy.default) if path.is_file() else None  # type: ignore[return-value]
