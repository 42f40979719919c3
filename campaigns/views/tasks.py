"""Calls to make: the list of a rep (everybody's for managers and customer success) and one call."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Contact, Role
from accounts.permissions import allow, person
from accounts.queries import family
from b2shift.lib.api import Refused
from b2shift.templatetags.b2shift import day
from campaigns import calls
from campaigns.audience import REASONS
from campaigns.call_forms import DISMISS, CallForm
from campaigns.models import CallTask

WHO_CALLS = (Role.MANAGER, Role.REP, Role.SUCCESS, Role.ADMIN)


class CallTable(tables.Table):
    """Calls, the most urgent first."""

    customer = tables.Column(verbose_name=gettext_lazy("Customer"), order_by=("customer__name",))
    reason = tables.Column(verbose_name=gettext_lazy("Why"), orderable=False)
    campaign = tables.Column(verbose_name=gettext_lazy("Campaign"), order_by=("campaign__title",))
    assigned_to = tables.Column(verbose_name=gettext_lazy("Rep"), order_by=("assigned_to__name",), default="")
    due_on = tables.Column(verbose_name=gettext_lazy("Call by"))
    state = tables.Column(verbose_name=gettext_lazy("Result"), orderable=False)

    class Meta:
        order_by = ("due_on",)

    def render_customer(self, record: CallTask) -> str:
        """A link to the call."""
        address = reverse("call-task", kwargs={"pk": record.pk})
        return format_html('<a href="{}">{}</a>', address, record.customer.name or record.customer.code)

    def render_reason(self, record: CallTask) -> str:
        """The reason in words."""
        return reason_label(record.reason)

    def render_due_on(self, record: CallTask) -> str:
        """The day, marked when it is over."""
        late = record.state == CallTask.State.OPEN and record.due_on < timezone.localdate()
        badge = format_html(' <span class="badge b2-badge b2-badge-bad">{}</span>', _("late")) if late else ""
        return format_html("{}{}", day(record.due_on), badge)

    def render_state(self, record: CallTask) -> str:
        """What came of it."""
        return record.get_outcome_display() if record.outcome else record.get_state_display()


@allow(*WHO_CALLS)
@require_GET
def call_tasks(request: HttpRequest) -> HttpResponse:
    """The calls that this person may make, open or closed."""
    mine = CallTask.objects.visible_to(person(request))
    closed = request.GET.get("show") == "closed"
    table = CallTable(_listed(mine, closed, request.GET.get("q", "")))
    table.empty_text = _("No call is waiting. Calls appear here when a campaign reaches a customer by telephone.")
    tables.RequestConfig(request, paginate={"per_page": 25}).configure(table)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "_table.html", {"table": table})
    counts = mine.aggregate(
        open=Count("pk", filter=Q(state=CallTask.State.OPEN)), closed=Count("pk", filter=~Q(state=CallTask.State.OPEN))
    )
    return render(
        request, "campaigns/call_tasks.html", {"table": table, "tabs": _tabs(counts, closed), "closed": closed}
    )


@allow(*WHO_CALLS)
@require_http_methods(["GET", "HEAD", "POST"])
def call_task(request: HttpRequest, pk: int) -> HttpResponse:
    """One call: what to say, and what came of it."""
    known = CallTask.objects.visible_to(person(request)).select_related(
        "customer", "campaign__segment", "assigned_to", "closed_by"
    )
    task = get_object_or_404(known, pk=pk)
    form = CallForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _closed(request, task, form.cleaned_data):
        return redirect("call-tasks")
    return render(request, "campaigns/call_task.html", {"task": task, "form": form, **_about(task)})


def reason_label(code: str) -> str:
    """Why somebody should call, in words."""
    return str(CALL_REASONS.get(code) or REASONS.get(code) or code)


CALL_REASONS = {
    "declined": gettext_lazy("Declined by e-mail"),
    "silent": gettext_lazy("Did not answer the e-mails"),
    "accepted": gettext_lazy("Accepted the offer"),
    "by_call": gettext_lazy("Campaign by telephone"),
}


def _listed(mine: QuerySet[CallTask], closed: bool, words: str) -> QuerySet[CallTask]:
    found = mine.exclude(state=CallTask.State.OPEN) if closed else mine.filter(state=CallTask.State.OPEN)
    if words.strip():
        found = found.filter(Q(customer__name__icontains=words.strip()) | Q(customer__code__iexact=words.strip()))
    return found.select_related("customer", "campaign", "assigned_to")


def _tabs(counts: dict[str, int], closed: bool) -> list[dict[str, Any]]:
    page = reverse("call-tasks")
    return [
        {"label": _("To do"), "href": page, "active": not closed, "count": counts["open"]},
        {"label": _("Closed"), "href": f"{page}?show=closed", "active": closed, "count": counts["closed"]},
    ]


def _closed(request: HttpRequest, task: CallTask, answer: dict[str, str]) -> bool:
    try:
        if answer["outcome"] == DISMISS:
            calls.dismiss(task, person(request), answer["note"])
        else:
            calls.close(task, person(request), answer["outcome"], answer["note"])
    except Refused as refusal:
        messages.error(request, refusal.message)
        return False
    messages.success(request, _("Saved. Thank you."))
    return True


def _about(task: CallTask) -> dict[str, Any]:
    head = task.customer.merged_into_id or task.customer_id
    contacts = Contact.objects.filter(customer__in=family(head), erased_at=None)[:3]
    return {"points": task.talking_points.splitlines(), "contacts": contacts, "reason": reason_label(task.reason)}
