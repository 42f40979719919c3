"""Campaigns: the list, drafting, the editor and the versions. The page of one campaign is in ``decisions``."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.catalog import gate
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.lib.cells import badge, link, two_lines
from b2shift.lib.htmx import page_or_fragment
from b2shift.templatetags.b2shift import since
from campaigns import checks, evidence, lifecycle, plants, prescribe, queries
from campaigns.agents import compose
from campaigns.drafting import propose
from campaigns.forms.campaigns import CampaignFilter, PrescribeForm, WordsForm
from campaigns.models import Campaign, Draft
from campaigns.views import preview
from campaigns.views.decisions import RELATED, visible


class CampaignTable(tables.Table):
    """Campaigns, the newest first."""

    title = tables.Column(verbose_name=gettext_lazy("Campaign"))
    status = tables.Column(verbose_name=gettext_lazy("Status"))
    segment = tables.Column(verbose_name=gettext_lazy("Segment"), order_by=("segment__name",))
    play = tables.Column(verbose_name=gettext_lazy("Strategy"), accessor="strategy__play", order_by=("strategy__play",))
    business_unit = tables.Column(verbose_name=gettext_lazy("Business unit"), order_by=("business_unit__name",))
    status_at = tables.Column(verbose_name=gettext_lazy("Since"))

    class Meta:
        attrs: ClassVar = {"class": "table table-vcenter card-table"}
        order_by = ("-status_at",)

    def render_title(self, record: Campaign) -> SafeString:
        """The title as a link, with the step of a follow-up."""
        step = _("Step %(step)s") % {"step": record.step} if record.step > 1 else ""
        return two_lines(link(reverse("campaign", args=[record.pk]), record.title), step)

    def render_status(self, record: Campaign) -> SafeString:
        """The status as a badge."""
        return badge(preview.TONES[record.status], record.get_status_display())

    def render_play(self, record: Campaign) -> str:
        """The play in words."""
        return record.strategy.get_play_display()

    def render_status_at(self, record: Campaign) -> str:
        """How long it has been so."""
        return since(record.status_at)


@allow()
@require_safe
def campaign_list(request: HttpRequest) -> HttpResponse:
    """All campaigns that this person may see."""
    user = person(request)
    found = CampaignFilter(request.GET, queryset=Campaign.every.visible_to(user).as_shown().select_related(*RELATED))
    table = CampaignTable(found.qs)
    table.caption = _("Campaigns")
    tables.RequestConfig(request, paginate={"per_page": 25}).configure(table)
    context = {
        "table": table,
        "filter": found,
        "may_prescribe": user.role in lifecycle.WRITERS,
        "uses_model": compose.is_configured(),
        "gate": gate.blocks(gate.ACTIVATION),
        "empty": not Campaign.objects.visible_to(user).exists(),
    }
    return page_or_fragment(request, "campaigns/campaigns.html", "_table.html", context)


@allow(*lifecycle.WRITERS)
@require_POST
def prescribe_now(request: HttpRequest) -> HttpResponse:
    """Draft for one segment or for all that can be acted on; the person who asks becomes the author."""
    form = PrescribeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("There is no such segment."))
        return redirect("campaigns")
    try:
        outcome = prescribe.run(person(request), form.passport())
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("campaigns")
    made = len(outcome.campaigns)
    if not made:
        messages.info(request, _("Nothing new: every segment that can be acted on has a living campaign."))
    else:
        text = ngettext("%(count)s campaign drafted.", "%(count)s campaigns drafted.", made) % {"count": made}
        messages.success(request, text + " " + _("You are the author: somebody else approves."))
    return redirect("campaign", pk=outcome.campaigns[0].pk) if made == 1 else redirect("campaigns")


@allow(*lifecycle.WRITERS)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the next version; the editor can no longer approve."""
    user = person(request)
    found = visible(user, pk)
    draft = found.current_draft
    if draft is None:
        return redirect("campaign", pk=pk)
    form = _form(request, draft)
    if form.is_valid():
        try:
            first, *second = form.said
            saved = propose.revise(pk, user, *first, *second)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            return _saved(request, pk, saved)
    context = {
        "campaign": found,
        "draft": draft,
        "form": form,
        "facts": preview.facts(draft.facts.all()),
        **_judged(found, draft, form),
    }
    return render(request, "campaigns/edit.html", context, status=422 if form.errors else 200)


@allow(*lifecycle.WRITERS)
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """What would stand against the words as they are typed; saves nothing."""
    found = visible(person(request), pk)
    draft = get_object_or_404(Draft, campaign=found, number=found.drafts.count())
    return render(request, "campaigns/_check.html", _judged(found, draft, WordsForm.typed(request.POST)))


@allow()
@require_safe
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """Two versions side by side as one text with what went and what came."""
    found = visible(person(request), pk)
    numbers = list(found.drafts.order_by("number").values_list("number", flat=True))
    after = _number(request.GET.get("b"), numbers, numbers[-1])
    before = _number(request.GET.get("a"), numbers, max(after - 1, numbers[0]))
    old, new = (found.drafts.select_related("edited_by").get(number=number) for number in (before, after))
    context = {
        "campaign": found,
        "numbers": numbers,
        "old": old,
        "new": new,
        "wordings": preview.differences(old, new),
    }
    return page_or_fragment(request, "campaigns/versions.html", "campaigns/_difference.html", context)


def _number(text: str | None, numbers: list[int], default: int) -> int:
    return next((number for number in numbers if str(number) == text), default)


def _form(request: HttpRequest, draft: Draft) -> WordsForm:
    """The form to save or, where a second wording was asked for or taken out, to write on."""
    if request.method != "POST":
        return WordsForm.of(draft)
    asked = request.POST.get("wordings", "")
    return WordsForm.reshaped(request.POST, two=asked == "two") if asked else WordsForm.typed(request.POST)


def _saved(request: HttpRequest, pk: int, saved: Draft) -> HttpResponse:
    if lesson := plants.lesson_of(Campaign.every.get(pk=pk)):
        return redirect("review-lesson", pk=lesson.pk)
    text = _("Version %(number)s saved. Submit it for review when it is ready.")
    messages.success(request, text % {"number": saved.number})
    return redirect("campaign", pk=pk)


def _judged(found: Campaign, draft: Draft, form: WordsForm) -> dict[str, Any]:
    version = queries.policy_in_force() or found.policy_version
    texts = [evidence.DraftText(propose.tidy(subject)[:200], propose.tidy(body)[:6000]) for subject, body in form.said]
    facts = queries.fact_values(draft.facts.all())
    other = texts[1] if len(texts) > 1 else None
    judged = checks.judge(found, texts[0], facts, queries.rules_of(version), other=other)
    return {
        "findings": preview.findings(judged),
        "blocked": bool(checks.blocking(judged)),
        "sizes": [
            {"variant": variant if other else "", "characters": len(text.subject), "words": len(text.body.split())}
            for variant, text in zip("AB", texts, strict=False)
        ],
    }
