"""What each person's home page lists: work that waits for them, newest answers, things that need a look."""

from typing import Any

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery

from accounts.models import AuditEntry, Customer, Import, ImportFile, Role, User
from campaigns import queries as campaign_queries
from campaigns.models import CallTask, Campaign, Interaction, PolicyVersion
from segments import wording
from segments.models import Membership, Run, Score

SHOWN = 6
AT_RISK = 0.5


def waiting_for_approval(user: User) -> QuerySet[Campaign]:
    """Campaigns in review that this person may approve, oldest first: not their own words, not approved by them yet."""
    waiting = Campaign.every.visible_to(user).as_shown().filter(status=Campaign.Status.IN_REVIEW)
    own = Q(author=user) | Q(drafts__edited_by=user)
    agreed = Q(approvals__approver=user, approvals__voided_at=None)
    return waiting.exclude(own).exclude(agreed).select_related("strategy", "business_unit").order_by("status_at")


def running_campaigns(user: User) -> QuerySet[Campaign]:
    """Campaigns on their way or awaiting answers, newest first."""
    living = (Campaign.Status.APPROVED, Campaign.Status.SENDING, Campaign.Status.PAUSED, Campaign.Status.TRACKING)
    return (
        Campaign.objects.visible_to(user)
        .filter(status__in=living)
        .select_related("strategy", "business_unit")
        .order_by("-status_at")
    )


def open_tasks(user: User) -> QuerySet[CallTask]:
    """Calls to make, due first: a rep's own, everybody's for the others."""
    tasks = CallTask.objects.filter(state=CallTask.State.OPEN, customer__in=Customer.every.visible_to(user))
    if user.role == Role.REP:
        tasks = tasks.filter(assigned_to=user)
    return tasks.select_related("customer", "campaign").order_by("due_on", "pk")


def latest_answers(user: User) -> QuerySet[Interaction]:
    """What customers' people did last: accepted, declined, clicked."""
    told = (Interaction.Kind.ACCEPT, Interaction.Kind.REJECT, Interaction.Kind.CLICK, Interaction.Kind.UNSUBSCRIBE)
    answers = Interaction.objects.filter(
        kind__in=told, origin=Interaction.Origin.HUMAN, customer__in=Customer.every.visible_to(user)
    )
    return answers.select_related("customer", "campaign").order_by("-at")


def at_risk(user: User) -> QuerySet[Score]:
    """Customers above the risk line, those with the most MRR first, with owner, picture and segment.

    ``segment`` is the passport, ``segment_name`` and ``segment_name_en`` its names; None outside the published run.
    """
    segment = Membership.objects.filter(customer=OuterRef("customer"), run__state=Run.State.PUBLISHED)
    scores = Score.objects.filter(
        kind=Score.Kind.CHURN_RISK, value__gt=AT_RISK, customer__in=Customer.objects.visible_to(user)
    )
    return (
        scores.select_related("customer__picture", "customer__owner")
        .annotate(
            segment=Subquery(segment.values("segment__passport")[:1]),
            segment_name=Subquery(segment.values("segment__name")[:1]),
            segment_name_en=Subquery(segment.values("segment__name_en")[:1]),
        )
        .order_by(F("customer__picture__mrr").desc(nulls_last=True), "-value", "pk")
    )


def largest_accounts(user: User) -> QuerySet[Customer]:
    """The person's customers, largest MRR first, with picture and ``risk`` (None where unknown)."""
    risk = Score.objects.filter(customer=OuterRef("pk"), kind=Score.Kind.CHURN_RISK).values("value")
    customers = Customer.objects.visible_to(user).select_related("picture").annotate(risk=Subquery(risk))
    return customers.order_by(F("picture__mrr").desc(nulls_last=True), "code")


def unhappy(user: User) -> QuerySet[Customer]:
    """Customers whose last relational NPS answer was 6 or less, lowest and largest first."""
    customers = Customer.objects.visible_to(user).filter(picture__nps_last__lte=6)
    return customers.select_related("picture").order_by(
        "picture__nps_last", F("picture__mrr").desc(nulls_last=True), "code"
    )


def data_state() -> dict[str, Any]:
    """The last load and its files, what waits in quarantine over all loads, and what the files' checks found."""
    last = Import.objects.select_related("started_by").first()
    files = ImportFile.objects.filter(run=last) if last else ImportFile.objects.none()
    outcomes = files.aggregate(
        files=Count("pk"), refused=Count("pk", filter=Q(outcome__in=[ImportFile.Outcome.REFUSED]))
    )
    waiting = ImportFile.objects.aggregate(rows=Count("quarantine", filter=Q(quarantine__resolved_at=None)))["rows"]
    return {"last_import": last, **outcomes, "waiting": waiting}


def last_run() -> dict[str, Any]:
    """The newest clustering and the one in force, with its segments, those ready to act on and the lowest stability."""
    published = (
        Run.objects.filter(state=Run.State.PUBLISHED)
        .annotate(
            segments=Count("profiles"),
            ready=Count("profiles", filter=Q(profiles__activatable=True)),
            lowest=Min("profiles__stability"),
        )
        .first()
    )
    algorithm = wording.ALGORITHMS.get(published.algorithm, published.algorithm) if published else ""
    return {"newest": Run.objects.first(), "published": published, "algorithm": algorithm}


def administration() -> dict[str, Any]:
    """What administrators watch: people, the policy in preparation, refused loads, the newest audit entries."""
    return {
        "people": User.objects.filter(is_active=True).count(),
        "policy": campaign_queries.policy_in_force(),
        "policy_draft": PolicyVersion.objects.filter(state=PolicyVersion.State.DRAFT)
        .select_related("created_by")
        .first(),
        "refused_imports": Import.objects.filter(state=Import.State.FAILED).count(),
        "audit": AuditEntry.objects.select_related("actor")[:SHOWN],
    }
