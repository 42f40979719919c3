"""What campaigns contribute to other pages; loaded by address, each checking permission itself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import Customer
from accounts.permissions import allow, person
from accounts.queries import family
from b2shift.lib.htmx import page_or_fragment
from campaigns import standings
from campaigns.models import CallTask, Interaction, Message
from campaigns.views.tasks import WHO_CALLS, reason_label

SHOWN = 30
MARKS: dict[str, tuple[str, str]] = {
    Interaction.Kind.SENT: ("send", "neutral"),
    Interaction.Kind.OPEN: ("mail-opened", "info"),
    Interaction.Kind.CLICK: ("link", "info"),
    Interaction.Kind.ACCEPT: ("circle-check", "good"),
    Interaction.Kind.REJECT: ("circle-x", "bad"),
    Interaction.Kind.UNSUBSCRIBE: ("mail-off", "warn"),
    Interaction.Kind.BOUNCE: ("alert-triangle", "warn"),
    Interaction.Kind.CALL_DONE: ("phone-call", "info"),
    Interaction.Kind.SILENCE: ("hourglass", "neutral"),
}
TONES = {
    "sent": "good",
    "queued": "info",
    "dispatching": "info",
    "failed": "bad",
    "uncertain": "warn",
    "held_out": "brand",
}
NOT_A_PERSON = {Interaction.Origin.MACHINE: _("automatic"), Interaction.Origin.UNVERIFIED: _("not verified")}


@allow()
@require_safe
def customer_campaigns(request: HttpRequest, code: str) -> HttpResponse:
    """The campaigns of one customer: open calls, what was sent, what came back."""
    user = person(request)
    customer = get_object_or_404(Customer.objects.visible_to(user), code=code)
    tasks = (
        CallTask.objects.visible_to(user)
        .filter(customer__in=family(customer.pk))
        .select_related("campaign", "assigned_to", "closed_by")
    )
    context = {
        "customer": customer,
        "open_tasks": [
            {"task": task, "reason": reason_label(task.reason)} for task in tasks.filter(state=CallTask.State.OPEN)
        ],
        "may_call": user.role in WHO_CALLS,
        "history": _history(customer),
        "items": _timeline(customer),
        "lines": standings.at_customer(customer, user)[1],
    }
    return page_or_fragment(request, "campaigns/customer_panel.html", "campaigns/_customer_panel.html", context)


def _history(customer: Customer) -> list[dict[str, Any]]:
    sent = (
        Message.objects.filter(customer__in=family(customer.pk))
        .select_related("campaign")
        .order_by("-created_at")[:SHOWN]
    )
    return [
        {
            "title": message.campaign.title,
            "campaign": message.campaign_id,
            "state": message.get_state_display(),
            "tone": TONES.get(message.state, "neutral"),
            "reason": reason_label(message.reason) if message.reason else "",
            "at": message.finished_at or message.created_at,
        }
        for message in sent
    ]


def _timeline(customer: Customer) -> list[dict[str, Any]]:
    told = Interaction.objects.filter(customer__in=family(customer.pk)).select_related("campaign")
    return [_event(item) for item in told[:SHOWN]]


def _event(item: Interaction) -> dict[str, Any]:
    icon, tone = MARKS[item.kind]
    origin = (
        NOT_A_PERSON.get(Interaction.Origin(item.origin))
        if item.kind in ("open", "click", "accept", "reject")
        else None
    )
    text = " · ".join(str(part) for part in (item.campaign.title, _reason(item), origin) if part)
    return {"at": item.at, "title": item.get_kind_display(), "text": text, "icon": icon, "tone": tone}


def _reason(item: Interaction) -> str:
    if item.kind == Interaction.Kind.CALL_DONE:
        return str(dict(CallTask.Outcome.choices).get(item.reason_code, ""))
    return str(WHY_DECLINED.get(item.reason_code, "")) if item.kind == Interaction.Kind.REJECT else ""


WHY_DECLINED = {
    "price": _("The price does not fit"),
    "timing": _("Not at the moment"),
    "not_relevant": _("It does not help my company"),
    "has_another": _("We have another solution"),
    "other": _("Another reason"),
}
