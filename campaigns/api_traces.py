"""How a draft came to be, for programs: the agents' steps as they were recorded."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import person
from campaigns import traces
from campaigns.models import AgentRun, AgentStep, Campaign, Draft


class StepRow(serializers.ModelSerializer[AgentStep]):
    """One step. ``given`` and ``got`` hold pseudonyms and bands, and the model's answers."""

    class Meta:
        model = AgentStep
        fields: ClassVar = [
            "number", "at", "role", "kind", "name", "outcome", "given", "got", "tokens_in", "tokens_out", "cost_usd", "milliseconds",
        ]  # fmt: skip


class TraceWhole(serializers.ModelSerializer[AgentRun]):
    """One run of the agents with its steps in their order; a run whose last step is no ``end`` was interrupted."""

    steps = StepRow(many=True, read_only=True)
    draft = serializers.SerializerMethodField()
    drafter = serializers.SerializerMethodField()

    class Meta:
        model = AgentRun
        fields: ClassVar = ["id", "at", "draft", "drafter", "language", "model", "limits", "prompts", "steps"]

    def get_draft(self, run: AgentRun) -> int:
        """The number of the version that it was about."""
        number: int = self.context["draft"].number
        return number

    def get_drafter(self, run: AgentRun) -> str:
        """Who wrote in the end: ``model`` or ``playbook``."""
        draft: Draft = self.context["draft"]
        return str(Draft.Drafter.MODEL if draft.by_agents else draft.drafter)


class CampaignTrace(APIView):
    """How the newest version on which agents worked came to be."""

    allowed_roles = traces.READERS

    @extend_schema(responses=TraceWhole)
    def get(self, request: Request, pk: int) -> Response:
        """200; 404 for a campaign that the caller may not see, and where no agents worked."""
        visible = Campaign.every.visible_to(person(request)).as_shown().values("pk")
        found = traces.run_of(get_object_or_404(Campaign.every.filter(pk__in=visible), pk=pk))
        if found is None:
            raise NotFound
        draft, run = found
        context: dict[str, Any] = {"draft": draft}
        return Response(TraceWhole(run, context=context).data)
