"""Tables of the duplicates pages, and the reasons of a score in words."""

from collections.abc import Iterable
from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerMerge, DuplicateCandidate
from b2shift.lib.cells import ACT, NUM, WIDE, badge, link, two_lines
from b2shift.templatetags.b2shift import moment

LIKELY = 80
WORDS: dict[tuple[str, str], str | Promise] = {
    ("cnpj", "same"): _("Same CNPJ"),
    ("cnpj", "different"): _("Different CNPJ"),
    ("cnpj", "unknown"): _("CNPJ not known of both"),
    ("place", "same_city"): _("Same city"),
    ("place", "other_city"): _("Other city of the same state"),
    ("place", "same_state"): _("Same state"),
    ("place", "other_state"): _("Other state"),
    ("mail", "same_address"): _("A contact with the same e-mail address"),
    ("mail", "same_domain"): _("Contacts with the same e-mail domain"),
    ("phone", "same"): _("A contact with the same telephone number"),
}


def reasons(parts: Iterable[Any]) -> list[dict[str, Any]]:
    """The parts of a score in words with their points, the strongest first."""
    told = [
        {
            "text": _("Names %(share)s%% alike") % {"share": outcome} if what == "name" else WORDS[what, outcome],
            "points": points,
        }
        for what, outcome, points in parts
    ]
    return sorted(told, key=lambda each: -abs(each["points"]))


def placed(customer: Customer, address: str = "") -> SafeString:
    """The name over code and place; linked where there is an address."""
    under = " · ".join(part for part in (customer.code, customer.city, customer.state) if part)
    return two_lines(link(address, customer) if address else customer, under)


class CandidateTable(tables.Table):
    """Pairs of customers, the likeliest first."""

    first = tables.Column(verbose_name=_("Customer"), orderable=False, attrs=WIDE)
    second = tables.Column(verbose_name=_("Perhaps the same as"), orderable=False, attrs=WIDE)
    score = tables.Column(verbose_name=_("Likeness"), attrs=NUM)
    parts = tables.Column(verbose_name=_("Why"), orderable=False, attrs=WIDE)
    review = tables.Column(verbose_name="", accessor="pk", orderable=False, attrs=ACT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = _("Probable duplicates")

    def render_first(self, value: Customer, record: DuplicateCandidate) -> SafeString:
        """Name, code and place; the name leads to the comparison, as the button at the end of the row does."""
        return placed(value, reverse("duplicate", args=[record.pk]))

    def render_second(self, value: Customer) -> SafeString:
        """Name, code and place."""
        return placed(value)

    def render_score(self, value: int) -> SafeString:
        """Points of 100; from 80 on it is likely."""
        return badge("warn" if value >= LIKELY else "neutral", value)

    def render_parts(self, value: list[Any]) -> str:
        """The reasons that count."""
        return " · ".join(str(each["text"]) for each in reasons(value) if each["points"])

    def render_review(self, record: DuplicateCandidate) -> SafeString:
        """To the page with both side by side."""
        return format_html(
            '<a class="btn btn-sm" href="{}">{}<span class="visually-hidden">: {}, {}</span></a>',
            reverse("duplicate", args=[record.pk]),
            _("Compare"),
            record.first,
            record.second,
        )


class MergeTable(tables.Table):
    """Merges, the newest first, each with its undoing."""

    at = tables.Column(verbose_name=_("When"), attrs={"td": {"class": "text-nowrap"}})
    merged = tables.Column(verbose_name=_("Merged customer"), orderable=False, attrs=WIDE)
    into = tables.Column(verbose_name=_("Belongs to"), orderable=False, attrs=WIDE)
    actor = tables.Column(verbose_name=_("Who"), orderable=False)
    undo = tables.Column(verbose_name="", accessor="pk", orderable=False, attrs=ACT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.caption = _("Merged customers")

    def render_at(self, value: Any) -> str:
        """Day and minute."""
        return moment(value)

    def render_merged(self, value: Customer) -> SafeString:
        """Name, code and place."""
        return placed(value)

    def render_into(self, value: Customer) -> SafeString:
        """Linked to the account page."""
        return placed(value, reverse("customer", args=[value.code]))

    def render_undo(self, record: CustomerMerge) -> str:
        """A button, or when and by whom it was undone."""
        return render_to_string("accounts/_merge_undo.html", {"merge": record}, request=getattr(self, "request", None))
