"""Imports: what arrived, what was found, what waits in quarantine."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.customers import Customer
from accounts.models.people import User


class Import(models.Model):
    """One load of a directory or of uploaded files. The row is the work: a lost worker is found by its lease."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Reading")
        PUBLISHED = "published", _("Published")
        UNCHANGED = "unchanged", _("Nothing new")
        FAILED = "failed", _("Refused")
        ASKS = "asks", _("Waits for an answer")
        CANCELLED = "cancelled", _("Cancelled")

    class Channel(models.TextChoices):
        """How the rows came here. Mended rows are added to what is there; other files replace what they speak of."""

        COMMAND = "command", _("Command line")
        UPLOAD = "upload", _("Upload")
        FOLDER = "folder", _("Watch folder")
        MENDED = "mended", _("Mended rows")

    channel = models.CharField(max_length=10, choices=Channel, default=Channel.COMMAND)
    state = models.CharField(max_length=12, choices=State, db_default=State.QUEUED, default=State.QUEUED)
    source_path = models.CharField(max_length=500)
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    owner = models.CharField(max_length=80, blank=True)
    only = models.CharField(max_length=60, blank=True)
    follows = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="followed_by"
    )  # whose questions it answers
    date_order = models.CharField(max_length=3, blank=True)  # the answer for columns of short dates that decide nothing
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=120, blank=True)
    error = models.TextField(blank=True)
    customers = models.PositiveIntegerField(null=True)
    label = models.CharField(max_length=40, blank=True)  # in the names of the lake files that it published
    cancel_asked_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    again_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="again")

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"import {self.pk}"

    @property
    def explained(self) -> str:
        """``error`` in the reader's language."""
        return gettext(self.error) if self.error else ""


class ImportFile(models.Model):
    """One file of an import: what it was recognised as, how it was read and what became of its rows.

    ``accepted`` rows are added or ``changed`` ones; ``removed`` counts rows of earlier files that it replaced or dropped
    (``accounts.lake.changes`` defines the four). ``mends`` is the file whose quarantined rows this one holds, mended.
    """

    class Outcome(models.TextChoices):
        LOADED = "loaded", _("Loaded")
        UNCHANGED = "unchanged", _("Unchanged")
        SKIPPED = "skipped", _("Skipped")
        REFUSED = "refused", _("Refused")
        ASKS = "asks", _("Waits for an answer")

    run = models.ForeignKey(Import, models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    source = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason_text = models.TextField(blank=True)  # a message id with named places
    reason_values = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    encoding = models.CharField(max_length=20, blank=True)
    separator = models.CharField(max_length=4, blank=True)
    rows = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    removed = models.BigIntegerField(default=0)
    header = models.JSONField(default=list)
    delimiter = models.CharField(max_length=4, default=";")  # between the cells of quarantined rows
    ways = models.JSONField(default=dict)  # how columns were read: decimal sign or order of dates
    mends = models.ForeignKey("self", models.SET_NULL, null=True, related_name="mended_by")
    seconds = models.FloatField(default=0)
    curated_path = models.CharField(max_length=500, blank=True)
    money = models.JSONField(default=dict)  # column → sums as text: in, accepted, unchanged, quarantined, duplicates
    questions = models.JSONField(default=list)  # columns whose dates only a person can read, with examples

    class Meta:
        ordering: ClassVar = ["run", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def added(self) -> int:
        """Rows that nobody had before: loaded, and not in place of another with the same key."""
        return self.accepted - self.changed

    @property
    def reason(self) -> str:
        """Why the file was refused or skipped, in the reader's language; empty for a loaded file."""
        return gettext(self.reason_text) % self.reason_values if self.reason_text else ""


class DateOrder(models.Model):
    """What a person said about the short dates of a column (03/04/2025): used again for files that do not decide it."""

    class Order(models.TextChoices):
        DMY = "dmy", _("Day, month, year")
        MDY = "mdy", _("Month, day, year")
        YMD = "ymd", _("Year, month, day")

    source = models.CharField(max_length=60)
    column = models.CharField(max_length=60)
    order = models.CharField(max_length=3, choices=Order)
    answered_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["source", "column"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "column"], name="one_date_order_per_column")]

    def __str__(self) -> str:
        return f"{self.source}.{self.column}: {self.order}"


