"""The wire: one connection per batch, and what each delivery told us. Nothing here touches the database."""

import smtplib
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Any, Self

from django.core import mail
from django.core.mail import EmailMessage

GONE = frozenset({550, 551, 553})  # the mailbox does not exist (any more)


class Fate(Enum):
    """What is known about a mail after an attempt."""

    SENT = "sent"
    LATER = "later"  # refused for now before it was accepted
    REFUSED = "refused"  # refused for good
    UNKNOWN = "unknown"  # the connection broke while it was on the way: it may have arrived


@dataclass(frozen=True)
class Delivery:
    """``fate``, the server's words (without addresses) and whether the mailbox does not exist."""

    fate: Fate
    words: str = ""
    gone: bool = False


class Unreachable(Exception):
    """No mail server to speak to: nothing was sent."""


class Line:
    """A connection that stays open for a batch: ``with Line() as line: line.ready(); line.deliver(mail)``."""

    def __init__(self) -> None:
        self._backend: Any = mail.get_connection(fail_silently=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def ready(self) -> None:
        """Open the connection, or make sure that an open one still answers, before a message is given to it."""
        try:
            if self._smtp() is not None and not self._answers():
                self._hang_up()
            self._backend.open()
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(type(error).__name__) from error

    def deliver(self, message: EmailMessage) -> Delivery:
        """Hand one mail over and say what became of it; a broken connection is an unknown fate, never a retry."""
        try:
            self._backend.send_messages([message])
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            return _refusal(code, words)
        except smtplib.SMTPResponseException as error:
            return _refusal(error.smtp_code, error.smtp_error)
        except (ValueError, smtplib.SMTPNotSupportedError) as error:
            return Delivery(
                Fate.REFUSED, type(error).__name__
            )  # an address that cannot be written: nothing left this machine
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return Delivery(Fate.UNKNOWN, type(error).__name__)
        return Delivery(Fate.SENT)

    def _smtp(self) -> Any:
        return getattr(self._backend, "connection", None)

    def _answers(self) -> bool:
        try:
            return bool(self._smtp().noop()[0] == 250)
        except (OSError, smtplib.SMTPException):
            return False

    def _hang_up(self) -> None:
        try:
            self._backend.close()
        except (OSError, smtplib.SMTPException):
            self._backend.connection = None  # the other side is gone already


def _refusal(code: int, words: bytes | str) -> Delivery:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    fate = Fate.LATER if 400 <= code < 500 else Fate.REFUSED
    return Delivery(fate, f"{code} {' '.join(word for word in text.split() if '@' not in word)}"[:300], code in GONE)
