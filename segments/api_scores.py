"""Score models and scores over the API: what the pages show, as data."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import ListAPIView, RetrieveAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Customer
from accounts.permissions import EVERYONE, person
from segments import queries, runs, score_words, tasks, training
from segments.models import Score, ScoreModel, ScoreTraining


class ScoreModelSerializer(serializers.ModelSerializer):
    """One question and its newest model; ``refusal_text`` says in the language of the request why there is none."""

    slug = serializers.CharField()
    refusal_text = serializers.SerializerMethodField()

    class Meta:
        model = ScoreModel
        fields: tuple[str, ...] = (
            "slug", "kind", "target", "state", "trained_at", "as_of", "window_days", "algorithm", "calibrator", "customers",
            "seed", "fingerprint", "metrics", "refusal", "refusal_text",
        )  # fmt: skip

    def get_refusal_text(self, model: ScoreModel) -> str:
        """Empty where there is a model."""
        return score_words.refusal(model.refusal)


class ScoreModelCardSerializer(ScoreModelSerializer):
    """The whole card."""

    class Meta(ScoreModelSerializer.Meta):
        fields: tuple[str, ...] = (
            *ScoreModelSerializer.Meta.fields, "periods", "candidates", "features", "left_out", "calibration", "gains",
        )  # fmt: skip


class ScoreTrainingSerializer(serializers.ModelSerializer):
    """A training: waiting, running or done."""

    class Meta:
        model = ScoreTraining
        fields: tuple[str, ...] = ("id", "state", "seed", "created_at", "started_at", "finished_at", "error")


class ScoreSerializer(serializers.ModelSerializer):
    """A score in 0–1. ``rules`` marks the points table; the others are calibrated chances of the model named ``question``."""

    question = serializers.SerializerMethodField()
    rules = serializers.SerializerMethodField()
    drivers = serializers.SerializerMethodField()

    class Meta:
        model = Score
        fields: tuple[str, ...] = ("kind", "target", "question", "rules", "value", "drivers", "computed_at")

    def get_question(self, score: Score) -> str:
        """The slug of the model; empty for rules."""
        return score.model.slug if score.model else ""

    def get_rules(self, score: Score) -> bool:
        """Whether the value comes from the points table."""
        return score.model_id is None

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_drivers(self, score: Score) -> list[dict[str, Any]]:
        """As stored, the heaviest first."""
        return list(score.drivers)


class ScoreModelList(ListAPIView):
    """The newest model or refusal per question; POST asks for a training (analysts, managers and administrators)."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = ScoreModelSerializer
    queryset = ScoreModel.objects.none()

    def get_queryset(self) -> QuerySet[ScoreModel]:
        """In the order of kinds."""
        return ScoreModel.objects.filter(pk__in=[model.pk for model in queries.newest_models()]).order_by(
            "kind", "target"
        )

    @extend_schema(request=None, responses={202: ScoreTrainingSerializer})
    def post(self, request: Request) -> Response:
        """Queue a training: 202 with its row (the waiting one where there is one), 403 for other roles."""
        if person(request).role not in runs.STARTERS:
            raise PermissionDenied
        waiting = training.enqueue(person(request))
        tasks.wake_scores(waiting.pk)
        waiting.refresh_from_db()
        return Response(ScoreTrainingSerializer(waiting).data, status=status.HTTP_202_ACCEPTED)


class ScoreModelDetail(RetrieveAPIView):
    """The model card of one question."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = ScoreModelCardSerializer
    queryset = ScoreModel.objects.none()

    def get_object(self) -> ScoreModel:
        """By the name of the question; 404 for one that was never asked."""
        model = queries.score_model(self.kwargs["slug"])
        if model is None:
            raise Http404
        return model


class CustomerScores(ListAPIView):
    """All scores of a customer that the caller may see."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = ScoreSerializer
    queryset = Score.objects.none()

    def get_queryset(self) -> QuerySet[Score]:
        """In the order of kinds; 404 for a customer that the caller may not see."""
        if getattr(self, "swagger_fake_view", False):
            return Score.objects.none()
        customer = get_object_or_404(Customer.objects.visible_to(person(self.request)), code=self.kwargs["code"])
        return Score.objects.filter(customer=customer).select_related("model").order_by("kind", "target")
