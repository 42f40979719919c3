"""What is done with people at customers: consent and erasure."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.contacts import erase, set_consent
from accounts.forms.customers import ConsentForm
from accounts.models import Contact, Customer, Role
from accounts.permissions import allow, person
from b2shift.lib.api import Refused


@allow(Role.ADMIN)
@require_POST
def erase_contact(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Erase one person's data for good."""
    contact = _contact(request, code, pk)
    erase(person(request), contact.pk)
    messages.success(
        request, _("The personal data were erased. The pseudonym %(ref)s stays in the history.") % {"ref": contact.ref}
    )
    return redirect("customer-contacts", code=code)


@allow(Role.ADMIN, Role.MANAGER, Role.SUCCESS, Role.REP)
@require_POST
def consent(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Record or withdraw one person's consent to one purpose."""
    contact, form = _contact(request, code, pk), ConsentForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a purpose, and whether the person agrees."))
        return redirect("customer-contacts", code=code)
    try:
        set_consent(person(request), contact.pk, form.cleaned_data["purpose"], granted=form.cleaned_data["granted"])
        messages.success(request, _("Consent recorded."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("customer-contacts", code=code)


def _contact(request: HttpRequest, code: str, pk: int) -> Contact:
    visible = Customer.every.visible_to(person(request)).filter(
        Q(code=code.replace("\x00", "")) | Q(merged_into__code=code.replace("\x00", ""))
    )
    return get_object_or_404(Contact, pk=pk, customer__in=visible)
