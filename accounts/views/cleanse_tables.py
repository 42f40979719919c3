"""The queue of repairs as a table."""

import re
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.cleanse.reads import Part, compared
from accounts.cleanse.wording import words
from accounts.models import Repair
from b2shift.lib.cells import NUM, badge, tick, tick_all, two_lines
from b2shift.templatetags.b2shift import moment, number, percent

TONES = {
    Repair.State.OPEN: "info", Repair.State.ACCEPTED: "good", Repair.State.REJECTED: "neutral", Repair.State.UNDONE: "warn",
}  # fmt: skip


EDGES = re.compile(r"^ | $|  +")


def _shown(blanks: re.Match[str]) -> str:
    return "␣" * len(blanks.group())


def marked(parts: list[Part], tag: str) -> SafeString:
    """A text whose differing pieces stand in ``<ins>`` or ``<del>``; blanks at the ends and doubled ones are made visible."""
    if not parts:
        return format_html('<span class="text-secondary">{}</span>', _("empty"))
    pieces = ((part.text if part.same else EDGES.sub(_shown, part.text), part.same) for part in parts)
    return format_html_join(
        "", "{}", ((text if same else format_html("<{0}>{1}</{0}>", tag, text),) for text, same in pieces)
    )


def change(before: str, after: str) -> SafeString:
    """Before over after, differences marked and named for screen readers."""
    left, right = compared(before, after)
    return format_html(
        '<div class="b2-change"><div><span class="visually-hidden">{}: </span>{}</div>'
        '<div><span class="visually-hidden">{}: </span>{}</div></div>',
        _("before"), marked(left, "del"), _("after"), marked(right, "ins"),
    )  # fmt: skip


class RepairTable(tables.Table):
    """Repairs, those that touch most rows first."""

    chosen = tables.Column(accessor="pk", orderable=False)
    change = tables.Column(
        verbose_name=_("Before and after"), accessor="before", order_by=("before", "pk"), empty_values=()
    )
    field = tables.Column(verbose_name=_("Field"))
    rule = tables.Column(verbose_name=_("Reason"))
    confidence = tables.Column(verbose_name=_("Confidence"), attrs=NUM)
    touched = tables.Column(verbose_name=_("Rows"), accessor="rows", attrs=NUM)
    state = tables.Column(verbose_name=_("Decision"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns["chosen"].column.verbose_name = tick_all(_("Select all"))
        self.caption = _("Repairs")

    def render_chosen(self, record: Repair) -> SafeString:
        """A check box named after the value."""
        return tick("ids", record.pk, _("Select %(value)s") % {"value": record.before or _("empty")})

    def render_change(self, record: Repair) -> SafeString:
        """Both values, linked to the repair's page."""
        return format_html(
            '<a class="b2-change-link" href="{}">{}</a>',
            reverse("repair", args=[record.pk]),
            change(record.before, record.after),
        )

    def render_field(self, record: Repair) -> SafeString:
        """The field, and what the value depends on."""
        return two_lines(record.get_field_display(), record.context)

    def render_rule(self, record: Repair) -> SafeString:
        """The rule's title over its reason; what the model chose is marked."""
        ai = format_html(" {}", badge("ai", _("Model"))) if record.origin == Repair.Origin.MODEL else ""
        title, reason = words(record.rule)
        return format_html('{}{}<div class="text-secondary small b2-reason">{}</div>', title, ai, reason)

    def render_confidence(self, value: float) -> str | SafeString:
        """In per cent."""
        return percent(value, 0)

    def render_touched(self, value: int) -> str | SafeString:
        """How many rows hold the value."""
        return number(value)

    def render_state(self, record: Repair) -> SafeString:
        """The decision, who took it and when."""
        word = badge(TONES[Repair.State(record.state)], record.get_state_display())
        if record.decided_at is None:
            return word
        who = record.decided_by.name if record.decided_by else _("the rule itself")
        return two_lines(word, f"{who} · {moment(record.decided_at)}")
