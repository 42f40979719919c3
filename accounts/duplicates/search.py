"""The search for probable duplicates: queued with each import, carried out by a worker, safe to run twice."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from accounts.duplicates.likeness import ENOUGH, Likeness, Record, compare, pairs, phone_key
from accounts.models import Contact, Customer, DuplicateCandidate, DuplicateScan, Import

LEASE = timedelta(minutes=30)
BATCH = 1000
Pair = tuple[int, int]


@transaction.atomic
def enqueue(after: Import | None = None) -> DuplicateScan:
    """The search that waits; one is enough for any number of imports. Call it inside the transaction that the search must see.

    The row stays locked until that transaction ends, so that no worker claims it before its data are there.
    """
    waiting = DuplicateScan.objects.select_for_update().filter(state=DuplicateScan.State.QUEUED)
    found: DuplicateScan | None = waiting.first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return DuplicateScan.objects.create(after=after)
    except IntegrityError:
        return waiting.get()


def execute(scan_id: int) -> DuplicateScan:
    """Carry out a queued search unless somebody else does; the second call changes nothing."""
    claimed = DuplicateScan.objects.filter(pk=scan_id, state=DuplicateScan.State.QUEUED).update(
        state=DuplicateScan.State.RUNNING, started_at=Now(), lease_until=Now() + LEASE
    )
    if not claimed:
        return DuplicateScan.objects.get(pk=scan_id)
    records = _records()
    compared, found = 0, {}
    for first, second in pairs(records):
        compared += 1
        likeness = compare(records[first], records[second])
        if likeness is not None and likeness.score >= ENOUGH:
            found[_ordered(records[first].pk, records[second].pk)] = likeness
    with transaction.atomic():
        _write(found)
        DuplicateScan.objects.filter(pk=scan_id, state=DuplicateScan.State.RUNNING).update(
            state=DuplicateScan.State.DONE, finished_at=Now(), lease_until=None, customers=len(records),
            compared=compared, found=len(found),
        )  # fmt: skip
    return DuplicateScan.objects.get(pk=scan_id)


def sweep() -> list[int]:
    """Searches whose worker died are queued again (or dropped where one waits anyway). Returns the ids to wake."""
    for dead in DuplicateScan.objects.filter(state=DuplicateScan.State.RUNNING, lease_until__lt=Now()):
        if DuplicateScan.objects.filter(state=DuplicateScan.State.QUEUED).exists():
            dead.delete()
        else:
            DuplicateScan.objects.filter(pk=dead.pk, state=DuplicateScan.State.RUNNING).update(
                state=DuplicateScan.State.QUEUED, lease_until=None
            )
    return list(DuplicateScan.objects.filter(state=DuplicateScan.State.QUEUED).values_list("pk", flat=True))


def _records() -> list[Record]:
    """Standing customers with the addresses and numbers of their people, those of merged customers included."""
    mails, phones = defaultdict(set), defaultdict(set)
    people = Contact.objects.filter(erased_at=None).exclude(email="", phone="").order_by()
    for customer, into, email, phone in people.values_list(
        "customer_id", "customer__merged_into_id", "email", "phone"
    ).iterator(chunk_size=5000):
        if email:
            mails[into or customer].add(email.lower())
        if phone_key(phone):
            phones[into or customer].add(phone_key(phone))
    rows = Customer.objects.order_by("pk").values_list("pk", "name", "cnpj", "city", "state")
    return [
        Record(pk, name, cnpj, city, state, frozenset(mails[pk]), frozenset(phones[pk]))
        for pk, name, cnpj, city, state in rows.iterator(chunk_size=5000)
    ]


def _ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def _write(found: dict[Pair, Likeness]) -> None:
    """Make the open queue equal to what was found; what a person decided stays as it is."""
    decided = DuplicateCandidate.objects.exclude(state=DuplicateCandidate.State.OPEN)
    known = set(decided.values_list("first_id", "second_id"))
    gone = [
        pk
        for pk, first, second in DuplicateCandidate.objects.filter(state=DuplicateCandidate.State.OPEN).values_list(
            "pk", "first_id", "second_id"
        )
        if (first, second) not in found
    ]
    DuplicateCandidate.objects.filter(pk__in=gone, state=DuplicateCandidate.State.OPEN).delete()
    fresh = {pair: likeness for pair, likeness in found.items() if pair not in known}
    standing = set(Customer.objects.filter(pk__in=_members(fresh)).values_list("pk", flat=True))
    DuplicateCandidate.objects.bulk_create(
        (
            DuplicateCandidate(
                first_id=first, second_id=second, score=likeness.score, parts=[list(part) for part in likeness.parts]
            )
            for (first, second), likeness in fresh.items()
            if {first, second} <= standing
        ),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["first", "second"],
        update_fields=["score", "parts"],
    )


def _members(found: Iterable[Pair]) -> set[int]:
    return {pk for pair in found for pk in pair}
