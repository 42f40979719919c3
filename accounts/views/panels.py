"""The account page: a shell and its panels, each with an address and a permission check of its own.

Panels of other apps load into the shell by their addresses; nothing is imported from them.
"""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from accounts import asof, duplicates, queries
from accounts import billing as economy
from accounts.cleanse import reads
from accounts.contacts import MAY_ERASE, MAY_RECORD_CONSENT
from accounts.groups import MAY_GROUP
from accounts.hierarchy import hierarchy_of
from accounts.models import Contact, Customer, NpsAnswer, Picture, Purpose, Role
from accounts.permissions import allow, person
from accounts.reference import activity_codes, written_activity
from accounts.views import charts
from accounts.views.tables import ContractTable, InvoiceTable, ProposalTable, TicketTable
from b2shift.lib.htmx import page_or_fragment
from b2shift.templatetags.b2shift import brl, number

PER_PAGE = 20
CONTACT_ROLES = (Role.MANAGER, Role.REP, Role.SUCCESS, Role.ANALYST, Role.ADMIN)
TABS = (
    ("customer", "layout-dashboard"),
    ("customer-contracts", "file-text"),
    ("customer-satisfaction", "mood-smile"),
    ("customer-support", "headset"),
    ("customer-usage", "activity"),
    ("customer-proposals", "report-money"),
    ("customer-billing", "receipt"),
    ("customer-contacts", "address-book"),
    ("customer-timeline", "history"),
)


@allow()
@require_GET
def overview(request: HttpRequest, code: str) -> HttpResponse:
    """The account page: who this is, the main figures, coverage, and the panels of segments and campaigns."""
    customer = _customer(request, code)
    day, user = _as_of(request), person(request)
    past = asof.past(customer, day) if day else None
    picture = queries.picture_of(customer)
    context = {
        "picture": past.picture if past else picture,
        "past": past,
        "missing": _missing(past) if past else [],
        "hierarchy": hierarchy_of(customer, user),
        "may_group": user.role in MAY_GROUP,
        "merges": duplicates.merges_into(customer),
        "may_merge": user.role in duplicates.MAY_MERGE,
        "repaired": reads.repaired(customer),
        "cnae_code": written_activity(activity_codes().get(customer.cnae, "")),
        "coverage": [(_source_label(entry.source), entry) for entry in queries.coverage(customer, picture)],
        "segment_url": _address("customer-segment-panel", customer.code),
        "campaign_url": _address("customer-campaign-panel", customer.code),
    }
    return _panel(request, customer, "customer", "accounts/_overview.html", context)


@allow()
@require_GET
def contracts(request: HttpRequest, code: str) -> HttpResponse:
    """Lines of contracts and what they add up to by status."""
    customer = _customer(request, code)
    day = _as_of(request)
    table = ContractTable(queries.contracts(customer, day), exclude=("status",) if day else ())
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {"table": table, "statuses": [] if day else queries.contract_status(customer)}
    return _panel(request, customer, "customer-contracts", "accounts/_contracts.html", context)


@allow()
@require_GET
def satisfaction(request: HttpRequest, code: str) -> HttpResponse:
    """NPS over time by kind of survey, with the sub-scores that were given."""
    customer = _customer(request, code)
    answers = list(queries.nps_answers(customer, _as_of(request))[:200])
    context = {
        "answers": answers[:PER_PAGE],
        "chart": charts.nps_chart(answers),
        "picture": _picture(request, customer),
    }
    return _panel(request, customer, "customer-satisfaction", "accounts/_satisfaction.html", context)


@allow()
@require_GET
def support(request: HttpRequest, code: str) -> HttpResponse:
    """Tickets per month and the last ones."""
    customer = _customer(request, code)
    day = _as_of(request)
    months = queries.ticket_months(customer, until=day)
    table = TicketTable(queries.tickets(customer, day), exclude=("status", "priority") if day else ())
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {
        "table": table,
        "months": months,
        "chart": charts.tickets_chart(months),
        "picture": _picture(request, customer),
    }
    return _panel(request, customer, "customer-support", "accounts/_support.html", context)


@allow()
@require_GET
def usage(request: HttpRequest, code: str) -> HttpResponse:
    """Product use by day."""
    customer = _customer(request, code)
    days = queries.usage_days(customer, until=_as_of(request))
    context = {"days": days, "chart": charts.usage_chart(days), "picture": _picture(request, customer)}
    return _panel(request, customer, "customer-usage", "accounts/_usage.html", context)


@allow()
@require_GET
def proposals(request: HttpRequest, code: str) -> HttpResponse:
    """Past sales proposals."""
    customer = _customer(request, code)
    table = ProposalTable(queries.proposals(customer, _as_of(request)))
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    return _panel(request, customer, "customer-proposals", "accounts/_proposals.html", {"table": table})


@allow()
@require_GET
def billing(request: HttpRequest, code: str) -> HttpResponse:
    """Invoices, overdue money, and the economy around the customer."""
    customer = _customer(request, code)
    picture = _picture(request, customer)
    table = InvoiceTable(economy.invoices(customer, _as_of(request)))
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {
        "table": table,
        "picture": picture,
        "late": economy.overdue(customer, picture.as_of if picture else None)[:PER_PAGE],
        "series": economy.context(customer),
    }
    return _panel(request, customer, "customer-billing", "accounts/_billing.html", context)


