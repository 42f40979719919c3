"""A decision made again from what was recorded of it, by the same pure rules: bit for bit the same, or named where it differs."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

from pydantic import TypeAdapter

from accounts import chain
from b2shift.lib import canonical
from campaigns import arbitration, checks, classification, contention, decisions, letters, policies, queries, strategies
from campaigns.models import Decision, PolicyVersion, Strategy

MOST_DIFFERENCES = 20
BATCH = 500
_BASIS: TypeAdapter[checks.Basis] = TypeAdapter(checks.Basis)
_MOMENT: TypeAdapter[policies.Moment] = TypeAdapter(policies.Moment)
_MAIL: TypeAdapter[classification.Mail] = TypeAdapter(classification.Mail)


class Lapsed(LookupError):
    """The inputs of this decision are kept no longer; what it decided had no effect on anybody's audience."""


@dataclass(frozen=True)
class Replay:
    """One decision made again. ``differences`` are ``{path, recorded, now}``; ``changed`` modules decide by other text than then.

    ``lapsed``: its inputs are kept for a while only, and that is over: it cannot be made again.
    ``seal``: empty where the row is as it was sealed, "unsealed" where it waits for its seal, "altered".
    """

    decision: int
    kind: str
    differences: list[dict[str, Any]] = field(default_factory=list)
    changed: dict[str, list[str | None]] = field(default_factory=dict)
    seal: str = ""
    lapsed: bool = False

    @property
    def identical(self) -> bool:
        """The same output, from a row that nobody touched."""
        return not self.differences and not self.lapsed

    def report(self) -> dict[str, Any]:
        """As the command prints it."""
        return {
            "decision": self.decision,
            "kind": self.kind,
            "identical": self.identical,
            "differences": self.differences,
            "code_changed": self.changed,
            "seal": self.seal or "intact",
            "lapsed": self.lapsed,
        }


def replay(decision: Decision) -> Replay:
    """Make ``decision`` again. A body that cannot be read, and a row that is not as it was sealed, are differences."""
    return _replay(decision, chain.row_flaw(decisions.LOG, decision.pk))


def replay_many(chosen: Iterable[Decision], batch: int = BATCH) -> Iterator[Replay]:
    """``replay`` of each, with the seals of a whole batch looked up at once."""
    rest = iter(chosen)
    while several := list(islice(rest, batch)):
        seals = chain.row_flaws(decisions.LOG, [each.pk for each in several])
        yield from (_replay(each, seals.get(each.pk, "")) for each in several)


def _replay(decision: Decision, seal: str) -> Replay:
    found = [{"path": "seal", "recorded": "intact", "now": seal}] if seal == "altered" else []
    try:
        stored = json.loads(decision.body)
        again = json.loads(canonical.text(AGAIN[decision.kind](stored["inputs"], stored["versions"])))
        found += differences(stored["output"], again, "output")
        changed = _changed(stored["code"], decisions.code(decision.kind))
    except Lapsed:
        return Replay(decision.pk, decision.kind, found, {}, seal, lapsed=True)
    except Exception as error:  # whatever a tampered body leads to: the row is reported, the others go on
        unreadable = {"path": "body", "recorded": "readable", "now": f"{type(error).__name__}: {error}"[:300]}
        return Replay(decision.pk, decision.kind, [*found, unreadable], {}, seal)
    return Replay(decision.pk, decision.kind, found, changed, seal)


def differences(recorded: Any, now: Any, path: str) -> list[dict[str, Any]]:
    """Where two plain values differ, innermost; at most ``MOST_DIFFERENCES``. 1 and 1.0 differ."""
    found = []
    for each in _differences(recorded, now, path):
        found.append(each)
        if len(found) == MOST_DIFFERENCES:
            break
    return found


def _differences(recorded: Any, now: Any, path: str) -> Iterator[dict[str, Any]]:
    if isinstance(recorded, dict) and isinstance(now, dict):
        for key in sorted({*recorded, *now}):
            yield from _differences(recorded.get(key), now.get(key), f"{path}.{key}")
    elif isinstance(recorded, list) and isinstance(now, list) and len(recorded) == len(now):
        for place, pair in enumerate(zip(recorded, now, strict=True)):
            yield from _differences(*pair, f"{path}.{place}")
    elif canonical.text(recorded) != canonical.text(now):
        yield {"path": path, "recorded": recorded, "now": now}


