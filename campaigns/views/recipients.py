"""Who a campaign reaches and who is left out and why, one row per customer; and the mail of any recipient as it will be sent."""

import uuid
from typing import Any

import django_tables2 as tables
from csp.decorators import csp_replace
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from accounts.models import Contact, Customer
from accounts.permissions import allow, person
from b2shift.lib.cells import badge, link, two_lines
from b2shift.lib.export import csv_response
from b2shift.lib.htmx import page_or_fragment
from campaigns import audience, channels
from campaigns.forms.campaigns import RecipientFilter
from campaigns.models import Campaign, Draft, Message
from campaigns.views.decisions import visible
from campaigns.views.mailbox import MAIL_POLICY

TONES = {"mail": "good", "call": "info", "held_out": "warn", "out": "neutral"}


class RecipientTable(tables.Table):
    """Customers of an audience with what happens to them."""

    name = tables.Column(verbose_name=gettext_lazy("Customer"))
    outcome = tables.Column(verbose_name=gettext_lazy("What happens"), empty_values=(), orderable=False)
    reason = tables.Column(verbose_name=gettext_lazy("Why"), empty_values=(), orderable=False)
    mail = tables.Column(verbose_name=gettext_lazy("Mail"), empty_values=(), orderable=False)

    class Meta:
        attrs = {"class": "table table-vcenter card-table"}  # noqa: RUF012 - as the library wants it
        order_by = ("name",)

    def __init__(self, data: QuerySet[Customer], campaign: Campaign, verdicts: dict[int, audience.Verdict]) -> None:
        super().__init__(data)
        self.campaign, self.verdicts, self.titles = campaign, verdicts, winners(verdicts)

    def render_name(self, record: Customer) -> SafeString:
        """The customer as a link to its page."""
        return two_lines(link(reverse("customer", args=[record.code]), record.name or record.code), record.code)

    def render_outcome(self, record: Customer) -> SafeString:
        """Mail, call, hold-out or left out."""
        outcome = self.verdicts[record.pk].outcome
        return badge(TONES[outcome], audience.OUTCOMES[outcome])

    def render_reason(self, record: Customer) -> str:
        """Why it is no mail."""
        return words_of(self.verdicts[record.pk], self.titles)

    def render_mail(self, record: Customer) -> SafeString | str:
        """A link to the mail as it will be sent."""
        if self.verdicts[record.pk].outcome != "mail":
            return ""
        return link(reverse("recipient", args=[self.campaign.pk, record.code]), _("Read"))


@allow()
@require_safe
def recipients(request: HttpRequest, pk: int) -> HttpResponse:
    """The audience, one row per customer that this person may see."""
    campaign = visible(person(request), pk)
    verdicts, found = _filtered(request, campaign)
    table = RecipientTable(found.qs, campaign, verdicts)
    table.caption = _("Audience")
    tables.RequestConfig(request, paginate={"per_page": 25}).configure(table)
    context = {"campaign": campaign, "filter": found, "table": table, "audience": audience.preview(campaign)}
    return page_or_fragment(request, "campaigns/recipients.html", "_table.html", context)


@allow()
@require_safe
def recipients_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The filtered audience as CSV: no names or addresses of people."""
    campaign = visible(person(request), pk)
    verdicts, found = _filtered(request, campaign)
    titles = winners(verdicts)
    rows = (
        (
            customer.code,
            customer.name,
            audience.OUTCOMES[verdicts[customer.pk].outcome],
            words_of(verdicts[customer.pk], titles),
        )
        for customer in found.qs.order_by("code")
    )
    return csv_response(f"campaign-{pk}-audience", (_("Code"), _("Customer"), _("What happens"), _("Why")), rows)


@allow()
@require_safe
def recipient(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One recipient's mail as it will be sent, with the one before and the one after."""
    campaign = visible(person(request), pk)
    draft, message, mail = _mail(request, campaign, code)
    codes = _mailed(request, campaign)
    place = codes.index(message.customer.code)
    context = {
        "campaign": campaign,
        "customer": message.customer,
        "subject": mail.subject,
        "variant": channels.variant_of(draft, message),
        "to": mail.to[0],
        "text": mail.body,
        "number": place + 1,
        "total": len(codes),
        "before": codes[place - 1] if place else None,
        "after": codes[place + 1] if place + 1 < len(codes) else None,
    }
    return render(request, "campaigns/recipient.html", context)


@allow()
@require_safe
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]  # its annotation knows views without arguments only
def recipient_html(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The HTML part alone, for the sandboxed frame of the page."""
    _draft, _message, mail = _mail(request, visible(person(request), pk), code)
    return HttpResponse(mail.alternatives[0][0], content_type="text/html; charset=utf-8")


def words_of(verdict: audience.Verdict, titles: dict[int, str] | None = None) -> str:
    """Why a customer gets no mail, in words; empty for a mail and for the hold-out."""
    if verdict.outcome not in ("call", "out"):
        return ""
    if verdict.winner and titles:
        return _("“%(campaign)s” has a higher priority and comes first") % {"campaign": titles[verdict.winner]}
    return str(audience.REASONS.get(verdict.reason, verdict.reason))


def winners(verdicts: dict[int, audience.Verdict]) -> dict[int, str]:
    """The titles of the campaigns that come first."""
    numbers = {each.winner for each in verdicts.values() if each.winner}
    return dict(Campaign.objects.filter(pk__in=numbers).values_list("pk", "title")) if numbers else {}


def _filtered(request: HttpRequest, campaign: Campaign) -> tuple[dict[int, audience.Verdict], RecipientFilter]:
    verdicts = {each.customer_id: each for each in audience.verdicts(campaign)}
    seen = Customer.every.visible_to(person(request)).filter(pk__in=list(verdicts))
    return verdicts, RecipientFilter(request.GET, seen, verdicts=verdicts)


def _mailed(request: HttpRequest, campaign: Campaign) -> list[str]:
    ids = [each.customer_id for each in audience.verdicts(campaign) if each.outcome == "mail"]
    found = Customer.every.visible_to(person(request)).filter(pk__in=ids)
    return list(found.order_by("name", "code").values_list("code", flat=True))


def _mail(request: HttpRequest, campaign: Campaign, code: str) -> tuple[Draft, Message, Any]:
    """The mail of a visible customer of the audience; 404 for anybody who gets none."""
    draft = campaign.current_draft
    customer = get_object_or_404(Customer.every.visible_to(person(request)), code=code.replace("\x00", ""))
    verdict = next((each for each in audience.verdicts(campaign) if each.customer_id == customer.pk), None)
    if draft is None or verdict is None or verdict.outcome != "mail":
        raise Http404
    contact = get_object_or_404(Contact, pk=verdict.contact_id)
    # An example: the real message gets its id and its links when the audience is frozen.
    identity = uuid.UUID(channels.SAMPLE_ID)
    message = Message(id=identity, campaign=campaign, customer=customer, contact=contact, message_id=f"<{identity}>")
    return draft, message, channels.render(draft, message)
