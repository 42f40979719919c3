"""Filters of a page that come back when the page is opened again without any, in the same session."""

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect

from b2shift.lib.htmx import wants_fragment


def filters(request: HttpRequest, name: str) -> HttpResponseRedirect | None:
    """Where to go on to, for a page opened without parameters; else None, and the parameters are kept under ``name``."""
    kept = request.session.get(name, "")
    if not request.GET and kept and not wants_fragment(request):
        return redirect(f"{request.path}?{kept}")
    if kept != request.GET.urlencode():
        request.session[name] = request.GET.urlencode()
    return None


def cleared(request: HttpRequest) -> str:
    """The address of the same page without filters: an empty search, so that what is remembered is cleared as well."""
    return f"{request.path}?q="
