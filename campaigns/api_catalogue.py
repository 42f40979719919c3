"""Offers, strategies and policies over the API: who sees campaigns reads the first two, who plans all; administrators write.

A POST takes an ``Idempotency-Key``; a PATCH may carry ``seen`` (the fingerprint that was read) to refuse lost updates.
"""

import copy
from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import BusinessUnit, Role, User
from accounts.permissions import EVERYONE, person
from campaigns import editions, policies, policy_words, simulation, term_rules, terms
from campaigns.forms.catalogue import RESERVED_CODES, OfferFilter, StrategyFilter
from campaigns.models import Offer, PolicyRule, PolicySimulation, PolicyVersion, Strategy
from campaigns.tasks import wake_simulation

READERS = frozenset({Role.MANAGER, Role.ANALYST, Role.ADMIN})  # of policies, and of what an offer costs us


class _TermsSerializer(serializers.ModelSerializer):
    """A row with its fingerprint; its code is fixed once it exists."""

    fingerprint = serializers.SerializerMethodField()

    def get_fingerprint(self, row: Offer | Strategy) -> str:
        """Send it back as ``seen`` to change exactly what was read."""
        return terms.fingerprint(row)

    def validate_code(self, code: str) -> str:
        """No word of the product's own addresses, and never another code than before."""
        if code in RESERVED_CODES or (self.instance is not None and code != self.instance.code):
            raise serializers.ValidationError("fixed or reserved")
        return code

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """The rules that forms and files obey too, by field."""
        row: Any = copy.copy(self.instance) if self.instance is not None else self.Meta.model()  # type: ignore[attr-defined,misc]
        for name, value in given.items():
            setattr(row, name, value)
        if found := term_rules.problems(row):
            raise serializers.ValidationError(found)
        return given


class OfferSerializer(_TermsSerializer):
    """An offer. Discount in percent, price in BRL (null: none of its own). What it costs us is told to those who plan."""

    def to_representation(self, row: Offer) -> dict[str, Any]:
        """Without our cost for the other roles."""
        told: dict[str, Any] = super().to_representation(row)
        request = self.context.get("request")
        if request is not None and person(request).role not in READERS:
            told.pop("cost")
        return told

    class Meta:
        model = Offer
        fields = (
            "code",
            "name",
            "product",
            "business_unit",
            "play",
            "step",
            "benefit",
            "benefit_en",
            "discount_percent",
            "price",
            "cost",
            "valid_from",
            "valid_until",
            "legal",
            "legal_en",
            "eligibility",
            "is_active",
            "fingerprint",
        )


class StrategySerializer(_TermsSerializer):
    """A strategy of one business unit."""

    class Meta:
        model = Strategy
        fields = (
            "code",
            "name",
            "name_en",
            "business_unit",
            "theme",
            "play",
            "purpose",
            "objective",
            "tone",
            "tone_en",
            "max_steps",
            "review",
            "is_active",
            "fingerprint",
        )


class RuleSerializer(serializers.ModelSerializer):
    """A rule: its parameters as stored, and as sentences in the language of the request."""

    sentences = serializers.SerializerMethodField()

    class Meta:
        model = PolicyRule
        fields = ("kind", "business_unit", "parameters", "sentences")
        read_only_fields = ("kind", "sentences")

    def get_sentences(self, rule: PolicyRule) -> list[str]:
        """The whole rule in words."""
        return policy_words.sentences(policies.rule(rule.kind, rule.parameters, rule.business_unit_id))


class RuleChange(serializers.Serializer):
    """The whole of a rule as it should be; ``business_unit``: whose own rule it is (without, or null: the company's)."""

    parameters = serializers.DictField()
    business_unit: Any = serializers.PrimaryKeyRelatedField(
        queryset=BusinessUnit.objects.all(), required=False, allow_null=True
    )


class PolicySerializer(serializers.ModelSerializer):
    """One edition with its rules; ``fingerprint`` is what publishing asks back as ``seen``."""

    rules = RuleSerializer(many=True, read_only=True)
    fingerprint = serializers.SerializerMethodField()

    class Meta:
        model = PolicyVersion
        fields = (
            "number",
            "state",
            "note",
            "created_by",
            "created_at",
            "published_by",
            "published_at",
            "in_force_from",
            "in_force_until",
            "fingerprint",
            "rules",
        )
        read_only_fields = (
            "number", "state", "created_by", "created_at", "published_by", "published_at", "in_force_from", "in_force_until",
        )  # fmt: skip

    def get_fingerprint(self, version: PolicyVersion) -> str:
        """Of all its rules and its note."""
        return editions.fingerprint(version)


