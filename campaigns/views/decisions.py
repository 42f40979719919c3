"""The page on which a manager decides, the steps that are taken there, and what people say about a campaign."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import stepup
from accounts.catalog import gate
from accounts.models import User
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.lib.htmx import page_or_fragment
from campaigns import checks, comments, costs, lifecycle, outbox, plants, traces, variants, wording_results
from campaigns.agents import compose
from campaigns.cases import Case
from campaigns.forms.campaigns import CommentForm, VerbForm
from campaigns.models import Campaign, Draft
from campaigns.tasks import wake_outbox
from campaigns.views import opened, preview

RELATED = ("segment", "offer", "strategy", "business_unit", "author", "policy_version", "run", "parent")
TOUCHED = ("in_review", "approved", "sending", "paused")  # by the data gate: what may go out, or is going out
SPECIAL = frozenset({"approve", "request_changes", "reject", "edit", "cancel"})  # have a form of their own


@dataclass(frozen=True)
class Tried:
    """A step that was refused: the page comes back with what was typed."""

    verb: str
    form: VerbForm
    refusal: str


@allow()
@require_safe
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that a decision needs, on one page; the preview alone for htmx."""
    found = visible(person(request), pk)
    context = page_context(request, found)
    return page_or_fragment(request, "campaigns/campaign.html", "campaigns/_preview.html", context)


@allow(*lifecycle.WRITERS)
@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Carry out one step; a refusal is said on the page, nothing has changed and what was typed is still there."""
    user = person(request)
    found, form = visible(user, pk), VerbForm(request.POST)
    if not form.is_valid():
        refusal = _("The comment is too long or the reason is unknown.")
        return _again(request, found, Tried(verb, form, refusal))
    try:
        carry_out(request, found, user, verb, form.cleaned_data)
    except Refused as refused:
        return _again(request, found, Tried(verb, form, refused.message))
    lesson = plants.lesson_of(Campaign.every.get(pk=pk))
    return redirect("review-lesson", pk=lesson.pk) if lesson else redirect("campaign", pk=pk)


@allow()
@require_POST
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something about a campaign; it is no edit, and whoever comments may still approve."""
    user = person(request)
    found, form = visible(user, pk), CommentForm(request.POST)
    try:
        comments.add(found, user, form.data.get("text", ""))
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("campaign", pk=pk)


def carry_out(request: HttpRequest, found: Campaign, user: User, verb: str, given: dict[str, Any]) -> None:
    """One step with all that it asks for; raises ``Refused`` with nothing changed."""
    if verb == "launch":
        _send(request, found, user)
        return
    approving = verb == "approve"
    if approving and given["send_now"]:
        gate.ensure(gate.ACTIVATION)  # refused as a whole: not approved without being sent
    proof = stepup.prove(request, user, given["code"]) if approving else None
    seen = given["seen"] if approving else ""
    moved = lifecycle.move(
        found.pk, verb, user, reason_code=given["reason_code"], comment=given["comment"], proof=proof, seen=seen,
        seconds=opened.seconds_since(request, found.pk),
    )  # fmt: skip
    if plants.lesson_of(moved):
        return
    if approving and moved.status == Campaign.Status.IN_REVIEW:
        messages.info(request, _("Your approval is recorded. One more person has to approve."))
    elif approving and given["send_now"]:
        _send(request, found, user)
    else:
        messages.success(request, _("Done: the campaign is now “%(status)s”.") % {"status": moved.get_status_display()})


def _fallback(found: Campaign, draft: Draft | None) -> str:
    """Why the playbook wrote, while the newest words are still the playbook's."""
    if draft is None or draft.drafter != Draft.Drafter.PLAYBOOK:
        return ""
    return traces.reason_in_words(found.expected_effect.get("fallback_reason", ""))


def _editable(found: Campaign, user: User) -> bool:
    return user.role in lifecycle.WRITERS and found.status in ("draft", "in_review", "approved")


def _send(request: HttpRequest, found: Campaign, user: User) -> None:
    outbox.launch(found.pk, user)
    wake_outbox()
    messages.success(request, _("Approved and on its way. Quiet hours and caps are respected for each recipient."))


def _again(request: HttpRequest, found: Campaign, tried: Tried) -> HttpResponse:
    fresh = visible(person(request), found.pk)
    return render(request, "campaigns/campaign.html", page_context(request, fresh, tried), status=422)


def visible(user: User, pk: int) -> Campaign:
    """A campaign that this person may see; 404 for any other."""
    seen: QuerySet[Campaign] = Campaign.every.visible_to(user).as_shown()
    return get_object_or_404(Campaign.every.filter(pk__in=seen.values("pk")).select_related(*RELATED), pk=pk)


def page_context(request: HttpRequest, found: Campaign, tried: Tried | None = None) -> dict[str, Any]:
    """What the campaign page shows."""
    user, case = person(request), Case(found)
    draft, choices = case.draft, lifecycle.verbs_for(found, user, case)
    return {
        "campaign": found,
        "draft": draft,
        "tone": preview.TONES[found.status],
        "gate": gate.blocks(gate.ACTIVATION) if found.status in TOUCHED else [],
        "findings": preview.findings(checks.readable(case.findings, user)),
        "blocked": bool(case.blocking),
        "audience": case.audience,
        "rationale": preview.rationale(found),
        "effect": found.expected_effect,
        "costs": costs.expected(found.offer, found.expected_effect),
        "timeline": preview.timeline(found),
        "versions": found.drafts.count(),
        "fallback_reason": _fallback(found, draft),
        "has_trace": user.role in traces.READERS and found.drafts.exclude(agent_run=None).exists(),
        "follow_ups": found.follow_ups.all(),
        "compared": wording_results.of(found),
        "comment_form": CommentForm(),
        **_mail(found, user, draft, request.GET.get("as", "")),
        **_decision(request, case, user, choices, tried),
    }


def _mail(found: Campaign, user: User, draft: Any, sample: str) -> dict[str, Any]:
    recipients = preview.samples(found, user)
    known = [*recipients, preview.example(found)]
    recipient = next((one for one in recipients if one.code == sample), known[0])
    shown = preview.mails(draft, recipient, found.language) if draft else []
    facts = preview.facts(draft.facts.all()) if draft else None
    for mail in shown:
        preview.note(mail, facts["public"] if facts else [])
    reads = variants.drawn(found.pk, recipient.code) if recipient.code and len(shown) > 1 else ""
    return {"recipients": recipients, "recipient": recipient, "mails": shown, "reads": reads, "facts": facts}


def _decision(
    request: HttpRequest, case: Case, user: User, choices: list[lifecycle.Choice], tried: Tried | None
) -> dict[str, Any]:
    found = case.campaign
    verbs = {choice.verb: choice for choice in choices}
    may_ask = compose.is_configured() and found.offer_id and _editable(found, user)
    return {
        "verbs": verbs,
        "undecidable": not set(verbs) - {"edit"},
        "plain_verbs": [(each, *preview.VERBS[each.verb]) for each in choices if each.verb not in SPECIAL],
        "approvals": found.approvals.select_related("approver"),
        "needed": case.needed,
        "given": case.given,
        "digest": case.digest,
        "step_up": stepup.demand(request, user) if "approve" in verbs else None,
        "may_ask_agents": may_ask,
        "may_ask_second": may_ask and found.channel == Campaign.Channel.EMAIL,
        "may_edit": _editable(found, user),
        "form": VerbForm(),
        "opened": opened.mark(found.pk),
        "tried": tried,
    }
