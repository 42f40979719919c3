"""Tables and histories of the catalogue pages."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from b2shift.lib.cells import DENSE, NUM, WIDE, badge, link, two_lines
from b2shift.templatetags.b2shift import brl, day, percent
from campaigns.models import Offer, Strategy
from campaigns.term_words import label, terms_in_words


class OfferTable(tables.Table):
    """Offers with their terms."""

    name = tables.Column(verbose_name=gettext_lazy("Offer"), order_by=("name", "code"), attrs=WIDE)
    business_unit = tables.Column(verbose_name=gettext_lazy("Business unit"), order_by=("business_unit__name",))
    play = tables.Column(verbose_name=gettext_lazy("Intention"))
    step = tables.Column(verbose_name=gettext_lazy("Step"), attrs=NUM)
    discount_percent = tables.Column(verbose_name=gettext_lazy("Discount"), attrs=NUM)
    price = tables.Column(verbose_name=gettext_lazy("Price"), attrs=NUM, empty_values=())
    cost = tables.Column(verbose_name=gettext_lazy("Cost to us"), attrs=NUM, empty_values=())
    valid_until = tables.Column(verbose_name=gettext_lazy("Valid until"), attrs=NUM, empty_values=())
    is_active = tables.Column(verbose_name=gettext_lazy("Availability"))

    class Meta:
        attrs: ClassVar = DENSE

    def render_name(self, record: Offer) -> SafeString:
        """A link to its page over product and code."""
        return _named("offer", record, f"{record.product} · {record.code}")

    def render_discount_percent(self, value: Any) -> str | SafeString:
        """A percentage; an offer without a discount says so."""
        return percent(value / 100, 2 if value % 1 else 0) if value else _none()

    def render_price(self, value: Any) -> str | SafeString:
        """Money; most offers have no price of their own."""
        return brl(value) if value is not None else _none()

    def render_cost(self, value: Any) -> str | SafeString:
        """Money per customer who accepts."""
        return brl(value) if value is not None else _none()

    def render_valid_until(self, value: Any) -> str | SafeString:
        """The last day, marked when it is over."""
        if value is None:
            return _("no end")
        over = format_html(" {}", badge("warn", _("over"))) if value < timezone.localdate() else ""
        return format_html("{}{}", day(value), over)

    def render_is_active(self, value: bool) -> SafeString:
        """A word, coloured."""
        return _availability(value)

    def order_valid_until(self, rows: QuerySet, descending: bool) -> tuple[QuerySet, bool]:
        """Offers without an end last when ascending, first when descending."""
        by = F("valid_until").desc(nulls_first=True) if descending else F("valid_until").asc(nulls_last=True)
        return rows.order_by(by, "code"), True


class StrategyTable(tables.Table):
    """Strategies by business unit."""

    name = tables.Column(verbose_name=gettext_lazy("Strategy"), order_by=("name", "code"))
    business_unit = tables.Column(verbose_name=gettext_lazy("Business unit"), order_by=("business_unit__name",))
    theme = tables.Column(verbose_name=gettext_lazy("Portfolio"))
    play = tables.Column(verbose_name=gettext_lazy("Intention"))
    purpose = tables.Column(verbose_name=gettext_lazy("Purpose of contact"))
    max_steps = tables.Column(verbose_name=gettext_lazy("Steps"), attrs=NUM)
    is_active = tables.Column(verbose_name=gettext_lazy("Availability"))

    def render_name(self, record: Strategy) -> SafeString:
        """A link to its page over its code."""
        return _named("strategy", record, record.code)

    def render_is_active(self, value: bool) -> SafeString:
        """A word, coloured."""
        return _availability(value)


def history(row: Offer | Strategy) -> list[dict[str, Any]]:
    """Who changed what and when, newest first, as items of the timeline; read from the row's stored history."""
    events = list(row.events.select_related("pgh_context", "business_unit").order_by("pgh_id"))  # type: ignore[union-attr]
    people = _people(events)
    items = []
    for before, event in zip([None, *events], events, strict=False):
        who = people.get(_actor(event)) or _("B2Shift")
        title = _("Created by %(who)s") % {"who": who} if before is None else _("Changed by %(who)s") % {"who": who}
        text = (
            _("With the company's first catalogue.")
            if before is None and not _actor(event)
            else _differences(row, before, event)
        )
        items.append(
            {
                "at": event.pgh_created_at,
                "title": title,
                "text": text,
                "icon": "plus" if before is None else "pencil",
                "tone": "brand",
            }
        )
    return [item for item in reversed(items) if item["text"] or item["icon"] == "plus"]


def _differences(row: Offer | Strategy, before: Any, after: Any) -> str:
    if before is None:
        return ""
    old, new = terms_in_words(before), terms_in_words(after)
    return "; ".join(f"{label(type(row), name)}: {old[name]} → {new[name]}" for name in new if old[name] != new[name])


def _people(events: list[Any]) -> dict[int, str]:
    wanted = {found for event in events if (found := _actor(event))}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=wanted)}


def _actor(event: Any) -> int:
    return int(event.pgh_context.metadata.get("user") or 0) if event.pgh_context else 0


def _named(route: str, row: Offer | Strategy, under: str) -> SafeString:
    return two_lines(link(reverse(route, args=[row.code]), getattr(row, "display_name", row.name)), under)


def _none() -> SafeString:
    """A dash that is read aloud as a word: the offer has none, which is no missing datum."""
    return format_html('<span class="text-secondary" role="img" aria-label="{}">—</span>', _("none"))


def _availability(active: bool) -> SafeString:
    tone, word = ("good", _("Active")) if active else ("neutral", _("Inactive"))
    return badge(tone, word)
