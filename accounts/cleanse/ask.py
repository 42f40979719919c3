"""The model's turn: values that no rule knows, in batches, each value once, within a budget per search. No transaction is open here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.cleanse.fields import LONGEST
from accounts.cleanse.prompts import NONE, PURPOSE, VERSION, Choices, Item, may_be_sent, messages
from accounts.cleanse.rules import activities, places
from accounts.models import CleanseRun, ModelAnswer, ModelCall, Repair
from accounts.reference import activity_codes, municipality_codes, squash
from accounts.sources.commercial import BANDS, INDUSTRIES, STATUSES
from b2shift.lib import llm

BATCH = 20
CONFIDENCE = 0.75  # of a repair that the model is sure about: a person decides, always
RULE = "model_choice"
_WORDS = {Repair.Field.INDUSTRY: INDUSTRIES, Repair.Field.BAND: BANDS, Repair.Field.STATUS: STATUSES}
ASKED = (Repair.Field.CITY, Repair.Field.CNAE, *_WORDS)


@dataclass
class Spent:
    """What one search asked and what it cost; ``note`` says why it stopped: off, budget, failed or nothing."""

    asked: int = 0
    tokens: int = 0
    cost: Decimal = Decimal(0)
    note: str = ""


def is_configured() -> bool:
    """True when a key for a model is set."""
    return bool(settings.OPENAI_API_KEY)


def about(run: CleanseRun, undecided: Mapping[str, Sequence[Any]], hold: Callable[[], bool]) -> Spent:
    """Ask about the values that no rule knows and propose what the model is sure of; ``hold`` renews the caller's lease."""
    spent = Spent()
    if not is_configured():
        spent.note = "off"
        return spent
    for batch in _batches(_new_items(undecided)):
        if not _affordable(spent, batch):
            spent.note = "budget"
            break
        if not hold():
            break
        try:
            answer, call = llm.ask(
                _endpoint(), llm.Question(PURPOSE, VERSION, messages([item for item, _r in batch]), Choices), _record
            )
        except llm.ModelFailed as failure:
            _charge(spent, failure.kept)
            spent.note = "failed"
            break
        _charge(spent, call)
        spent.asked += len(batch)
        run.proposed += _keep(run, batch, answer, call)
    return spent


def _new_items(undecided: Mapping[str, Sequence[Any]]) -> Iterator[tuple[Item, int]]:
    """Values with options, never asked before and without a repair, the most frequent first."""
    for field in ASKED:
        known = set(ModelAnswer.objects.filter(field=field).values_list("context", "before"))
        known |= set(Repair.objects.filter(field=field).values_list("context", "before"))
        for value in undecided.get(field, ()):
            if (value.context, value.text) in known or not may_be_sent(value.text):
                continue
            if options := _options(field, value.text, value.context):
                yield Item(field, value.text, value.context, options), value.rows


def _options(field: str, value: str, context: str) -> dict[str, str]:
    if field == Repair.Field.CITY:
        if (context, value) in municipality_codes():
            return {}
        return {each.code: each.name for each in places.candidates(value, context)}
    if field == Repair.Field.CNAE:
        if value in activity_codes() or squash(value) in activities.NO_ACTIVITY:
            return {}
        return {each.code: each.name for each in activities.candidates(value)}
    words = sorted(_WORDS[Repair.Field(field)])
    return {} if value in words else {f"w{number}": word for number, word in enumerate(words, 1)}


def _batches(items: Iterator[tuple[Item, int]]) -> Iterator[list[tuple[Item, int]]]:
    batch: list[tuple[Item, int]] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _affordable(spent: Spent, batch: list[tuple[Item, int]]) -> bool:
    """Whether the worst case of one more call stays within the budget of the search."""
    size = sum(len(each["content"].encode()) for each in messages([item for item, _rows in batch]))
    tokens_in, tokens_out = size // 2, llm.MOST_TOKENS
    within = spent.tokens + tokens_in + tokens_out <= settings.CLEANSE_MODEL_TOKENS
    return within and spent.cost + _price(tokens_in, tokens_out) <= settings.CLEANSE_MODEL_CENTS / Decimal(100)


def _price(tokens_in: int, tokens_out: int) -> Decimal:
    """USD, by the prices per million tokens that are configured (in cents)."""
    cents = tokens_in * settings.OPENAI_CENTS_PER_MILLION_IN + tokens_out * settings.OPENAI_CENTS_PER_MILLION_OUT
    return Decimal(cents) / Decimal(100_000_000)


def _charge(spent: Spent, call: ModelCall | None) -> None:
    if call is not None:
        spent.tokens += call.tokens_in + call.tokens_out
        spent.cost += call.cost_usd


def _endpoint() -> llm.Endpoint:
    return llm.Endpoint(
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_MODEL, float(settings.OPENAI_TIMEOUT_SECONDS)
    )


def _record(entry: llm.CallRecord) -> ModelCall:
    """Keep one call whole, with its price."""
    return ModelCall.objects.create(
        purpose=entry.purpose, model=entry.model[:100], prompt_version=entry.prompt_version, prompt_hash=entry.prompt_hash,
        request=entry.request, response=entry.response, outcome=entry.outcome, error=entry.error, tokens_in=entry.tokens_in,
        tokens_out=entry.tokens_out, cost_usd=_price(entry.tokens_in, entry.tokens_out), latency_ms=entry.latency_ms,
        attempts=max(entry.attempts, 1),
    )  # fmt: skip


def _keep(run: CleanseRun, batch: list[tuple[Item, int]], answer: Choices, call: ModelCall) -> int:
    """Remember every answer; propose where an offered code was chosen with certainty. Codes that were not offered count as none."""
    given = {choice.id: choice for choice in answer.items}
    answers: list[ModelAnswer] = []
    repairs: list[Repair] = []
    for number, (item, rows) in enumerate(batch, 1):
        choice = given.get(number)
        code = choice.code if choice and choice.code != NONE and choice.code in item.options else ""
        certain = bool(code and choice and choice.certainty == "high")
        after = item.options.get(code, "")
        key = {"field": item.field, "context": item.context, "before": item.value}
        answers.append(ModelAnswer(**key, choice=after, certain=certain, call=call))
        if certain and after != item.value and len(after) <= LONGEST[item.field]:
            repairs.append(
                Repair(
                    **key, after=after, code=code if code.isdigit() else "", rule=RULE, origin=Repair.Origin.MODEL,
                    confidence=CONFIDENCE, rows=rows, run=run, model_call=call,
                )
            )  # fmt: skip
    with transaction.atomic():
        ModelAnswer.objects.bulk_create(answers, ignore_conflicts=True)
        return len(Repair.objects.bulk_create(repairs, ignore_conflicts=True))
