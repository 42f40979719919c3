"""The explanation of automated decisions about one customer, and contests of them (LGPD art. 20)."""

import django_tables2 as tables
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts.models import Customer
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.templatetags.b2shift import day
from campaigns import contests, explanation
from campaigns.forms.contests import AnswerForm, ContestForm
from campaigns.models import Contest

PER_PAGE = 25


class ContestTable(tables.Table):
    """Contests, the one that is due first on top."""

    customer = tables.Column(verbose_name=gettext_lazy("Customer"), order_by=("customer__name",))
    about = tables.Column(verbose_name=gettext_lazy("What is contested"))
    assigned_to = tables.Column(verbose_name=gettext_lazy("Answered by"), order_by=("assigned_to__name",), default="")
    due_on = tables.Column(verbose_name=gettext_lazy("Answer by"))
    state = tables.Column(verbose_name=gettext_lazy("State"))

    class Meta:
        order_by = ("due_on",)

    def render_customer(self, record: Contest) -> str:
        """A link to the contest."""
        address = reverse("contest", args=[record.pk])
        return format_html('<a href="{}">{}</a>', address, record.customer.name or record.customer.code)

    def render_assigned_to(self, record: Contest) -> str:
        """Who answered, or who should."""
        return str(record.answered_by or record.assigned_to or "")

    def render_due_on(self, record: Contest) -> str:
        """The day, marked when it is over."""
        late = record.state == Contest.State.OPEN and record.due_on < timezone.localdate()
        badge = format_html(' <span class="badge b2-badge b2-badge-bad">{}</span>', _("late")) if late else ""
        return format_html("{}{}", day(record.due_on), badge)


@allow()
@require_safe
def explain(request: HttpRequest, code: str) -> HttpResponse:
    """What was decided about one customer automatically, and how to contest it."""
    customer = _customer(request, code)
    context = {"told": explanation.explain(customer), "may_contest": person(request).role in contests.RAISERS}
    return render(request, "campaigns/explanation.html", context | {"customer": customer})


@allow()
@require_safe
def explain_print(request: HttpRequest, code: str) -> HttpResponse:
    """The same to hand out: without the product around it."""
    customer = _customer(request, code)
    context = {"customer": customer, "told": explanation.explain(customer), "now": timezone.now()}
    return render(request, "campaigns/explanation_print.html", context)


@allow(*contests.RAISERS)
@require_http_methods(["GET", "HEAD", "POST"])
def contest_new(request: HttpRequest, code: str) -> HttpResponse:
    """Contest a decision on behalf of the customer."""
    customer = _customer(request, code)
    form = ContestForm(request.POST or None, customer=customer)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            contests.raise_for(customer, person(request), given["about"], given["words"], given["campaign"])
            messages.success(
                request, _("Noted. Until a person has answered, no automated campaign speaks to this customer.")
            )
            return redirect("customer-explanation", code=code)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return render(request, "campaigns/contest_new.html", {"customer": customer, "form": form})


@allow(*contests.ANSWERERS)
@require_GET
def contest_list(request: HttpRequest) -> HttpResponse:
    """Contests to answer, or answered."""
    found, closed = Contest.objects.visible_to(person(request)), request.GET.get("show") == "closed"
    rows = found.exclude(state=Contest.State.OPEN) if closed else found.filter(state=Contest.State.OPEN)
    words = request.GET.get("q", "").strip()
    if words:
        rows = rows.filter(Q(customer__name__icontains=words) | Q(customer__code__iexact=words))
    table = ContestTable(rows.select_related("customer", "assigned_to", "answered_by"))
    table.empty_text = _("Nobody contests a decision now.")
    tables.RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "_table.html", {"table": table})
    page, waiting = reverse("contests"), found.filter(state=Contest.State.OPEN).count()
    tabs = [
        {"label": _("To answer"), "href": page, "active": not closed, "count": waiting},
        {"label": _("Answered"), "href": f"{page}?show=closed", "active": closed, "count": found.count() - waiting},
    ]
    return render(request, "campaigns/contests.html", {"table": table, "tabs": tabs})


@allow(*contests.ANSWERERS)
@require_http_methods(["GET", "HEAD", "POST"])
def contest(request: HttpRequest, pk: int) -> HttpResponse:
    """One contest and its answer."""
    found = _contest(request, pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            contests.answer(found.pk, person(request), given["state"], given["answer"], stays_out=given["stays_out"])
            messages.success(request, _("Answered. Tell the customer: the explanation page has a version to hand out."))
            return redirect("contest", pk=pk)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    return render(request, "campaigns/contest.html", {"contest": found, "form": form, "customer": found.customer})


@allow(*contests.ANSWERERS)
@require_POST
def contest_readmit(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the customer back into automated campaigns."""
    found = _contest(request, pk)
    try:
        contests.readmit(found.pk, person(request))
        messages.success(request, _("Automated campaigns may speak to this customer again."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("contest", pk=pk)


def _customer(request: HttpRequest, code: str) -> Customer:
    return get_object_or_404(Customer.objects.visible_to(person(request)), code=code.replace("\x00", ""))


def _contest(request: HttpRequest, pk: int) -> Contest:
    related = ("customer", "campaign", "raised_by", "assigned_to", "answered_by")
    return get_object_or_404(Contest.objects.visible_to(person(request)).select_related(*related), pk=pk)
