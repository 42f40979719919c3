"""Keeps the figures of a day, so that trends survive re-imports and re-clustering."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from insights import kpis
from insights.models import FigureSnapshot
from segments.queries import profiles_in_force

METRICS = ("customers", "mrr", "nps", "tickets_per_customer", "risk_share", "mrr_at_risk")


def take() -> int:
    """Write today's figures of the company and of each segment; returns the rows.

    A second run on the same day replaces the first, also when both run at once. Without customers nothing is kept.
    """
    day = timezone.localdate()
    whole = User(role=Role.EXECUTIVE, is_active=True)  # sees every customer; never saved
    company = kpis.company_figures(whole)
    if not company["customers"]:
        return 0
    rows = [FigureSnapshot(day=day, metric=name, value=company[name]) for name in METRICS]
    profiles = profiles_in_force()
    segments = {profile.segment.passport: profile.segment for profile in profiles}
    for figures in kpis.segment_figures(whole, *{profile.run for profile in profiles}):
        rows += [
            FigureSnapshot(day=day, metric=name, segment=segments[figures.passport], value=getattr(figures, name))
            for name in METRICS
        ]
    with transaction.atomic():
        FigureSnapshot.objects.filter(day=day).delete()
        FigureSnapshot.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["day", "metric", "segment"], update_fields=["value"]
        )
    return len(rows)
