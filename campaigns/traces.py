"""How a draft came to be, as people read it: the steps of the agents with what they looked at, answered, used and were refused."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Role
from campaigns import evidence
from campaigns.models import AgentRun, AgentStep, Campaign, Draft

Words = str | Promise

# Steps quote customers of the whole segment: a sales rep, who sees own customers only, reads none of them.
READERS = frozenset(Role) - {Role.REP}

READINGS: dict[str, Words] = {
    "segment_profile": gettext_lazy("Profile of the segment"),
    "segment_history": gettext_lazy("History of the segment"),
    "past_results": gettext_lazy("Results so far"),
    "policies": gettext_lazy("Rules of the business unit"),
    "offers": gettext_lazy("Strategies and offers that may be chosen"),
    "account_facts": gettext_lazy("A typical customer, anonymous"),
    "external_context": gettext_lazy("Indicators from outside"),
}
OUTCOMES: dict[str, Words] = {
    "ok": pgettext_lazy("agents", "Done"),
    "refused": pgettext_lazy("agents", "Refused"),
    "invalid": gettext_lazy("Not in the agreed form"),
    "failed": gettext_lazy("Endpoint failed"),
    "blocked": gettext_lazy("Blocked by the checks"),
    "too_large": gettext_lazy("Result too large"),
    "steps": gettext_lazy("Limit of calls reached"),
    "tokens": gettext_lazy("Limit of tokens reached"),
    "seconds": gettext_lazy("Limit of time reached"),
    "money": gettext_lazy("Limit of cost reached"),
    "tool": gettext_lazy("A reading failed"),
    "instruction": gettext_lazy("Reads like an instruction"),
    "role": gettext_lazy("Reads like an instruction"),
    "link": gettext_lazy("Contains an address"),
    "encoded": gettext_lazy("Contains encoded text"),
}
LIMITS = frozenset({"steps", "tokens", "seconds", "money"})
PLACES: dict[str, Words] = {
    "name": gettext_lazy("name of a customer"),
    "industry": gettext_lazy("market segment of a customer"),
    "ticket": gettext_lazy("ticket of a customer"),
    "nps": gettext_lazy("NPS answer of a customer"),
}
ICONS = {
    "model": "sparkles",
    "tool": "database",
    "stop": "ban",
    "withheld": "shield-lock",
    "check": "shield-check",
    "end": "flag",
}


@dataclass(frozen=True)
class Shown:
    """One step in words. ``lines`` are sentences, ``seen`` what a reading returned, as it was shown to the model."""

    step: AgentStep
    title: str
    outcome: str
    tone: str
    icon: str
    lines: tuple[str, ...] = ()
    seen: Any = None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.step.milliseconds / 1000

    @property
    def seen_text(self) -> str:
        """What a reading returned, as indented JSON."""
        return json.dumps(self.seen, ensure_ascii=False, indent=1)


@dataclass
class Trace:
    """A run with its steps and what they used together. ``complete``: it came to an end."""

    run: AgentRun
    steps: list[Shown] = field(default_factory=list)
    calls: int = 0
    tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    seconds: float = 0.0
    complete: bool = False

    @property
    def cents(self) -> Decimal:
        """US cents."""
        return self.cost_usd * 100


def reason_in_words(reason: str) -> str:
    """Why the playbook wrote instead of the agents, by the code that the reason begins with.

    The detail of a limit says the same in English and is left out, what the checks found is said in their words, another detail
    stays as it is.
    """
    code, _colon, detail = reason.partition(":")
    label, detail = OUTCOMES.get(code), detail.strip()
    if code == "blocked":
        detail = " ".join(_found(each) for each in detail.split(", "))
    return f"{label}: {detail}" if label and detail and code not in LIMITS else str(label or reason)


def _found(code: str) -> str:
    """What the checks found, in their words; the code where they have none."""
    return _(evidence.MESSAGES[code]) % defaultdict(lambda: "…") if code in evidence.MESSAGES else code


def run_of(campaign: Campaign, number: int | None = None) -> tuple[Draft, AgentRun] | None:
    """The version with this number, without one the newest on which agents worked, and their run; None where they did not."""
    drafts = campaign.drafts.exclude(agent_run=None).select_related("agent_run", "agent_run__user")
    draft = (drafts.filter(number=number) if number else drafts).order_by("-number").first()
    return (draft, draft.agent_run) if draft and draft.agent_run else None


def trace(run: AgentRun) -> Trace:
    """The run in the reader's language."""
    found = Trace(run)
    for step in run.steps.order_by("number"):
        found.steps.append(_shown(step))
        found.calls += step.kind == AgentStep.Kind.MODEL
        found.tokens += step.tokens_in + step.tokens_out
        found.cost_usd += step.cost_usd
        found.seconds += step.milliseconds / 1000
        found.complete |= step.kind == AgentStep.Kind.END
    return found


