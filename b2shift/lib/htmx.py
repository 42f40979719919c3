"""Page or fragment: the same view and address serve both."""

from django.http import HttpRequest


def wants_fragment(request: HttpRequest) -> bool:
    """True when htmx asks for a part of the page (boosted links get the whole page)."""
    details = getattr(request, "htmx", None)
    return bool(details) and not details.boosted
