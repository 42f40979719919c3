"""The catalogue as pages and API show it. Nothing here writes."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Max, QuerySet, Window
from django.db.models.functions import Now, RowNumber
from django.utils.functional import Promise
from django.utils.translation import get_language

from accounts.catalog import quality
from accounts.catalog.datasets import BASE, Entry, Field, entries, find
from accounts.models import ColumnProfile, Dataset, DatasetProfile, Description, ImportFile, Role

READERS = (Role.ANALYST, Role.ADMIN, Role.MANAGER, Role.SUCCESS, Role.EXECUTIVE)
DESCRIBERS = (Role.ANALYST, Role.ADMIN)
DRIFT = 0.05  # a change of the missing share by five points is worth a look
DAY = timedelta(days=1)


@dataclass
class Shown:
    """One dataset with what is known of it now.

    ``age`` in days since it was last delivered, None where it never was; ``promise`` the days within which news should
    come. A table takes both from the source that is furthest behind its promise.
    """

    entry: Entry
    profile: DatasetProfile | None = None
    before: DatasetProfile | None = None
    rows: int | None = None
    age: float | None = None
    promise: int = 0
    notes: dict[str, Description] = field(default_factory=dict)

    @property
    def quality(self) -> quality.Quality:
        """The parts of its score; freshness as of now."""
        p = self.profile
        fresh = quality.freshness(self.age, self.promise)
        if p is None:
            return quality.Quality(freshness=fresh)
        return quality.Quality(p.completeness, p.validity, fresh, p.uniqueness, p.consistency)

    @property
    def score(self) -> float | None:
        """0–100; None before the first profile."""
        return self.quality.score

    @property
    def tone(self) -> str:
        """How the score is coloured."""
        return quality.tone(self.score)

    @property
    def is_late(self) -> bool:
        """True when a newer file should have come."""
        return self.age is not None and self.age > self.promise

    @property
    def state(self) -> str:
        """late, fresh or never (nothing was loaded yet)."""
        return "never" if self.age is None else "late" if self.is_late else "fresh"

    def meaning(self, column: Field | None = None) -> str | Promise:
        """What the dataset or a column means: the text of a person or the model, else the declaration's."""
        note = self.notes.get(column.name if column else "")
        return said(note) or (column.meaning if column else self.entry.title)


@dataclass
class ShownColumn:
    """One column with its profile in the present version and in the one before."""

    of: Shown
    field: Field
    now: ColumnProfile | None = None
    before: ColumnProfile | None = None

    @property
    def missing_share(self) -> float | None:
        """Share of rows without a value."""
        return share(self.now, self.of.profile)

    @property
    def invalid_share(self) -> float | None:
        """Findings about the column per row; None where no file was read for it."""
        if self.now is None or self.now.invalid is None or not self.of.profile or not self.of.profile.rows:
            return None
        return min(1.0, self.now.invalid / self.of.profile.rows)

    @property
    def drift(self) -> float | None:
        """Change of the missing share since the version before."""
        now, before = self.missing_share, share(self.before, self.of.before)
        return None if now is None or before is None else now - before

    @property
    def drifts(self) -> bool:
        """True when the change is worth a look."""
        return self.drift is not None and abs(self.drift) >= DRIFT

    @property
    def score(self) -> float | None:
        """0–100: the mean of the filled and the valid share; the filled share alone where findings are not counted."""
        if self.missing_share is None:
            return None
        parts = [1 - self.missing_share] + ([1 - self.invalid_share] if self.invalid_share is not None else [])
        return 100 * sum(parts) / len(parts)

    @property
    def tone(self) -> str:
        """How the score is coloured: an optional column may be empty."""
        return quality.tone(self.score) if self.field.needed or (self.invalid_share or 0) > 0.1 else "neutral"

    @property
    def meaning(self) -> str | Promise:
        """What the column means."""
        return self.of.meaning(self.field)

    @property
    def note(self) -> Description | None:
        """The description of a person or the model, if there is one."""
        return self.of.notes.get(self.field.name)


def said(note: Description | None) -> str:
    """A description in the reader's language; empty where there is none yet."""
    if note is None or note.state == Description.State.ASKED:
        return ""
    first, second = (note.text_en, note.text_pt) if get_language() == "en" else (note.text_pt, note.text_en)
    return first or second


