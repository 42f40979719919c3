"""One row of a catalogue file against what is stored: added, changed (before → after), the same, or refused with the reasons."""

import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.forms.models import model_to_dict
from django.utils.translation import gettext as _

from campaigns import playbooks, term_rules, terms
from campaigns.forms.catalogue import OfferForm, StrategyForm
from campaigns.models import CatalogueFile, Offer, Playbook, Strategy
from campaigns.term_words import label as term_label
from campaigns.term_words import terms_in_words

YES, NO = frozenset({"yes", "sim", "true", "1"}), frozenset({"no", "não", "nao", "false", "0"})
BESIDE_FORM = frozenset({"is_active", "eligibility"})  # set by buttons and pages of their own
DATES = frozenset({"valid_from", "valid_until"})
DECIMAL_COMMA = re.compile(r"-?\d+,\d+")
BRAZILIAN_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
Words = list[tuple[str, str]]


@dataclass
class Change:
    """What a row would do. ``differences`` are (label, before, after), ``problems`` (label, words); ``row`` is not saved."""

    line: int
    key: str
    verb: str
    differences: list[tuple[str, str, str]] = field(default_factory=list)
    problems: Words = field(default_factory=list)
    row: Any = None


def changes_of(kind: str, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> list[Change]:
    """All rows of a file in its order. A key that came before is refused: it would not be clear which row counts."""
    stored = _stored(kind)
    first: dict[str, int] = {}
    found = []
    for row in rows:
        cells: dict[str, str] = {name: value for name, value in row["cells"].items() if value is not None}
        key = " · ".join(cells.get(name, "").lower() for name in keys)
        line = int(row["line"])
        if key in first:
            said = _("Line %(line)s has the same key. Keep one of the two.") % {"line": first[key]}
            found.append(Change(line, key, "refuse", problems=[(", ".join(keys), said)]))
            continue
        first[key] = line
        read = _playbook if kind == CatalogueFile.Kind.PLAYBOOKS else _terms
        found.append(read(line, key, cells, stored, kind))
    return found


def _stored(kind: str) -> dict[str, Any]:
    if kind == CatalogueFile.Kind.OFFERS:
        return {offer.code.lower(): offer for offer in Offer.objects.all()}
    if kind == CatalogueFile.Kind.STRATEGIES:
        return {strategy.code.lower(): strategy for strategy in Strategy.objects.all()}
    rows = Playbook.objects.select_related("strategy")
    return {f"{row.strategy.code.lower()} · {row.language}": row for row in rows}


def _terms(line: int, key: str, cells: dict[str, str], stored: Mapping[str, Any], kind: str) -> Change:
    model: Any = Offer if kind == CatalogueFile.Kind.OFFERS else Strategy
    old = stored.get(key)
    row = copy.copy(old) if old is not None else model()
    problems = _set_beside(row, cells)
    data, wrong = _typed(row, cells)
    problems += wrong
    form: Any = (OfferForm if model is Offer else StrategyForm)(data, instance=row)
    if not form.is_valid():
        known = {label for label, _words in problems}
        problems += [
            (_label(model, name), " ".join(map(str, errors)))
            for name, errors in form.errors.items()
            if _label(model, name) not in known
        ]
    if not problems and (said := term_rules.problems(row)):
        problems = [(_label(model, name), words) for name, words in said.items()]
    if problems:
        return Change(line, key, "refuse", problems=problems)
    differences = _term_differences(old, row)
    return Change(line, key, _verb(old, differences), differences, row=row)


def _term_differences(old: Offer | Strategy | None, new: Offer | Strategy) -> list[tuple[str, str, str]]:
    """What would change, as people read it."""
    before, after = terms.terms_of(old) if old is not None else {}, terms.terms_of(new)
    was, now = terms_in_words(old) if old is not None else {}, terms_in_words(new)
    return [
        (_label(type(new), name), was.get(name, ""), now[name] if value else "")
        for name, value in after.items()
        if before.get(name, "") != value
    ]


def _verb(old: Any, differences: Sequence[Any]) -> str:
    return "add" if old is None else "change" if differences else "same"


def _typed(row: Offer | Strategy, cells: Mapping[str, str]) -> tuple[dict[str, Any], Words]:
    """What the form is asked to judge: the row as it stands with the cells of the file over it."""
    data = {name: "" if value is None else value for name, value in model_to_dict(row).items()}
    data["code"] = row.code
    problems: Words = []
    for name, text in cells.items():
        if name in BESIDE_FORM:
            continue
        data[name] = text
        if name in DATES and text:
            day = _iso(text)
            if day is None:
                problems.append((_label(type(row), name), _("Write dates as 2026-12-31 or 31/12/2026.")))
            data[name] = day or ""
        elif name == "discount_percent":
            data[name] = text.replace(",", ".") if DECIMAL_COMMA.fullmatch(text) else text or "0"
    data["code"] = str(data["code"]).lower()
    return data, problems


def _set_beside(row: Offer | Strategy, cells: Mapping[str, str]) -> Words:
    """Set what the form does not hold; what cannot be read is returned as a problem."""
    problems: Words = []
    if "is_active" in cells:
        word = cells["is_active"].lower()
        if word not in YES | NO:
            problems.append((_label(type(row), "is_active"), _("Write yes or no.")))
        row.is_active = word in YES
    if "eligibility" in cells and isinstance(row, Offer):
        try:
            row.eligibility = json.loads(cells["eligibility"]) if cells["eligibility"] else None
        except (ValueError, RecursionError):
            problems.append(
                (_label(Offer, "eligibility"), _("This is not JSON: export an offer with conditions to see one."))
            )
    return problems


def _iso(text: str) -> str | None:
    """A day as ISO; None for what is none. Days come first here, whatever the language of the page."""
    found = BRAZILIAN_DAY.fullmatch(text)
    try:
        day = date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day.isoformat()


def _playbook(line: int, key: str, cells: dict[str, str], stored: Mapping[str, Any], kind: str) -> Change:
    old = stored.get(key)
    language = cells["language"].lower()
    strategy = old.strategy if old else Strategy.objects.filter(code__iexact=cells["strategy"]).first()
    problems: Words = []
    if strategy is None:
        problems.append((_("Strategy"), _("There is no strategy “%(code)s”.") % {"code": cells["strategy"][:40]}))
    if language not in Playbook.Language.values:
        problems.append(
            (_("Language"), _("The languages are: %(known)s.") % {"known": ", ".join(Playbook.Language.values)})
        )
    if problems or strategy is None:
        return Change(line, key, "refuse", problems=problems)
    row = Playbook(strategy=strategy, language=language)
    for name in playbooks.TEXTS:
        setattr(row, name, copy.copy(getattr(old, name)) if old else {} if name == "because" else "")
    _fill(row, cells)
    differences = _playbook_differences(old, row)
    told = playbooks.problems(row) if differences else []
    if told:
        listed = [(playbooks.label(problem.field), playbooks.in_words(problem)) for problem in told]
        return Change(line, key, "refuse", problems=listed)
    return Change(line, key, _verb(old, differences), differences, row=row)


def _fill(row: Playbook, cells: Mapping[str, str]) -> None:
    for name, text in cells.items():
        if name.startswith("because."):
            figure = name.removeprefix("because.")
            row.because.pop(figure, None)
            if text:
                row.because[figure] = text
        elif name in playbooks.TEXTS:
            setattr(row, name, text)


def _playbook_differences(old: Playbook | None, new: Playbook) -> list[tuple[str, str, str]]:
    plain = [name for name in playbooks.TEXTS if name != "because"]
    found = [(playbooks.label(name), getattr(old, name) if old else "", getattr(new, name)) for name in plain]
    before = old.because if old else {}
    for figure in dict.fromkeys([*before, *new.because]):
        label = playbooks.label(f"because.{figure}")
        found.append((label, before.get(figure, ""), new.because.get(figure, "")))
    return [(label, was, now) for label, was, now in found if was != now]


def _label(model: Any, name: str) -> str:
    if name == "__all__":
        return _("Row")
    return term_label(model, name)
