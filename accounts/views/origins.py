"""From a figure of the account page to its source: which file, import and lines brought it, and when."""

from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from accounts import queries
from accounts.ingest import history
from accounts.models import Customer, Picture
from accounts.permissions import allow, person
from accounts.sources import SURVEYS
from accounts.views.import_tables import OriginTable
from b2shift.lib.htmx import page_or_fragment
from b2shift.templatetags.b2shift import brl, number

ROWS = 20


class Figure(NamedTuple):
    """A figure: its name, how it is reckoned, the kinds of file that feed it, and the attribute of the picture."""

    title: str | Promise
    definition: str | Promise
    sources: tuple[str, ...]
    attribute: str
    money: bool = False


FIGURES: dict[str, Figure] = {
    "mrr": Figure(_("MRR"), _("Monthly recurring revenue, as the customer's row of the MRR file says."), ("mrr",), "mrr", money=True),
    "contract-value": Figure(
        _("Contract value"),
        _("The sum of the contract lines in force: neither cancelled nor replaced, placeholder prices left out."),
        ("dados_clientes",),
        "contract_value",
        money=True,
    ),
    "nps": Figure(
        _("NPS, last answer"),
        _("The score of the customer's newest answer to the relational survey, from 0 to 10."),
        tuple(SURVEYS),
        "nps_last",
    ),
    "tickets": Figure(
        _("Tickets"), _("Tickets opened in the 12 months before the day of the figures."), ("tickets",), "tickets_12m"
    ),
    "usage": Figure(
        _("Usage events"), _("Events of product use over all stores; exact repetitions count once."), ("telemetria",), "usage_events"
    ),
    "purchases": Figure(
        _("Purchases"),
        _("What the customer contracted in the last 12 months, as the file of purchases says."),
        ("contratacoes_ultimos_12_meses",),
        "purchases_value_12m",
        money=True,
    ),
}  # fmt: skip


@require_safe
@allow()
def origin(request: HttpRequest, code: str, figure: str) -> HttpResponse:
    """The files behind one figure of one customer, the newest first."""
    user = person(request)
    customer = get_object_or_404(Customer.objects.visible_to(user), code=code)
    known = FIGURES.get(figure)
    if known is None:
        raise Http404
    picture = queries.picture_of(customer)
    table = OriginTable(history.origins(user, customer, known.sources), links=user.role in history.READERS)
    RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    context = {
        "customer": customer,
        "figure": known,
        "value": _value(picture, known),
        "picture": picture,
        "table": table,
    }
    return page_or_fragment(request, "accounts/origin.html", "_table.html", context)


def _value(picture: Picture | None, figure: Figure) -> Any:
    value = getattr(picture, figure.attribute) if picture else None
    if value is None:
        return None
    return brl(value) if figure.money else number(value)
