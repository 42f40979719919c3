"""The catalogue by API: datasets, columns with their profiles, and what the data gate says."""

from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.catalog import datasets, gate, queries
from accounts.catalog.queries import READERS, Shown, ShownColumn


class QualitySerializer(serializers.Serializer[Any]):
    """Score 0–100 and its parts 0–1; null where not measured."""

    score = serializers.FloatField(allow_null=True)
    completeness = serializers.FloatField(allow_null=True)
    validity = serializers.FloatField(allow_null=True)
    freshness = serializers.FloatField(allow_null=True)
    uniqueness = serializers.FloatField(allow_null=True)
    consistency = serializers.FloatField(allow_null=True)


class DatasetSerializer(serializers.Serializer[Shown]):
    """One dataset; ``meaning`` is in the language of the request, ``age_days`` since the last delivery."""

    name = serializers.CharField(source="entry.name")
    layer = serializers.CharField(source="entry.layer")
    meaning = serializers.SerializerMethodField()
    grain = serializers.CharField(source="entry.grain")
    owner = serializers.CharField(source="entry.owner")
    rows = serializers.IntegerField(allow_null=True)
    personal_data = serializers.BooleanField(source="entry.of_people")
    age_days = serializers.FloatField(source="age", allow_null=True)
    promise_days = serializers.IntegerField(source="promise")
    state = serializers.CharField()
    quality = QualitySerializer()
    feeds = serializers.ListField(child=serializers.CharField(), source="entry.feeds")

    def get_meaning(self, shown: Shown) -> str:
        """What it holds."""
        return str(shown.meaning())


class ColumnSerializer(serializers.Serializer[ShownColumn]):
    """One column; examples of personal columns are masked. Shares are 0–1."""

    name = serializers.CharField(source="field.name")
    header = serializers.CharField(source="field.header")
    type = serializers.CharField(source="field.kind")
    meaning = serializers.CharField()
    description_state = serializers.SerializerMethodField()
    personal = serializers.CharField(source="field.personal")
    needed = serializers.BooleanField(source="field.needed")
    quality = serializers.FloatField(source="score", allow_null=True)
    missing_share = serializers.FloatField(allow_null=True)
    missing_drift = serializers.FloatField(source="drift", allow_null=True)
    invalid_share = serializers.FloatField(allow_null=True)
    distinct = serializers.IntegerField(source="now.distinct", default=None, allow_null=True)
    figures = serializers.DictField(source="now.figures", default=dict)
    distribution = serializers.DictField(source="now.shape", default=dict)
    examples = serializers.ListField(child=serializers.CharField(), source="now.examples", default=list)

    def get_description_state(self, column: ShownColumn) -> str:
        """declared, asked, drafted or confirmed."""
        return column.note.state if column.note else "declared"


class DatasetDetailSerializer(DatasetSerializer):
    """The same with its columns and what it is made into."""

    makes = serializers.SerializerMethodField()
    columns = serializers.SerializerMethodField()

    def get_makes(self, shown: Shown) -> list[str]:
        """Datasets that are made from this one."""
        return [each.name for each in datasets.made_from(shown.entry.name, datasets.entries())]

    @extend_schema(responses=ColumnSerializer(many=True))
    def get_columns(self, shown: Shown) -> list[dict[str, Any]]:
        """Every column with its profile."""
        return list(ColumnSerializer(queries.columns([shown]), many=True).data)  # type: ignore[arg-type]


class GateFindingSerializer(serializers.Serializer[gate.Finding]):
    """One reason, and what to do; ``overridden_until`` where an administrator lifted it."""

    rule = serializers.IntegerField(source="rule.pk")
    kind = serializers.CharField(source="rule.kind")
    reason = serializers.CharField(source="what")
    remedy = serializers.CharField()
    overridden_until = serializers.DateTimeField(source="override.until", default=None, allow_null=True)


class PurposeSerializer(serializers.Serializer[Any]):
    """Whether the data may be used for one purpose."""

    purpose = serializers.CharField()
    open = serializers.BooleanField()
    findings = GateFindingSerializer(many=True)


class CatalogList(APIView):
    """Every dataset with quality, freshness, owner and lineage."""

    allowed_roles: ClassVar = READERS

    @extend_schema(responses=DatasetSerializer(many=True), operation_id="catalog_list")
    def get(self, request: Request) -> Response:
        """All of them; there are a few dozen."""
        return Response(DatasetSerializer(queries.shown(), many=True).data)  # type: ignore[arg-type]


class CatalogDetail(APIView):
    """One dataset with its columns and their profiles."""

    allowed_roles: ClassVar = READERS

    @extend_schema(responses=DatasetDetailSerializer, operation_id="catalog_retrieve")
    def get(self, request: Request, name: str) -> Response:
        """404 where there is no such dataset."""
        shown = queries.one(name)
        if shown is None:
            raise Http404
        return Response(DatasetDetailSerializer(shown).data)


class GateState(APIView):
    """What the data gate says about segmentation and activation now."""

    allowed_roles: ClassVar = READERS

    @extend_schema(responses=PurposeSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Both purposes."""
        states = []
        for purpose in gate.PURPOSES:
            findings = gate.standing(purpose)
            states.append({"purpose": purpose, "open": all(each.override for each in findings), "findings": findings})
        return Response(PurposeSerializer(states, many=True).data)
