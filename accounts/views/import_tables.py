"""Tables of the import pages."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts.ingest import history
from accounts.models import Import, ImportFile, Origin, QuarantinedRow
from accounts.sources.findings import explain
from accounts.views.tables import customer_cell
from b2shift.lib.cells import DENSE, NUM, WIDE, badge, link, tick, tick_all, two_lines
from b2shift.templatetags.b2shift import moment, number

STATE_TONES = {
    Import.State.QUEUED: "info", Import.State.RUNNING: "info", Import.State.PUBLISHED: "good",
    Import.State.UNCHANGED: "neutral", Import.State.FAILED: "bad",
    Import.State.ASKS: "warn", Import.State.CANCELLED: "warn",
}  # fmt: skip
OUTCOME_TONES = {
    ImportFile.Outcome.LOADED: "good", ImportFile.Outcome.UNCHANGED: "neutral", ImportFile.Outcome.SKIPPED: "warn",
    ImportFile.Outcome.REFUSED: "bad", ImportFile.Outcome.ASKS: "warn",
}  # fmt: skip
SEPARATORS = {"\t": _("tab"), ";": ";", ",": ",", "|": "|"}


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
        """A person's name, over the way the rows came where that is not an upload."""
        way = record.get_channel_display()
        if not record.started_by:
            return way
        if record.channel == Import.Channel.UPLOAD:
            return record.started_by.name
        return two_lines(record.started_by.name, way)

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

    name = tables.Column(verbose_name=_("File and kind"), attrs=WIDE)
    outcome = tables.Column(verbose_name=_("Outcome"))
    encoding = tables.Column(verbose_name=_("Encoding"), order_by=("encoding", "separator"), empty_values=(None,))
    rows_read = tables.Column(verbose_name=_("Rows"), accessor="rows", attrs=NUM)
    added = tables.Column(verbose_name=_("Added"), attrs=NUM)
    changed = tables.Column(verbose_name=_("Changed"), attrs=NUM)
    unchanged = tables.Column(verbose_name=_("Unchanged"), attrs=NUM)
    removed = tables.Column(verbose_name=_("Removed"), attrs=NUM)
    quarantined = tables.Column(verbose_name=_("In quarantine"), attrs=NUM)
    seconds = tables.Column(verbose_name=_("Seconds"), attrs=NUM)

    class Meta:
        attrs: ClassVar = DENSE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = _("Files")

    def render_name(self, record: ImportFile) -> SafeString:
        """The name, linked to what the file changed, over what it was recognised as."""
        address = reverse("import-file", args=[record.run_id, record.pk])
        kind = format_html("<code>{}</code>", record.source) if record.source else _("not recognised")
        return two_lines(link(address, record.name), kind)

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

    def render_added(self, value: int) -> str:
        """A count."""
        return number(value)

    render_rows_read = render_unchanged = render_changed = render_removed = render_added

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
    """Rows that were set aside; those that wait can be ticked and mended."""

    chosen = tables.Column(accessor="pk", orderable=False)
    file = tables.Column(verbose_name=_("File"), order_by=("file__name", "line"))
    line = tables.Column(verbose_name=_("Line"), attrs=NUM)
    reason = tables.Column(verbose_name=_("Reason"))
    raw = tables.Column(verbose_name=_("Row"), orderable=False, attrs={"td": {"class": "b2-examples"}})
    state = tables.Column(verbose_name=_("State"), accessor="pk", orderable=False)

    def __init__(self, *args: Any, run: Import, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        self.caption = _("Rows in quarantine")
        self.empty_text = _("No row waits in quarantine.")
        self.columns["chosen"].column.verbose_name = tick_all(_("Select all"))

    def render_chosen(self, record: QuarantinedRow) -> SafeString | str:
        """A check box for a row that waits."""
        if not _waits(record):
            return ""
        label = _("Select line %(line)s of %(file)s") % {"line": record.line, "file": record.file.name}
        return tick("rows", record.pk, label)

    def render_line(self, record: QuarantinedRow) -> SafeString:
        """The line of the file, counted from 1 (the header is line 1), linked to the row as a form."""
        return link(reverse("import-quarantined", args=[self.run.pk, record.pk]), number(record.line))

    def render_reason(self, record: QuarantinedRow) -> str:
        """The reason in words."""
        return str(explain(record.reason).title)

    def render_raw(self, record: QuarantinedRow) -> SafeString:
        """The row as it stands, cut where it is long."""
        text = record.mended or record.raw
        return format_html('<code class="b2-raw">{}</code>', text[:400] + ("…" if len(text) > 400 else ""))

    def render_state(self, record: QuarantinedRow) -> SafeString:
        """Waiting, corrected, being tried, loaded or discarded; with who and when."""
        if record.resolved_at:
            tone = "good" if record.resolution == QuarantinedRow.Resolution.MENDED else "neutral"
            who = record.resolved_by.name if record.resolved_by else _("by itself")
            return two_lines(badge(tone, record.get_resolution_display()), f"{who} · {moment(record.resolved_at)}")
        if not _waits(record):
            return badge("info", _("Being tried again"))
        return badge("info", _("Corrected")) if record.mended else badge("warn", pgettext("row", "Waiting"))


def _waits(row: QuarantinedRow) -> bool:
    return row.resolved_at is None and (row.retry is None or row.retry.state not in history.ACTIVE)


class TouchedTable(tables.Table):
    """Customers of whom a file brought or took rows."""

    customer = tables.Column(verbose_name=_("Customer"), order_by=("customer__code",), attrs=WIDE)
    rows_come = tables.Column(verbose_name=_("Rows loaded"), accessor="rows", attrs=NUM)
    removed = tables.Column(verbose_name=_("Rows removed"), attrs=NUM)
    first_line = tables.Column(verbose_name=_("Lines of the file"), attrs=NUM, empty_values=())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = _("What the file changed")
        self.empty_text = _("The file changed nothing of any customer.")

    def render_customer(self, record: Origin) -> SafeString:
        """Name over code, linked to the account page."""
        return customer_cell(record.customer)

    def render_rows_come(self, value: int) -> str:
        """A count."""
        return number(value)

    render_removed = render_rows_come

    def render_first_line(self, record: Origin) -> str:
        """From the first to the last line that speaks of the customer."""
        return line_range(record)


class OriginTable(tables.Table):
    """Files behind a figure of one customer; ``links`` for people who may see imports."""

    file = tables.Column(verbose_name=_("File and kind"), order_by=("file__name", "pk"), attrs=WIDE)
    when = tables.Column(verbose_name=_("Loaded"), accessor="file__run__finished_at")
    who = tables.Column(verbose_name=_("Who"), accessor="file__run", orderable=False)
    rows_come = tables.Column(verbose_name=_("Rows loaded"), accessor="rows", attrs=NUM)
    removed = tables.Column(verbose_name=_("Rows removed"), attrs=NUM)
    first_line = tables.Column(verbose_name=_("Lines of the file"), attrs=NUM, empty_values=())

    def __init__(self, *args: Any, links: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.links = links
        self.caption = _("Where the figure comes from")
        self.empty_text = _("No file has brought rows for this figure: it is “no data”, not zero.")

    def render_file(self, record: Origin) -> SafeString:
        """Name over kind; mended rows say so."""
        name: str | SafeString = record.file.name
        if self.links:
            name = link(reverse("import-file", args=[record.file.run_id, record.file.pk]), name)
        mended = format_html(" · {}", _("mended rows")) if record.file.mends_id else ""
        return two_lines(name, format_html("<code>{}</code>{}", record.file.source, mended))

    def render_when(self, record: Origin) -> SafeString | str:
        """The end of the import, linked to its page."""
        run = record.file.run
        if not self.links:
            return moment(run.finished_at)
        return format_html(
            '<a class="text-nowrap" href="{}">{}</a>', reverse("import", args=[run.pk]), moment(run.finished_at)
        )

    def render_who(self, record: Origin) -> str:
        """Who sent it, or the way it came by itself."""
        run = record.file.run
        return run.started_by.name if run.started_by else run.get_channel_display()

    def render_rows_come(self, value: int) -> str:
        """A count."""
        return number(value)

    render_removed = render_rows_come

    def render_first_line(self, record: Origin) -> str:
        """From the first to the last line that speaks of the customer."""
        return line_range(record)


def line_range(origin: Origin) -> str:
    """“12” or “12–40”: the lines of a file that speak of a customer; a dash where they are not known one by one."""
    if origin.first_line is None or origin.last_line is None:
        return "—"
    first, last = number(origin.first_line), number(origin.last_line)
    return first if first == last else f"{first}–{last}"
