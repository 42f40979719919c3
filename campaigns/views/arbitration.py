"""Who comes first: all campaigns weighed against each other, the levers, and why a campaign won or lost one customer."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import BusinessUnit, Customer, Role, User
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.lib.htmx import wants_fragment
from b2shift.templatetags.b2shift import number
from campaigns import arbiter, gate, levers, lifecycle, queries, standings
from campaigns.forms.arbitration import LeverForm
from campaigns.models import ArbitrationRun, Campaign, Lever, Strategy
from campaigns.tasks import wake_arbitration

READERS = (Role.MANAGER, Role.ANALYST, Role.EXECUTIVE, Role.ADMIN)
SHOWN = 10
S = ArbitrationRun.State
KINDS: dict[str, tuple[type, str]] = {
    "unit": (BusinessUnit, "code"),
    "strategy": (Strategy, "code"),
    "campaign": (Campaign, "pk"),
}


@allow(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def arbitration(request: HttpRequest) -> HttpResponse:
    """The newest run with levers and history; POST asks for another."""
    user = person(request)
    if request.method == "POST":
        try:
            wake_arbitration(arbiter.ask(user).pk)
        except Refused as refused:
            messages.error(request, refused.message)
        return redirect("arbitration")
    newest = ArbitrationRun.objects.first()
    context = {
        "run": arbiter.latest(),
        "newest": newest,
        "busy": newest is not None and newest.state in (S.QUEUED, S.RUNNING),
        "may_ask": user.role in lifecycle.WRITERS,
        "may_set": user.role in lifecycle.DECIDERS,
        **_figures(arbiter.latest()),
        "runs": ArbitrationRun.objects.select_related("asked_by", "policy_version")[:SHOWN],
    }
    template = "campaigns/_arbitration.html" if wants_fragment(request) else "campaigns/arbitration.html"
    return render(request, template, context)


@allow(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def lever(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """One lever with its history; POST sets it (marketing managers and administrators)."""
    user = person(request)
    target = _target(kind, key, user)
    found = Lever.objects.filter(**{levers.FIELDS[type(target)]: target}).first()
    form = LeverForm(request.POST or None, initial={"value": found.value if found else Decimal(1)})
    if request.method == "POST" and form.is_valid():
        try:
            changed = levers.set_lever(target, form.cleaned_data["value"], form.cleaned_data["note"], user)
            if changed:
                messages.success(
                    request,
                    _("The lever is set. Audiences that are frozen stay as they are; the next weighing follows."),
                )
            else:
                messages.info(request, _("The lever had this value already: nothing was changed."))
            return redirect("arbitration")
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect("arbitration-lever", kind=kind, key=key)
    name = getattr(target, "display_name", target)
    context = {"name": name, "form": form, "may_set": user.role in lifecycle.DECIDERS, "history": _history(found)}
    return render(request, "campaigns/lever.html", context)


@allow()
@require_safe
def customer_arbitration(request: HttpRequest, code: str) -> HttpResponse:
    """Why each campaign won or lost one customer, with every factor."""
    user = person(request)
    customer = get_object_or_404(Customer.objects.visible_to(user), code=code.replace("\x00", ""))
    run, lines = standings.at_customer(customer, user)
    context = {
        "customer": customer,
        "run": run,
        "lines": lines,
        "factors": _factor_words(),
        "may_read_all": user.role in READERS,
    }
    return render(request, "campaigns/customer_arbitration.html", context)


def _target(kind: str, key: str, user: User) -> levers.Target:
    """What is weighed. A planted draft takes a lever like any other campaign, and contends nowhere."""
    model, field = KINDS.get(kind, (None, ""))
    if model is None or (field == "pk" and not key.isdecimal()):
        raise Http404
    rows = Campaign.every.visible_to(user).as_shown() if model is Campaign else model
    found: levers.Target = get_object_or_404(rows, **{field: key.replace("\x00", "")[:40]})
    return found


def _figures(run: ArbitrationRun | None) -> dict[str, Any]:
    """The run in rows: campaigns, units, factors and levers."""
    names = dict(BusinessUnit.objects.values_list("code", "name"))
    campaigns = [
        {**each, "unit_name": names.get(each["unit"], each["unit"])} for each in (run.campaigns if run else [])
    ]
    campaigns.sort(key=lambda each: (not each["live"], -each["won"], each["id"]))
    version, levers_of = queries.policy_in_force(), _levers(campaigns, names)
    windows = gate.limits_of(tuple(queries.rules_of(version)), "", "").windows if version else ()
    return {
        "campaigns": campaigns,
        "units": _units(campaigns),
        "effects": _effects(run, names),
        "levers": levers_of,
        "set_levers": [each for each in levers_of if each["lever"]],
        "budget": standings.caps_in_words(windows),
        "contested": sum(each["lost"] for each in campaigns),
    }


def _units(campaigns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for each in campaigns:
        row = rows.setdefault(
            each["unit"], {"name": each["unit_name"], "won": 0, "lost": 0, "spent": 0, "value_won": 0.0}
        )
        for figure in ("won", "lost", "spent", "value_won"):
            row[figure] += each[figure]
    return sorted(rows.values(), key=lambda row: row["name"])


def _effects(run: ArbitrationRun | None, names: dict[str, str]) -> list[dict[str, Any]]:
    found = run.result.get("effects", []) if run else []
    return [
        {
            **each,
            "name": standings.FACTOR_NAMES[each["factor"]],
            "meaning": standings.FACTOR_MEANINGS[each["factor"]],
            "units": [(names.get(unit, unit), *moved) for unit, moved in each["units"].items() if moved[0] or moved[1]],
        }
        for each in found
    ]


def _levers(campaigns: list[dict[str, Any]], names: dict[str, str]) -> list[dict[str, Any]]:
    """Everything that can be weighed: units, strategies that are active or have a lever, and the campaigns of the run."""
    rows = Lever.objects.select_related("set_by")
    weighed = Q(is_active=True) | Q(pk__in=[row.strategy_id for row in rows if row.strategy_id])
    known = {(row.business_unit_id, row.strategy_id, row.campaign_id): row for row in rows}
    found: list[tuple[str, Any, str, str, tuple[Any, Any, Any]]] = [
        *(("unit", code, name, name, (code, None, None)) for code, name in names.items()),
        *(
            ("strategy", each.code, each.display_name, names[each.business_unit_id], (None, each.pk, None))
            for each in Strategy.objects.filter(weighed)
        ),
        *(("campaign", row["id"], row["title"], row["unit_name"], (None, None, row["id"])) for row in campaigns),
    ]
    return [
        {"kind": kind, "key": key, "name": name, "unit": unit, "lever": known.get(place)}
        for kind, key, name, unit, place in found
    ]


def _history(found: Lever | None) -> list[dict[str, Any]]:
    """Who set a lever when, newest first, as items of the timeline."""
    if found is None:
        return []
    events = found.events.order_by("-pgh_id")  # type: ignore[attr-defined]
    people = {each.pk: str(each) for each in User.objects.filter(pk__in=[event.set_by_id for event in events])}
    return [
        {
            "at": event.pgh_created_at,
            "title": number(event.value, 2),
            "text": f"{event.note} · {people[event.set_by_id]}",
            "icon": "scale",
        }
        for event in events
    ]


def _factor_words() -> list[tuple[Any, Any]]:
    return [(standings.FACTOR_NAMES[name], standings.FACTOR_MEANINGS[name]) for name in standings.FACTOR_NAMES]
