"""A mail server in its own process: ``python -m tests.faults.peer PORT FILE`` writes each Message-ID that it accepted."""

import asyncio
import email
import os
import sys

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session


class Ledger:
    """Accepts every mail; an accepted mail is on disk before the sender hears of it."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        found = email.message_from_bytes(envelope.content or b"")
        os.write(self.file, f"{found['Message-ID'].strip()}\n".encode())
        return "250 taken"


def main(port: int, path: str) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    controller = UnthreadedController(Ledger(path), hostname="127.0.0.1", port=port, loop=loop)
    controller.begin()
    loop.run_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
