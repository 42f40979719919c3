"""Mapping a file that nobody declared: look at it, propose, try, save as a source that the next import recognises."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import ingest
from accounts.audit import record
from accounts.ingest import reader
from accounts.ingest.inspection import inspect
from accounts.ingest.trial import Trial, try_out
from accounts.lake.detection import Table
from accounts.lake.suggest import Suggestion, spec_of, suggestions
from accounts.models import Dataset, Import, ImportFile, MappedSource, Role, User
from accounts.sources import BY_NAME
from accounts.sources.mapping import NAME, SUMMED, Spec, bases
from accounts.sources.refusals import REASONS
from b2shift.lib.api import Refused

MAPPERS = (Role.ANALYST, Role.ADMIN)
INTO = " › "  # between a workbook (or archive) and what it holds
UNKNOWN = frozenset({REASONS["unknown_header"].sentence, REASONS["missing_column"].sentence})
ORDERS, SIGNS = ("", "dmy", "mdy", "ymd"), ("", ",", ".")
MOST_PAIRS, LONGEST = 60, 120


def mapped_sources() -> QuerySet[MappedSource]:
    """The mappings that people see: those in use and those switched off."""
    return MappedSource.objects.exclude(state=MappedSource.State.DELETED).select_related("created_by", "updated_by")


def known_specs() -> list[Spec]:
    """Every visible mapping as the lake takes it."""
    return [cast(Spec, reader.mapping_spec(each)) for each in mapped_sources()]


def mappable(file: ImportFile) -> bool:
    """True for a file that no source recognised and that is still where it was."""
    return file.reason_text in UNKNOWN and path_of(file) is not None


def path_of(file: ImportFile) -> Path | None:
    """Where a file of an import lies; None when it is gone. A name never leads out of its import's folder."""
    root = Path(file.run.source_path)
    path = root if root.is_file() else root / file.name.split(INTO)[0]
    inside = path.resolve().is_relative_to(root.resolve())
    return path if inside and path.is_file() else None


def latest_file(mapped: MappedSource) -> ImportFile | None:
    """The newest file that was read by this mapping and is still there."""
    recent = ImportFile.objects.filter(source=mapped.name).select_related("run").order_by("-pk")[:5]
    return next((each for each in recent if path_of(each) is not None), None)


def look(path: Path, name: str) -> Table:
    """What is in a file, or in the named part of it. Raises ``Refused`` when it cannot be read."""
    with inspect(path, name.split(INTO)[0]) as found:
        table = next((each for each in found.tables if each.name == name), None) or next(iter(found.tables), None)
        if table is None:
            raise Refused("unreadable", _refusal(found.refused))
        return table


def _refusal(refused: Sequence[Any]) -> str:
    if not refused:
        return _("There is no table in this file.")
    return _(REASONS[refused[0].key].sentence) % refused[0].values


def proposals(table: Table, name: str) -> list[Suggestion]:
    """What the file could become, the likeliest first."""
    return suggestions(table.columns, title_of(name), known_specs())


def propose(table: Table, name: str, base: str = "") -> Spec:
    """The likeliest mapping of a file (to ``base``, where one is named)."""
    found = proposals(table, name)
    wanted = next((each for each in found if each.base == base), None)
    if wanted is None:
        wanted = Suggestion(base, 0, {}, ()) if base or not found else found[0]
    return spec_of(wanted, "", title_of(name), table.header, {"encoding": written(table), "separator": table.separator})


def written(table: Table) -> str:
    """The encoding of a text file; of any other, its kind."""
    return table.encoding if table.kind == "csv" else table.kind