class Dataset(models.Model):
    """Where one source stands in the lake: written with the publication, so that both move together or not at all.

    ``files`` are Parquet paths relative to the lake; ``inputs`` maps the SHA-256 of each file that is wholly contained to
    the version of the customers it was checked against (null when no row waited for an unknown customer).
    """

    source = models.CharField(primary_key=True, max_length=60)
    files = models.JSONField(default=list)
    inputs = models.JSONField(default=dict)
    rows = models.BigIntegerField(default=0)
    latest_on = models.DateField(null=True)
    updated_by = models.ForeignKey(Import, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.source


class Finding(models.Model):
    """One rule's count over one file, with a few examples (line and value)."""

    class Severity(models.TextChoices):
        INFO = "info", _("Note")
        WARNING = "warning", _("Warning")
        ERROR = "error", _("Error")

    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="findings")
    code = models.CharField(max_length=60)
    severity = models.CharField(max_length=8, choices=Severity)
    column = models.CharField(max_length=160, blank=True)
    count = models.BigIntegerField()
    examples = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["file", "code"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["file", "code", "column"], name="one_count_per_rule")]

    def __str__(self) -> str:
        return f"{self.code}: {self.count}"


class QuarantinedRow(models.Model):
    """A row that was refused, with its line number and the reason, until somebody mends or discards it.

    ``raw`` is the row as it came, written as CSV; ``mended`` is the row as a person corrected it. ``retry`` is the import
    that last tried it (as line ``retry_line`` of a file of its own). ``waits_for`` is the code of a customer that nobody
    knew: the row is tried again by itself when that customer arrives.
    """

    class Resolution(models.TextChoices):
        MENDED = "mended", _("Loaded")
        DISCARDED = "discarded", _("Discarded")
        SUPERSEDED = "superseded", _("Read again with its file")

    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="quarantine")
    line = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    raw = models.TextField()
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="+")
    waits_for = models.CharField(max_length=40, blank=True)
    mended = models.TextField(blank=True)
    retry = models.ForeignKey(Import, models.SET_NULL, null=True, related_name="retried")
    retry_line = models.PositiveIntegerField(null=True)
    resolution = models.CharField(max_length=12, choices=Resolution, blank=True)
    note = models.CharField(max_length=300, blank=True)
    resolved_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["file", "line"]
        indexes: ClassVar = [
            models.Index(
                fields=["waits_for"],
                name="quarantine_waits",
                condition=models.Q(resolved_at=None) & ~models.Q(waits_for=""),
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class Origin(models.Model):
    """Which file brought or took how many rows of one customer: the way from a figure back to its source.

    One row per customer and file that changed anything of it, so it stays small beside the rows themselves.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="origins")
    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="origins")
    rows = models.PositiveIntegerField()
    removed = models.PositiveIntegerField(default=0)
    first_line = models.BigIntegerField(null=True)
    last_line = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["customer", "file"], name="one_origin_per_file")]

    def __str__(self) -> str:
        return f"{self.rows} rows"


class WatchedFile(models.Model):
    """A file of the watch folder: how it looked the last time, and what became of it."""

    class State(models.TextChoices):
        SEEN = "seen", _("Still arriving")
        TAKEN = "taken", _("Being loaded")
        DONE = "done", _("Loaded")
        REFUSED = "refused", _("Refused")

    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    modified_ns = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.SEEN)
    sha256 = models.CharField(max_length=64, blank=True)
    kept_as = models.CharField(max_length=300, blank=True)
    run = models.ForeignKey(Import, models.SET_NULL, null=True, related_name="watched")
    error = models.TextField(blank=True)
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], condition=models.Q(state="seen"), name="one_look_per_file"),
        ]

    def __str__(self) -> str:
        return self.name
