"""The record of decisions: one row each, in the transaction of its effect, with inputs, versions and output as canonical JSON."""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from accounts import chain, stamps
from accounts.models import Customer
from b2shift.lib import canonical
from campaigns.models import Campaign, Decision

LOG = chain.Log("decisions", Decision, ("id", "at", "kind", "campaign_id", "customer_id", "subject", "body"))
LOGS = (LOG, chain.AUDIT)
Kind = Decision.Kind
# The modules whose text decides, by kind: when one of them changes, a decision was made by other code than today's.
_WORDS = (
    "checks", "evidence", "policies", "policy_kinds", "amounts", "claims", "comparisons", "days", "figures", "name_words", "names",
    "phrases", "reading", "screens", "support", "surface",
)  # fmt: skip
DECIDING: dict[str, tuple[str, ...]] = {
    Kind.CHOICE: ("strategies",),
    Kind.WORDS: _WORDS,
    Kind.AUDIENCE: ("classification", "arbitration"),
    Kind.APPROVAL: ("policies", "policy_kinds", "screens"),
    Kind.GATE: ("classification", "policies", "policy_kinds", "screens"),
    Kind.FOLLOW_UP: ("strategies",),
    Kind.ARBITRATION: ("arbitration",),
    Kind.AGENTS: ("letters",),
}


def record(
    kind: str,
    inputs: Any,
    output: Any,
    *,
    campaign: Campaign | None = None,
    customer: Customer | None = None,
    subject: str = "",
    versions: dict[str, Any] | None = None,
) -> Decision:
    """Write one decision within the caller's transaction. ``versions``: what else it was made from (edition, prompt, model call)."""
    return Decision.objects.create(
        **row(
            kind,
            campaign.pk if campaign else None,
            customer.pk if customer else None,
            subject[:40],
            body(kind, inputs, output, versions),
        )
    )


def row(kind: str, campaign: int | None, customer: int | None, subject: str, text: str) -> dict[str, Any]:
    """The columns of a decision with the product's stamp on them; without it the row would be called foreign."""
    values = {"kind": str(kind), "campaign_id": campaign, "customer_id": customer, "subject": subject, "body": text}
    return {**values, "stamp": stamps.make(LOG.name, values)}


def seal() -> dict[str, int]:
    """Link into the chain what was decided and done since the last time; returns how many rows of each log."""
    return {log.name: chain.seal(log) for log in LOGS}


def body(kind: str, inputs: Any, output: Any, versions: dict[str, Any] | None = None) -> str:
    """The canonical text of a decision."""
    return canonical.text({"code": code(kind), "inputs": inputs, "output": output, "versions": versions or {}})


@cache
def code(kind: str) -> dict[str, str]:
    """The modules that decide, each with the start of its text's SHA-256."""
    return {name: _digest(name) for name in DECIDING[kind]}


@cache
def _digest(name: str) -> str:
    spec = find_spec(f"campaigns.{name}")
    return hashlib.sha256(Path(str(spec and spec.origin)).read_bytes()).hexdigest()[:12]
