"""How attentively drafts are reviewed, over the API: own figures, the team's, reasons of rejections."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Role
from accounts.permissions import person
from campaigns import review_quality


class ReviewShare(serializers.Serializer[Any]):
    """A share with its 95% interval; the three are null where there are too few to speak of one."""

    hits = serializers.IntegerField()
    total = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class ReviewFigures(serializers.Serializer[Any]):
    """One person, or the team (no name). ``planted``: planted errors caught of those decided."""

    name = serializers.CharField(allow_blank=True)
    planted = ReviewShare()
    approved_unedited = ReviewShare()
    median_seconds = serializers.IntegerField(allow_null=True)


class RejectReason(serializers.Serializer[Any]):
    """How often drafts of a strategy with an offer were rejected for a reason."""

    strategy = serializers.CharField()
    offer = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField()


class ReviewPage(serializers.Serializer[Any]):
    """The page “Review quality”. ``people`` is empty for all but administrators."""

    own = ReviewFigures()
    team = ReviewFigures()
    people = ReviewFigures(many=True)
    reasons = RejectReason(many=True)


class ReviewQuality(APIView):
    """The caller's figures beside the team's."""

    allowed_roles: ClassVar = frozenset({Role.MANAGER, Role.ADMIN})

    @extend_schema(responses=ReviewPage)
    def get(self, request: Request) -> Response:
        """200."""
        user = person(request)
        people = review_quality.by_person() if user.role == Role.ADMIN else []
        return Response(
            {
                "own": review_quality.of(user).report(),
                "team": review_quality.of(None).report(),
                "people": [each.report() for each in people],
                "reasons": review_quality.reasons(),
            }
        )
