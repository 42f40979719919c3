"""Global search: suggestions under the box, and a page of results."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import queries
from accounts.models import User
from accounts.permissions import allow, person
from b2shift.lib.htmx import page_or_fragment, wants_fragment
from b2shift.lib.navigation import sections_for

SUGGESTIONS, RESULTS = 6, 40


@allow()
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Customers, contacts and pages for ``?q=``; what somebody may not see is not found."""
    text = " ".join(queries.clean_words(request.GET.get("q", "")))
    groups = find(person(request), text, SUGGESTIONS if wants_fragment(request) else RESULTS)
    context = {"q": text, "groups": [group for group in groups if group["items"]]}
    return page_or_fragment(request, "accounts/search.html", "_search_suggestions.html", context)


def find(user: User, text: str, limit: int) -> list[dict[str, Any]]:
    """``[{"label", "items": [{"href", "title", "text", "icon"}]}]`` with at most ``limit`` items each."""
    return [
        {
            "label": _("Customers"),
            "items": [_customer_item(customer) for customer in queries.find_customers(user, text, limit)],
        },
        {
            "label": _("Contacts"),
            "items": [_contact_item(contact) for contact in queries.find_contacts(user, text, limit)],
        },
        {"label": _("Pages"), "items": _pages(user, text)},
    ]


def _customer_item(customer: Any) -> dict[str, Any]:
    details = (customer.code, customer.industry, customer.city)
    return {
        "href": reverse("customer", args=[customer.code]),
        "title": str(customer),
        "icon": "building-skyscraper",
        "text": " · ".join(part for part in details if part),
    }


def _contact_item(contact: Any) -> dict[str, Any]:
    return {
        "href": reverse("customer-contacts", args=[contact.customer.code]),
        "title": str(contact),
        "icon": "user",
        "text": " · ".join(part for part in (contact.job_title, str(contact.customer)) if part),
    }


def _pages(user: User, text: str) -> list[dict[str, Any]]:
    links = [link for section in sections_for(user.role) for link in section["links"]]
    wanted = text.casefold()
    return [
        {"href": link["href"], "title": str(link["label"]), "icon": link["icon"], "text": ""}
        for link in links
        if wanted and wanted in str(link["label"]).casefold()
    ]
