"""Rule segments over the API: the fields, a preview, definition and change, archiving, overlap and who uses a segment."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Customer
from accounts.permissions import EVERYONE, person
from segments import tasks
from segments.models import RuleSegment, Segment
from segments.rules import checks, meaning, options, overlap, tree, uses, verbs, words
from segments.rules.catalogue import FIELDS

INVALID = OpenApiResponse(
    description="The conditions are refused: `problems` lists place, part, code and message of each."
)


class FieldSerializer(serializers.Serializer[Any]):
    """Something that a condition may speak of."""

    field = serializers.CharField()
    kind = serializers.ChoiceField(["number", "money", "share", "date", "choice", "text", "yes_no", "event"])
    meaning = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    section = serializers.CharField()
    operators = serializers.ListField(child=serializers.CharField())
    options = serializers.ListField(child=serializers.CharField(), help_text="Values known in the data, for a choice.")


class ConditionsSerializer(serializers.Serializer[Any]):
    """Conditions: ``{"version": 1, "root": {"group": "all"|"any"|"none", "of": [groups or conditions]}}``.

    A condition is ``{"field", "is", "value", "days"}``: see the fields for operators. Money in BRL, shares in 0–1, dates as
    YYYY-MM-DD; ``between`` and ``within`` take two values; ``days`` is the window of an event.
    """

    conditions = serializers.JSONField()


class PreviewSerializer(serializers.Serializer[Any]):
    """Counts over the customers that the caller may see, and the rule in words."""

    members = serializers.IntegerField()
    undecided = serializers.IntegerField(help_text="Of these the data do not decide whether they belong.")
    everybody = serializers.IntegerField()
    sentence = serializers.CharField()
    customers = serializers.ListField(child=serializers.CharField(), help_text="Codes of the first ten.")


class RuleSegmentSerializer(serializers.ModelSerializer[RuleSegment]):
    """A rule segment: its conditions in force, in words, and the state of its members."""

    passport = serializers.CharField(source="segment.passport")
    name = serializers.CharField(source="segment.name")
    name_en = serializers.CharField(source="segment.name_en")
    description = serializers.CharField(source="segment.description")
    version = serializers.IntegerField(source="version.number")
    conditions = serializers.JSONField(source="version.conditions")
    archived = serializers.SerializerMethodField()
    counting = serializers.SerializerMethodField()
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = RuleSegment
        fields: tuple[str, ...] = (
            "passport", "name", "name_en", "description", "version", "conditions", "sentence", "run", "undecided",
            "counted_at", "counting", "archived", "error",
        )  # fmt: skip
        read_only_fields = fields

    def get_archived(self, rule: RuleSegment) -> bool:
        """Whether it was archived."""
        return rule.segment.retired_in_id is not None

    def get_counting(self, rule: RuleSegment) -> bool:
        """Whether a worker is to count the members."""
        return rule.asked_at is not None or rule.run_id is None

    def get_sentence(self, rule: RuleSegment) -> str:
        """The rule in the language of the request; empty where it speaks of something no longer known."""
        try:
            return words.sentence(checks.stored(rule.version.conditions if rule.version else None))
        except tree.Invalid:
            return ""


class WriteSerializer(ConditionsSerializer):
    """What defines or changes a rule segment."""

    name = serializers.CharField(max_length=120)
    name_en = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    description = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)

    def identity(self) -> verbs.Identity:
        """The name and the note."""
        data = self.validated_data
        return verbs.Identity(data["name"], data["name_en"], data["description"])


class ChangeSerializer(WriteSerializer):
    """The same with the version that the change was made from; 409 where it is not the newest."""

    based_on = serializers.IntegerField(min_value=1)


class UseSerializer(serializers.Serializer[Any]):
    """Something that uses a segment. ``living`` ones keep it from being archived; ``keeps``: a change does not touch it."""

    kind = serializers.CharField()
    name = serializers.CharField()
    href = serializers.CharField()
    state = serializers.CharField()
    living = serializers.BooleanField()
    keeps = serializers.BooleanField()


class OverlapSerializer(serializers.Serializer[Any]):
    """Customers of two segments, of those that the caller may see; null for two empty segments."""

    both = serializers.IntegerField()
    only_first = serializers.IntegerField()
    only_second = serializers.IntegerField()
    jaccard = serializers.FloatField(allow_null=True)


class Refusing(APIView):
    """Answers 422 with every problem of the conditions."""

    def handle_exception(self, exc: Exception) -> Response:
        """A refused tree as data; anything else as everywhere."""
        if isinstance(exc, tree.Invalid):
            problems = words.problems(exc.problems)
            return Response({"code": "invalid_rule", "problems": problems}, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
        return super().handle_exception(exc)


class RuleFields(APIView):
    """What conditions may speak of."""

    allowed_roles: ClassVar = EVERYONE

    @extend_schema(responses=FieldSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The closed list of fields with their operators."""
        editor = person(request).role in verbs.EDITORS
        rows = [
            {
                "field": each.field.key,
                "kind": each.field.kind,
                "meaning": each.label,
                "unit": each.unit,
                "section": each.section,
                "operators": each.field.operators,
                "options": [value for value, _label in options.of(each.options)] if editor else [],
            }
            for each in FIELDS.values()
        ]
        return Response(FieldSerializer(rows, many=True).data)


