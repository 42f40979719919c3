"""Tables and histories of the catalogue pages."""

from typing import Any

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from b2shift.lib.cells import NUM, badge, link, two_lines
from b2shift.templatetags.b2shift import brl, day, percent
from campaigns import terms
from campaigns.models import Offer, Strategy
from segments.rules import checks as rule_checks
from segments.rules import words as rule_words
from segments.rules.tree import Invalid


class OfferTable(tables.Table):
    """Offers with their terms."""

    name = tables.Column(verbose_name=gettext_lazy("Offer"), order_by=("name", "code"))
    business_unit = tables.Column(verbose_name=gettext_lazy("Business unit"), order_by=("business_unit__name",))
    play = tables.Column(verbose_name=gettext_lazy("Intention"))
    step = tables.Column(verbose_name=gettext_lazy("Step"), attrs=NUM)
    discount_percent = tables.Column(verbose_name=gettext_lazy("Discount"), attrs=NUM)
    price = tables.Column(verbose_name=gettext_lazy("Price"), attrs=NUM, empty_values=())
    cost = tables.Column(verbose_name=gettext_lazy("Cost to us"), attrs=NUM, empty_values=())
    valid_until = tables.Column(verbose_name=gettext_lazy("Valid until"), attrs=NUM, empty_values=())
    is_active = tables.Column(verbose_name=gettext_lazy("Availability"))

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
        over = (
            format_html(" {}", badge("warn", _("over")))
            if value < timezone.localdate()
            else ""
        )
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


def terms_in_words(row: Any) -> dict[str, str]:
    """The terms of a row (or of a moment of its history) as a reader would write them, by field."""
    shown = {
        "discount_percent": lambda value: percent(value / 100, 2 if value % 1 else 0),
        "price": brl,
        "cost": brl,
        "valid_from": day,
        "valid_until": day,
        "eligibility": condition_in_words,
        "is_active": lambda value: _("yes") if value else _("no"),
    }
    found = {}
    for name in terms.OFFER_TERMS if hasattr(row, "product") else terms.STRATEGY_TERMS:
        value = getattr(row, name)
        choice = getattr(row, f"get_{name}_display", None)
        label = row.business_unit.name if name == "business_unit_id" else choice() if choice else value
        found[name] = _("nothing") if value in (None, "") else str(shown.get(name, str)(label))
    return found


def condition_in_words(conditions: Any) -> str:
    """A condition tree as a sentence; what is no longer readable is said to be so."""
    try:
        return rule_words.sentence(rule_checks.stored(conditions))
    except Invalid:
        return _("conditions that are no longer readable")


def _differences(row: Offer | Strategy, before: Any, after: Any) -> str:
    if before is None:
        return ""
    old, new = terms_in_words(before), terms_in_words(after)
    fields = type(row)._meta
    return "; ".join(
        f"{capfirst(str(fields.get_field(name.removesuffix('_id')).verbose_name))}: {old[name]} → {new[name]}"  # type: ignore[union-attr]
        for name in new
        if old[name] != new[name]
    )


def _people(events: list[Any]) -> dict[int, str]:
    wanted = {found for event in events if (found := _actor(event))}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=wanted)}


def _actor(event: Any) -> int:
    return int(event.pgh_context.metadata.get("user") or 0) if event.pgh_context else 0


def _named(route: str, row: Offer | Strategy, under: str) -> SafeString:
    return two_lines(link(reverse(route, args=[row.code]), row.name), under)


def _none() -> SafeString:
    """A dash that is read aloud as a word: the offer has none, which is no missing datum."""
    return format_html('<span class="text-secondary" role="img" aria-label="{}">—</span>', _("none"))


def _availability(active: bool) -> SafeString:
    tone, word = ("good", _("Active")) if active else ("neutral", _("Inactive"))
    return badge(tone, word)
