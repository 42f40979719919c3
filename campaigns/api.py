"""Campaigns for programs. Refusals answer 409 with a code; steps take an ``Idempotency-Key`` header."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import stepup
from accounts.permissions import EVERYONE, person
from campaigns import audience, authors, checks, lifecycle, plants, wording_results
from campaigns.forms.campaigns import CampaignFilter
from campaigns.models import Campaign, Draft, Fact

KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="A repeat with the same key has no second effect."
)


def _lesson(campaign: Campaign) -> str | None:
    found = plants.lesson_of(campaign)
    return reverse("review-lesson", args=[found.pk]) if found else None


class CampaignRow(serializers.ModelSerializer[Campaign]):
    """One campaign in a list."""

    segment: Any = serializers.SlugRelatedField(slug_field="passport", read_only=True)
    strategy: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    offer: Any = serializers.SlugRelatedField(slug_field="code", read_only=True)
    lesson = serializers.SerializerMethodField()

    def get_lesson(self, row: Campaign) -> str | None:
        """Where it is told what was wrong, when the draft that was just decided had been planted to be found; else null."""
        return _lesson(row)

    class Meta:
        model = Campaign
        fields: ClassVar = [
            "id",
            "lesson",
            "title",
            "status",
            "segment",
            "strategy",
            "offer",
            "business_unit",
            "channel",
            "language",
            "step",
            "parent",
            "created_at",
            "status_at",
        ]


class FactRow(serializers.ModelSerializer[Fact]):
    """One fact of a draft."""

    class Meta:
        model = Fact
        fields: ClassVar = ["key", "label", "value", "unit", "source", "as_of"]


class DraftRow(serializers.ModelSerializer[Draft]):
    """The newest words with their facts; ``other_…`` is a second wording, empty where there is none."""

    facts = FactRow(many=True, read_only=True)

    class Meta:
        model = Draft
        fields: ClassVar = [
            "number",
            "drafter",
            "subject",
            "body",
            "sentences",
            "other_subject",
            "other_body",
            "other_sentences",
            "other_drafter",
            "facts",
            "created_at",
        ]


class WrittenRow(DraftRow):
    """The words that the agents were asked for; ``lesson`` as of a campaign: the draft had been planted, and the words are as before."""

    lesson = serializers.SerializerMethodField()

    class Meta(DraftRow.Meta):
        fields: ClassVar = ["lesson", *DraftRow.Meta.fields]

    def get_lesson(self, row: Draft) -> str | None:
        """Where it is told what was wrong, when the draft had been planted to be found; else null."""
        return _lesson(row.campaign)


class WordingRow(serializers.Serializer[Any]):
    """What came back of the mails of one wording; shares as (low, middle, high), 95%, null before anything was sent."""

    variant = serializers.CharField()
    sent = serializers.IntegerField()
    accepted = serializers.IntegerField()
    declined = serializers.IntegerField()
    acceptance: Any = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    refusal: Any = serializers.ListField(child=serializers.FloatField(), allow_null=True)


class WordingsCompared(serializers.Serializer[Any]):
    """Two wordings of version ``number`` compared. ``ahead``: the variant whose lead cannot be chance, or "".

    ``gap``: by how many percentage points (low, middle, high; 99%). ``more``: mails per wording that are missing to tell.
    """

    number = serializers.IntegerField()
    results = WordingRow(many=True)
    ahead = serializers.CharField(allow_blank=True)
    gap: Any = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    more = serializers.IntegerField()


class CampaignWhole(CampaignRow):
    """One campaign with words, audience, expected effect and everything that stands against it now."""

    draft = serializers.SerializerMethodField()
    audience = serializers.SerializerMethodField()
    findings = serializers.SerializerMethodField()
    approvals_needed = serializers.SerializerMethodField()
    digest = serializers.SerializerMethodField()
    wordings = serializers.SerializerMethodField()

    class Meta(CampaignRow.Meta):
        fields: ClassVar = [
            *CampaignRow.Meta.fields,
            "expected_effect",
            "hold_out_share",
            "draft",
            "audience",
            "findings",
            "approvals_needed",
            "digest",
            "wordings",
        ]

    def get_draft(self, campaign: Campaign) -> dict[str, Any] | None:
        """The newest version."""
        draft = campaign.current_draft
        return dict(DraftRow(draft).data) if draft else None

    def get_audience(self, campaign: Campaign) -> dict[str, Any]:
        """Counts: total, mails, calls, held_out, excluded by reason code."""
        counted = audience.preview(campaign)
        return {
            "total": counted.total,
            "mails": counted.mails,
            "calls": counted.calls,
            "held_out": counted.held_out,
            "excluded": counted.excluded,
        }

    def get_findings(self, campaign: Campaign) -> list[dict[str, Any]]:
        """Evidence and policy, judged now; messages in English. ``variant`` is "B" for a finding of the second wording."""
        return [
            {
                "code": f["code"],
                "variant": f.get("variant", ""),
                "severity": f["severity"],
                "sentence": f["sentence"],
                "message": f["message"] % f["params"],
            }
            for f in checks.readable(checks.standing(campaign), person(self.context["request"]))
        ]

    def get_approvals_needed(self, campaign: Campaign) -> int:
        """How many different people must agree."""
        return lifecycle.approvals_needed(campaign)

    def get_digest(self, campaign: Campaign) -> str:
        """What an approval would bind now; send it back as ``seen``."""
        return lifecycle.digest(campaign)

    @extend_schema_field(WordingsCompared(allow_null=True))
    def get_wordings(self, campaign: Campaign) -> dict[str, Any] | None:
        """What two wordings brought so far; null where no two went out."""
        compared = wording_results.of(campaign)
        return dict(WordingsCompared(compared).data) if compared else None


class Comment(serializers.Serializer[Any]):
    """What a step may carry."""

    comment = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class Agreement(Comment):
    """An approval; ``code`` is what the caller's authenticator shows now, where one is asked of them (always, by default)."""

    code = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    seen = serializers.RegexField(
        "^[0-9a-f]{64}$", required=False, allow_blank=True, default="",
        help_text="The campaign's digest as it was read: anything that has changed since is refused.",
    )  # fmt: skip


