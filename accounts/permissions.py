"""One authorisation gate, default deny: a view says which roles may use it; one that says nothing is refused.

Objects are fetched through ``visible_to(user)`` querysets; this module decides about routes only.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import Role, User

if TYPE_CHECKING:
    from rest_framework.views import APIView

View = TypeVar("View", bound=Callable[..., Any])

EVERYONE = frozenset(Role)
PUBLIC = "public"
OWN_CHECKS = ("allauth.",)  # sign-in pages decide for themselves who may see them


def allow(*roles: Role) -> Callable[[View], View]:
    """Open a view to people with one of ``roles`` (all signed-in people when none is given)."""

    def mark(view: View) -> View:
        view.allowed_roles = frozenset(roles) or EVERYONE  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Open a view to anybody, signed in or not: recipients' answer pages and the like."""
    view.allowed_roles = PUBLIC  # type: ignore[attr-defined]
    return view


def person(request: "HttpRequest | Request") -> User:
    """The signed-in person of a request that passed the gate; anybody else is refused (fails closed)."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def allowed_roles(view: Callable[..., Any]) -> frozenset[Role] | str | None:
    """What ``view`` declares: roles, ``PUBLIC``, or None when it declares nothing."""
    if view.__module__.startswith(OWN_CHECKS):
        return PUBLIC
    api_class = getattr(view, "cls", None) or getattr(view, "view_class", None)
    declared: frozenset[Role] | str | None = getattr(view, "allowed_roles", getattr(api_class, "allowed_roles", None))
    return declared


def is_api(view: Callable[..., Any]) -> bool:
    """True for a REST framework view, which authenticates by token inside the view."""
    return hasattr(getattr(view, "cls", None), "authentication_classes")


class GateMiddleware:
    """Checks every request's view against the signed-in person's role before the view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; the decision is taken in ``process_view``."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Let through, send to the login page, or refuse with 403."""
        declared = allowed_roles(view)
        if declared is None:
            raise PermissionDenied(f"{view.__module__}.{view.__name__} declares no roles")
        if declared == PUBLIC or is_api(view):
            return None
        user = request.user
        if not user.is_authenticated:
            return _to_login(request)
        if user.role not in declared:
            raise PermissionDenied
        return None


def _to_login(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = redirect_to_login(request.get_full_path())
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401, headers={"HX-Redirect": response["Location"]})
    return response


class RolePermission(BasePermission):
    """The same rule for API views: the class attribute ``allowed_roles`` is required."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """True when the signed-in person has one of the view's roles."""
        declared = getattr(view, "allowed_roles", None)
        if declared is None:
            raise ImproperlyConfigured(f"{type(view).__name__} declares no allowed_roles")
        if declared == PUBLIC:
            return True
        return bool(request.user and request.user.is_authenticated and request.user.role in declared)
