"""Figures as files for spreadsheets; numbers as computed, not rounded for a page."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from b2shift.lib.export import csv_response
from insights.kpis import SegmentFigures
from segments.models import Score


def segments(rows: Iterable[SegmentFigures]) -> StreamingHttpResponse:
    """One line per segment: the table of the executive page. Shares as fractions, money in BRL."""
    header = [
        _("Segment"), _("Name"), _("Customers"), _("MRR"), _("Mean MRR"), "NPS", _("Tickets per customer"),
        _("Share at risk"), _("MRR at risk"), _("Sent"), _("Opened"), _("Clicked"), _("Accepted"), _("Declined"),
    ]  # fmt: skip
    lines = (
        (row.passport, str(row.name), row.customers, row.mrr, row.mrr_mean, row.nps, row.tickets_per_customer,
         row.risk_share, row.mrr_at_risk, row.response.sent, row.response.opened, row.response.clicked,
         row.response.accepted, row.response.rejected)
        for row in rows
    )  # fmt: skip
    return csv_response("b2shift-segments", header, lines)


def at_risk(scores: QuerySet[Score]) -> StreamingHttpResponse:
    """One line per customer above the risk line (``queries.at_risk``)."""
    header = [
        _("Code"), _("Customer"), _("Account owner"), _("Segment"), _("MRR"), _("Last NPS"), _("Risk indicator"),
    ]  # fmt: skip
    lines = (
        (score.customer.code, score.customer.name, str(score.customer.owner or ""), score.segment,  # type: ignore[attr-defined]
         score.customer.picture.mrr, score.customer.picture.nps_last, score.value)
        for score in scores.iterator(chunk_size=2000)
    )  # fmt: skip
    return csv_response("b2shift-customers-at-risk", header, lines)