def share(column: ColumnProfile | None, profile: DatasetProfile | None) -> float | None:
    """Missing values per row."""
    return column.missing / profile.rows if column and profile and profile.rows else None


def ages() -> dict[str, float]:
    """Source → days since a file of it was last delivered, a file without news included; the database's clock."""
    read = ImportFile.objects.filter(outcome__in=[ImportFile.Outcome.LOADED, ImportFile.Outcome.UNCHANGED])
    since = ExpressionWrapper(Now() - Max("run__finished_at"), output_field=DurationField())
    found = dict(
        read.exclude(run__finished_at=None).order_by().values("source").annotate(age=since).values_list("source", "age")
    )
    stored = ExpressionWrapper(Now() - F("updated_at"), output_field=DurationField())
    loaded = dict(Dataset.objects.annotate(age=stored).values_list("source", "age"))
    return {name: max(0.0, (found.get(name) or age) / DAY) for name, age in loaded.items()}


def shown() -> list[Shown]:
    """Every dataset with its latest two profiles, age and descriptions; a handful of queries."""
    latest = _latest_profiles()
    sizes = dict(Dataset.objects.values_list("source", "rows"))
    old = ages()
    notes: dict[str, dict[str, Description]] = {}
    for note in Description.objects.select_related("changed_by"):
        notes.setdefault(note.dataset, {})[note.column] = note
    result = []
    known = entries()
    promises = {each.name: each.fresh_days for each in known}
    for entry in known:
        now, before = latest.get(entry.name, (None, None))
        age, promise = _age(entry, old, promises)
        rows = sizes.get(entry.name, now.rows if now else None)
        result.append(Shown(entry, now, before, rows, age, promise, notes.get(entry.name, {})))
    return result


def _age(entry: Entry, old: dict[str, float], promises: dict[str, int]) -> tuple[float | None, int]:
    if entry.layer != BASE:
        return old.get(entry.name), entry.fresh_days
    fed = [(old[name], promises[name]) for name in entry.feeds if name in old]
    return max(fed, key=lambda each: each[0] / each[1]) if fed else (None, entry.fresh_days)


def one(name: str) -> Shown | None:
    """The dataset called ``name`` as ``shown`` has it; None where there is none."""
    return next((each for each in shown() if each.entry.name == name), None) if find(name) else None


def columns(of: list[Shown]) -> list[ShownColumn]:
    """Every column of the datasets given, with its profiles."""
    wanted = [p.pk for each in of for p in (each.profile, each.before) if p]
    found = {(c.profile_id, c.name): c for c in ColumnProfile.objects.filter(profile__in=wanted)}
    return [
        ShownColumn(
            each,
            field,
            found.get((each.profile.pk, field.name)) if each.profile else None,
            found.get((each.before.pk, field.name)) if each.before else None,
        )
        for each in of
        for field in each.entry.columns
    ]


def history(name: str) -> QuerySet[DatasetProfile]:
    """All versions of a dataset that were profiled, the newest first."""
    return DatasetProfile.objects.filter(dataset=name).select_related("run").order_by("-pk")


def column_history(name: str, column: str) -> QuerySet[ColumnProfile]:
    """One column through the versions, the newest first."""
    found = ColumnProfile.objects.filter(profile__dataset=name, name=column)
    return found.select_related("profile").order_by("-profile_id")


def imports_of(entry: Entry, most: int = 8) -> list[ImportFile]:
    """The files that last fed a dataset, the newest first."""
    names = [entry.name] if entry.source else list(entry.feeds)
    read = ImportFile.objects.filter(source__in=names, outcome=ImportFile.Outcome.LOADED)
    return list(read.select_related("run").order_by("-run_id", "name")[:most])


def _latest_profiles() -> dict[str, tuple[DatasetProfile, DatasetProfile | None]]:
    """The newest version of each dataset and the one before it."""
    place = Window(RowNumber(), partition_by=[F("dataset")], order_by=F("pk").desc())
    found: dict[str, list[DatasetProfile]] = {}
    for profile in DatasetProfile.objects.annotate(place=place).filter(place__lte=2).order_by("-pk"):
        found.setdefault(profile.dataset, []).append(profile)
    return {name: (kept[0], kept[1] if len(kept) > 1 else None) for name, kept in found.items()}
