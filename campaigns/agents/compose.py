"""A draft by the agents: analyst, strategist, writer, critic, at most one rewriting, within one budget and with every step kept.

Whatever goes wrong (endpoint, limits, forms, codes, evidence) ends in ``NotUsable`` with a reason that people can read; the caller
then uses the playbook. No database transaction is open while a model is asked. The evidence check has the last word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings

from accounts.models import ModelCall, User
from b2shift.lib import agent, llm
from campaigns import letters, policies
from campaigns.agents import prompts, roles, tools, trail
from campaigns.agents.roles import Analysis
from campaigns.drafting import words
from campaigns.drafting.facts import Known, shown
from campaigns.drafting.playbook import Texts, Written
from campaigns.letters import Letter
from campaigns.models import AgentRun, AgentStep, Offer, Strategy
from segments.models import SegmentProfile

Pair = tuple[Strategy, Offer]
HOUSE = AgentStep.Role.HOUSE
MOST_FLAGGED = 5  # suspected texts that a run names


class NotUsable(Exception):
    """The agents gave nothing that may be shown: ``reason`` is a code with detail, ``run`` what they did (None: nothing)."""

    def __init__(self, reason: str, run: AgentRun | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.run = run


@dataclass(frozen=True)
class Brief:
    """What the agents work on. ``pairs`` are the eligible ones, the best by the house's own figures first.

    ``facts``, ``frame`` and ``judge`` are the house's: what words may rest on, what stands around them, what stands against them.
    ``beside``: the first wording where a second one is to be tested against it, see ``letters.spoken``.
    """

    profile: SegmentProfile
    user: User | None
    pairs: Sequence[Pair]
    rules: Sequence[policies.Rule]
    company: dict[str, float]
    language: str
    step: int
    seconds: float
    facts: Callable[[Offer], list[Known]]
    frame: Callable[[Strategy], Texts]
    judge: Callable[[Pair, Written], list[dict[str, Any]]]
    beside: dict[str, Any] | None = None


@dataclass(frozen=True)
class Composed:
    """Words that nothing blocks, for the pair that was chosen, with the run that made them and the writer's last call.

    ``basis`` is all that pair and words were made from: ``letters.assemble`` makes them again. ``frame``: the version of the
    playbook whose lines stand around the words.
    """

    pair: Pair
    written: Written
    run: AgentRun
    basis: dict[str, Any]
    call: ModelCall
    frame: str


def is_configured() -> bool:
    """True when a key for a model is set."""
    return bool(settings.OPENAI_API_KEY)


def limits(seconds: float) -> agent.Limits:
    """What one draft may use, within ``seconds``."""
    return agent.Limits(
        settings.AGENT_STEPS,
        settings.AGENT_TOKENS,
        min(seconds, float(settings.AGENT_SECONDS), llm.MOST_SECONDS),
        settings.AGENT_CENTS,
        Decimal(settings.OPENAI_CENTS_PER_MILLION_IN),
        Decimal(settings.OPENAI_CENTS_PER_MILLION_OUT),
    )


def compose(brief: Brief) -> Composed:
    """Words by the agents; raises ``NotUsable``. Either way the run says how it came to that."""
    purse = agent.Purse(limits(brief.seconds))
    kept = trail.Trail(_begin(brief, purse.limits))
    try:
        composed = _Work(brief, purse, kept).composed()
    except agent.Stopped as stop:
        kept.write(HOUSE, "end", "playbook", stop.reason, got={"detail": stop.detail})
        raise NotUsable(f"{stop.reason}: {stop.detail}", kept.run) from stop
    except NotUsable as problem:
        kept.write(HOUSE, "end", "playbook", "blocked", got={"detail": problem.reason})
        raise NotUsable(problem.reason, kept.run) from problem
    chosen = {"strategy": composed.pair[0].code, "offer": composed.pair[1].code}
    kept.write(HOUSE, "end", "agents", "ok", got=chosen)
    return composed


def _begin(brief: Brief, most: agent.Limits) -> AgentRun:
    allowed = {
        "steps": most.steps,
        "tokens": most.tokens,
        "seconds": round(most.seconds, 1),
        "cents": float(most.cents),
    }
    return AgentRun.objects.create(
        segment=brief.profile.segment, user=brief.user, language=brief.language, model=settings.AGENT_MODEL[:100],
        limits=allowed, prompts={"agents": prompts.VERSION, **prompts.VERSIONS},
    )  # fmt: skip


@dataclass(frozen=True)
class _Version:
    """Words with the call that wrote them and what blocks them."""

    letter: Letter
    written: Written
    call: ModelCall
    found: list[dict[str, Any]]


class _Work:
    """One run: the roles in their order over one purse."""

    def __init__(self, brief: Brief, purse: agent.Purse, kept: trail.Trail) -> None:
        endpoint = llm.Endpoint(
            settings.OPENAI_API_KEY,
            settings.OPENAI_BASE_URL,
            settings.AGENT_MODEL,
            float(settings.OPENAI_TIMEOUT_SECONDS),
            temperature=float(settings.AGENT_TEMPERATURE),
        )
        self.brief, self.trail = brief, kept
        self.scope = tools.Scope(brief.profile, brief.user, brief.pairs, brief.rules, brief.company, brief.language)
        self.calls: list[ModelCall] = []
        self.pick: letters.Pick | None = None
        self.desk = agent.Desk(endpoint, purse, self._record, kept.note)

    def _record(self, entry: llm.CallRecord) -> ModelCall:
        self.calls.append(trail.record(entry))
        return self.calls[-1]

    def composed(self) -> Composed:
        brief = self.brief
        self._flag()
        analysis = agent.run(self.desk, roles.analyst(brief.language, brief.step), tools.tools_of(self.scope))
        pair, angle = self._choose(analysis)
        data = self._material(pair, angle, analysis)
        kept = self._version(pair, data)
        mend = self._objections(data, kept)
        if mend:
            kept = self._mended(pair, data, kept, mend)
        if kept.found:
            raise NotUsable("blocked: " + ", ".join(sorted({finding["code"] for finding in kept.found})))
        version = self.brief.frame(pair[0]).version
        return Composed(pair, kept.written, self.trail.run, self._basis(pair, kept.letter), kept.call, version)

    def _mended(self, pair: Pair, data: dict[str, Any], first: _Version, mend: Sequence[str]) -> _Version:
        """The words written once more; the first ones where nothing blocks them and the second attempt is no better than nothing."""
        try:
            again = self._version(pair, data, first.letter, mend)
        except agent.Stopped:
            if first.found:
                raise
            return first
        return first if again.found and not first.found else again

    def _version(
        self, pair: Pair, data: dict[str, Any], before: Letter | None = None, mend: Sequence[str] = ()
    ) -> _Version:
        letter, written = self._write(pair, data, before, mend)
        return _Version(letter, written, self.calls[-1], self._check(pair, written))

    def _basis(self, pair: Pair, letter: Letter) -> dict[str, Any]:
        greeting, closing = self._around(pair)
        return {
            "pairs": self._codes(),
            "strategist": self.pick.model_dump() if self.pick else None,
            "writer": letter.model_dump(),
            "greeting": greeting,
            "closing": closing,
        }

    def _codes(self) -> list[list[str]]:
        return [[strategy.code, offer.code] for strategy, offer in self.brief.pairs]

    def _around(self, pair: Pair) -> tuple[str, list[str]]:
        """Greeting, links, closing and opt-out are the house's."""
        frame = self.brief.frame(pair[0])
        return words.GREETING[self.brief.language], [frame.call_to_action, frame.decline, frame.sign_off, frame.opt_out]

    def _flag(self) -> None:
        """Texts of customers that read like instructions are named for the approver; no tool shows them."""
        for place, suspicion in tools.suspected(self.brief.profile)[:MOST_FLAGGED]:
            self.trail.write(HOUSE, "withheld", place, suspicion.reason, got={"text": suspicion.excerpt})

    def _choose(self, analysis: Analysis) -> tuple[Pair, str]:
        brief = self.brief
        if len(brief.pairs) == 1:
            return brief.pairs[0], ""
        asked = roles.strategist(brief.language, brief.step, analysis, tools.pair_rows(self.scope))
        self.pick = agent.run(self.desk, asked)
        found = letters.chosen(self._codes(), self.pick)
        if found is None:
            raise NotUsable(f"invalid: {self.pick.strategy} / {self.pick.offer} was not on the list")
        return brief.pairs[self._codes().index(found)], roles.plain(self.pick.angle)

    def _material(self, pair: Pair, angle: str, analysis: Analysis) -> dict[str, Any]:
        """What the writer and the critic read."""
        (strategy, offer), language = pair, self.brief.language
        public = [
            {"key": fact.key, "label": fact.label, "value": shown(fact.unit, fact.value, language)}
            for fact in self.brief.facts(offer)
            if fact.public
        ]
        return {
            "step": self.brief.step,
            "purpose": strategy.play,
            "objective": strategy.objective[:300],
            "voice": strategy.business_unit.name,
            "tone": strategy.tone_in(language)[:600],
            "angle": angle or roles.plain(analysis.opportunity),
            "facts": public,
            **({"first": self.brief.beside} if self.brief.beside else {}),
        }

    def _write(
        self, pair: Pair, data: dict[str, Any], before: Letter | None = None, mend: Sequence[str] = ()
    ) -> tuple[Letter, Written]:
        forbidden = policies.forbidden_phrases(self.brief.rules, pair[0].business_unit_id)
        letter = agent.run(self.desk, roles.writer(self.brief.language, data, forbidden, before, mend))
        return letter, Written(**letters.render(letter, *self._around(pair)))

    def _check(self, pair: Pair, written: Written) -> list[dict[str, Any]]:
        """What blocks the words, by the same rules as for anybody's words; noted."""
        found = self.brief.judge(pair, written)
        codes = sorted({finding["code"] for finding in found})
        self.trail.write(HOUSE, "check", "evidence", "blocked" if found else "ok", got={"findings": codes})
        return found

    def _objections(self, data: dict[str, Any], version: _Version) -> list[str]:
        """What the writer is to mend. Words that nothing blocks stand where the critic cannot be heard."""
        letter, found = version.letter, version.found
        told = [finding["message"] % finding["params"] for finding in found][:8]
        try:
            critique = agent.run(self.desk, roles.critic(self.brief.language, data, letter, told))
        except agent.Stopped:
            if found:
                raise
            return []
        objections = [each for each in critique.findings if roles.plain(each.note)]
        if not found and critique.verdict == "pass":
            return []
        return told + [f"sentence {each.sentence}, {each.code}: {each.note}" for each in objections]