def _shown(step: AgentStep) -> Shown:
    seen = step.got.get("result") if step.kind == AgentStep.Kind.TOOL else None
    good, bad = step.outcome == "ok", step.kind in (AgentStep.Kind.STOP, AgentStep.Kind.END)
    tone = "good" if good else "bad" if bad else "warn"
    lines = tuple(filter(None, _lines(step)))
    return Shown(step, _title(step), str(OUTCOMES.get(step.outcome, step.outcome)), tone, ICONS[step.kind], lines, seen)


def _title(step: AgentStep) -> str:
    if step.kind == AgentStep.Kind.TOOL:
        return str(READINGS.get(step.name, step.name))
    if step.kind == AgentStep.Kind.WITHHELD:
        return _("Kept from the model: %(place)s") % {"place": PLACES.get(step.name, step.name)}
    if step.kind == AgentStep.Kind.END:
        return _("The words are the agents'") if step.name == "agents" else _("The playbook writes")
    if step.kind == AgentStep.Kind.MODEL and "tools" in step.got:
        return _("Decides what to look up")
    return str(_TITLES[step.kind] if step.kind in _TITLES else _DOES.get(step.role, step.name))


_TITLES: dict[str, Words] = {
    AgentStep.Kind.STOP: pgettext_lazy("agents", "Stopped"),
    AgentStep.Kind.CHECK: gettext_lazy("Evidence and policy check the words"),
}
_DOES: dict[str, Words] = {
    AgentStep.Role.ANALYST: gettext_lazy("Reports what the segment is like"),
    AgentStep.Role.STRATEGIST: gettext_lazy("Chooses strategy and offer"),
    AgentStep.Role.WRITER: gettext_lazy("Writes the words"),
    AgentStep.Role.CRITIC: gettext_lazy("Reads the words as a critic"),
}


def _lines(step: AgentStep) -> list[str]:
    got = step.got
    if "answer" in got and step.role in _ANSWERS:
        return _ANSWERS[step.role](got["answer"])
    if "tools" in got:
        return [", ".join(str(READINGS.get(each["tool"], each["tool"])) for each in got["tools"])]
    if step.kind == AgentStep.Kind.END and step.name == "agents":
        return [f"{got.get('strategy', '')} · {got.get('offer', '')}"]
    asked = [step.given.get("account", ""), step.given.get("business_unit", "")]
    problem = got.get("problem", "")
    if problem and step.kind == AgentStep.Kind.TOOL:
        problem = _("Told to the model: “%(text)s”") % {"text": problem}
    detail = "" if step.outcome in LIMITS else reason_in_words(got.get("detail", ""))
    return [*asked, problem, detail, got.get("text", ""), *map(_found, got.get("findings", []))]


def _analysis(answer: dict[str, Any]) -> list[str]:
    seen = [f"{each['text']} ({READINGS.get(each['tool'], each['tool'])})" for each in answer["observations"]]
    return [*seen, _("Opportunity: %(text)s") % {"text": answer["opportunity"]}]


def _pick(answer: dict[str, Any]) -> list[str]:
    angle = _("Angle: %(text)s") % {"text": answer["angle"]} if answer["angle"] else ""
    return [f"{answer['strategy']} · {answer['offer']}", answer["reason"], angle]


def _letter(answer: dict[str, Any]) -> list[str]:
    blocks = [" ".join(sentence["text"] for sentence in block["sentences"]) for block in answer["blocks"]]
    return [answer["subject"], *blocks]


def _critique(answer: dict[str, Any]) -> list[str]:
    said = [
        _("Sentence %(number)s: %(note)s") % {"number": each["sentence"], "note": each["note"]}
        for each in answer["findings"]
    ]
    return [_("Nothing to object to.") if answer["verdict"] == "pass" else _("Asks for other words."), *said]


_ANSWERS: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    AgentStep.Role.ANALYST: _analysis,
    AgentStep.Role.STRATEGIST: _pick,
    AgentStep.Role.WRITER: _letter,
    AgentStep.Role.CRITIC: _critique,
}