class PrepareSerializer(serializers.Serializer):
    """Why the rules should change; ``copied``: the number of the edition that is copied (without: the rules in force)."""

    note = serializers.CharField(max_length=300)
    copied = serializers.IntegerField(required=False, allow_null=True, min_value=1)


class PublishSerializer(serializers.Serializer):
    """What was read, and from when on it should count (without: at once)."""

    seen = serializers.CharField()
    starts = serializers.DateTimeField(required=False, allow_null=True)


class OfferList(ListAPIView):
    """Offers, filtered as on the page; POST creates one (administrators)."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = OfferSerializer
    queryset = Offer.objects.select_related("business_unit")
    filterset_class = OfferFilter

    def post(self, request: Request) -> Response:
        """201 with the offer; 400 says what is wrong with which field; 403 for other roles."""
        actor, typed = _administrator(request), OfferSerializer(data=request.data)
        typed.is_valid(raise_exception=True)
        saved = terms.save_offer(Offer(**typed.validated_data), actor)
        return Response(OfferSerializer(saved).data, status=status.HTTP_201_CREATED)


class OfferDetail(RetrieveAPIView):
    """One offer by its code; PATCH changes it (administrators)."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = OfferSerializer
    queryset = Offer.objects.select_related("business_unit")
    lookup_field = "code"

    def patch(self, request: Request, code: str) -> Response:
        """200 with the offer; 409 when it is no longer as ``seen``."""
        actor, row = _administrator(request), get_object_or_404(Offer, code=code)
        saved = terms.save_offer(
            _changed(OfferSerializer(row, data=request.data, partial=True), row), actor, _seen(request)
        )
        return Response(OfferSerializer(saved).data)


class StrategyList(ListAPIView):
    """Strategies, filtered as on the page; POST creates one (administrators)."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = StrategySerializer
    queryset = Strategy.objects.select_related("business_unit")
    filterset_class = StrategyFilter

    def post(self, request: Request) -> Response:
        """201 with the strategy; 400 says what is wrong with which field; 403 for other roles."""
        actor, typed = _administrator(request), StrategySerializer(data=request.data)
        typed.is_valid(raise_exception=True)
        saved = terms.save_strategy(Strategy(**typed.validated_data), actor)
        return Response(StrategySerializer(saved).data, status=status.HTTP_201_CREATED)


class StrategyDetail(RetrieveAPIView):
    """One strategy by its code; PATCH changes it (administrators)."""

    allowed_roles: ClassVar = EVERYONE
    serializer_class = StrategySerializer
    queryset = Strategy.objects.select_related("business_unit")
    lookup_field = "code"

    def patch(self, request: Request, code: str) -> Response:
        """200 with the strategy; 409 when it is no longer as ``seen``."""
        actor, row = _administrator(request), get_object_or_404(Strategy, code=code)
        saved = terms.save_strategy(
            _changed(StrategySerializer(row, data=request.data, partial=True), row), actor, _seen(request)
        )
        return Response(StrategySerializer(saved).data)


class PolicyList(ListAPIView):
    """All editions, the newest first; POST prepares the next one (administrators)."""

    allowed_roles: ClassVar = READERS
    serializer_class = PolicySerializer
    queryset = PolicyVersion.objects.prefetch_related("rules")

    @extend_schema(request=PrepareSerializer, responses={201: PolicySerializer})
    def post(self, request: Request) -> Response:
        """201 with a copy of the rules in force or of edition ``copied``; 409 while another edition is in preparation."""
        actor, typed = _administrator(request), PrepareSerializer(data=request.data)
        typed.is_valid(raise_exception=True)
        version = editions.prepare(actor, typed.validated_data["note"], typed.validated_data.get("copied"))
        return Response(PolicySerializer(version).data, status=status.HTTP_201_CREATED)


class PolicyDetail(RetrieveAPIView):
    """One edition by its number; DELETE discards the one in preparation (administrators)."""

    allowed_roles: ClassVar = READERS
    serializer_class = PolicySerializer
    queryset = PolicyVersion.objects.prefetch_related("rules")
    lookup_field = "number"

    def delete(self, request: Request, number: int) -> Response:
        """204; 409 for an edition that is or was in force."""
        editions.discard(get_object_or_404(PolicyVersion, number=number).pk, _administrator(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PolicyRuleChange(RetrieveAPIView):
    """One rule of an edition; ``?unit=`` names a business unit's own. PUT sets it (administrators)."""

    allowed_roles: ClassVar = READERS
    serializer_class = RuleSerializer
    queryset = PolicyRule.objects.all()

    def get_object(self) -> PolicyRule:
        """404 where the edition has no such rule."""
        found: PolicyRule = get_object_or_404(
            PolicyRule, version__number=self.kwargs["number"], kind=self.kwargs["kind"], business_unit=self._unit()
        )
        return found

    def _unit(self) -> BusinessUnit | None:
        code = self.request.query_params.get("unit", "").replace("\x00", "")
        return get_object_or_404(BusinessUnit, code=code) if code else None

    @extend_schema(request=RuleChange, responses=RuleSerializer, parameters=[OpenApiParameter("unit", str)])
    def put(self, request: Request, number: int, kind: str) -> Response:
        """200 with the rule; 409 where the parameters are not of its kind or the edition is not in preparation."""
        actor, typed = _administrator(request), RuleChange(data=request.data)
        typed.is_valid(raise_exception=True)
        version = get_object_or_404(PolicyVersion, number=number)
        unit = self._unit() or typed.validated_data.get("business_unit")
        rule = editions.save_rule(
            version.pk, kind, unit.pk if unit else None, typed.validated_data["parameters"], actor
        )
        return Response(RuleSerializer(rule).data)


