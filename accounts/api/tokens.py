"""Tokens for programs: e-mail and password (and the second factor, where one is set) against a token of ten hours."""

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from knox.auth import TokenAuthentication
from knox.models import AuthToken
from rest_framework import serializers, status
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.audit import record
from accounts.models import User
from accounts.permissions import PUBLIC, person


class CredentialsSerializer(serializers.Serializer):
    """Who asks. ``code`` is required from people with two-step sign-in."""

    email = serializers.EmailField()
    password = serializers.CharField(trim_whitespace=False, max_length=200)
    code = serializers.CharField(required=False, default="", allow_blank=True, max_length=12)


class TokenSerializer(serializers.Serializer):
    """The token, shown once: send it as ``Authorization: Token …``."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()


class Tokens(APIView):
    """Make a token, or give the one in use back. Public, because there is no token before the first one."""

    allowed_roles = PUBLIC
    authentication_classes = (TokenAuthentication,)

    @extend_schema(request=CredentialsSerializer, responses={201: TokenSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        """201 with the token; 401 for wrong credentials, 429 after too many (one limit with the sign-in page)."""
        given = CredentialsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = _checked(request, given.validated_data)
        row, token = AuthToken.objects.create(user=user)
        record(user, "token.create", user, user.name)
        body = TokenSerializer({"token": token, "expires_at": row.expiry}).data
        return Response(body, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Delete the token that signed this request; 401 without one."""
        if request.auth is None:
            raise NotAuthenticated
        user = person(request)
        request.auth.delete()
        record(user, "token.delete", user, user.name)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _checked(request: Request, given: dict[str, str]) -> User:
    """The active person with these credentials, or the same refusal whatever was wrong."""
    refused = AuthenticationFailed(_("E-mail, password or code is wrong."))
    try:
        user = get_adapter().authenticate(request._request, email=given["email"], password=given["password"])
    except ValidationError as error:
        raise Throttled(detail=" ".join(error.messages)) from error
    if user is None or not user.is_active:
        raise refused
    second = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if second is not None and not TOTP(second).validate_code(given["code"]):
        raise refused
    return user
