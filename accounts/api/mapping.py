"""Mapping over the API: detect, suggest, preview, save and manage sources for files that nobody declared."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import mapping, tasks
from accounts.ingest.uploads import receive
from accounts.models import MappedSource
from accounts.permissions import person
from accounts.sources.mapping import Spec
from b2shift.lib.api import Refused
from b2shift.lib.names import safe_name
from b2shift.lib.uploads import takes_files

SHOWN = 20


class MappingRefusalSerializer(serializers.Serializer[Any]):
    """Why nothing was done: ``code`` for programs, ``detail`` for people."""

    code = serializers.CharField()
    detail = serializers.CharField()


class ColumnSpecSerializer(serializers.Serializer[Any]):
    """Where the values of one column come from and how they are read."""

    header = serializers.CharField(required=False, allow_blank=True, max_length=200)
    order = serializers.ChoiceField(choices=["", "dmy", "mdy", "ymd"], required=False)
    decimal = serializers.ChoiceField(choices=["", ",", "."], required=False)
    factor = serializers.FloatField(required=False)
    translations = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(allow_blank=True), min_length=2, max_length=2),
        required=False,
        help_text="Pairs of text found and text kept; an empty text is an empty field, * any other text.",
    )
    constant = serializers.CharField(required=False, allow_blank=True, max_length=120)


class ConditionSerializer(serializers.Serializer[Any]):
    """Which rows count: those whose text under ``header`` is one of ``values`` (``wanted`` false: is none of them)."""

    header = serializers.CharField(max_length=200)
    values = serializers.ListField(child=serializers.CharField(allow_blank=True))
    wanted = serializers.BooleanField(default=True)


class SpecSerializer(serializers.Serializer[Any]):
    """A mapping: which declared source the rows become, and which column is which."""

    title = serializers.CharField(max_length=120)
    base = serializers.CharField(help_text="Name of a declared source, such as clientes, dados_clientes, mrr, tickets.")
    header = serializers.ListField(child=serializers.CharField(allow_blank=True), help_text="The file's whole header.")
    columns = serializers.DictField(child=ColumnSpecSerializer(), help_text="Field of the base → where it comes from.")
    store = serializers.BooleanField(required=False)
    prefix = serializers.CharField(required=False, allow_blank=True)
    through = serializers.CharField(required=False, allow_blank=True)
    reference = serializers.CharField(required=False, allow_blank=True)
    summed = serializers.BooleanField(required=False)
    where = ConditionSerializer(many=True, required=False)
    encoding = serializers.CharField(required=False, allow_blank=True)
    separator = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)


class DetectedColumnSerializer(serializers.Serializer[Any]):
    """A column of a file and what its values show."""

    name = serializers.CharField()
    kind = serializers.CharField()
    filled = serializers.IntegerField()
    blank = serializers.IntegerField()
    decimal = serializers.CharField()
    readings = serializers.ListField(child=serializers.CharField(), help_text="Possible orders of its dates.")
    odd = serializers.IntegerField()
    examples = serializers.ListField(child=serializers.CharField())


class DetectedSerializer(serializers.Serializer[Any]):
    """How a file is written, what its columns hold, and the likeliest mappings."""

    name = serializers.CharField()
    kind = serializers.CharField()
    encoding = serializers.CharField()
    separator = serializers.CharField()
    rows = serializers.IntegerField()
    columns = DetectedColumnSerializer(many=True)
    sample = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    suggestions = SpecSerializer(many=True)


class ProblemSerializer(serializers.Serializer[Any]):
    """One kind of problem with its first lines."""

    code = serializers.CharField()
    title = serializers.CharField()
    column = serializers.CharField()
    count = serializers.IntegerField()
    severity = serializers.CharField()
    examples = serializers.ListField(child=serializers.DictField())


class TrialSerializer(serializers.Serializer[Any]):
    """What an import would do with a mapping; ``reason`` says why nothing can be read."""

    read = serializers.IntegerField()
    accepted = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    problems = ProblemSerializer(many=True)
    reason = serializers.CharField()
    cut = serializers.BooleanField()


class MappedSourceSerializer(serializers.ModelSerializer[MappedSource]):
    """A saved mapping."""

    spec = SpecSerializer(read_only=True)

    class Meta:
        model = MappedSource
        fields: ClassVar = ["name", "title", "base", "state", "version", "spec", "created_at", "updated_at"]


class StateSerializer(serializers.Serializer[Any]):
    """Switch a mapping on or off, or change it."""

    active = serializers.BooleanField(required=False)
    spec = SpecSerializer(required=False)


class FileSerializer(serializers.Serializer[Any]):
    """One CSV, XLSX or Parquet file."""

    file = serializers.FileField()


class TriedSerializer(serializers.Serializer[Any]):
    """One file and the mapping to try on it."""

    file = serializers.FileField()
    spec = serializers.JSONField(help_text="A mapping as in “suggestions”.")


class SaveSerializer(serializers.Serializer[Any]):
    """A mapping to save and, if it is to be loaded at once, its file."""

    spec = serializers.JSONField(help_text="A mapping as in “suggestions”.")
    file = serializers.FileField(required=False)


@contextmanager
def kept(file: UploadedFile) -> Iterator[Path]:
    """The sent file on disk for as long as it is looked at; nothing of it stays."""
    home = settings.B2SHIFT_HOME / "work"
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sent-", dir=home) as folder:
        path = Path(folder) / safe_name(file.name or "file")
        with path.open("wb") as out:
            for block in file.chunks():
                out.write(block)
        yield path


def _refused(refusal: Refused) -> Response:
    return Response({"code": refusal.code, "detail": refusal.message}, status=422)


def _spec(given: Any) -> Spec:
    """A mapping that was sent, its shape checked."""
    shape = SpecSerializer(data=given)
    shape.is_valid(raise_exception=True)
    return cast(Spec, shape.validated_data)


@takes_files
class Detect(APIView):
    """What is in a file and what it could become; nothing is stored."""

    allowed_roles: ClassVar = mapping.MAPPERS
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": FileSerializer},
        responses={200: DetectedSerializer, 422: MappingRefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        """Look at the field ``file``."""
        form = FileSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            with kept(form.validated_data["file"]) as path:
                table = mapping.look(path, path.name)
        except Refused as refusal:
            return _refused(refusal)
        found = [mapping.propose(table, path.name, each.base) for each in mapping.proposals(table, path.name)[:5]]
        return Response(
            {
                "name": table.name, "kind": table.kind, "encoding": table.encoding, "separator": table.separator,
                "rows": table.rows, "columns": DetectedColumnSerializer(table.columns, many=True).data,
                "sample": table.sample[:SHOWN], "suggestions": found,
            }
        )  # fmt: skip


@takes_files
class Preview(APIView):
    """What an import would do with a mapping; nothing is stored."""

    allowed_roles: ClassVar = mapping.MAPPERS
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": TriedSerializer},
        responses={200: TrialSerializer, 422: MappingRefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        """Try ``spec`` on ``file``."""
        form = TriedSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        spec = _spec(form.validated_data["spec"])
        try:
            with kept(form.validated_data["file"]) as path:
                found = mapping.attempt(path, path.name, spec)
        except Refused as refusal:
            return _refused(refusal)
        return Response(TrialSerializer(asdict(found)).data)


@takes_files
class MappedSourceList(ListAPIView[MappedSource]):
    """The sources that people made; a POST saves one and, with a file, imports it at once."""

    allowed_roles: ClassVar = mapping.MAPPERS
    serializer_class = MappedSourceSerializer
    parser_classes = (MultiPartParser, JSONParser)
    queryset = MappedSource.objects.none()

    def get_queryset(self) -> QuerySet[MappedSource]:
        """All but the deleted ones."""
        return mapping.mapped_sources()

    @extend_schema(
        request={"multipart/form-data": SaveSerializer, "application/json": SaveSerializer},
        responses={201: MappedSourceSerializer, 422: MappingRefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        """Save ``spec``; with ``file`` its import is queued as well (its number in the header X-Import)."""
        form = SaveSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            spec = mapping.checked(_spec(form.validated_data["spec"]))
            run = receive([form.validated_data["file"]], person(request)) if "file" in form.validated_data else None
            made, _none = mapping.save(person(request), spec)
        except Refused as refusal:
            return _refused(refusal)
        if run is not None:
            tasks.wake_import(run.pk)
        headers = {"X-Import": str(run.pk)} if run else {}
        return Response(MappedSourceSerializer(made).data, status=201, headers=headers)


class MappedSourceDetail(APIView):
    """One mapping: read, change or switch, delete."""

    allowed_roles: ClassVar = mapping.MAPPERS
    parser_classes = (JSONParser,)

    @extend_schema(responses=MappedSourceSerializer)
    def get(self, request: Request, name: str) -> Response:
        """The mapping as it stands."""
        return Response(MappedSourceSerializer(get_object_or_404(mapping.mapped_sources(), name=name)).data)

    @extend_schema(request=StateSerializer, responses={200: MappedSourceSerializer, 422: MappingRefusalSerializer})
    def patch(self, request: Request, name: str) -> Response:
        """Switch it on or off (``active``), or replace its ``spec``; what it read is then read again."""
        mapped = get_object_or_404(mapping.mapped_sources(), name=name)
        form = StateSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            if "active" in form.validated_data:
                mapping.switch(person(request), mapped, active=form.validated_data["active"])
            if "spec" in form.validated_data:
                run = mapping.edit(person(request), mapped, cast(Spec, form.validated_data["spec"]))
                if run is not None:
                    tasks.wake_import(run.pk)
        except Refused as refusal:
            return _refused(refusal)
        return Response(MappedSourceSerializer(mapping.mapped_sources().get(name=name)).data)

    @extend_schema(responses={204: None, 422: MappingRefusalSerializer})
    def delete(self, request: Request, name: str) -> Response:
        """Take it away; what it loaded stays."""
        try:
            mapping.delete(person(request), get_object_or_404(mapping.mapped_sources(), name=name))
        except Refused as refusal:
            return _refused(refusal)
        return Response(status=204)
