"""Users: administrators make, change and close them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import RequestConfig

from accounts import people
from accounts.forms.people import NewUserForm, UserFilter, UserForm
from accounts.models import AuditEntry, Role, User
from accounts.permissions import allow, person
from accounts.views.tables import UserTable
from b2shift.lib.api import Refused
from b2shift.lib.htmx import page_or_fragment

SHOWN_ENTRIES = 10


@allow(Role.ADMIN)
@require_GET
def users(request: HttpRequest) -> HttpResponse:
    """Everybody who signs in, or did."""
    found = UserFilter(request.GET, User.objects.select_related("business_unit").order_by("name"), request=request)
    table = UserTable(found.qs if found.is_valid() else User.objects.none())
    RequestConfig(request, paginate={"per_page": 25}).configure(table)
    return page_or_fragment(request, "accounts/users.html", "_table.html", {"filter": found, "table": table})


@allow(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def new_user(request: HttpRequest) -> HttpResponse:
    """Make somebody; the page that follows offers the sign-in link."""
    form = NewUserForm(request.POST or None)
    if form.is_valid():
        try:
            made = people.create_user(person(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("email", refusal.message)
        else:
            messages.success(
                request, _("%(name)s was added. Make a sign-in link and hand it over.") % {"name": made.name}
            )
            return redirect("user", pk=made.pk)
    return render(request, "accounts/user_new.html", {"form": form})


@allow(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def user(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: name, role, unit, access and the last entries of the audit trail about them."""
    shown = get_object_or_404(User, pk=pk)
    form = UserForm(request.POST) if request.method == "POST" else UserForm.of(shown)
    if request.method == "POST" and form.is_valid():
        try:
            people.change_user(person(request), pk, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("user", pk=pk)
    return _page(request, shown, form)


@allow(Role.ADMIN)
@require_POST
def user_access(request: HttpRequest, pk: int) -> HttpResponse:
    """Open (``active=1``) or close a person's access."""
    get_object_or_404(User, pk=pk)
    verb = people.activate if request.POST.get("active") == "1" else people.deactivate
    try:
        changed = verb(person(request), pk)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        text = _("%(name)s can sign in again.") if changed.is_active else _("%(name)s can no longer sign in.")
        messages.success(request, text % {"name": changed.name})
    return redirect("user", pk=pk)


@allow(Role.ADMIN)
@require_POST
@never_cache
def user_link(request: HttpRequest, pk: int) -> HttpResponse:
    """A link to set a password, shown on this answer and nowhere else."""
    shown = get_object_or_404(User, pk=pk)
    try:
        link = people.sign_in_link(person(request), pk)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("user", pk=pk)
    return _page(request, shown, UserForm.of(shown), link)


def _page(request: HttpRequest, shown: User, form: UserForm, link: str = "") -> HttpResponse:
    entries = AuditEntry.objects.filter(target="user", target_id=str(shown.pk)).select_related("actor")[:SHOWN_ENTRIES]
    items = [
        {
            "at": entry.at,
            "title": entry.action,
            "text": f"{entry.actor or 'B2Shift'}: {entry.summary}",
            "icon": "user-cog",
        }
        for entry in entries
    ]
    context = {"shown": shown, "form": form, "link": link, "items": items, "owned": shown.accounts.count()}
    return render(request, "accounts/user.html", context)
