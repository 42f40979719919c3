"""The first page after signing in: what waits for this person, then how things stand."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Role, User
from accounts.permissions import allow, person
from insights import kpis, queries, tiles, trends


@allow()
def home(request: HttpRequest) -> HttpResponse:
    """``/``: the lists of the person's role and the figures of the customers that they may see."""
    user = person(request)
    role = Role(user.role)
    figures = kpis.company_figures(user)
    first, later = _PARTS[role]
    context = {
        "figures": figures,
        "tiles": tiles.company(figures, None if role == Role.REP else trends.baseline()),
        "first": [f"insights/_{part}.html" for part in first],
        "later": [f"insights/_{part}.html" for part in later],
        "shown_without_customers": [f"insights/_{part}.html" for part in first if part in _ALWAYS],
    }
    for part in (*first, *later):
        context |= _LISTS[part](user)
    return render(request, "insights/home.html", context)


def _waiting(user: User) -> dict[str, Any]:
    waiting = queries.waiting_for_approval(user)
    return {"waiting": waiting[: queries.SHOWN], "waiting_count": waiting.count()}


def _tasks(user: User) -> dict[str, Any]:
    tasks = queries.open_tasks(user)
    return {"tasks": tasks[: queries.SHOWN], "tasks_count": tasks.count()}


def _accounts(user: User) -> dict[str, Any]:
    return {"accounts": queries.largest_accounts(user)[: queries.SHOWN]}


def _risky(user: User) -> dict[str, Any]:
    return {"risky": queries.at_risk(user)[: queries.SHOWN]}


def _unhappy(user: User) -> dict[str, Any]:
    return {"unhappy": queries.unhappy(user)[: queries.SHOWN]}


def _running(user: User) -> dict[str, Any]:
    return {"running": queries.running_campaigns(user)[: queries.SHOWN]}


def _answers(user: User) -> dict[str, Any]:
    return {"answers": queries.latest_answers(user)[: queries.SHOWN]}


def _campaigns(user: User) -> dict[str, Any]:
    return {"campaign_counts": kpis.campaign_counts(user)}


def _data_state(user: User) -> dict[str, Any]:
    return {"data": queries.data_state()}


def _last_run(user: User) -> dict[str, Any]:
    return {"runs": queries.last_run()}


def _administration(user: User) -> dict[str, Any]:
    return {"administration": queries.administration()}


# The parts above and below the row of figures, per role.
_PARTS: dict[Role, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Role.MANAGER: (("waiting", "answers"), ("running", "risky")),
    Role.REP: (("tasks", "accounts"), ("risky", "answers")),
    Role.SUCCESS: (("unhappy", "tasks"), ("risky", "answers")),
    Role.ANALYST: (("data_state", "last_run"), ("running", "answers")),
    Role.EXECUTIVE: ((), ("risky", "answers", "running", "campaigns")),
    Role.ADMIN: (("waiting", "administration"), ("data_state", "last_run")),
}
_ALWAYS = frozenset({"data_state", "last_run", "administration"})
_LISTS: dict[str, Callable[[User], dict[str, Any]]] = {
    "waiting": _waiting,
    "tasks": _tasks,
    "accounts": _accounts,
    "risky": _risky,
    "unhappy": _unhappy,
    "running": _running,
    "answers": _answers,
    "campaigns": _campaigns,
    "data_state": _data_state,
    "last_run": _last_run,
    "administration": _administration,
}