class Refusal(Comment):
    """A rejection."""

    reason_code = serializers.ChoiceField(choices=list(lifecycle.REASONS))


def _visible(request: Request) -> QuerySet[Campaign]:
    ids = Campaign.every.visible_to(person(request)).as_shown().values("pk")
    return Campaign.every.filter(pk__in=ids).select_related(
        "segment", "strategy", "offer", "policy_version", "business_unit"
    )


class CampaignList(generics.ListAPIView[Campaign]):
    """Campaigns that the caller may see, the newest first."""

    allowed_roles = EVERYONE
    serializer_class = CampaignRow
    filterset_class = CampaignFilter
    queryset = Campaign.objects.none()

    def get_queryset(self) -> QuerySet[Campaign]:
        """Only what is visible to the caller."""
        return _visible(self.request)


class CampaignDetail(generics.RetrieveAPIView[Campaign]):
    """One campaign."""

    allowed_roles = EVERYONE
    serializer_class = CampaignWhole
    queryset = Campaign.objects.none()

    def get_queryset(self) -> QuerySet[Campaign]:
        """Only what is visible to the caller."""
        return _visible(self.request)


class _Step(APIView):
    """One verb of the life cycle."""

    allowed_roles = lifecycle.DECIDERS
    verb = ""
    body: type[Comment] = Comment

    def carry_out(self, request: Request, pk: int) -> Response:
        """Move the campaign or answer 409."""
        found = get_object_or_404(_visible(request), pk=pk)
        given = self.body(data=request.data)
        given.is_valid(raise_exception=True)
        values, user = given.validated_data, person(request)
        proof = None
        if lifecycle.TABLE[self.verb].proven:
            proof = stepup.prove(request._request, user, values["code"], remember=False)
        moved = lifecycle.move(
            found.pk, self.verb, user, reason_code=values.get("reason_code", ""), comment=values["comment"], proof=proof,
            seen=values.get("seen", ""),
        )  # fmt: skip
        return Response(CampaignRow(moved).data)


class Approve(_Step):
    """Approve: with two approvers needed the first one leaves the campaign in review."""

    verb = "approve"
    body = Agreement

    @extend_schema(request=Agreement, responses=CampaignRow, parameters=[KEY])
    def post(self, request: Request, pk: int) -> Response:
        """Agree to exactly what the campaign is now."""
        return self.carry_out(request, pk)


class WriteAgain(APIView):
    """Other words by the agents."""

    allowed_roles = lifecycle.WRITERS

    @extend_schema(request=None, responses=WrittenRow, parameters=[KEY])
    def post(self, request: Request, pk: int) -> Response:
        """The next version, 409 where it is refused; it may take half a minute."""
        found = get_object_or_404(_visible(request), pk=pk)
        return Response(WrittenRow(authors.write_again(found.pk, person(request))).data)


class WriteOther(APIView):
    """A second wording by the agents."""

    allowed_roles = lifecycle.WRITERS

    @extend_schema(request=None, responses=WrittenRow, parameters=[KEY])
    def post(self, request: Request, pk: int) -> Response:
        """The next version with both wordings, 409 where it is refused; it may take half a minute."""
        found = get_object_or_404(_visible(request), pk=pk)
        return Response(WrittenRow(authors.write_other(found.pk, person(request))).data)


class Reject(_Step):
    """Reject with a reason."""

    verb = "reject"
    body = Refusal

    @extend_schema(request=Refusal, responses=CampaignRow, parameters=[KEY])
    def post(self, request: Request, pk: int) -> Response:
        """End the campaign unsent."""
        return self.carry_out(request, pk)


class RequestChanges(_Step):
    """Send a campaign back to its writers."""

    verb = "request_changes"

    @extend_schema(request=Comment, responses=CampaignRow, parameters=[KEY])
    def post(self, request: Request, pk: int) -> Response:
        """Back to preparation, with what should change."""
        return self.carry_out(request, pk)