class SimulationSerializer(serializers.ModelSerializer[PolicySimulation]):
    """A simulation; ``result`` holds customers (ids) gained and lost, messages, money in BRL a month, campaigns that change."""

    class Meta:
        model = PolicySimulation
        fields: ClassVar = ["state", "created_at", "finished_at", "error", "result"]


class PolicySimulate(GenericAPIView):
    """What the edition as it stands would have done with the last 90 days. POST asks (administrators), GET reads."""

    allowed_roles: ClassVar = READERS
    serializer_class = SimulationSerializer
    queryset = PolicyVersion.objects.all()
    lookup_field = "number"

    def get(self, request: Request, number: int) -> Response:
        """200; 404 where nothing was simulated since the last change."""
        found = simulation.latest(get_object_or_404(PolicyVersion, number=number))
        if found is None:
            raise Http404
        return Response(SimulationSerializer(found).data)

    @extend_schema(request=None, responses={202: SimulationSerializer})
    def post(self, request: Request, number: int) -> Response:
        """202 with the row that a worker carries out; ask again with GET."""
        version = get_object_or_404(PolicyVersion, number=number)
        asked = simulation.ask(version.pk, _administrator(request))
        wake_simulation(asked.pk)
        return Response(SimulationSerializer(asked).data, status=status.HTTP_202_ACCEPTED)


class PolicyPublish(GenericAPIView):
    """POST puts the edition into force, at once or from a moment on."""

    allowed_roles: ClassVar = frozenset({Role.ADMIN})
    serializer_class = PolicySerializer
    queryset = PolicyVersion.objects.prefetch_related("rules")
    lookup_field = "number"

    @extend_schema(request=PublishSerializer, responses=PolicySerializer)
    def post(self, request: Request, number: int) -> Response:
        """200 with the edition in force or scheduled; 409 for whoever worked on it, and where it is not as ``seen``."""
        typed = PublishSerializer(data=request.data)
        typed.is_valid(raise_exception=True)
        version = get_object_or_404(PolicyVersion, number=number)
        seen, starts = typed.validated_data["seen"], typed.validated_data.get("starts")
        return Response(PolicySerializer(editions.publish(version.pk, _administrator(request), seen, starts)).data)


class PolicyWithdraw(GenericAPIView):
    """POST gives up a scheduled edition before it begins."""

    allowed_roles: ClassVar = frozenset({Role.ADMIN})
    serializer_class = PolicySerializer
    queryset = PolicyVersion.objects.prefetch_related("rules")
    lookup_field = "number"

    @extend_schema(request=None, responses=PolicySerializer)
    def post(self, request: Request, number: int) -> Response:
        """200 with the edition; 409 where it is not scheduled or has begun."""
        version = get_object_or_404(PolicyVersion, number=number)
        return Response(PolicySerializer(editions.withdraw(version.pk, _administrator(request))).data)


def _administrator(request: Request) -> User:
    actor = person(request)
    if actor.role != Role.ADMIN:
        raise PermissionDenied
    return actor


def _seen(request: Request) -> str | None:
    return str(request.data["seen"]) if isinstance(request.data, dict) and "seen" in request.data else None


def _changed(typed: serializers.ModelSerializer, row: Any) -> Any:
    typed.is_valid(raise_exception=True)
    for name, value in typed.validated_data.items():
        setattr(row, name, value)
    return row
