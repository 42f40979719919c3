"""How much a request may bring: decided by its announced length, before a byte of it is read."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

View = TypeVar("View", bound=Callable[..., Any])
BLOCK = 1 << 20
DRAINED = 64 << 20  # bytes that are read and thrown away at most, so that a browser shows the answer


def takes_files(view: View) -> View:
    """Let a view (or an API class) receive up to ``B2SHIFT_MAX_UPLOAD_BYTES`` from signed-in people."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


class UploadCapMiddleware:
    """Refuses a form that announces more than its view takes.

    Stands before every middleware that reads a form (idempotency in its call, CSRF in its view check), so it finds the view
    itself instead of waiting for ``process_view``.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """413 with the limit and a way out, or the request passed on."""
        if request.content_type != "multipart/form-data":
            return self.get_response(request)
        length, limit = int(request.META.get("CONTENT_LENGTH") or 0), _limit(request)
        if length <= limit:
            return self.get_response(request)
        answer = _refuse(request, limit)
        if length > DRAINED:
            answer["Connection"] = "close"  # far too much to wait for: not a byte of it is read
        else:
            _drain(request, length)
        return answer


def _limit(request: HttpRequest) -> int:
    try:
        view: Any = resolve(request.path_info).func
    except Resolver404:
        view = None
    open_to_files = getattr(view, "takes_files", getattr(getattr(view, "cls", None), "takes_files", False))
    known = request.user.is_authenticated or (request.path.startswith("/api/") and request.headers.get("Authorization"))
    return int(settings.B2SHIFT_MAX_UPLOAD_BYTES if open_to_files and known else settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def _drain(request: HttpRequest, length: int) -> None:
    """Throw away what is on its way: a browser that is cut off while sending never shows the answer."""
    while length > 0 and (block := request.read(min(BLOCK, length))):
        length -= len(block)


def _refuse(request: HttpRequest, limit: int) -> HttpResponse:
    size = max(1, limit // (1024 * 1024))
    detail = _(
        "The files are larger than the limit of %(size)s MB. Send fewer at a time, compress them into a ZIP, "
        "or ask an administrator to raise the limit. Nothing was stored."
    ) % {"size": size}
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "too_large", "detail": detail}, status=413)
    return render(request, "413.html", {"detail": detail, "back": request.path}, status=413)
