"""Merge, undo, "not a duplicate": each one transaction, with an exact record and an audit entry."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts import pictures
from accounts.audit import record
from accounts.models import Customer, CustomerMerge, DuplicateCandidate, Role, User
from b2shift.lib.api import Refused

MAY_MERGE = frozenset({Role.ANALYST, Role.MANAGER, Role.ADMIN})
FIELDS = (
    "name",
    "cnpj",
    "since",
    "city",
    "state",
    "country",
    "cnae",
    "industry",
    "subindustry",
    "revenue_band",
    "owner_id",
)
_OWN_TABLES = frozenset({"picture", "lakefigures", "duplicatecandidate", "customermerge", "customer"})


def suggested(into: Customer, merged: Customer) -> dict[str, str]:
    """Per field that differs: ``into`` or ``merged``, whose value should win. The survivor's own, unless it has none;
    the earlier of two dates since when they are customers."""
    found = {}
    for name in FIELDS:
        own, other = getattr(into, name), getattr(merged, name)
        if own == other or not (own or other):
            continue
        earlier = name == "since" and own and other and other < own
        found[name] = "merged" if (other and not own) or earlier else "into"
    return found


@transaction.atomic
def merge(
    actor: User,
    into: str,
    merged: str,
    winners: Mapping[str, str] | None = None,
    candidate: DuplicateCandidate | None = None,
) -> CustomerMerge:
    """Let the customer with code ``into`` stand for the one with code ``merged`` too.

    ``winners`` says per field (see ``suggested``) whose value the survivor shows; what it leaves out is decided as suggested.
    Rows stay where they are; lists, segments and audiences leave the merged customer out from now on.
    """
    _may(actor)
    keeper, loser = _both(actor, into, merged)
    choice = {**suggested(keeper, loser), **(winners or {})}
    chosen = {}
    for name in FIELDS:
        own, other = getattr(keeper, name), getattr(loser, name)
        if choice.get(name) == "merged" and own != other:
            chosen[name] = {"before": _plain(own), "after": _plain(other)}
            setattr(keeper, name, other)
    repointed = list(Customer.every.filter(merged_into=loser).order_by("pk").values_list("pk", flat=True))
    Customer.every.filter(Q(pk=loser.pk) | Q(pk__in=repointed)).update(merged_into=keeper)
    if chosen:
        keeper.save(update_fields=list(chosen))
    done = CustomerMerge.objects.create(
        into=keeper, merged=loser, candidate=candidate, chosen=chosen, repointed=repointed, rows=_rows_of(loser), actor=actor
    )  # fmt: skip
    pictures.recompute([keeper.pk])
    _decide(candidate, DuplicateCandidate.State.MERGED, actor)
    record(actor, "customer.merge", keeper, f"{loser.code} → {keeper.code}", merge=done.pk, fields=sorted(chosen))
    return done


@transaction.atomic
def undo(actor: User, merge_id: int) -> CustomerMerge:
    """Part two customers again: every row and value as before. Undoing twice changes nothing.

    A value that somebody changed since the merge stays and is named in ``kept``. Refuses while a later merge of the survivor stands.
    """
    _may(actor)
    _alone()
    done = CustomerMerge.objects.select_for_update().get(pk=merge_id)
    if done.undone_at is not None:
        return done
    loser = Customer.every.select_for_update().get(pk=done.merged_id)
    if loser.merged_into_id != done.into_id:
        raise Refused("order", _("The surviving customer was itself merged later. Undo that merge first."))
    keeper = Customer.every.select_for_update().get(pk=done.into_id)
    kept = [name for name, values in done.chosen.items() if _plain(getattr(keeper, name)) != values["after"]]
    restored = [name for name in done.chosen if name not in kept]
    for name in restored:
        setattr(keeper, name, _value(name, done.chosen[name]["before"]))
    _hand_on(done, kept)
    if restored:
        keeper.save(update_fields=restored)
    Customer.every.filter(pk=loser.pk).update(merged_into=None)
    Customer.every.filter(pk__in=done.repointed, merged_into=keeper).update(merged_into=loser)
    pictures.recompute([keeper.pk, loser.pk])
    CustomerMerge.objects.filter(pk=done.pk).update(undone_by=actor, undone_at=Now(), kept=kept)
    if done.candidate_id:
        DuplicateCandidate.objects.filter(pk=done.candidate_id).update(
            state=DuplicateCandidate.State.OPEN, decided_by=None, decided_at=None
        )
    record(actor, "customer.part", keeper, f"{loser.code} ← {keeper.code}", merge=done.pk, kept=kept)
    done.refresh_from_db()
    return done


@transaction.atomic
def dismiss(actor: User, candidate_id: int) -> DuplicateCandidate:
    """Remember that two customers are two; no later search asks again. A second time changes nothing."""
    _may(actor)
    found = DuplicateCandidate.objects.select_for_update(of=("self",)).get(pk=candidate_id)
    if found.state == DuplicateCandidate.State.MERGED:
        raise Refused("merged", _("These customers were merged. Undo the merge first."))
    if found.state == DuplicateCandidate.State.OPEN:
        _decide(found, DuplicateCandidate.State.DISMISSED, actor)
        record(actor, "duplicate.dismiss", found, f"{found.first.code} ≠ {found.second.code}")
        found.refresh_from_db()
    return found


@transaction.atomic
def reopen(actor: User, candidate_id: int) -> DuplicateCandidate:
    """Take "not a duplicate" back: the pair waits in the queue again."""
    _may(actor)
    found = DuplicateCandidate.objects.select_for_update(of=("self",)).get(pk=candidate_id)
    if found.state == DuplicateCandidate.State.DISMISSED:
        found.state, found.decided_by, found.decided_at = DuplicateCandidate.State.OPEN, None, None
        found.save(update_fields=["state", "decided_by", "decided_at"])
        record(actor, "duplicate.reopen", found, f"{found.first.code} = {found.second.code}?")
    return found


@contextmanager
def upheld() -> Iterator[None]:
    """Keep the values that people chose in merges while an import writes; what the files say becomes what undoing restores.

    Wraps the statements of one publication and waits for merges under way.
    """
    pictures.alone(wait=True)
    merges = list(CustomerMerge.objects.filter(undone_at=None).exclude(chosen={}).order_by("pk"))
    before = {each.pk: each for each in Customer.every.filter(pk__in={merge.into_id for merge in merges})}
    yield
    after = {each.pk: each for each in Customer.every.filter(pk__in=before)}
    first: dict[tuple[int, str], CustomerMerge] = {}
    for each in merges:
        for name in each.chosen:
            first.setdefault((each.into_id, name), each)
    for (pk, name), earliest in first.items():
        shown, told = getattr(before[pk], name), getattr(after[pk], name)
        if shown != told:
            earliest.chosen[name]["before"] = _plain(told)
            earliest.save(update_fields=["chosen"])
            Customer.every.filter(pk=pk).update(**{name: shown})


def _may(actor: User) -> None:
    if actor.role not in MAY_MERGE:
        raise Refused("role", _("Your role does not merge customers."))


def _alone() -> None:
    if not pictures.alone(wait=False):
        raise Refused("busy", _("An import is being published. Try again in a moment; nothing was changed."))


def _both(actor: User, into: str, merged: str) -> tuple[Customer, Customer]:
    """Both customers, locked; refuses what is not there, merged already, or the same."""
    _alone()
    if into == merged:
        raise Refused("same", _("A customer cannot be merged into itself."))
    visible = Customer.objects.visible_to(actor).filter(code__in=[into, merged])
    found = {each.code: each for each in visible.select_for_update(of=("self",)).order_by("pk")}
    if len(found) != 2:
        raise Refused("gone", _("One of the two customers was merged in the meantime, or does not exist."))
    return found[into], found[merged]


def _decide(candidate: DuplicateCandidate | None, state: str, actor: User) -> None:
    if candidate is not None:
        DuplicateCandidate.objects.filter(pk=candidate.pk).update(state=state, decided_by=actor, decided_at=Now())


def _rows_of(customer: Customer) -> dict[str, int]:
    """How many rows of each table, of any app, belong to the customer."""
    counts = {}
    for relation in Customer._meta.related_objects:
        model = relation.related_model
        if model._meta.model_name in _OWN_TABLES:
            continue
        count = model._base_manager.filter(**{relation.field.name: customer}).count()
        if count:
            counts[f"{model._meta.app_label}.{model._meta.model_name}"] = count
    return counts


def _hand_on(done: CustomerMerge, kept: list[str]) -> None:
    """A later merge of the same survivor that overwrote our value must restore what was there before ours."""
    later = CustomerMerge.objects.filter(into=done.into_id, pk__gt=done.pk, undone_at=None).order_by("pk")
    for name in kept:
        heir = next((each for each in later if name in each.chosen), None)
        if heir is not None and heir.chosen[name]["before"] == done.chosen[name]["after"]:
            heir.chosen[name]["before"] = done.chosen[name]["before"]
            heir.save(update_fields=["chosen"])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _value(name: str, plain: Any) -> Any:
    return date.fromisoformat(plain) if name == "since" and plain else plain
