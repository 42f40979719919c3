"""Quarantine over the API: read rows with their reasons, mend them by column name, try them again, discard them."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import models, tasks
from accounts.api.imports import KEY, ImportRefusalSerializer, ImportSerializer
from accounts.ingest import history, mending
from accounts.permissions import person
from accounts.sources.findings import explain
from b2shift.lib.api import Refused

MOST = 10_000  # ids in one request: as many rows as are kept of a file


class QuarantinedRowSerializer(serializers.ModelSerializer[models.QuarantinedRow]):
    """A row that was set aside: its cells by column name (as mended), and what became of it."""

    file = serializers.CharField(source="file.name", read_only=True)
    kind = serializers.CharField(source="file.source", read_only=True)
    explanation = serializers.SerializerMethodField()
    cells = serializers.SerializerMethodField()
    resolved_by = serializers.CharField(source="resolved_by.email", default=None, allow_null=True, read_only=True)

    class Meta:
        model = models.QuarantinedRow
        fields: ClassVar = [
            "id", "file", "kind", "line", "reason", "explanation", "raw", "cells", "waits_for", "retry", "resolution", "note",
            "resolved_by", "resolved_at",
        ]  # fmt: skip

    def get_explanation(self, row: models.QuarantinedRow) -> str:
        """Title and meaning, in the language of the request."""
        words = explain(row.reason)
        return f"{words.title}. {words.meaning}".strip()

    def get_cells(self, row: models.QuarantinedRow) -> dict[str, str]:
        """Column name → text."""
        return dict(zip(row.file.header, mending.values(row), strict=True))


class CellsSerializer(serializers.Serializer[Any]):
    """New values for some columns of a row; the others stay."""

    cells = serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=4000, trim_whitespace=False))


class RowsSerializer(serializers.Serializer[Any]):
    """Ids of waiting rows of the import; without them all that wait (of one reason, where it is given)."""

    rows = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=MOST)
    reason = serializers.CharField(required=False, max_length=200)


class DiscardSerializer(RowsSerializer):
    """Rows to give up, and why."""

    note = serializers.CharField(max_length=300)


class DiscardedSerializer(serializers.Serializer[Any]):
    """How many rows were discarded."""

    discarded = serializers.IntegerField()


def _rows(request: Request, pk: int) -> QuerySet[models.QuarantinedRow]:
    return history.quarantine(get_object_or_404(history.imports(person(request)), pk=pk))


def _named(request: Request, pk: int, given: dict[str, Any]) -> QuerySet[models.QuarantinedRow]:
    rows = _rows(request, pk)
    if "rows" in given:
        found = rows.filter(pk__in=given["rows"])
        if found.count() != len(set(given["rows"])):
            raise Refused("unknown_rows", "Some of the rows are not in the quarantine of this import.")
        rows = found
    return rows.filter(reason=given["reason"]) if "reason" in given else rows


class QuarantineList(ListAPIView[models.QuarantinedRow]):
    """The rows that an import set aside; ``?waiting=1`` leaves out those that are resolved or being tried."""

    allowed_roles: ClassVar = history.READERS
    serializer_class = QuarantinedRowSerializer
    queryset = models.QuarantinedRow.objects.none()

    @extend_schema(parameters=[OpenApiParameter("waiting", bool, description="Only rows that wait for somebody.")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of rows, by file and line."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[models.QuarantinedRow]:
        """The import's rows, where the caller may see imports."""
        rows = _rows(self.request, self.kwargs["pk"])
        return mending.waiting(rows) if self.request.query_params.get("waiting") in {"1", "true"} else rows


class QuarantineRow(APIView):
    """One quarantined row."""

    allowed_roles: ClassVar = history.READERS

    @extend_schema(responses=QuarantinedRowSerializer)
    def get(self, request: Request, pk: int, row_id: int) -> Response:
        """The row with its cells."""
        return Response(QuarantinedRowSerializer(get_object_or_404(_rows(request, pk), pk=row_id)).data)

    @extend_schema(
        parameters=[KEY],
        request=CellsSerializer,
        responses={200: QuarantinedRowSerializer, 409: ImportRefusalSerializer},
    )
    def post(self, request: Request, pk: int, row_id: int) -> Response:
        """Mend some cells by column name. The row is tried again when ``retry/`` is asked for."""
        row = get_object_or_404(_rows(request, pk), pk=row_id)
        asked = CellsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        new = asked.validated_data["cells"]
        if unknown := set(new) - set(row.file.header):
            raise Refused("unknown_column", f"The file has no column {', '.join(sorted(unknown))[:200]}.")
        cells = dict(zip(row.file.header, mending.values(row), strict=True)) | new
        mending.mend(row, list(cells.values()), person(request))
        return self.get(request, pk, row_id)


class QuarantineRetry(APIView):
    """Try rows again."""

    allowed_roles: ClassVar = history.READERS

    @extend_schema(
        parameters=[KEY], request=RowsSerializer, responses={202: ImportSerializer, 409: ImportRefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        """Queue an import of the rows as they stand."""
        asked = RowsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        run = mending.retry(_named(request, pk, asked.validated_data), person(request))
        tasks.wake_import(run.pk)
        return Response(ImportSerializer(history.imports(person(request)).get(pk=run.pk)).data, status=202)


class QuarantineDiscard(APIView):
    """Give rows up."""

    allowed_roles: ClassVar = history.READERS

    @extend_schema(
        parameters=[KEY], request=DiscardSerializer, responses={200: DiscardedSerializer, 409: ImportRefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        """Discard waiting rows with a reason."""
        asked = DiscardSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        return Response({"discarded": mending.discard(_named(request, pk, given), given["note"], person(request))})
