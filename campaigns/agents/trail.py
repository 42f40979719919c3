"""Writes down what the agents do while they do it: each call and each step is a row of its own, committed at once."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings

from accounts.models import ModelCall
from b2shift.lib import agent, llm
from campaigns.models import AgentRun, AgentStep

CENTS = Decimal(100)


@dataclass
class Trail:
    """The run that is written and how many steps it has."""

    run: AgentRun
    steps: int = 0

    def note(self, step: agent.Step) -> None:
        """Write one step of the loop."""
        self.write(
            step.role, step.kind, step.name, step.outcome, step.given, step.got,
            model_call=step.kept, tokens_in=step.tokens_in, tokens_out=step.tokens_out,
            cost_usd=step.cents / CENTS, milliseconds=step.milliseconds,
        )  # fmt: skip

    def write(
        self, role: str, kind: str, name: str, outcome: str, given: dict[str, Any] | None = None,
        got: dict[str, Any] | None = None, **counted: Any,
    ) -> None:  # fmt: skip
        """Write one step."""
        self.steps += 1
        AgentStep.objects.create(
            run=self.run, number=self.steps, role=role, kind=kind, name=name[:100], outcome=outcome[:20],
            given=given or {}, got=got or {}, **counted,
        )  # fmt: skip


def record(entry: llm.CallRecord) -> ModelCall:
    """Keep one call whole, with its price."""
    cents = (
        entry.tokens_in * settings.OPENAI_CENTS_PER_MILLION_IN
        + entry.tokens_out * settings.OPENAI_CENTS_PER_MILLION_OUT
    )
    return ModelCall.objects.create(
        purpose=entry.purpose,
        model=entry.model[:100],
        prompt_version=entry.prompt_version,
        prompt_hash=entry.prompt_hash,
        request=entry.request,
        response=entry.response,
        outcome=entry.outcome,
        error=entry.error,
        tokens_in=entry.tokens_in,
        tokens_out=entry.tokens_out,
        cost_usd=Decimal(cents) / (CENTS * 1_000_000),
        latency_ms=entry.latency_ms,
        attempts=max(entry.attempts, 1),
    )
