"""Imports over the API: send files, follow what becomes of them."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import ingest, tasks
from accounts.ingest import history
from accounts.models import DateOrder, Finding, Import, ImportFile
from accounts.permissions import person
from accounts.sources.findings import explain
from b2shift.lib.api import Refused
from b2shift.lib.uploads import takes_files

STATUS = {"too_large": 413, "archive_too_large": 413, "binary_file": 415}  # any other refusal of a file: 422
KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="A repeated request with the same key starts no second import.",
)


class ImportSerializer(serializers.ModelSerializer[Import]):
    """An import; counts are zero until it is finished."""

    started_by = serializers.CharField(source="started_by.email", default=None, allow_null=True, read_only=True)
    error = serializers.CharField(source="explained", read_only=True)
    files = serializers.IntegerField(source="file_count", read_only=True)
    rows = serializers.IntegerField(source="row_count", read_only=True)
    quarantined = serializers.IntegerField(source="quarantined_count", read_only=True)
    added = serializers.IntegerField(source="added_count", read_only=True)
    changed = serializers.IntegerField(source="changed_count", read_only=True)
    unchanged = serializers.IntegerField(source="unchanged_count", read_only=True)
    removed = serializers.IntegerField(source="removed_count", read_only=True)

    class Meta:
        model = Import
        fields: ClassVar = [
            "id", "state", "channel", "again_of", "created_at", "started_at", "finished_at", "started_by", "progress", "step", "error",
            "customers", "files", "rows", "quarantined", "added", "changed", "unchanged", "removed",
        ]  # fmt: skip


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """One rule's count over one file; ``explanation`` is in the language of the request."""

    explanation = serializers.SerializerMethodField()

    class Meta:
        model = Finding
        fields: ClassVar = ["code", "severity", "column", "count", "examples", "explanation"]

    def get_explanation(self, finding: Finding) -> str:
        """Title, meaning and consequence in one text."""
        words = explain(finding.code)
        return f"{words.title}. {words.meaning} {words.done}".strip()


class ExampleSerializer(serializers.Serializer[Any]):
    """A date as written, and the day that it is in each of the offered orders (empty where it would be none)."""

    value = serializers.CharField()
    days = serializers.ListField(child=serializers.CharField(allow_blank=True))


class QuestionSerializer(serializers.Serializer[Any]):
    """A column whose short dates nothing decides; answer with one of ``orders``."""

    column = serializers.CharField()
    header = serializers.CharField()
    count = serializers.IntegerField()
    orders = serializers.ListField(child=serializers.ChoiceField(DateOrder.Order.choices))
    examples = ExampleSerializer(many=True)


class AnswersSerializer(serializers.Serializer[Any]):
    """The answers: ``source.column`` → dmy, mdy or ymd."""

    orders = serializers.DictField(child=serializers.ChoiceField(DateOrder.Order.choices))


class ImportFileSerializer(serializers.ModelSerializer[ImportFile]):
    """One file: what it was recognised as and what became of its rows."""

    findings = FindingSerializer(many=True, read_only=True)
    added = serializers.IntegerField(read_only=True)
    questions = QuestionSerializer(many=True, read_only=True)

    class Meta:
        model = ImportFile
        fields: ClassVar = [
            "name", "source", "outcome", "reason", "bytes", "encoding", "separator", "rows", "accepted", "quarantined",
            "unchanged", "added", "changed", "removed", "mends", "seconds", "findings", "questions",
        ]  # fmt: skip


class ImportDetailSerializer(ImportSerializer):
    """An import with its files."""

    outcomes = serializers.SerializerMethodField()

    class Meta(ImportSerializer.Meta):
        fields: ClassVar = [*ImportSerializer.Meta.fields, "outcomes"]

    @extend_schema(responses=ImportFileSerializer(many=True))
    def get_outcomes(self, run: Import) -> list[dict[str, Any]]:
        """Every file with its findings."""
        return list(ImportFileSerializer(history.files(run), many=True).data)


class UploadSerializer(serializers.Serializer[Any]):
    """Files of the known kinds, or one ZIP with them."""

    files = serializers.ListField(child=serializers.FileField())


class ImportRefusalSerializer(serializers.Serializer[Any]):
    """Why nothing was stored: ``code`` for programs, ``detail`` for people."""

    code = serializers.CharField()
    detail = serializers.CharField()


@takes_files
class ImportList(ListAPIView[Import]):
    """Imports, the newest first; a POST of files starts one."""

    allowed_roles: ClassVar = history.READERS
    serializer_class = ImportSerializer
    parser_classes = (MultiPartParser,)
    queryset = Import.objects.none()

    def get_queryset(self) -> QuerySet[Import]:
        """What the caller may see."""
        return history.imports(person(self.request))

    @extend_schema(
        parameters=[KEY],
        request={"multipart/form-data": UploadSerializer},
        responses={
            202: ImportSerializer,
            413: ImportRefusalSerializer,
            415: ImportRefusalSerializer,
            422: ImportRefusalSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Store the files of the field ``files`` and queue their import."""
        try:
            run = ingest.receive(request.FILES.getlist("files"), person(request))
        except Refused as refusal:
            body = {"code": refusal.code, "detail": str(refusal.message)}
            return Response(body, status=STATUS.get(refusal.code, 422))
        tasks.wake_import(run.pk)
        return Response(ImportSerializer(self.get_queryset().get(pk=run.pk)).data, status=202)


class ImportDetail(RetrieveAPIView[Import]):
    """One import with its files and findings."""

    allowed_roles: ClassVar = history.READERS
    serializer_class = ImportDetailSerializer
    queryset = Import.objects.none()

    def get_queryset(self) -> QuerySet[Import]:
        """What the caller may see."""
        return history.imports(person(self.request))


class ImportCancel(APIView):
    """Stop an import."""

    allowed_roles: ClassVar = history.READERS

    @extend_schema(parameters=[KEY], request=None, responses={202: ImportSerializer, 409: ImportRefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """A waiting import is cancelled at once, a running one within a second or so; nothing is changed."""
        ingest.cancel(get_object_or_404(history.imports(person(request)), pk=pk).pk, person(request))
        return Response(ImportSerializer(history.imports(person(request)).get(pk=pk)).data, status=202)


class ImportAgain(APIView):
    """Start a failed or cancelled import once more."""

    allowed_roles: ClassVar = history.READERS

    @extend_schema(parameters=[KEY], request=None, responses={202: ImportSerializer, 409: ImportRefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Queue a new import of the same files."""
        run = ingest.again(get_object_or_404(history.imports(person(request)), pk=pk).pk, person(request))
        tasks.wake_import(run.pk)
        return Response(ImportSerializer(history.imports(person(request)).get(pk=run.pk)).data, status=202)


class ImportAnswer(GenericAPIView[Import]):
    """The answer to what an import asks about dates (the ``questions`` of its files)."""

    allowed_roles: ClassVar = history.READERS
    serializer_class = AnswersSerializer
    queryset = Import.objects.none()

    @extend_schema(parameters=[KEY], responses={202: ImportSerializer, 422: ImportRefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Keep the answers and queue an import of the same files that goes on with them."""
        mine = history.imports(person(request))
        given = AnswersSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            run = ingest.answer(get_object_or_404(mine, pk=pk), given.validated_data["orders"], person(request))
        except Refused as refusal:
            return Response({"code": refusal.code, "detail": str(refusal.message)}, status=422)
        tasks.wake_import(run.pk)
        return Response(ImportSerializer(mine.get(pk=run.pk)).data, status=202)
