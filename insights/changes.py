"""What changed since an earlier day, in sentences: segments that moved most, segments born or gone, campaigns sent."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from b2shift.templatetags.b2shift import brl_short, number, percent, signed_percent
from campaigns.models import Campaign, Transition
from insights import trends
from insights.kpis import SegmentFigures
from insights.trends import Baseline
from segments.models import SegmentEvent

SHOWN = 6
NOTABLE_SHARE = 0.03
NOTABLE_POINTS = 5
NOTABLE_RISK = 0.03
TOLD_EVENTS = (SegmentEvent.Kind.SPLIT, SegmentEvent.Kind.MERGE, SegmentEvent.Kind.BIRTH, SegmentEvent.Kind.DEATH)


@dataclass(frozen=True)
class Item:
    """One sentence with a link; ``weight`` (BRL of monthly revenue concerned) decides the order."""

    text: str
    href: str
    tone: str
    badge: str
    weight: float


def since(earlier: Baseline, rows: list[SegmentFigures]) -> list[Item]:
    """The changes worth a look, the weightiest first: events, then at most ``SHOWN`` movements of segments."""
    moves = sorted((item for row in rows for item in _moves(row, earlier)), key=lambda item: -item.weight)
    return [*_events(earlier), *_campaigns(earlier), *moves[:SHOWN]]


def _moves(row: SegmentFigures, earlier: Baseline) -> Iterator[Item]:
    href = reverse("segment", args=[row.passport])
    names = {"segment": str(row.name)}
    mrr = trends.change("mrr", row.mrr, earlier, row.passport)
    if mrr and mrr.share is not None and abs(mrr.share) >= NOTABLE_SHARE:
        words = {**names, "now": brl_short(mrr.now)}
        text = _("%(segment)s: MRR now %(now)s") % words
        yield Item(text, href, "good" if mrr.share > 0 else "bad", signed_percent(mrr.share), abs(mrr.difference))
    risk = trends.change("risk_share", row.risk_share, earlier, row.passport)
    if risk and abs(risk.difference) >= NOTABLE_RISK:
        text = _("%(segment)s: %(now)s of the customers at risk") % {**names, "now": percent(risk.now, 0)}
        badge = _("%(points)s p.p.") % {"points": _signed(100 * risk.difference)}
        weight = abs(risk.difference) * (row.mrr or 0)
        yield Item(text, href, "bad" if risk.difference > 0 else "good", badge, weight)
    nps = trends.change("nps", row.nps, earlier, row.passport)
    if nps and abs(nps.difference) >= NOTABLE_POINTS:
        text = _("%(segment)s: NPS now %(now)s") % {**names, "now": number(nps.now, 0)}
        points = round(nps.difference)
        badge = ngettext("%(points)s point", "%(points)s points", abs(points)) % {"points": _signed(points)}
        weight = abs(nps.difference) / 100 * (row.mrr or 0)
        yield Item(text, href, "good" if nps.difference > 0 else "bad", badge, weight)


def _events(earlier: Baseline) -> list[Item]:
    events = SegmentEvent.objects.filter(kind__in=TOLD_EVENTS, at__date__gt=earlier.day).select_related("segment")
    return [
        Item(str(event.segment), reverse("segment", args=[event.segment.passport]), "info", event.get_kind_display(), 0)
        for event in events.order_by("-at", "pk")[:SHOWN]
    ]


def _campaigns(earlier: Baseline) -> list[Item]:
    launched = Transition.objects.filter(to_status=Campaign.Status.SENDING, at__date__gt=earlier.day)
    count = launched.aggregate(count=Count("campaign", distinct=True))["count"]
    if not count:
        return []
    text = ngettext("%(n)s campaign went out", "%(n)s campaigns went out", count) % {"n": number(count)}
    return [Item(text, reverse("campaigns"), "info", _("Campaigns"), 0)]


def _signed(points: float) -> str:
    return f"{'+' if points > 0 else ''}{number(round(points))}"
