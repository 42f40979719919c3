"""Cells that tables of every app share: figures to the right, badges, two lines, and boxes to tick."""

from typing import Any

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

NUM: dict[str, dict[str, str]] = {"td": {"class": "num"}, "th": {"class": "num"}}
WIDE: dict[str, dict[str, str]] = {"td": {"class": "b2-wide-cell"}}
ACT = {"td": {"class": "b2-act"}}  # what to do with the row; stays in sight where the table scrolls
DENSE = {"class": "table table-vcenter card-table b2-dense"}  # many columns: less air, heads of two lines


def badge(tone: str, word: Any) -> SafeString:
    """A word, coloured: good, warn, bad, info, brand, ai or neutral."""
    return format_html('<span class="badge b2-badge b2-badge-{}">{}</span>', tone, word)


def two_lines(main: Any, under: Any) -> SafeString:
    """What counts, and beneath it in small what tells it apart; nothing beneath where there is nothing to say."""
    small = format_html('<div class="text-secondary small">{}</div>', under) if under else ""
    return format_html("{}{}", main, small)


def link(address: str, text: Any) -> SafeString:
    """A link."""
    return format_html('<a href="{}">{}</a>', address, text)


def tick(name: str, value: Any, label: str | Promise) -> SafeString:
    """A box of a row, named after what it selects."""
    return format_html(
        '<input class="form-check-input" type="checkbox" name="{}" value="{}" aria-label="{}">', name, value, label
    )


def tick_all(label: str | Promise) -> SafeString:
    """The head of a column of boxes: ticks them all."""
    return format_html('<input class="form-check-input" type="checkbox" data-select-all aria-label="{}">', label)
