"""The audit trail on screen."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from accounts import queries
from accounts.forms.people import AuditFilter
from accounts.models import Role
from accounts.permissions import allow
from accounts.views.tables import AuditTable
from b2shift.lib.htmx import page_or_fragment


@allow(Role.ADMIN, Role.ANALYST)
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what, filtered by person, action, object and days."""
    entries = queries.audit_entries()
    found = AuditFilter(request.GET, entries, request=request)
    table = AuditTable(found.qs if found.is_valid() else entries.none())
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    return page_or_fragment(request, "accounts/audit.html", "_table.html", {"filter": found, "table": table})