def _changed(then: dict[str, str], now: dict[str, str]) -> dict[str, list[str | None]]:
    return {name: [then.get(name), now.get(name)] for name in sorted({*then, *now}) if then.get(name) != now.get(name)}


def _rules(versions: dict[str, Any]) -> list[policies.Rule]:
    return queries.rules_of(_edition(versions["edition"]))


@lru_cache(maxsize=64)
def _edition(number: int) -> PolicyVersion:
    """Read once by each process: what decided anything was published, and a published edition never changes."""
    return PolicyVersion.objects.get(pk=number)


def _choice(inputs: dict[str, Any], versions: dict[str, Any]) -> Any:
    return strategies.outcome(strategies.choose_again(inputs))


def _words(inputs: dict[str, Any], versions: dict[str, Any]) -> Any:
    return checks.judged(_BASIS.validate_python(inputs), _rules(versions))


def _audience(inputs: dict[str, Any], versions: dict[str, Any]) -> Any:
    terms = classification.Terms(**inputs["terms"])
    taken = {one[0] for one in inputs.get("contests", ()) if arbitration.beaten(*one[1:])}
    told = []
    for customer, facts, code in zip(inputs["customers"], inputs["facts"], inputs["codes"], strict=True):
        found = facts.replace("r", "") + ("r" if customer in taken else "")
        told.append(classification.audience(found, code, terms))
    kinds = sorted(set(told))
    place = {each: number for number, each in enumerate(kinds)}
    return {"outcomes": kinds, "each": [place[each] for each in told]}


def _approval(inputs: dict[str, Any], versions: dict[str, Any]) -> Any:
    needed = policies.approvals_needed(_rules(versions), _MOMENT.validate_python(inputs["moment"]))
    return {"digest": canonical.digest(inputs["bound"]), "needed": needed, "agreed": inputs["given"] >= needed}


def _gate(inputs: dict[str, Any], versions: dict[str, Any]) -> Any:
    names = classification.Mail.__dataclass_fields__
    # Older records end before what was added to the list since; they were made without it.
    mail = _MAIL.validate_python(dict(zip(names, inputs["seen"], strict=False)))
    return classification.gate(mail, _rules(versions), inputs["unit"], inputs["purpose"])


def _follow_up(inputs: dict[str, Any], versions: dict[str, Any]) -> Any:
    code, play, unit, active = inputs["strategy"]
    strategy = Strategy(code=code, play=play, business_unit_id=unit, is_active=active)
    step = inputs["step"] + 1
    offers = [strategies.offer_from(row) for row in inputs["offers"]]
    writable = step < inputs["rungs"] and inputs["profile"] and "email" in inputs.get("channels", ["email"])
    offer = strategies.first_offer(strategy, offers, inputs["ceilings"], step) if writable else None
    return {"channel": "email" if offer else "call", "offer": offer.code if offer else None}


def _arbitration(inputs: dict[str, Any], versions: dict[str, Any]) -> Any:
    contenders = [arbitration.Contender(**each) for each in inputs["contenders"]]
    contest = contention.stored(inputs["run"], contenders)
    if contest is None:
        raise Lapsed
    return contention.in_short(contest, arbitration.arbitrate(contest))


def _agents(inputs: dict[str, Any], versions: dict[str, Any]) -> Any:
    return letters.assemble(inputs)


AGAIN: dict[str, Callable[[dict[str, Any], dict[str, Any]], Any]] = {
    decisions.Kind.CHOICE: _choice,
    decisions.Kind.WORDS: _words,
    decisions.Kind.AUDIENCE: _audience,
    decisions.Kind.APPROVAL: _approval,
    decisions.Kind.GATE: _gate,
    decisions.Kind.FOLLOW_UP: _follow_up,
    decisions.Kind.ARBITRATION: _arbitration,
    decisions.Kind.AGENTS: _agents,
}
