"""What the review screens show. Nothing here writes."""

from django.db.models import QuerySet

from accounts.duplicates.merging import MAY_MERGE
from accounts.models import Customer, CustomerMerge, DuplicateCandidate, DuplicateScan, User


def candidates(user: User, state: str) -> QuerySet[DuplicateCandidate]:
    """Pairs in ``state``, the likeliest first. A pair of which one was merged meanwhile does not wait any more."""
    if user.role not in MAY_MERGE:
        return DuplicateCandidate.objects.none()
    found = DuplicateCandidate.objects.filter(state=state).select_related(
        "first__picture", "second__picture", "decided_by"
    )
    if state != DuplicateCandidate.State.MERGED:
        found = found.filter(first__merged_into=None, second__merged_into=None)
    return found.order_by("-score", "pk")


def merges(user: User) -> QuerySet[CustomerMerge]:
    """Merges and their undoing, the newest first."""
    if user.role not in MAY_MERGE:
        return CustomerMerge.objects.none()
    return CustomerMerge.objects.select_related("into", "merged", "actor", "undone_by").order_by("-pk")


def merges_into(customer: Customer) -> QuerySet[CustomerMerge]:
    """The standing merges by which this customer stands for others."""
    return CustomerMerge.objects.filter(into=customer, undone_at=None).select_related("merged", "actor").order_by("pk")


def latest_search() -> DuplicateScan | None:
    """The newest search, done or not."""
    return DuplicateScan.objects.first()


def survivor(candidate: DuplicateCandidate) -> Customer:
    """Who of the two should stand for both: more contract lines, then the older, then the lower code."""

    def rank(customer: Customer) -> tuple[int, int, str]:
        picture = getattr(customer, "picture", None)
        lines = picture.contract_lines if picture else 0
        return (-lines, customer.since.toordinal() if customer.since else 10**7, customer.code)

    return min((candidate.first, candidate.second), key=rank)
