"""``makemessages`` without memories of earlier wordings: entries are translated anew or not at all."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Collect texts for translation; comments with previous texts (``#|``) are neither kept nor written.

    Half of such a comment, left behind by an editor, makes the whole catalogue unreadable for gettext.
    """

    msgmerge_options = [option for option in makemessages.Command.msgmerge_options if option != "--previous"]  # noqa: RUF012

    def handle(self, *args: Any, **options: Any) -> None:
        """Drop the comments first, then go on as Django does."""
        for folder in settings.LOCALE_PATHS:
            for catalogue in Path(folder).glob("*/LC_MESSAGES/*.po"):
                lines = catalogue.read_text(encoding="utf-8").splitlines(keepends=True)
                kept = [line for line in lines if not line.startswith("#|")]
                if kept != lines:
                    catalogue.write_text("".join(kept), encoding="utf-8")
        super().handle(*args, **options)
