"""``python -m tests.faults.clock``: the scheduler's part of the outbox, more often: a sweep and a seal every second."""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "b2shift.settings")
django.setup()

from campaigns.tasks import seal, sweep_outbox  # noqa: E402 - after django.setup()

if __name__ == "__main__":
    while True:
        sweep_outbox.delay()
        seal.delay()
        time.sleep(1)
