"""The closed set of rules that a policy may hold: each kind with its typed parameters. Pure."""

from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Parameters(BaseModel):
    """Base of the typed parameters of each kind: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DiscountCeiling(Parameters):
    """The largest discount that may be offered, in percent."""

    max_percent: Annotated[float, Field(ge=0, le=100)]


class FrequencyCap(Parameters):
    """How often one customer may be contacted, all business units together: in a short and in a long window of days."""

    messages: Annotated[int, Field(ge=1, le=100)]
    days: Annotated[int, Field(ge=1, le=365)]
    long_messages: Annotated[int, Field(ge=1, le=100)]
    long_days: Annotated[int, Field(ge=1, le=365)]

    @model_validator(mode="after")
    def _long_is_longer(self) -> "FrequencyCap":
        if self.long_days < self.days or self.long_messages < self.messages:
            raise ValueError("the long window must be longer and allow at least as many contacts")
        return self

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        """(days, contacts allowed) of both windows."""
        return (self.days, self.messages), (self.long_days, self.long_messages)


class QuietHours(Parameters):
    """When nobody is written to, in the recipient's own time zone. ``start`` after ``end`` spans midnight."""

    start: time
    end: time
    weekends: bool = True


class ConsentRule(Parameters):
    """The purposes that need a person's recorded consent; whether a rep may call where nobody can be written to."""

    purposes: Annotated[list[Literal["marketing", "service", "credit"]], Field(min_length=1)]
    calls_without_contact: bool = True


class ForbiddenClaims(Parameters):
    """Phrases that no message may contain, by language; accents, case and spacing do not matter."""

    pt: list[Annotated[str, Field(min_length=2, max_length=80)]] = []
    en: list[Annotated[str, Field(min_length=2, max_length=80)]] = []


class Approvers(Parameters):
    """How many people must agree, when more must, and for how long their agreement holds."""

    approvals: Annotated[int, Field(ge=1, le=5)] = 1
    approvals_above: Annotated[int, Field(ge=1, le=5)] = 2
    discount_from: Annotated[float, Field(ge=0, le=100)] = 12
    audience_above: Annotated[int, Field(ge=0)] = 2000
    always_plays: list[str] = []
    valid_hours: Annotated[int, Field(ge=1, le=720)] = 72

    @model_validator(mode="after")
    def _never_fewer(self) -> "Approvers":
        if self.approvals_above < self.approvals:
            raise ValueError("approvals_above must not be below approvals")
        return self


class Ladder(Parameters):
    """Days of silence before the next step, and days within which a call is due."""

    silence_days: Annotated[int, Field(ge=1, le=90)]
    call_within_days: Annotated[int, Field(ge=1, le=60)] = 5


class OutcomePause(Parameters):
    """After ``rejections`` refusals a customer is left alone for ``days`` days."""

    rejections: Annotated[int, Field(ge=1, le=10)]
    days: Annotated[int, Field(ge=1, le=365)]


class HoldOut(Parameters):
    """The share of each audience that is deliberately not contacted, to measure what contact changes."""

    share: Annotated[float, Field(ge=0, lt=0.5)]


class BenefitCeiling(Parameters):
    """The most that an offer may cost us per customer: in BRL, and in percent of what the customer pays in a year."""

    max_cost: Annotated[float, Field(ge=0, le=10_000_000)] | None = None
    max_year_percent: Annotated[float, Field(ge=0, le=100)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "BenefitCeiling":
        if self.max_cost is None and self.max_year_percent is None:
            raise ValueError("at least one of max_cost and max_year_percent is needed")
        return self


Channel = Literal["email", "call"]


class Channels(Parameters):
    """The channels by which people may be contacted for each purpose. Every call is made by a sales rep, never by a machine."""

    marketing: Annotated[list[Channel], Field(min_length=1)] = ["email", "call"]
    service: Annotated[list[Channel], Field(min_length=1)] = ["email", "call"]
    credit: Annotated[list[Channel], Field(min_length=1)] = ["email", "call"]

    def of(self, purpose: str) -> frozenset[str]:
        """What is open for one purpose; nothing for a purpose that the rule does not know."""
        return frozenset(getattr(self, purpose, ()))


class Clause(Parameters):
    """What a customer must be like for campaigns of these plays and purposes (none named: of all).

    ``conditions`` is a tree of ``segments.rules.tree``; ``not_owning`` leaves out who has the offered product already.
    ``undecided`` says what becomes of those whom the data do not decide.
    """

    plays: list[str] = []
    purposes: list[Literal["marketing", "service", "credit"]] = []
    conditions: dict[str, Any] | None = None
    not_owning: bool = False
    undecided: Literal["leave_out", "let_pass"] = "leave_out"

    @model_validator(mode="after")
    def _asks_something(self) -> "Clause":
        if self.conditions is None and not self.not_owning:
            raise ValueError("a clause needs conditions or not_owning")
        return self

    def concerns(self, play: str, purpose: str) -> bool:
        """Whether a campaign of this play and purpose must keep it."""
        return (not self.plays or play in self.plays) and (not self.purposes or purpose in self.purposes)


MOST_CLAUSES = 20


class Conditions(Parameters):
    """Clauses that a customer must meet, all of those that concern the campaign."""

    clauses: Annotated[list[Clause], Field(min_length=1, max_length=MOST_CLAUSES)]


KINDS: dict[str, type[Parameters]] = {
    "discount_ceiling": DiscountCeiling,
    "benefit_ceiling": BenefitCeiling,
    "frequency_cap": FrequencyCap,
    "quiet_hours": QuietHours,
    "channels": Channels,
    "eligibility": Conditions,
    "applicability": Conditions,
    "suitability": Conditions,
    "consent": ConsentRule,
    "forbidden_claims": ForbiddenClaims,
    "approvers": Approvers,
    "ladder": Ladder,
    "outcome_pause": OutcomePause,
    "hold_out": HoldOut,
}

# Kinds that ask something of the customer.
CONDITIONED = ("eligibility", "applicability", "suitability")
# Kinds without which nothing is loosened that law or decency ask for: the company may also do without them.
OPTIONAL = frozenset({"benefit_ceiling", "channels", *CONDITIONED})
