"""Probable duplicates by API: the queue, the decision, the undoing."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import duplicates
from accounts.models import CustomerMerge, DuplicateCandidate
from accounts.permissions import person

State = DuplicateCandidate.State


class DuplicateCandidateSerializer(serializers.ModelSerializer):
    """Two customers that may be one; ``parts`` are [what, outcome, points], their sum (0 to 100) the ``score``."""

    first = serializers.CharField(source="first.code")
    second = serializers.CharField(source="second.code")
    parts = serializers.ListField(child=serializers.ListField())

    class Meta:
        model = DuplicateCandidate
        fields: ClassVar = ["id", "first", "second", "score", "parts", "state", "found_at", "decided_at"]


class CustomerMergeSerializer(serializers.ModelSerializer):
    """One merge and its undoing; ``kept`` are fields that undoing left alone because somebody changed them since."""

    into = serializers.CharField(source="into.code")
    merged = serializers.CharField(source="merged.code")

    class Meta:
        model = CustomerMerge
        fields: ClassVar = ["id", "into", "merged", "chosen", "rows", "at", "undone_at", "kept"]


class DuplicateDecisionSerializer(serializers.Serializer[Any]):
    """``merge`` needs ``into``, the surviving code; ``winners`` maps fields to ``into`` or ``merged``."""

    decision = serializers.ChoiceField(choices=["merge", "dismiss", "reopen"])
    into = serializers.CharField(required=False)
    winners = serializers.DictField(child=serializers.ChoiceField(choices=["into", "merged"]), required=False)


class DuplicateDecidedSerializer(serializers.Serializer[Any]):
    """The candidate after the decision, and the merge that it made."""

    candidate = DuplicateCandidateSerializer()
    merge = CustomerMergeSerializer(allow_null=True)


@extend_schema(parameters=[OpenApiParameter("state", str, enum=State.values, description="default: open")])
class DuplicateList(generics.ListAPIView[DuplicateCandidate]):
    """Pairs that wait for review (or were decided, ``?state=``), the likeliest first."""

    allowed_roles: ClassVar = duplicates.MAY_MERGE
    serializer_class = DuplicateCandidateSerializer
    queryset = DuplicateCandidate.objects.none()
    filter_backends = ()

    def get_queryset(self) -> QuerySet[DuplicateCandidate]:
        """What the caller may review."""
        state = self.request.GET.get("state", State.OPEN)
        return duplicates.candidates(person(self.request), state if state in State.values else State.OPEN)


class DuplicateDecision(APIView):
    """Decide one pair; 409 where the decision is refused, and nothing changed then."""

    allowed_roles: ClassVar = duplicates.MAY_MERGE

    @extend_schema(request=DuplicateDecisionSerializer, responses=DuplicateDecidedSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Merge, dismiss or reopen."""
        given = DuplicateDecisionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user, wish = person(request), given.validated_data
        candidate = get_object_or_404(DuplicateCandidate.objects.select_related("first", "second"), pk=pk)
        merge = None
        if wish["decision"] == "merge":
            merge = _merge(candidate, user, wish)
        elif wish["decision"] == "dismiss":
            duplicates.dismiss(user, pk)
        else:
            duplicates.reopen(user, pk)
        candidate.refresh_from_db()
        return Response(DuplicateDecidedSerializer({"candidate": candidate, "merge": merge}).data)


class MergeUndo(APIView):
    """Part two merged customers again, exactly; 409 while a later merge stands on this one."""

    allowed_roles: ClassVar = duplicates.MAY_MERGE

    @extend_schema(request=None, responses=CustomerMergeSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Undo; a second time changes nothing."""
        if not duplicates.merges(person(request)).filter(pk=pk).exists():
            raise Http404
        return Response(CustomerMergeSerializer(duplicates.undo(person(request), pk)).data)


def _merge(candidate: DuplicateCandidate, user: Any, wish: dict[str, Any]) -> CustomerMerge:
    codes = {candidate.first.code, candidate.second.code}
    into = wish.get("into")
    if into not in codes:
        raise serializers.ValidationError({"into": "One of the two codes of the pair."})
    (merged,) = codes - {into}
    return duplicates.merge(user, into, merged, wish.get("winners"), candidate)
