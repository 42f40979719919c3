"""Page or fragment: the same view and address serve both."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def wants_fragment(request: HttpRequest) -> bool:
    """True when htmx asks for a part of the page; boosted links and pages restored from history get the whole."""
    details: Any = getattr(request, "htmx", None)
    return bool(details) and not (details.boosted or details.history_restore_request)


def page_or_fragment(request: HttpRequest, page: str, fragment: str, context: dict[str, Any]) -> HttpResponse:
    """Render ``fragment`` for htmx, else ``page``; browsers are told that the two differ."""
    response = render(request, fragment if wants_fragment(request) else page, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
