"""When a person opened a page, carried along in its form and signed: how long they had it before them until they decided."""

import time

from django.core import signing
from django.http import HttpRequest

FIELD = "opened"
_SALT = "campaigns.opened"


def mark(what: int | str) -> str:
    """The value of the hidden field."""
    return signing.dumps([str(what), int(time.time())], salt=_SALT)


def seconds_since(request: HttpRequest, what: int | str) -> int | None:
    """Whole seconds since the page of ``what`` was rendered; None where it was not sent along or is not ours."""
    try:
        page, at = signing.loads(request.POST.get(FIELD, "")[:300], salt=_SALT)
    except signing.BadSignature:
        return None
    return int(time.time()) - at if page == str(what) else None
