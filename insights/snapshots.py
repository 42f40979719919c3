"""Keeps the figures of a day, so that trends survive re-imports and re-clustering."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from insights import kpis
from insights.models import FigureSnapshot
from segments.models import Segment
from segments.queries import published_run

COMPANY_METRICS = ("customers", "mrr", "nps", "tickets", "risk_share")


def take() -> int:
    """Write today's figures of the company and of each segment (a second run replaces the first); returns the rows."""
    day = timezone.localdate()
    whole = User(role=Role.EXECUTIVE, is_active=True)  # sees every customer; never saved
    company = kpis.company_figures(whole)
    rows = [FigureSnapshot(day=day, metric=name, value=company[name]) for name in COMPANY_METRICS]
    run = published_run()
    if run is not None:
        segments = {segment.passport: segment for segment in Segment.objects.filter(profiles__run=run)}
        for figures in kpis.segment_figures(whole, run):
            rows += [
                FigureSnapshot(day=day, metric=name, segment=segments[figures.passport], value=getattr(figures, name))
                for name in COMPANY_METRICS
            ]
    with transaction.atomic():
        FigureSnapshot.objects.filter(day=day).delete()
        FigureSnapshot.objects.bulk_create(rows)
    return len(rows)
