"""The queue of what waits for a decision, and ordinary drafts read and approved one after another on one page."""

from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import stepup
from accounts.catalog import gate
from accounts.models import Role, User
from accounts.permissions import allow, person
from b2shift.lib import remembered
from b2shift.lib.api import Refused
from b2shift.lib.htmx import page_or_fragment
from campaigns import lifecycle, queries
from campaigns.cases import Case
from campaigns.forms.campaigns import ApprovalFilter
from campaigns.models import Campaign, Draft, Plant
from campaigns.views import opened, preview

PER_PAGE = 6  # each card is judged by the rules of today
BATCH = 5  # drafts that one page of the batch shows: more are not read with care


@allow(Role.MANAGER, Role.ADMIN)
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    """Campaigns in review, the longest waiting first, with what a decision needs at a glance; and what is approved but not sent.

    Without parameters: as filtered the last time.
    """
    if (again := remembered.filters(request, "approvals")) is not None:
        return again
    user = person(request)
    found = ApprovalFilter(request.GET, queries.waiting_for(user))
    page = Paginator(found.qs, PER_PAGE).get_page(request.GET.get("page"))
    cards = [card(campaign, user) for campaign in page]
    context = {
        "filter": found,
        "page": page,
        "mine": [one for one in cards if not one["refusal"]],
        "others": [one for one in cards if one["refusal"]],
        "ready": _ready(user),
        "gate": gate.blocks(gate.ACTIVATION),
        "filtered": any(value for name, value in request.GET.items() if name != "page"),
        "clear": remembered.cleared(request),
    }
    return page_or_fragment(request, "campaigns/approvals.html", "campaigns/_queue.html", context)


@allow(Role.MANAGER, Role.ADMIN)
@require_safe
def batch(request: HttpRequest) -> HttpResponse:
    """The ordinary drafts of the queue, whole, one below the other."""
    return _batch_page(request, [])


@allow(Role.MANAGER, Role.ADMIN)
@require_POST
def batch_approve(request: HttpRequest) -> HttpResponse:
    """Approve each ticked draft exactly as it was read; each stands for itself, and what is refused says why and stays ticked."""
    user, ticked = person(request), request.POST.getlist("campaign")[:BATCH]
    if not ticked:
        messages.error(request, _("Tick at least one draft."))
        return _batch_page(request, [], status=422)
    try:
        proof = stepup.prove(request, user, request.POST.get("code", "")[:20])
    except Refused as refused:
        messages.error(request, refused.message)
        return _batch_page(request, ticked, status=422)
    left = [pk for pk in ticked if not (pk.isdecimal() and len(pk) < 10 and _approve(request, user, pk, proof))]
    lessons = Plant.objects.filter(campaign__in=[pk for pk in ticked if pk not in left], decided_by=user)
    if done := len(ticked) - len(left) - len(lessons):
        text = ngettext("%(count)s campaign approved.", "%(count)s campaigns approved.", done)
        messages.success(request, text % {"count": done} + " " + _("They are sent when you say so."))
    if lessons:
        return redirect("review-lesson", pk=lessons[0].pk)
    return _batch_page(request, left, status=422) if left else redirect("approvals")


def _batch_page(request: HttpRequest, ticked: list[str], status: int = 200) -> HttpResponse:
    """The page of the batch, with the filters of its address; ``ticked`` are ticked already."""
    user = person(request)
    own = Draft.objects.filter(edited_by=user).values("campaign")
    waiting = ApprovalFilter(request.GET, queries.waiting_for(user)).qs.exclude(author=user).exclude(pk__in=own)
    cards = (card(campaign, user) for campaign in waiting[: BATCH * 4])
    ordinary = list(islice(filter(is_ordinary, cards), BATCH))
    for one in ordinary:
        one["mail"] = preview.mail(one["draft"], preview.example(one["campaign"]), one["campaign"].language)
        one["facts"] = preview.facts(one["draft"].facts.all())["public"]
        preview.note(one["mail"], one["facts"])
        one["ticked"] = str(one["campaign"].pk) in ticked
    context = {
        "cards": ordinary,
        "opened": opened.mark("batch"),
        "step_up": stepup.demand(request, user),
        "query": request.GET.urlencode(),
    }
    return render(request, "campaigns/batch.html", context, status=status)


def _approve(request: HttpRequest, user: User, pk: str, proof: stepup.Proof | None) -> bool:
    """One of a batch; False, with the reason said, when it is refused."""
    campaign = queries.waiting_for(user).filter(pk=pk).first()
    title = campaign.title if campaign else pk
    try:
        if campaign is None:
            raise Refused("gone", _("It no longer waits for a decision."))
        one = card(campaign, user)
        if not is_ordinary(one):
            raise Refused(
                "not_ordinary", one["refusal"] or _("This draft is decided on its own page: open it and read it there.")
            )
        seen = request.POST.get(f"seen-{pk}", "")
        if not seen:
            raise Refused("changed_meanwhile", _("Read it again before you decide."))
        seconds = opened.seconds_since(request, "batch")
        lifecycle.move(campaign.pk, "approve", user, proof=proof, seen=seen, seconds=seconds)
    except Refused as refused:
        messages.error(request, f"{title}: {refused.message}")
        return False
    return True


def is_ordinary(one: dict[str, Any]) -> bool:
    """One approval by this person is enough, nothing blocks or asks for a second look, there is one wording, the strategy allows it."""
    always = one["campaign"].strategy.is_always_reviewed or one["draft"].other is not None
    return not always and not one["refusal"] and one["needed"] == 1 and not one["blocking"] and not one["warnings"]


def card(campaign: Campaign, user: User) -> dict[str, Any]:
    """One campaign of the queue; ``refusal`` says why this person cannot approve it."""
    case = Case(campaign)
    approve = next((each for each in lifecycle.verbs_for(campaign, user, case) if each.verb == "approve"), None)
    return {
        "campaign": campaign,
        "draft": case.draft,
        "audience": case.audience,
        "blocking": len(case.blocking),
        "warnings": len(case.findings) - len(case.blocking),
        "needed": case.needed,
        "given": case.given,
        "digest": case.digest,
        "refusal": approve.refusal if approve else "",
    }


def _ready(user: User) -> list[dict[str, Any]]:
    """Approved campaigns that nobody has sent yet, with the end of their approval."""
    ready = Campaign.objects.visible_to(user).filter(status=Campaign.Status.APPROVED).prefetch_related("approvals")
    return [
        {
            "campaign": one,
            "until": min((each.expires_at for each in one.approvals.all() if not each.voided_at), default=None),
        }
        for one in ready[:40]
    ]