@allow(*CONTACT_ROLES)
@require_GET
def contacts(request: HttpRequest, code: str) -> HttpResponse:
    """People at the customer and what each agreed to."""
    customer, role = _customer(request, code), person(request).role
    context = {
        "people": [(contact, _consents(contact)) for contact in queries.contacts(customer)],
        "may_erase": role in MAY_ERASE,
        "may_record": role in MAY_RECORD_CONSENT,
    }
    return _panel(request, customer, "customer-contacts", "accounts/_contacts.html", context)


@allow()
@require_GET
def timeline(request: HttpRequest, code: str) -> HttpResponse:
    """Contracts, proposals, answers and tickets in one line of time, newest first."""
    customer = _customer(request, code)
    page = Paginator(queries.timeline(customer, _as_of(request)), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "items": [_event(row) for row in page.object_list]}
    return _panel(request, customer, "customer-timeline", "accounts/_timeline.html", context)


def _customer(request: HttpRequest, code: str) -> Customer:
    """The customer, or whoever it was merged into; 404 alike for one that does not exist and one that this person may not see."""
    if "\x00" in code:
        code = ""
    return get_object_or_404(queries.customer_rows(person(request)), pk__in=queries.standing_for(code))


def _as_of(request: HttpRequest) -> date | None:
    """The day of ``?as_of=``; None for today, for a day to come and for what is no day."""
    return asof.day_of(request.GET.get("as_of", ""))


def _picture(request: HttpRequest, customer: Customer) -> Picture | None:
    day = _as_of(request)
    return asof.past(customer, day).picture if day else queries.picture_of(customer)


def _missing(past: asof.Past) -> list[tuple[str, Any]]:
    """Reasons why a figure cannot be told for that day, each with the names of its figures."""
    told: dict[Any, list[str]] = {}
    for name, reason in past.missing.items():
        if label := asof.LABELS.get(name):
            told.setdefault(str(reason), []).append(str(label))
    return [(" · ".join(dict.fromkeys(labels)), reason) for reason, labels in told.items()]


def _panel(request: HttpRequest, customer: Customer, name: str, template: str, context: dict[str, Any]) -> HttpResponse:
    hidden = set() if person(request).role in CONTACT_ROLES else {"customer-contacts"}
    labels = {
        "customer": _("Overview"),
        "customer-contracts": _("Contracts"),
        "customer-satisfaction": _("Satisfaction"),
        "customer-support": _("Support"),
        "customer-usage": _("Usage"),
        "customer-proposals": _("Proposals"),
        "customer-billing": _("Billing"),
        "customer-contacts": _("Contacts"),
        "customer-timeline": _("Timeline"),
    }
    day = _as_of(request)
    query = f"?as_of={day.isoformat()}" if day else ""
    tabs = [
        {"label": labels[tab], "href": reverse(tab, args=[customer.code]) + query, "active": tab == name, "icon": icon}
        for tab, icon in TABS
        if tab not in hidden
    ]
    whole = {
        "customer": customer,
        "tabs": tabs,
        "panel": template,
        "panel_label": labels[name],
        "as_of": day,
        "as_of_asked": bool(request.GET.get("as_of")),
        "today": timezone.localdate(),
        "here": reverse(name, args=[customer.code]),
        **context,
    }
    return page_or_fragment(request, "accounts/customer.html", "accounts/_panel.html", whole)


def _address(name: str, code: str) -> str:
    """The address of another app's panel; empty where that app does not offer it."""
    try:
        return reverse(name, args=[code])
    except NoReverseMatch:
        return ""


def _source_label(source: str) -> str:
    return {
        "contracts": _("Contracts"),
        "mrr": _("MRR"),
        "purchases": _("Purchases, 12 months"),
        "proposals": _("Proposals"),
        "nps": _("NPS surveys"),
        "usage": _("Product usage"),
        "tickets": _("Support tickets"),
        "invoices": _("Invoices"),
        "contacts": _("Contacts"),
    }[source]


def _consents(contact: Contact) -> list[dict[str, Any]]:
    known = {consent.purpose: consent for consent in contact.consents.all()}
    return [{"purpose": value, "label": label, "consent": known.get(value)} for value, label in Purpose.choices]


def _event(row: dict[str, Any]) -> dict[str, Any]:
    """One entry of ``_timeline.html``."""
    label, figure = row["label"], row["figure"]
    if row["what"] == "contract":
        count = int(label)
        title = ngettext("Contract signed: %(count)s line", "Contract signed: %(count)s lines", count) % {
            "count": number(count)
        }
        return {"at": row["at"], "title": title, "icon": "file-text", "tone": "brand"}
    if row["what"] == "proposal":
        text = _("Total %(total)s") % {"total": brl(figure)} if figure else ""
        return {
            "at": row["at"],
            "title": _("Proposal %(number)s") % {"number": label},
            "text": text,
            "icon": "report-money",
            "tone": "info",
        }
    if row["what"] == "nps":
        score = int(figure)
        tone, icon = (
            ("good", "mood-smile") if score >= 9 else ("neutral", "mood-empty") if score >= 7 else ("bad", "mood-sad")
        )
        return {
            "at": row["at"],
            "title": _("NPS answer: %(score)s of 10") % {"score": score},
            "text": NpsAnswer.Kind(label).label,
            "icon": icon,
            "tone": tone,
        }
    return {
        "at": row["at"],
        "title": _("Ticket %(number)s") % {"number": label},
        "text": figure,
        "icon": "headset",
        "tone": "warn",
    }
