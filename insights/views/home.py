"""The first page after signing in: what waits for this person, then how things stand."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Role, User
from accounts.permissions import allow, person
from insights import kpis, queries
from segments.queries import published_run


@allow()
def home(request: HttpRequest) -> HttpResponse:
    """``/``: figures of the customers that the person may see and the lists of their role."""
    user = person(request)
    context = {
        "figures": kpis.company_figures(user),
        "run": published_run(),
        **_LISTS[Role(user.role)](user),
    }
    return render(request, "insights/home.html", context)


def _manager(user: User) -> dict[str, Any]:
    waiting = queries.waiting_for_approval(user)
    return {
        "waiting": waiting[: queries.SHOWN],
        "waiting_count": waiting.count(),
        "running": queries.running_campaigns(user)[: queries.SHOWN],
        "answers": queries.latest_answers(user)[: queries.SHOWN],
        "campaign_counts": kpis.campaign_counts(user),
    }


def _rep(user: User) -> dict[str, Any]:
    tasks = queries.open_tasks(user)
    return {
        "tasks": tasks[: queries.SHOWN],
        "tasks_count": tasks.count(),
        "risky": queries.at_risk(user)[: queries.SHOWN],
        "answers": queries.latest_answers(user)[: queries.SHOWN],
    }


def _success(user: User) -> dict[str, Any]:
    return {**_rep(user), "unhappy": queries.unhappy(user)[: queries.SHOWN]}


def _analyst(user: User) -> dict[str, Any]:
    return {"data": queries.data_state(), "running": queries.running_campaigns(user)[: queries.SHOWN]}


def _executive(user: User) -> dict[str, Any]:
    return {
        "running": queries.running_campaigns(user)[: queries.SHOWN],
        "risky": queries.at_risk(user)[: queries.SHOWN],
        "answers": queries.latest_answers(user)[: queries.SHOWN],
    }


def _admin(user: User) -> dict[str, Any]:
    waiting = queries.waiting_for_approval(user)
    return {
        "administration": queries.administration(),
        "data": queries.data_state(),
        "waiting": waiting[: queries.SHOWN],
        "waiting_count": waiting.count(),
    }


_LISTS: dict[Role, Callable[[User], dict[str, Any]]] = {
    Role.MANAGER: _manager,
    Role.REP: _rep,
    Role.SUCCESS: _success,
    Role.ANALYST: _analyst,
    Role.EXECUTIVE: _executive,
    Role.ADMIN: _admin,
}
