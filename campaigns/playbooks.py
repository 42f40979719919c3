"""The house's words as rows: which texts a draft is written from, and the verbs that change them.

Every change is a version of its own, checked before it is kept, audited and in the row's history. Drafts that exist keep their words.
"""

import hashlib
import json
from dataclasses import asdict
from typing import Any

import pghistory
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import BusinessUnit, Role, User
from b2shift.lib.api import Refused
from campaigns import policies, queries, strategies
from campaigns.drafting import playbook_checks, words
from campaigns.drafting.playbook import BY_PLAY, Texts, house_texts
from campaigns.drafting.playbook_checks import Problem
from campaigns.models import Playbook, Strategy

EDITORS = frozenset({Role.MANAGER, Role.ADMIN})
TEXTS = (
    "subject",
    "subject_again",
    "opening",
    "value",
    "offer",
    "call_to_action",
    "decline",
    "sign_off",
    "opt_out",
    "because",
)


def texts_for(strategy: Strategy, language: str) -> Texts:
    """The texts that a draft of this strategy is written from: its own, else those of the house's strategy of the same play."""
    own = Playbook.objects.filter(strategy=strategy, language=language).first()
    row = own or Playbook.objects.filter(strategy__code=BY_PLAY[strategy.play], language=language).first()
    if row is None:
        return house_texts(strategy.code, strategy.play, strategy.business_unit_id, language)
    return texts_of(row)


def texts_of(row: Any) -> Texts:
    """A row, or a moment of its history, as a value; its version is what a draft records."""
    return Texts(**{name: getattr(row, name) for name in TEXTS}, version=queries.playbook_version(row))


def starting(strategy: Strategy, language: str) -> Playbook:
    """A playbook that is not saved yet, with the words of the house's strategy of the same play to start from."""
    texts = asdict(house_texts(strategy.code, strategy.play, strategy.business_unit_id, language))
    return Playbook(strategy=strategy, language=language, **{name: texts[name] for name in TEXTS})


def seed() -> None:
    """The house's own words for each strategy that has some and no row yet; rows that are there are never touched."""
    there = set(Playbook.objects.values_list("strategy__code", "language"))
    known = Strategy.objects.filter(code__in=words.PT)
    missing = [
        starting(strategy, language)
        for strategy in known
        for language in Playbook.Language.values
        if (strategy.code, language) not in there
    ]
    Playbook.objects.bulk_create(missing, ignore_conflicts=True)


def problems(row: Playbook) -> list[Problem]:
    """What stands against the texts by the rules in force; nothing is saved while there is any."""
    unit, version = row.strategy.business_unit_id, queries.policy_in_force()
    forbidden = policies.forbidden_phrases(queries.rules_of(version), unit) if version else []
    names = list(BusinessUnit.objects.order_by("code").values_list("name", flat=True))
    return playbook_checks.problems(texts_of(row), row.language, forbidden, set(strategies.FIGURES), names)


def in_words(problem: Problem) -> str:
    """A problem in the reader's language."""
    return _(problem.message) % problem.params


def fingerprint(row: Playbook) -> str:
    """What a form carries along, so that nobody overwrites a change that they have not seen."""
    told = {name: getattr(row, name) for name in TEXTS}
    return hashlib.sha256(json.dumps([row.version, told], sort_keys=True).encode()).hexdigest()[:32]


def save(row: Playbook, actor: User, seen: str | None = None) -> Playbook:
    """Keep the texts as the next version (the first for a new row); the same texts leave no trace.

    Raises ``Refused``: for other roles, for texts with problems, and where the row is no longer as ``seen`` (None: not asked).
    """
    if actor.role not in EDITORS or not actor.is_active:
        raise Refused("not_allowed", _("Only administrators and marketing managers can change playbooks."))
    if found := problems(row):
        raise Refused("texts", f"{label(found[0].field)}: {in_words(found[0])}")
    try:
        return _saved(row, actor, seen)
    except IntegrityError as error:  # two people wrote the first version at the same time
        raise _changed_meanwhile() from error


def _saved(row: Playbook, actor: User, seen: str | None) -> Playbook:
    with transaction.atomic():
        stored = Playbook.objects.select_for_update().filter(strategy=row.strategy, language=row.language).first()
        if stored and seen is not None and fingerprint(stored) != seen:
            raise _changed_meanwhile()
        changed = [name for name in TEXTS if stored is None or getattr(stored, name) != getattr(row, name)]
        if stored and not changed:
            return stored
        kept = stored or row
        for name in changed:
            setattr(kept, name, getattr(row, name))
        kept.version = stored.version + 1 if stored else 1
        kept.edited_by, kept.updated_at = actor, Now()  # type: ignore[assignment]
        with pghistory.context(user=actor.pk):
            kept.save()
        kept.refresh_from_db()
        summary = _("Playbook of %(name)s saved") % {"name": row.strategy.name}
        audit.record(actor, "playbook.save", kept, summary, version=kept.version, changed=changed)
    return kept


def _changed_meanwhile() -> Refused:
    return Refused(
        "changed_meanwhile",
        _("Somebody changed this while you were editing. Reload the page and look at their change first."),
    )


def version_of(row: Playbook, number: int) -> Any:
    """A version of the history; None where there is none."""
    return row.events.filter(version=number).order_by("-pgh_id").first()  # type: ignore[attr-defined]


def restore(row: Playbook, number: int, actor: User) -> Playbook:
    """The texts of an older version as the newest one. Refused as ``save`` refuses: rules may have changed since."""
    event = version_of(row, number)
    if event is None:
        raise Refused("no_version", _("There is no such version."))
    again = Playbook(strategy=row.strategy, language=row.language, **{name: getattr(event, name) for name in TEXTS})
    return save(again, actor)


def label(field: str) -> str:
    """The name of a text as people read it."""
    name, _dot, figure = field.partition(".")
    if name == "because":
        told = strategies.FIGURES.get(figure, figure)
        return _("Opening for “%(figure)s”") % {"figure": told}
    words = str(Playbook._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return words[:1].upper() + words[1:]
