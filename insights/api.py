"""Figures over the API: the same numbers as on the pages, for the customers that the caller may see."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response as ApiResponse
from rest_framework.views import APIView

from accounts.permissions import EVERYONE, person
from insights import kpis
from segments.queries import profiles_in_force


class ResponseSerializer(serializers.Serializer[Any]):
    """What came back from messages."""

    sent = serializers.IntegerField()
    held_out = serializers.IntegerField()
    opened = serializers.IntegerField()
    clicked = serializers.IntegerField()
    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    unsubscribed = serializers.IntegerField()
    accepted_share = serializers.FloatField(allow_null=True)


class CompanyFiguresSerializer(serializers.Serializer[Any]):
    """Totals; null means that there is no data."""

    as_of = serializers.DateField(allow_null=True)
    customers = serializers.IntegerField()
    mrr = serializers.FloatField(allow_null=True)
    mrr_coverage = serializers.FloatField(allow_null=True)
    nps = serializers.FloatField(allow_null=True)
    tickets_per_customer = serializers.FloatField(allow_null=True)
    risk_share = serializers.FloatField(allow_null=True)
    mrr_at_risk = serializers.FloatField(allow_null=True)
    response = ResponseSerializer()


class SegmentFiguresSerializer(serializers.Serializer[Any]):
    """One segment: ``clustered`` ones of the published run add up to the base, ``rule`` ones may overlap with any."""

    passport = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    activatable = serializers.BooleanField()
    stability = serializers.FloatField(allow_null=True)
    customers = serializers.IntegerField()
    mrr = serializers.FloatField(allow_null=True)
    mrr_mean = serializers.FloatField(allow_null=True)
    nps = serializers.FloatField(allow_null=True)
    tickets_per_customer = serializers.FloatField(allow_null=True)
    risk_share = serializers.FloatField(allow_null=True)
    mrr_at_risk = serializers.FloatField(allow_null=True)
    response = ResponseSerializer()


class CompanyFigures(APIView):
    """Totals over the visible customers."""

    allowed_roles: ClassVar = EVERYONE

    @extend_schema(responses=CompanyFiguresSerializer)
    def get(self, request: Request) -> ApiResponse:
        """The figures of the home page."""
        return ApiResponse(CompanyFiguresSerializer(kpis.company_figures(person(request))).data)


class SegmentFiguresList(APIView):
    """One row per segment of the published run and per rule segment."""

    allowed_roles: ClassVar = EVERYONE

    @extend_schema(responses=SegmentFiguresSerializer(many=True))
    def get(self, request: Request) -> ApiResponse:
        """The table of the executive page; empty before the first run."""
        runs = {profile.run for profile in profiles_in_force()}
        rows = kpis.segment_figures(person(request), *runs)
        return ApiResponse(SegmentFiguresSerializer(rows, many=True).data)
