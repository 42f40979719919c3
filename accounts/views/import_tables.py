"""Tables of the import pages."""

from typing import Any

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts.models import Import, ImportFile, QuarantinedRow
from accounts.sources.findings import explain
from b2shift.templatetags.b2shift import moment, number

NUM = {"td": {"class": "num"}, "th": {"class": "num"}}
STATE_TONES = {
    Import.State.QUEUED: "info", Import.State.RUNNING: "info", Import.State.PUBLISHED: "good",
    Import.State.UNCHANGED: "neutral", Import.State.FAILED: "bad",
    Import.State.ASKS: "warn",
}  # fmt: skip
OUTCOME_TONES = {
    ImportFile.Outcome.LOADED: "good", ImportFile.Outcome.UNCHANGED: "neutral", ImportFile.Outcome.SKIPPED: "warn",
    ImportFile.Outcome.REFUSED: "bad", ImportFile.Outcome.ASKS: "warn",
}  # fmt: skip
SEPARATORS = {"\t": _("tab"), ";": ";", ",": ",", "|": "|"}


def badge(tone: str, word: Any) -> SafeString:
    """A word, coloured."""
    return format_html('<span class="badge b2-badge b2-badge-{}">{}</span>', tone, word)


class ImportTable(tables.Table):
    """Imports, the newest first."""

    created_at = tables.Column(verbose_name=_("When"))
    started_by = tables.Column(verbose_name=_("Who"), order_by=("started_by__name", "pk"), empty_values=())
    state = tables.Column(verbose_name=_("State"))
    file_count = tables.Column(verbose_name=_("Files"), attrs=NUM)
    row_count = tables.Column(verbose_name=_("Rows"), attrs=NUM)
    quarantined_count = tables.Column(verbose_name=_("In quarantine"), attrs=NUM)
    customers = tables.Column(verbose_name=_("Customers afterwards"), attrs=NUM, empty_values=())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = _("Imports")

    def render_created_at(self, record: Import) -> SafeString:
        """The moment, linked to the import's page."""
        return format_html(
            '<a class="text-nowrap" href="{}">{}</a>', reverse("import", args=[record.pk]), moment(record.created_at)
        )

    def render_started_by(self, record: Import) -> Any:
        """A person's name; imports from the command line have none."""
        return record.started_by.name if record.started_by else _("Command line")

    def render_state(self, record: Import) -> SafeString:
        """The state in a word; files that were refused beside others are named as well."""
        word = badge(STATE_TONES[Import.State(record.state)], record.get_state_display())
        refused = getattr(record, "refused_count", 0)
        if not refused or record.state == Import.State.FAILED:
            return word
        return format_html("{} {}", word, badge("warn", _("%(count)s refused") % {"count": number(refused)}))

    def render_row_count(self, value: int) -> str:
        """A count."""
        return number(value)

    render_file_count = render_quarantined_count = render_customers = render_row_count

    def order_customers(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """Imports that are not finished last."""
        field = F("customers")
        return queryset.order_by(
            field.desc(nulls_last=True) if is_descending else field.asc(nulls_last=True), "-pk"
        ), True


class FileTable(tables.Table):
    """The files of one import and what became of their rows."""

    name = tables.Column(verbose_name=_("File and kind"))
    outcome = tables.Column(verbose_name=_("Outcome"))
    encoding = tables.Column(verbose_name=_("Encoding"), order_by=("encoding", "separator"), empty_values=(None,))
    rows_read = tables.Column(verbose_name=_("Rows"), accessor="rows", attrs=NUM)
    accepted = tables.Column(verbose_name=_("Rows loaded"), attrs=NUM)
    unchanged = tables.Column(verbose_name=_("Unchanged"), attrs=NUM)
    quarantined = tables.Column(verbose_name=_("In quarantine"), attrs=NUM)
    seconds = tables.Column(verbose_name=_("Seconds"), attrs=NUM)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = _("Files")

    def render_name(self, record: ImportFile) -> SafeString:
        """The name (with findings, a link to them further down) over what the file was recognised as."""
        name: str | SafeString = record.name
        if record.outcome != ImportFile.Outcome.REFUSED and record.findings.all():
            name = format_html('<a href="#file-{}">{}</a>', record.pk, record.name)
        kind = format_html("<code>{}</code>", record.source) if record.source else _("not recognised")
        return format_html('{}<div class="text-secondary small">{}</div>', name, kind)

    def render_outcome(self, record: ImportFile) -> SafeString:
        """What became of the file."""
        refused = record.outcome == ImportFile.Outcome.REFUSED
        word = pgettext("file", "Refused") if refused else record.get_outcome_display()
        return badge(OUTCOME_TONES[ImportFile.Outcome(record.outcome)], word)

    def render_encoding(self, record: ImportFile) -> SafeString | str:
        """Encoding and separator, as found in the bytes."""
        if not record.encoding:
            return "—"
        if not record.separator:
            return record.encoding.upper()
        return format_html(
            "{} <code>{}</code>", record.encoding.upper(), SEPARATORS.get(record.separator, record.separator)
        )

    def render_accepted(self, value: int) -> str:
        """A count."""
        return number(value)

    render_rows_read = render_unchanged = render_accepted

    def render_quarantined(self, record: ImportFile) -> SafeString | str:
        """A count, linked to the rows."""
        if not record.quarantined:
            return number(0)
        address = reverse("import-quarantine", args=[record.run_id])
        return format_html('<a href="{}?file={}">{}</a>', address, record.pk, number(record.quarantined))

    def render_seconds(self, value: float) -> str:
        """Seconds with one digit."""
        return number(value, 1)


class QuarantineTable(tables.Table):
    """Rows that wait for somebody to mend their file."""

    file = tables.Column(verbose_name=_("File"), order_by=("file__name", "line"))
    line = tables.Column(verbose_name=_("Line"), attrs=NUM)
    reason = tables.Column(verbose_name=_("Reason"))
    raw = tables.Column(verbose_name=_("Row"), orderable=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = _("Rows in quarantine")
        self.empty_text = _("No row waits in quarantine.")

    def render_line(self, value: int) -> str:
        """The line of the file, counted from 1; the header is line 1."""
        return number(value)

    def render_reason(self, record: QuarantinedRow) -> str:
        """The reason in words."""
        return str(explain(record.reason).title)

    def render_raw(self, value: str) -> SafeString:
        """The text of the row, cut where it is long; the download has all of it."""
        return format_html('<code class="b2-raw">{}</code>', value[:400] + ("…" if len(value) > 400 else ""))
