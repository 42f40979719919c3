"""The local mailbox: what would have been sent, for an installation without a mail server."""

from email.message import EmailMessage as ParsedMail
from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from accounts.models import Role
from accounts.permissions import allow
from b2shift.lib.htmx import page_or_fragment
from b2shift.lib.mail import mailbox, stored

SHOWN = 500
HEADERS = ("From", "To", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")
# The mail is content of its own: no script, no form, nothing of ours but its own pictures and inline styles.
MAIL_POLICY = {
    "default-src": [NONE],
    "img-src": [SELF],
    "style-src": ["'unsafe-inline'"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
}


class MailSearch(forms.Form):
    """Words of an address or a subject."""

    q = forms.CharField(label=gettext_lazy("Search by recipient or subject"), required=False)


@allow(Role.MANAGER, Role.ADMIN)
@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """The newest mails; without the local mailbox, where mails go instead."""
    local = settings.EMAIL_BACKEND == "b2shift.lib.mail.MailboxBackend"
    words = request.GET.get("q", "").strip().lower()
    rows = [_row(stem, mail) for stem, mail in mailbox(SHOWN)] if local else []
    found = [row for row in rows if words in f"{row['to']} {row['subject']}".lower()]
    context = {
        "page": Paginator(found, 25).get_page(request.GET.get("page")),
        "local": local,
        "q": words,
        "form": MailSearch(request.GET),
    }
    return page_or_fragment(request, "campaigns/mailbox.html", "campaigns/_mails.html", context)


@allow(Role.MANAGER, Role.ADMIN)
@require_safe
def mail(request: HttpRequest, stem: str) -> HttpResponse:
    """One mail: as the recipient sees it, as plain text, and its headers."""
    found = _found(stem)
    headers = [(name, str(found[name])) for name in HEADERS if found[name]]
    context = {
        "stem": stem,
        "subject": str(found["Subject"]),
        "headers": headers,
        "text": _part(found, "plain"),
        "to": str(found["To"]),
    }
    return render(request, "campaigns/mail.html", context)


@allow(Role.MANAGER, Role.ADMIN)
@require_safe
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]  # its annotation knows views without arguments only
def mail_html(request: HttpRequest, stem: str) -> HttpResponse:
    """The HTML part alone, for the sandboxed frame of the mail's page."""
    return HttpResponse(_part(_found(stem), "html"), content_type="text/html; charset=utf-8")


def _found(stem: str) -> ParsedMail:
    found = stored(stem)
    if found is None:
        raise Http404
    return found


def _row(stem: str, found: ParsedMail) -> dict[str, Any]:
    at = found["Date"].datetime if found["Date"] else None
    address = reverse("mailbox-mail", kwargs={"stem": stem})
    return {
        "href": address,
        "to": str(found["To"]),
        "subject": str(found["Subject"]),
        "sender": str(found["From"]),
        "at": at,
    }


def _part(found: ParsedMail, kind: str) -> str:
    part = found.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
