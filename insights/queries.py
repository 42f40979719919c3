"""What each person's home page lists: work that waits for them, newest answers, things that need a look."""

from typing import Any

from django.db.models import Count, F, Q, QuerySet

from accounts.models import AuditEntry, Customer, Import, Role, User
from campaigns.models import CallTask, Campaign, Interaction, PolicyVersion
from segments.models import Run, Score

SHOWN = 6


def waiting_for_approval(user: User) -> QuerySet[Campaign]:
    """Campaigns in review that this person may approve: not their own words, oldest first."""
    waiting = Campaign.objects.visible_to(user).filter(status=Campaign.Status.IN_REVIEW)
    own = Q(author=user) | Q(drafts__edited_by=user)
    return waiting.exclude(own).select_related("segment", "offer", "business_unit").order_by("status_at")


def running_campaigns(user: User) -> QuerySet[Campaign]:
    """Campaigns on their way or awaiting answers, newest first."""
    living = (Campaign.Status.APPROVED, Campaign.Status.SENDING, Campaign.Status.PAUSED, Campaign.Status.TRACKING)
    return Campaign.objects.visible_to(user).filter(status__in=living).select_related("segment").order_by("-status_at")


def open_tasks(user: User) -> QuerySet[CallTask]:
    """Calls to make, due first: a rep's own, everybody's for the others."""
    tasks = CallTask.objects.filter(state=CallTask.State.OPEN, customer__in=Customer.objects.visible_to(user))
    if user.role == Role.REP:
        tasks = tasks.filter(assigned_to=user)
    return tasks.select_related("customer", "campaign").order_by("due_on", "pk")


def latest_answers(user: User) -> QuerySet[Interaction]:
    """What customers' people did last: accepted, declined, clicked."""
    told = (Interaction.Kind.ACCEPT, Interaction.Kind.REJECT, Interaction.Kind.CLICK, Interaction.Kind.UNSUBSCRIBE)
    answers = Interaction.objects.filter(
        kind__in=told, origin=Interaction.Origin.HUMAN, customer__in=Customer.objects.visible_to(user)
    )
    return answers.select_related("customer", "campaign").order_by("-at")


def at_risk(user: User) -> QuerySet[Score]:
    """Customers with the highest churn indicator, highest first; ties by MRR."""
    scores = Score.objects.filter(
        kind=Score.Kind.CHURN_RISK, value__isnull=False, customer__in=Customer.objects.visible_to(user)
    )
    return scores.select_related("customer__picture").order_by(
        "-value", F("customer__picture__mrr").desc(nulls_last=True), "pk"
    )


def unhappy(user: User) -> QuerySet[Customer]:
    """Customers whose last relational NPS answer was 6 or less, lowest and largest first."""
    customers = Customer.objects.visible_to(user).filter(picture__nps_last__lte=6)
    return customers.select_related("picture").order_by(
        "picture__nps_last", F("picture__mrr").desc(nulls_last=True), "code"
    )


def data_state() -> dict[str, Any]:
    """The last load, the last clustering and what waits in quarantine."""
    last_import = Import.objects.annotate(
        waiting=Count("files__quarantine", filter=Q(files__quarantine__resolved_at=None), distinct=True)
    ).first()
    return {"last_import": last_import, "last_run": Run.objects.first()}


def administration() -> dict[str, Any]:
    """What administrators watch: people, the policy in preparation, refused loads, the newest audit entries."""
    return {
        "people": User.objects.filter(is_active=True).count(),
        "policy": PolicyVersion.objects.filter(state=PolicyVersion.State.PUBLISHED).first(),
        "policy_draft": PolicyVersion.objects.filter(state=PolicyVersion.State.DRAFT)
        .select_related("created_by")
        .first(),
        "refused_imports": Import.objects.filter(state=Import.State.FAILED).count(),
        "audit": AuditEntry.objects.select_related("actor")[:SHOWN],
    }
