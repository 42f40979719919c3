"""What a segment is called: the proposals by rules and by the model, and the form with which a person decides."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.lib.htmx import wants_fragment
from segments import passports, runs, suggestions, tasks
from segments.forms import RenameForm
from segments.models import Segment
from segments.views.segments import latest_profile


@allow(*runs.STARTERS)
def segment_rename(request: HttpRequest, passport: str) -> HttpResponse:
    """Give a segment a name that survives later runs; ``?use=rules`` or ``?use=model`` starts from a proposal."""
    found = get_object_or_404(Segment, passport=passport)
    if wants_fragment(request) and request.headers.get("HX-Target") == "name-waits":
        waits = found.suggestion.get("state") == suggestions.ASKED
        return render(request, "segments/_name_waits.html", {"segment": found}) if waits else _refreshed()
    proposals = proposed(found)
    start = proposals.get(request.GET.get("use", ""), {})
    form = RenameForm(request.POST or None, instance=Segment.objects.get(pk=found.pk), initial=_fields(start))
    if request.method == "POST" and form.is_valid():
        try:
            passports.rename(found.pk, person(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", refusal.message)
        else:
            messages.success(request, _("The segment is now called %(name)s.") % {"name": form.cleaned_data["name"]})
            return redirect("segment", passport=passport)
    context = {"segment": found, "form": form, "model": suggestions.is_configured(), **_shown(found, proposals)}
    return render(request, "segments/rename.html", context)


def _refreshed() -> HttpResponse:
    return HttpResponse(headers={"HX-Refresh": "true"})


def proposed(segment: Segment) -> dict[str, dict[str, Any]]:
    """What rules propose, and the model where it has answered."""
    profile = latest_profile(segment)
    found: dict[str, dict[str, Any]] = {"rules": dict(suggestions.by_rules(profile))} if profile else {}
    if segment.suggestion.get("state") == suggestions.READY:
        found["model"] = segment.suggestion
    return found


def _fields(proposal: dict[str, Any]) -> dict[str, Any]:
    names = {"name": "name", "name_en": "name_en", "description": "text", "description_en": "text_en"}
    return {field: proposal[key] for field, key in names.items() if key in proposal}


def _shown(segment: Segment, proposals: dict[str, dict[str, Any]]) -> dict[str, Any]:
    state = segment.suggestion.get("state", "")
    return {
        "rules": proposals.get("rules"),
        "by_model": proposals.get("model"),
        "waits": state == suggestions.ASKED,
        "failed": segment.suggestion.get("reason", "") if state == suggestions.FAILED else "",
    }


@require_POST
@allow(*runs.STARTERS)
def segment_ask_name(request: HttpRequest, passport: str) -> HttpResponse:
    """Ask the model for a name and a text; a worker does, and the page shows the answer."""
    found = get_object_or_404(Segment, passport=passport)
    try:
        with transaction.atomic():
            suggestions.ask(found.pk, person(request))
            transaction.on_commit(lambda: tasks.wake_naming(found.pk))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The model was asked; its proposal appears here."))
    return redirect("segment-rename", passport=passport)