def title_of(name: str) -> str:
    """A file's name as a title: no ending, no underscores."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,8}$", "", name.split(INTO)[-1])
    return re.sub(r"[_\-\s]+", " ", stem).strip().capitalize()[:100] or "Data"


def attempt(path: Path, name: str, spec: Spec) -> Trial:
    """Try a mapping on a file; nothing is stored. Raises ``Refused`` for a mapping that makes no sense."""
    return try_out(path, name.split(INTO)[0], checked(spec))


def checked(spec: Spec) -> Spec:
    """The mapping with only what it may hold. Raises ``Refused`` with a message that says what to mend."""
    base = BY_NAME.get(spec.get("base", ""))
    if base is None or base not in bases():
        raise _wrong(_("Choose what the rows become."))
    header = [str(each)[:200] for each in spec.get("header", [])]
    columns = {}
    for column in base.columns:
        given = spec.get("columns", {}).get(column.name)
        if given and (given.get("header") or given.get("constant")):
            columns[column.name] = _checked_column(dict(given), header, column.header)
    missing = [str(c.meaning) for c in base.columns if (c.needed or c.required) and c.name not in columns]
    if missing:
        raise _wrong(_("Say which column holds: %(columns)s.") % {"columns": ", ".join(missing)})
    return cast(Spec, {
        "name": spec.get("name", ""), "title": str(spec.get("title", "")).strip()[:LONGEST], "base": base.name, "header": header,
        "columns": columns, "store": bool(spec.get("store")), "prefix": _prefix(spec), "through": _through(spec),
        "reference": _among(spec.get("reference", ""), header), "summed": bool(spec.get("summed")) and base.name in SUMMED,
        "where": [_condition(each, header) for each in spec.get("where", [])[:5]],
        "encoding": str(spec.get("encoding", ""))[:20], "separator": str(spec.get("separator", ""))[:4],
    })  # fmt: skip


def _checked_column(given: dict[str, Any], header: list[str], name: str) -> dict[str, Any]:
    try:
        factor = float(given.get("factor") or 1)
    except (TypeError, ValueError):
        factor = 0.0
    if not 0 < abs(factor) < 1e12:
        raise _wrong(_("The factor of %(column)s must be a number other than zero.") % {"column": name})
    if given.get("order", "") not in ORDERS or given.get("decimal", "") not in SIGNS:
        raise _wrong(_("The date order or decimal sign of %(column)s does not exist.") % {"column": name})
    pairs = [
        [str(each[0])[:LONGEST], str(each[1])[:LONGEST]] for each in given.get("translations", []) if len(each) == 2
    ]
    found = {
        "header": _among(given.get("header", ""), header), "order": given.get("order", ""), "decimal": given.get("decimal", ""),
        "factor": factor, "translations": pairs[:MOST_PAIRS], "constant": str(given.get("constant", "")).strip()[:LONGEST],
    }  # fmt: skip
    return {key: value for key, value in found.items() if value not in ("", [], 1.0)}


def _among(name: str, header: list[str]) -> str:
    if name and name not in header:
        raise _wrong(_("The file has no column “%(column)s”.") % {"column": str(name)[:80]})
    return name


def _prefix(spec: Spec) -> str:
    prefix = str(spec.get("prefix", "")).strip()
    if prefix and not re.fullmatch(r"[A-Za-z0-9._-]{1,12}", prefix):
        raise _wrong(_("A prefix has up to 12 letters, digits, dots or dashes."))
    return prefix


def _through(spec: Spec) -> str:
    through = spec.get("through", "")
    if through and not any(each["name"] == through and each.get("reference") for each in known_specs()):
        raise _wrong(_("Customers can only be looked up in a mapped source that has a reference column."))
    if through and through == spec.get("name"):
        raise _wrong(_("A source cannot look its customers up in itself."))
    return through


def _condition(given: dict[str, Any], header: list[str]) -> dict[str, Any]:
    values = [str(each).strip()[:LONGEST] for each in given.get("values", [])][:MOST_PAIRS]
    return {
        "header": _among(str(given.get("header", "")), header),
        "values": values,
        "wanted": bool(given.get("wanted", True)),
    }


def _wrong(message: str) -> Refused:
    return Refused("bad_mapping", message)


def save(user: User, spec: Spec, file: ImportFile | None = None) -> tuple[MappedSource, Import | None]:
    """Keep a new mapping and queue the import of the file that it was made from; the caller wakes a worker on commit."""
    clean = checked(spec)
    if not clean["title"]:
        raise _wrong(_("Give the source a name."))
    path = path_of(file) if file else None
    for name in _names(clean["title"], clean["base"]):
        try:
            with transaction.atomic():
                made = MappedSource.objects.create(
                    name=name,
                    title=clean["title"],
                    base=clean["base"],
                    spec={**clean, "name": name},
                    created_by=user,
                    updated_by=user,
                )
                record(user, "source.map", made, f"{made.title}: {made.base}", base=made.base)
                return made, _start(path, user) if path else None
        except IntegrityError:
            continue
    raise _wrong(_("There are too many sources of this name. Choose another."))


def _start(path: Path, user: User) -> Import:
    return ingest.start(path, user, channel=Import.Channel.UPLOAD)


def _names(title: str, base: str) -> list[str]:
    """Technical names for a title, the plainest first."""
    folded = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "_", folded).strip("_")[:26] or "source"
    stem = stem if stem[0].isalpha() else f"s_{stem}"
    plain = f"{stem}_{base.split('_')[0]}"[:36]
    return [
        name
        for name in (plain, *(f"{plain}_{n}" for n in range(2, 60)))
        if NAME.fullmatch(name) and name not in BY_NAME
    ]


@transaction.atomic
def edit(user: User, mapped: MappedSource, spec: Spec) -> Import | None:
    """Change a mapping. What it read before is read again: at once where the newest file is still there."""
    clean = checked({**spec, "name": mapped.name})
    mapped = MappedSource.objects.select_for_update().get(pk=mapped.pk)
    if {**mapped.spec, "name": mapped.name} == clean and mapped.title == clean["title"]:
        return None
    if clean["base"] != mapped.base:
        raise _wrong(_("What the rows become cannot change afterwards. Make a second source instead."))
    before = mapped.version
    MappedSource.objects.filter(pk=mapped.pk).update(
        title=clean["title"] or mapped.title,
        base=clean["base"],
        spec=clean,
        version=before + 1,
        updated_by=user,
        updated_at=Now(),
    )
    Dataset.objects.filter(source=mapped.name).update(inputs={})
    record(user, "source.edit", mapped, f"{mapped.title}: version {before + 1}", before=mapped.spec, after=clean)
    file = latest_file(mapped)
    path = path_of(file) if file else None
    return _start(path, user) if path and mapped.state == MappedSource.State.ACTIVE else None


def switch(user: User, mapped: MappedSource, *, active: bool) -> None:
    """Switch a mapping on or off: a file like its own is then recognised, or not. What was loaded stays."""
    state = MappedSource.State.ACTIVE if active else MappedSource.State.DISABLED
    with transaction.atomic():
        changed = mapped_sources().filter(pk=mapped.pk).exclude(state=state)
        if changed.update(state=state, updated_by=user, updated_at=Now()):
            record(user, "source.enable" if active else "source.disable", mapped, mapped.title)


def delete(user: User, mapped: MappedSource) -> None:
    """Take a mapping away; what it loaded stays. Refused while another one looks its customers up in it."""
    if any(spec.get("through") == mapped.name for spec in known_specs()):
        raise Refused("in_use", _("Another source looks its customers up in this one. Delete that one first."))
    with transaction.atomic():
        if (
            mapped_sources()
            .filter(pk=mapped.pk)
            .update(state=MappedSource.State.DELETED, updated_by=user, updated_at=Now())
        ):
            record(user, "source.delete", mapped, mapped.title)
