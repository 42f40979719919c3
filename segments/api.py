"""Segments over the API: what the pages show, as data."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import ListAPIView, RetrieveAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import EVERYONE, person
from segments import queries, runs, tasks, wording
from segments.models import Membership, Run, SegmentProfile


class SegmentSerializer(serializers.ModelSerializer):
    """A segment as it is in force. Money in BRL, shares and stability in 0–1; a rule segment has no stability.

    ``kind``: ``clustered`` ones never overlap and add up to the base, ``rule`` ones may overlap with any.
    """

    passport = serializers.CharField(source="segment.passport")
    kind = serializers.CharField(source="segment.kind")
    name = serializers.CharField(source="segment.name")
    name_en = serializers.CharField(source="segment.name_en")

    class Meta:
        model = SegmentProfile
        fields: tuple[str, ...] = (
            "passport",
            "kind",
            "name",
            "name_en",
            "run",
            "size",
            "share",
            "stability",
            "activatable",
            "blocked_reason",
            "figures",
        )


class SegmentDetailSerializer(SegmentSerializer):
    """The same with what sets the segment apart, its text and its history."""

    paragraph = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()

    class Meta(SegmentSerializer.Meta):
        fields: tuple[str, ...] = (
            *SegmentSerializer.Meta.fields,
            "stability_low",
            "stability_high",
            "differentiators",
            "paragraph",
            "events",
        )

    def get_paragraph(self, profile: SegmentProfile) -> str:
        """One paragraph in the language of the request."""
        return wording.paragraph(profile.figures, profile.share, profile.differentiators)

    def get_events(self, profile: SegmentProfile) -> list[dict[str, Any]]:
        """The passport, the newest page first."""
        return [
            {"kind": e.kind, "at": e.at, "run": e.run_id, "detail": e.detail} for e in queries.history(profile.segment)
        ]


class MemberSerializer(serializers.ModelSerializer):
    """A member of a segment; ``risk`` is a rule-based indicator in 0–1, null where too little is known."""

    customer = serializers.CharField(source="customer.code")
    name = serializers.CharField(source="customer.name")
    risk = serializers.FloatField(allow_null=True)

    class Meta:
        model = Membership
        fields: tuple[str, ...] = ("customer", "name", "confidence", "risk")


class RunSerializer(serializers.ModelSerializer):
    """A run: its recipe, its progress and its outcome."""

    class Meta:
        model = Run
        fields: tuple[str, ...] = (
            "id",
            "state",
            "seed",
            "budget_seconds",
            "created_at",
            "started_at",
            "finished_at",
            "progress",
            "step",
            "algorithm",
            "parameters",
            "customers",
            "noise_share",
            "quality",
            "reason",
            "error",
        )
        read_only_fields = fields


class RunDetailSerializer(RunSerializer):
    """The same with the whole leaderboard."""

    class Meta(RunSerializer.Meta):
        fields: tuple[str, ...] = (*RunSerializer.Meta.fields, "features", "leaderboard")
        read_only_fields = fields


class StartSerializer(serializers.Serializer):
    """What starts a run."""

    seed = serializers.IntegerField(default=runs.DEFAULT_SEED, min_value=0, max_value=2**31 - 1)
    budget = serializers.IntegerField(
        default=runs.DEFAULT_BUDGET, min_value=runs.LEAST_BUDGET, max_value=runs.LARGEST_BUDGET
    )
    override = serializers.BooleanField(default=False)


class SegmentList(ListAPIView):
    """Segments of the published run and rule segments, the largest first."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = SegmentSerializer
    queryset = SegmentProfile.objects.none()

    def get_queryset(self) -> QuerySet[SegmentProfile]:
        """Profiles in force; none before the first run and rule."""
        return current()


def current() -> QuerySet[SegmentProfile]:
    """Profiles of the published run and of the living rule segments; none before the first of either."""
    in_force = Q(run__state=Run.State.PUBLISHED) | Q(run__rule_segments__isnull=False, segment__retired_in=None)
    return (
        SegmentProfile.objects.filter(in_force).select_related("segment", "run").order_by("-size", "segment__passport")
    )


class SegmentDetail(RetrieveAPIView):
    """One segment in force by its passport."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = SegmentDetailSerializer
    queryset = SegmentProfile.objects.none()
    lookup_field, lookup_url_kwarg = "segment__passport", "passport"

    def get_queryset(self) -> QuerySet[SegmentProfile]:
        """Profiles in force."""
        return current()


class SegmentMembers(ListAPIView):
    """Customers of a segment that the caller may see."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = MemberSerializer

    def get_queryset(self) -> QuerySet[Membership]:
        """Members in the order of customer codes; 404 for a passport that is not in force."""
        if getattr(self, "swagger_fake_view", False):
            return Membership.objects.none()
        profile = get_object_or_404(current(), segment__passport=self.kwargs["passport"])
        return queries.members(profile.run, profile.segment, person(self.request)).order_by("customer__code")


class RunList(ListAPIView):
    """Runs, the newest first; POST starts one (analysts, managers and administrators)."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = RunSerializer
    queryset = Run.objects.all()

    @extend_schema(request=StartSerializer, responses={202: RunSerializer})
    def post(self, request: Request) -> Response:
        """Queue a run: 202 with its row, 403 for other roles, 409 while another run waits or runs."""
        if person(request).role not in runs.STARTERS:
            raise PermissionDenied
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with transaction.atomic():
            run = runs.start(person(request), **asked.validated_data)
            transaction.on_commit(lambda: tasks.wake(run.pk))
        run.refresh_from_db()
        return Response(RunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class RunDetail(RetrieveAPIView):
    """One run with its leaderboard."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = RunDetailSerializer
    queryset = Run.objects.all()
    lookup_url_kwarg = "run_id"
