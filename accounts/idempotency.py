"""A POST repeated with the same key has one effect and one answer (double clicks, retries, flaky networks)."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

from accounts.models import IdempotencyKey, User

FIELD = "idempotency_key"
HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=48)
LARGEST_KEPT_BODY = 64_000


class IdempotencyMiddleware:
    """Claims the key by a unique insert, lets the view act once, keeps its answer; a refused request frees the key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer from the store when this key had its effect already."""
        user, key = _person(request), _key(request)
        if request.method != "POST" or user is None or not key:
            return self.get_response(request)
        digest = hashlib.sha256(f"{request.path}\n{key}".encode()).hexdigest()
        claimed = _claim(user, key, request.path, digest)
        if claimed is None:
            return _again(user, key, digest)
        return self._act_once(request, claimed)

    def _act_once(self, request: HttpRequest, claimed: IdempotencyKey) -> HttpResponse:
        try:
            response = self.get_response(request)
        except BaseException:
            claimed.delete()
            raise
        if response.status_code >= 400 or (response.status_code == 200 and not _is_api(request)):
            claimed.delete()  # a refused form comes back with 200; once corrected it may use the key
            return response
        claimed.status = response.status_code
        claimed.location = response.headers.get("Location", response.headers.get("HX-Redirect", ""))[:500]
        unkept = response.streaming or "no-store" in response.headers.get(
            "Cache-Control", ""
        )  # a token is kept nowhere
        body = b"" if unkept else response.content
        claimed.body = body.decode("utf-8", "replace") if len(body) <= LARGEST_KEPT_BODY else ""
        claimed.content_type = response.headers.get("Content-Type", "")[:100]
        claimed.save(update_fields=["status", "location", "body", "content_type"])
        return response


def forget_old_keys() -> int:
    """Delete keys older than two days; returns how many."""
    return IdempotencyKey.objects.filter(created_at__lt=Now() - KEPT_FOR).delete()[0]


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _person(request: HttpRequest) -> User | None:
    if isinstance(request.user, User):
        return request.user
    if _is_api(request) and request.headers.get("Authorization"):
        from knox.auth import TokenAuthentication
        from rest_framework.exceptions import AuthenticationFailed

        try:
            found = TokenAuthentication().authenticate(request)
        except AuthenticationFailed:
            return None  # the view answers 401
        return found[0] if found else None
    return None


def _key(request: HttpRequest) -> str:
    header = request.headers.get(HEADER, "")
    if header or request.content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return header[:80]
    return request.POST.get(FIELD, "")[:80]


def _claim(user: User, key: str, route: str, digest: str) -> IdempotencyKey | None:
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(user=user, key=key, route=route[:120], digest=digest)
    except IntegrityError:
        return None


def _again(user: User, key: str, digest: str) -> HttpResponse:
    first = IdempotencyKey.objects.filter(user=user, key=key).first()
    if first is None or first.status is None:
        return JsonResponse(
            {"code": "in_progress", "detail": _("This request is being carried out. Wait a moment.")}, status=409
        )
    if first.digest != digest:
        return JsonResponse(
            {"code": "key_reused", "detail": _("This key was used for another request. Use a new one.")}, status=422
        )
    response = HttpResponse(first.body, status=first.status, content_type=first.content_type or None)
    if first.location:
        response.headers["Location"] = first.location
    return response