class RulePreview(Refusing):
    """Count without saving."""

    allowed_roles: ClassVar = frozenset(verbs.EDITORS)

    @extend_schema(request=ConditionsSerializer, responses={200: PreviewSerializer, 422: INVALID})
    def post(self, request: Request) -> Response:
        """How many customers the conditions take in; changes nothing."""
        asked = ConditionsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        root, scope = checks.checked(asked.validated_data["conditions"]), meaning.scope_now()
        visible = Customer.objects.visible_to(person(request))
        counts = meaning.counts(root, scope, visible)
        first = meaning.members(root, scope, visible).order_by("code").values_list("code", flat=True)[:10]
        told = {"members": counts.members, "undecided": counts.undecided, "everybody": counts.everybody}
        return Response(PreviewSerializer(told | {"sentence": words.sentence(root), "customers": list(first)}).data)


def rule_rows() -> QuerySet[RuleSegment]:
    """Rule segments with what a serializer reads."""
    return RuleSegment.objects.select_related("segment", "version").order_by("segment__passport")


class RuleList(Refusing, ListAPIView):
    """Rule segments by passport, archived ones included; POST defines one (analysts, managers, administrators)."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = RuleSegmentSerializer
    queryset = RuleSegment.objects.none()

    def get_queryset(self) -> QuerySet[RuleSegment]:
        """All of them."""
        return rule_rows()

    @extend_schema(request=WriteSerializer, responses={201: RuleSegmentSerializer, 422: INVALID})
    def post(self, request: Request) -> Response:
        """Define a rule segment; a worker counts its members. 409 where the name is taken."""
        asked = WriteSerializer(data=_editor(request).data)
        asked.is_valid(raise_exception=True)
        with transaction.atomic():
            segment = verbs.define(person(request), asked.identity(), asked.validated_data["conditions"])
            transaction.on_commit(lambda: tasks.wake_rule(segment.pk))
        return Response(RuleSegmentSerializer(rule_rows().get(segment=segment)).data, status=status.HTTP_201_CREATED)


class RuleDetail(Refusing):
    """One rule segment."""

    allowed_roles: ClassVar = EVERYONE

    @extend_schema(responses=RuleSegmentSerializer)
    def get(self, request: Request, passport: str) -> Response:
        """Its conditions and the state of its members."""
        return Response(RuleSegmentSerializer(get_object_or_404(rule_rows(), segment__passport=passport)).data)

    @extend_schema(request=ChangeSerializer, responses={200: RuleSegmentSerializer, 422: INVALID})
    def put(self, request: Request, passport: str) -> Response:
        """The next version. 409 where it is archived, the name is taken or somebody else changed it meanwhile."""
        found = get_object_or_404(rule_rows(), segment__passport=passport)
        asked = ChangeSerializer(data=_editor(request).data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        with transaction.atomic():
            verbs.change(found.pk, person(request), asked.identity(), data["conditions"], data["based_on"])
            transaction.on_commit(lambda: tasks.wake_rule(found.pk))
        return Response(RuleSegmentSerializer(rule_rows().get(pk=found.pk)).data)


class RuleArchive(APIView):
    """Archiving."""

    allowed_roles: ClassVar = frozenset(verbs.EDITORS)

    @extend_schema(request=None, responses=RuleSegmentSerializer)
    def post(self, request: Request, passport: str) -> Response:
        """Retire it; 409, and nothing changes, while a living campaign or another rule uses it."""
        found = get_object_or_404(rule_rows(), segment__passport=passport)
        verbs.archive(found.pk, person(request))
        return Response(RuleSegmentSerializer(rule_rows().get(pk=found.pk)).data)


class RuleCount(APIView):
    """Counting on demand."""

    allowed_roles: ClassVar = frozenset(verbs.EDITORS)

    @extend_schema(request=None, responses={202: RuleSegmentSerializer})
    def post(self, request: Request, passport: str) -> Response:
        """Have the members counted again."""
        found = get_object_or_404(rule_rows(), segment__passport=passport)
        with transaction.atomic():
            verbs.ask(found.pk, person(request))
            transaction.on_commit(lambda: tasks.wake_rule(found.pk))
        return Response(RuleSegmentSerializer(rule_rows().get(pk=found.pk)).data, status=status.HTTP_202_ACCEPTED)


class SegmentUses(APIView):
    """Who uses a segment."""

    allowed_roles: ClassVar = EVERYONE

    @extend_schema(responses=UseSerializer(many=True))
    def get(self, request: Request, passport: str) -> Response:
        """Campaigns and rules, living ones first."""
        found = get_object_or_404(Segment, passport=passport)
        return Response(UseSerializer(uses.of_segment(found), many=True).data)


class SegmentOverlap(APIView):
    """What two segments share."""

    allowed_roles: ClassVar = EVERYONE

    @extend_schema(responses=OverlapSerializer)
    def get(self, request: Request, passport: str, other: str) -> Response:
        """Counts by the members in force."""
        first = get_object_or_404(Segment, passport=passport)
        second = get_object_or_404(Segment, passport=other)
        return Response(OverlapSerializer(overlap.measured(first, second, person(request))).data)


def _editor(request: Request) -> Request:
    if person(request).role not in verbs.EDITORS:
        raise PermissionDenied
    return request
