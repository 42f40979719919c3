"""Members of a segment as a file for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from b2shift.lib.export import csv_response
from segments.models import Membership, Segment


def members_csv(segment: Segment, members: QuerySet[Membership]) -> StreamingHttpResponse:
    """One line per member as filtered, in code order, in the form a spreadsheet in the reader's language expects."""
    header = [
        _("Code"),
        _("Customer"),
        _("Industry"),
        _("Federal state"),
        _("Monthly revenue"),
        _("Last NPS"),
        _("Risk indicator"),
        _("Confidence"),
    ]
    return csv_response(segment.passport, header, _rows(members.order_by("customer__code")))


def _rows(members: QuerySet[Membership]) -> Iterator[list[Any]]:
    for member in members.iterator(chunk_size=2_000):
        customer = member.customer
        picture = getattr(customer, "picture", None)
        yield [
            customer.code,
            customer.name,
            customer.industry,
            customer.state,
            picture and picture.mrr,
            picture and picture.nps_last,
            member.risk,  # type: ignore[attr-defined]
            member.confidence,
        ]
