"""Playbooks over the API: who sees campaigns reads, administrators and marketing managers write.

A PUT may carry ``seen`` (the fingerprint that was read) to refuse lost updates; it makes the next version.
"""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import GenericAPIView, ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import EVERYONE, person
from campaigns import playbooks
from campaigns.models import Playbook, Strategy


class PlaybookSerializer(serializers.ModelSerializer):
    """The texts of one strategy in one language. ``because`` holds an opening per figure of the segment."""

    strategy: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    because = serializers.DictField(child=serializers.CharField(max_length=600), required=False)
    fingerprint = serializers.SerializerMethodField()

    class Meta:
        model = Playbook
        fields = ("strategy", "language", "version", *playbooks.TEXTS, "edited_by", "updated_at", "fingerprint")
        read_only_fields = ("language", "version", "edited_by", "updated_at")

    def get_fingerprint(self, row: Playbook) -> str:
        """Send it back as ``seen`` to change exactly what was read."""
        return playbooks.fingerprint(row)


class PlaybookList(ListAPIView):
    """All playbooks that are written."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = PlaybookSerializer
    queryset = Playbook.objects.select_related("strategy").order_by("strategy__code", "-language")


class PlaybookDetail(GenericAPIView):
    """One playbook by the code of its strategy and its language (``pt-br`` or ``en``)."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = PlaybookSerializer
    queryset = Playbook.objects.select_related("strategy")

    def get(self, request: Request, code: str, language: str) -> Response:
        """200, or 404 where it is not written."""
        row = get_object_or_404(self.get_queryset(), strategy__code=code, language=language)
        return Response(PlaybookSerializer(row).data)

    @extend_schema(request=PlaybookSerializer, responses=PlaybookSerializer)
    def put(self, request: Request, code: str, language: str) -> Response:
        """200 with the next version; 400 names the texts that are refused and why; 409 when it is no longer as ``seen``."""
        actor = person(request)
        if actor.role not in playbooks.EDITORS:
            raise PermissionDenied
        if language not in Playbook.Language.values:
            raise NotFound
        strategy = get_object_or_404(Strategy, code=code)
        typed = PlaybookSerializer(data=request.data)
        typed.is_valid(raise_exception=True)
        row = Playbook(strategy=strategy, language=language, **typed.validated_data)
        if found := playbooks.problems(row):
            told: dict[str, list[str]] = {}
            for problem in found:
                told.setdefault(problem.field, []).append(playbooks.in_words(problem))
            raise serializers.ValidationError(told)
        seen: Any = request.data.get("seen") if isinstance(request.data, dict) else None
        return Response(PlaybookSerializer(playbooks.save(row, actor, str(seen) if seen is not None else None)).data)
