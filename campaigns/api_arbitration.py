"""Who comes first, for programs: the newest weighing, one customer's standings, the levers. Reads only."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Customer, Role
from accounts.permissions import EVERYONE, person
from campaigns import arbiter, factors, standings
from campaigns.arbitration import FACTORS, NOBODY
from campaigns.models import ArbitrationRun, Lever

READERS = frozenset({Role.MANAGER, Role.ANALYST, Role.EXECUTIVE, Role.ADMIN})


class ArbitrationSerializer(serializers.ModelSerializer[ArbitrationRun]):
    """A weighing: ``campaigns`` with levers and customers won and lost; ``result.effects``: what each factor changed."""

    policy: Any = serializers.SlugRelatedField(source="policy_version", slug_field="number", read_only=True)

    class Meta:
        model = ArbitrationRun
        fields: ClassVar = [
            "id",
            "created_at",
            "finished_at",
            "policy",
            "customers",
            "pairs",
            "seconds",
            "campaigns",
            "result",
            "digest",
        ]


class StandingRow(serializers.Serializer[Any]):
    """One campaign at one customer. ``decided``: the factor that decided, null where none did alone; ``winner``: who came first."""

    campaign = serializers.IntegerField()
    title = serializers.CharField()
    business_unit = serializers.CharField()
    live = serializers.BooleanField()
    rank = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=["won", "lost", "spent"])
    winner = serializers.IntegerField(allow_null=True)
    factors = serializers.DictField(child=serializers.FloatField(), help_text=", ".join(FACTORS))
    priority = serializers.FloatField()
    budget = serializers.IntegerField()
    decided = serializers.ChoiceField(choices=list(FACTORS), allow_null=True)
    context_reasons = serializers.ListField(child=serializers.CharField())
    sentences = serializers.ListField(child=serializers.CharField())


class CustomerStandings(serializers.Serializer[Any]):
    """The standings of one customer in the newest weighing, by rank."""

    run = serializers.IntegerField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)
    standings = StandingRow(many=True)


class LeverRow(serializers.ModelSerializer[Lever]):
    """A lever that was set at some time; exactly one of the three targets is not null."""

    strategy: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    value = serializers.DecimalField(max_digits=4, decimal_places=2, read_only=True)

    class Meta:
        model = Lever
        fields: ClassVar = ["business_unit", "strategy", "campaign", "value", "note", "set_by", "set_at"]


class Arbitration(APIView):
    """The newest weighing of all live campaigns and proposals."""

    allowed_roles = READERS

    @extend_schema(responses=ArbitrationSerializer)
    def get(self, request: Request) -> Response:
        """200, or 404 before the first."""
        run = arbiter.latest()
        if run is None:
            raise NotFound
        return Response(ArbitrationSerializer(run).data)


class ArbitrationOfCustomer(APIView):
    """Why each campaign won or lost one customer; campaigns that the caller may not see are left out."""

    allowed_roles = EVERYONE

    @extend_schema(responses=CustomerStandings)
    def get(self, request: Request, code: str) -> Response:
        """200; an empty list where nobody wants the customer."""
        user = person(request)
        customer = get_object_or_404(Customer.objects.visible_to(user), code=code.replace("\x00", ""))
        run, lines = standings.at_customer(customer, user)
        rows = [_row(line) for line in lines]
        told = {"run": run.pk if run else None, "at": run.finished_at if run else None, "standings": rows}
        return Response(CustomerStandings(told).data)


class LeverList(ListAPIView[Lever]):
    """Levers that were ever set; what is not listed weighs 1."""

    allowed_roles = READERS
    serializer_class = LeverRow
    queryset = Lever.objects.select_related("strategy")


def _row(line: standings.Line) -> dict[str, Any]:
    row = line.standing
    return {
        "campaign": row.campaign_id, "title": line.title, "business_unit": line.unit, "live": line.live, "rank": row.rank,
        "outcome": line.outcome, "winner": line.winner, "priority": row.priority, "budget": row.budget,
        "factors": {name: getattr(row, name) for name in FACTORS},
        "decided": None if row.decided == NOBODY else FACTORS[row.decided],
        "context_reasons": factors.reasons_of(row.reasons), "sentences": line.sentences,
    }  # fmt: skip
