"""How attentively we review: own figures, the team's, reasons of rejections; and the page that tells what a planted error was."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from campaigns import planting, review_quality
from campaigns.models import Plant
from campaigns.views import preview

LOOK: dict[str, Any] = {
    Plant.Kind.FIGURE: gettext_lazy("Each figure stands among the facts beside the draft: compare them one by one."),
    Plant.Kind.DISCOUNT: gettext_lazy(
        "The discount is a term of the offer: compare it with the offer named at the top."
    ),
    Plant.Kind.DATE: gettext_lazy("Until when an offer holds is a term of the offer: compare the day with it."),
    Plant.Kind.PRODUCT: gettext_lazy(
        "The product is a term of the offer: read its name in the words and in the offer."
    ),
    Plant.Kind.NAME: gettext_lazy("The offer has a name: read it in the words and at the top of the page."),
    Plant.Kind.COMPARISON: gettext_lazy(
        "A comparison needs a fact: look whether one of the facts beside the draft supports it."
    ),
}


@allow(Role.MANAGER, Role.ADMIN)
@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """Own figures beside the team's; administrators also see each person's and plant drafts."""
    user = person(request)
    is_admin = user.role == Role.ADMIN
    context = {
        "own": review_quality.of(user),
        "team": review_quality.of(None),
        "people": review_quality.by_person() if is_admin else [],
        "reasons": [{**row, "words": review_quality.reason_words(row["reason"])} for row in review_quality.reasons()],
        "may_plant": is_admin,
        "undecided": review_quality.undecided() if is_admin else 0,
        "lessons": Plant.objects.filter(decided_by=user).select_related("campaign")[:10],
    }
    return render(request, "campaigns/review_quality.html", context)


@allow(Role.ADMIN)
@require_POST
def plant(request: HttpRequest) -> HttpResponse:
    """Put one planted draft into the queue."""
    try:
        planting.plant(person(request))
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(
            request, _("A planted draft waits in the queue. You know of it, so somebody else must decide.")
        )
    return redirect("review-quality")


@allow()
@require_safe
def lesson(request: HttpRequest, pk: int) -> HttpResponse:
    """What was wrong and where, for the person who decided and for administrators; 404 for others and before that."""
    user = person(request)
    own = Q() if user.role == Role.ADMIN else Q(decided_by=user)
    found = get_object_or_404(
        Plant.objects.filter(own).exclude(outcome="open").select_related("campaign__offer"), pk=pk
    )
    draft = found.campaign.drafts.get(number=1)
    context = {
        "plant": found,
        "difference": preview.difference(found.original, found.changed),
        "facts": preview.facts(draft.facts.all()),
        "where": LOOK[found.kind],
        "may_decide": user.role in (Role.MANAGER, Role.ADMIN),
    }
    return render(request, "campaigns/review_lesson.html", context)
