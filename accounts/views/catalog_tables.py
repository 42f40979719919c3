"""Tables of the catalogue: datasets, columns, versions."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.catalog import quality
from accounts.catalog.datasets import KINDS, OF_PEOPLE, PERSONAL
from accounts.catalog.queries import Shown, ShownColumn
from accounts.models import ColumnProfile, DatasetProfile, Description
from b2shift.lib.cells import NUM, badge, link, two_lines
from b2shift.templatetags.b2shift import day, moment, number, percent

FRESH_TONES = {"fresh": "good", "late": "bad", "never": "neutral"}
NOTE_TONES = {Description.State.ASKED: "info", Description.State.DRAFTED: "ai", Description.State.CONFIRMED: "good"}


def score_badge(score: float | None, tone: str) -> SafeString:
    """A score from 0 to 100, coloured; a dash before the first profile."""
    return badge(tone, number(score, 0)) if score is not None else format_html("{}", number(None))


def fresh_badge(shown: Shown) -> SafeString:
    """Fresh, late or never loaded."""
    words = {"fresh": _("Fresh"), "late": _("Late"), "never": _("Never loaded")}
    return badge(FRESH_TONES[shown.state], words[shown.state])


def age(shown: Shown) -> str:
    """Age against the promise, in words."""
    if shown.age is None:
        return _("promise: every %(days)s days") % {"days": number(shown.promise)}
    words = {"age": number(int(shown.age)), "days": number(shown.promise)}
    return _("%(age)s of %(days)s days") % words


class DatasetTable(tables.Table):
    """Datasets, in the order in which they are read."""

    title = tables.Column(verbose_name=gettext_lazy("Dataset"), accessor="entry__title", order_by="entry__name")
    layer = tables.Column(verbose_name=gettext_lazy("Kind"), accessor="entry__layer", order_by="entry__layer")
    rows_held = tables.Column(verbose_name=gettext_lazy("Rows"), accessor="rows", attrs=NUM, empty_values=())
    quality = tables.Column(verbose_name=gettext_lazy("Quality"), accessor="score", attrs=NUM, empty_values=())
    state = tables.Column(verbose_name=gettext_lazy("Freshness"), order_by="age", empty_values=())
    owner = tables.Column(verbose_name=gettext_lazy("Owner"), accessor="entry__owner", order_by="entry__owner")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = _("Datasets")

    def render_title(self, record: Shown) -> SafeString:
        """The title, linked to its page, over the name; datasets about people are marked."""
        mark = badge("warn", _("Personal data")) if record.entry.of_people else ""
        return format_html(
            '<a href="{}">{}</a> {}<div class="text-secondary small"><code>{}</code></div>',
            reverse("catalog-dataset", args=[record.entry.name]), record.meaning(), mark, record.entry.name,
        )  # fmt: skip

    def render_layer(self, record: Shown) -> str:
        """Source file or table."""
        return _("Source file") if record.entry.source else _("Table")

    def render_rows_held(self, record: Shown) -> str:
        """A count."""
        return number(record.rows)

    def render_quality(self, record: Shown) -> SafeString:
        """The score."""
        return score_badge(record.score, record.tone)

    def render_state(self, record: Shown) -> SafeString:
        """Fresh or late, and how old against the promise."""
        return format_html('{}<div class="text-secondary small text-nowrap">{}</div>', fresh_badge(record), age(record))

    def render_owner(self, record: Shown) -> str:
        """The role that answers for it."""
        return str(record.entry.owner_label)


class ColumnTable(tables.Table):
    """Columns with their meaning, class and profile in short."""

    name = tables.Column(verbose_name=gettext_lazy("Column"), accessor="field__name", order_by="field__name")
    meaning = tables.Column(verbose_name=gettext_lazy("Meaning"), orderable=False)
    kind = tables.Column(verbose_name=gettext_lazy("Type"), accessor="field__kind", order_by="field__kind")
    personal = tables.Column(
        verbose_name=gettext_lazy("Personal data"), accessor="field__personal", order_by="field__personal"
    )
    missing = tables.Column(verbose_name=gettext_lazy("Missing"), accessor="missing_share", attrs=NUM, empty_values=())
    distinct = tables.Column(
        verbose_name=gettext_lazy("Distinct"), accessor="now__distinct", orderable=False, attrs=NUM, empty_values=()
    )
    quality = tables.Column(verbose_name=gettext_lazy("Quality"), accessor="score", attrs=NUM, empty_values=())

    def __init__(self, *args: Any, names_dataset: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption, self.names_dataset = _("Columns"), names_dataset

    def render_name(self, record: ShownColumn) -> SafeString:
        """The name, linked to its page, over the header in the file (and the dataset, in the list of all)."""
        entry = record.of.entry
        under = entry.title if self.names_dataset else record.field.header if entry.source else ""
        address = reverse("catalog-column", args=[entry.name, record.field.name])
        return two_lines(link(address, format_html("<code>{}</code>", record.field.name)), under)

    def render_meaning(self, record: ShownColumn) -> SafeString:
        """The meaning, and whether a person or the model said it."""
        note = record.note
        mark = badge(NOTE_TONES[Description.State(note.state)], note.get_state_display()) if note else ""
        return format_html("{} {}", record.meaning, mark)

    def render_kind(self, value: str) -> str:
        """Text, number, date or yes/no."""
        return str(KINDS[value])

    def render_personal(self, record: ShownColumn) -> SafeString | str:
        """The class; those about people are coloured."""
        word = PERSONAL[record.field.personal]
        return badge("warn", word) if record.field.personal in OF_PEOPLE else str(word)

    def render_missing(self, record: ShownColumn) -> SafeString:
        """The share of rows without a value, and its change where that is worth a look."""
        shown = percent(record.missing_share)
        if not record.drifts or record.drift is None:
            return format_html("{}", shown)
        return format_html('{}<div class="small">{}</div>', shown, points(record.drift))

    def render_distinct(self, record: ShownColumn) -> str:
        """A count."""
        return number(record.now.distinct if record.now else None)

    def render_quality(self, record: ShownColumn) -> SafeString:
        """The score."""
        return score_badge(record.score, record.tone)


def points(change: float) -> SafeString:
    """A change of a share in percentage points, coloured: more missing is worse."""
    sign = "+" if change > 0 else "−"
    text = _("%(change)s points") % {"change": sign + number(abs(100 * change), 1)}
    return badge("bad" if change > 0 else "good", text)


class VersionTable(tables.Table):
    """Profiles of one dataset, the newest first."""

    created_at = tables.Column(verbose_name=gettext_lazy("Profiled"))
    run = tables.Column(verbose_name=gettext_lazy("Made by import"), empty_values=(None,), orderable=False)
    rows_then = tables.Column(verbose_name=gettext_lazy("Rows"), accessor="rows", attrs=NUM)
    completeness = tables.Column(verbose_name=gettext_lazy("Completeness"), attrs=NUM, empty_values=())
    validity = tables.Column(verbose_name=gettext_lazy("Validity"), attrs=NUM, empty_values=())
    uniqueness = tables.Column(verbose_name=gettext_lazy("Uniqueness"), attrs=NUM, empty_values=())
    consistency = tables.Column(verbose_name=gettext_lazy("Consistency"), attrs=NUM, empty_values=())

    class Meta:
        orderable = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = _("Versions")
        self.empty_text = _("No version was profiled yet.")

    def render_created_at(self, record: DatasetProfile) -> str:
        """The moment."""
        return moment(record.created_at)

    def render_run(self, record: DatasetProfile) -> str:
        """The import that made the version."""
        return f"#{record.run_id}" if record.run_id else "—"

    def render_rows_then(self, value: int) -> str:
        """A count."""
        return number(value)

    def render_completeness(self, value: float | None) -> str:
        """A share."""
        return percent(value)

    render_validity = render_uniqueness = render_consistency = render_completeness


class ColumnVersionTable(tables.Table):
    """One column through the versions."""

    profiled = tables.Column(verbose_name=gettext_lazy("Profiled"), accessor="profile__created_at")
    rows_then = tables.Column(verbose_name=gettext_lazy("Rows"), accessor="profile__rows", attrs=NUM)
    missing = tables.Column(verbose_name=gettext_lazy("Missing"), attrs=NUM)
    distinct = tables.Column(verbose_name=gettext_lazy("Distinct"), attrs=NUM)
    middle = tables.Column(verbose_name=gettext_lazy("Median"), accessor="figures__q50", attrs=NUM, empty_values=())

    class Meta:
        orderable = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = _("Versions")
        self.empty_text = _("No version was profiled yet.")

    def render_profiled(self, record: ColumnProfile) -> str:
        """The moment."""
        return moment(record.profile.created_at)

    def render_missing(self, record: ColumnProfile) -> str:
        """Share of rows without a value."""
        return percent(record.missing / record.profile.rows) if record.profile.rows else number(None)

    def render_rows_then(self, value: int) -> str:
        """A count."""
        return number(value)

    render_distinct = render_rows_then

    def render_middle(self, record: ColumnProfile) -> str:
        """The median; a dash where there is none."""
        return figure(record.figures.get("q50"))


def figure(value: object) -> str:
    """A number or a day; text that is neither stays."""
    if isinstance(value, str):
        return day(value[:10])
    return number(value, None if isinstance(value, int) else 2)


def parts(shown: Shown) -> list[dict[str, Any]]:
    """The parts of a score with weight, meaning and value, for the page."""
    words = {
        "completeness": (_("Completeness"), _("filled values; a column that every row should have counts four times an optional one")),
        "validity": (_("Validity"), _("rows read without a finding about a value (not a number, unknown word, impossible date…)")),
        "freshness": (_("Freshness"), _("1 up to the promise, falling evenly to 0 at three times the promise")),
        "uniqueness": (_("Uniqueness"), _("rows that are neither repeated nor contradict another row of the same key")),
        "consistency": (_("Consistency"), _("rows that agree with other columns and with the customers we know")),
    }  # fmt: skip
    return [
        {
            "label": words[name][0], "meaning": words[name][1], "weight": quality.WEIGHTS[name], "value": value,
            "percent": None if value is None else round(100 * value),
        }
        for name, value in shown.quality.parts.items()
    ]  # fmt: skip
