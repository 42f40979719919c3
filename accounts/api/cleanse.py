"""Repairs by API: the queue with the filters of the page, and decisions."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.imports import KEY
from accounts.cleanse import decide, reads
from accounts.cleanse.wording import words
from accounts.forms.cleanse import RepairFilter
from accounts.models import Repair
from accounts.permissions import person


class RepairSerializer(serializers.ModelSerializer[Repair]):
    """One value that should read otherwise; ``rows`` is how many rows held it when it was found."""

    reason = serializers.SerializerMethodField()
    decided_by = serializers.EmailField(source="decided_by.email", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Repair
        fields: ClassVar = [
            "id", "field", "context", "before", "after", "code", "origin", "rule", "reason", "confidence", "rows", "state", "made_at",
            "decided_by", "decided_at",
        ]  # fmt: skip

    def get_reason(self, repair: Repair) -> str:
        """Why, in words."""
        return str(words(repair.rule).reason)


class DecisionSerializer(serializers.Serializer[Any]):
    """What to do with which repairs: ``ids``, or all of ``rule`` in ``field``."""

    action = serializers.ChoiceField(choices=list(decide.VERBS))
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), required=False, max_length=5000
    )
    field = serializers.ChoiceField(choices=Repair.Field.choices, required=False)
    rule = serializers.CharField(max_length=40, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Either ids or a rule with its field."""
        if not attrs.get("ids") and not (attrs.get("rule") and attrs.get("field")):
            raise serializers.ValidationError("Give ids, or field and rule.")
        return attrs


class OutcomeSerializer(serializers.Serializer[Any]):
    """How many repairs were decided and how many rows changed."""

    repairs = serializers.IntegerField()
    rows = serializers.IntegerField()


class RepairList(ListAPIView[Repair]):
    """Repairs, those that touch most rows first; filters as on the page."""

    allowed_roles: ClassVar = decide.DECIDERS
    serializer_class = RepairSerializer
    filterset_class = RepairFilter
    queryset = Repair.objects.none()

    def get_queryset(self) -> QuerySet[Repair]:
        """What the caller may decide about."""
        return reads.repairs(person(self.request))


class RepairDecision(GenericAPIView[Repair]):
    """Accept, reject or undo repairs; those that are not in a fitting state are left as they are."""

    allowed_roles: ClassVar = decide.DECIDERS
    serializer_class = DecisionSerializer
    queryset = Repair.objects.none()

    @extend_schema(parameters=[KEY], request=DecisionSerializer, responses={200: OutcomeSerializer})
    def post(self, request: Request) -> Response:
        """Decide."""
        wanted = DecisionSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        data = wanted.validated_data
        state = Repair.State.ACCEPTED if data["action"] == "undo" else Repair.State.OPEN
        ids = data.get("ids") or decide.of_rule(data["field"], data["rule"], state)
        outcome = decide.VERBS[data["action"]](person(request), ids)
        return Response(OutcomeSerializer(outcome._asdict()).data)
