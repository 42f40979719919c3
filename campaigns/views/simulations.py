"""What an edition in preparation would have done with the last 90 days: asked for, watched, read, exported."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import BusinessUnit, Customer, Role
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.lib.export import csv_response
from b2shift.lib.htmx import wants_fragment
from campaigns import policy_words, queries, simulation
from campaigns.models import PolicySimulation, PolicyVersion
from campaigns.tasks import wake_simulation

READERS = (Role.MANAGER, Role.ANALYST, Role.ADMIN)
SHOWN = 25


@allow(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def policy_simulation(request: HttpRequest, number: int) -> HttpResponse:
    """The newest simulation of the edition as it stands; POST asks for one (administrators)."""
    version = get_object_or_404(PolicyVersion, number=number)
    if request.method == "POST":
        try:
            wake_simulation(simulation.ask(version.pk, person(request)).pk)
        except Refused as refused:
            messages.error(request, refused.message)
        return redirect("policy-simulation", number=number)
    found = simulation.latest(version)
    context = {
        "version": version,
        "simulation": found,
        "may_ask": person(request).role == Role.ADMIN and version.state == PolicyVersion.State.DRAFT,
        **(_figures(request, found) if found and found.state == PolicySimulation.State.DONE else {}),
    }
    template = "campaigns/_simulation.html" if wants_fragment(request) else "campaigns/simulation.html"
    return render(request, template, context)


@allow(*READERS)
@require_safe
def policy_simulation_export(request: HttpRequest, number: int) -> HttpResponseBase:
    """Customers gained and lost as CSV; those that this person may see."""
    found = simulation.latest(get_object_or_404(PolicyVersion, number=number))
    if found is None or found.state != PolicySimulation.State.DONE:
        raise Http404
    changes = {**dict.fromkeys(found.result["gained"], _("gained")), **dict.fromkeys(found.result["lost"], _("lost"))}
    seen = Customer.every.visible_to(person(request)).filter(pk__in=list(changes)).order_by("code")
    rows = ((each.code, each.name, changes[each.pk]) for each in seen.iterator(chunk_size=2000))
    return csv_response(f"policy-{number}-simulation", (_("Code"), _("Customer"), _("Change")), rows)


def _figures(request: HttpRequest, found: PolicySimulation) -> dict[str, Any]:
    """The result in words, with a few of the customers concerned."""
    result, visible = found.result, Customer.every.visible_to(person(request))
    names = dict(BusinessUnit.objects.values_list("code", "name"))
    return {
        "result": result,
        "outdated": _outdated(found),
        "gained": len(result["gained"]),
        "lost": len(result["lost"]),
        "lost_for": _reasons(result["lost_for"]),
        "gained_for": _reasons(result["gained_for"]),
        "units": [(names.get(unit, unit), before, after) for unit, (before, after) in result["units"].items()],
        "lost_customers": visible.filter(pk__in=result["lost"]).order_by("name")[:SHOWN],
        "gained_customers": visible.filter(pk__in=result["gained"]).order_by("name")[:SHOWN],
        "campaigns": [
            {
                **each,
                "before": [policy_words.of_code(code) for code in each["blocked_before"]],
                "after": [policy_words.of_code(code) for code in each["blocked_after"]],
            }
            for each in result["campaigns"]
        ],
    }


def _outdated(found: PolicySimulation) -> bool:
    """Whether an edition in preparation would follow another one by now than the one that it was compared with."""
    base = queries.policy_to_come()
    return found.version.state == PolicyVersion.State.DRAFT and found.result["against"] != (base and base.number)


def _reasons(counts: dict[str, int]) -> list[tuple[str, int]]:
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    return [(policy_words.of_code(code), number) for code, number in ranked]
