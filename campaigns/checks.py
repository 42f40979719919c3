"""What stands against a campaign's words and terms: evidence and policy in one list, the same at draft, approval and send."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from accounts.models import Role, User
from campaigns import audience, evidence, injection, policies, queries, variants
from campaigns.models import AgentStep, Campaign, Draft, Plant, Wording

INTERNAL = "segment."


@dataclass(frozen=True)
class Basis:
    """Everything that the findings of one version of the words rest on, beside the rules of an edition."""

    words: evidence.DraftText
    facts: tuple[evidence.FactValue, ...]
    offer: evidence.OfferTerms | None
    limits: evidence.Limits
    language: str
    today: date
    moment: policies.Moment
    other: evidence.DraftText | None = None  # the second wording; records that are older have none


def judge(
    campaign: Campaign,
    words: evidence.DraftText,
    facts: Iterable[evidence.FactValue],
    rules: list[policies.Rule],
    stage: policies.Stage = "draft",
    other: evidence.DraftText | None = None,
) -> list[dict[str, Any]]:
    """Findings of words that may not be saved yet, see ``judged``. Reads the campaign, the figures of its segment and the calendar."""
    return judged(basis(campaign, words, facts, rules, stage, other), rules)


def basis(
    campaign: Campaign,
    words: evidence.DraftText,
    facts: Iterable[evidence.FactValue],
    rules: list[policies.Rule],
    stage: policies.Stage = "draft",
    other: evidence.DraftText | None = None,
) -> Basis:
    """What ``judged`` looks at, for a campaign as it is. The error of a planted draft is for people to find: it is not judged."""
    if campaign.is_planted:
        words, other = _undone(words, campaign.plant), other and _undone(other, campaign.plant)
    unit = campaign.business_unit_id
    offer = queries.offer_terms(campaign.offer)
    # Figures of a whole segment are for the person who decides: no customer may read them in a mail.
    usable = tuple(fact for fact in facts if not fact.key.startswith(INTERNAL))
    moment = policies.Moment(
        stage=stage,
        unit=unit,
        play=campaign.strategy.play,
        purpose=campaign.strategy.purpose,
        language=campaign.language,
        discount_percent=offer.discount_percent if offer else 0.0,
        channel=campaign.channel,
        benefit=queries.benefit_of(campaign, rules),
    )
    limits = queries.word_limits(rules, unit)
    return Basis(words, usable, offer, limits, campaign.language, timezone.localdate(), moment, other)


def _undone(words: evidence.DraftText, plant: Plant) -> evidence.DraftText:
    sentences = tuple((plant.undone(text), keys) for text, keys in words.sentences)
    return evidence.DraftText(words.subject, plant.undone(words.body), sentences)


def judged(on: Basis, rules: list[policies.Rule]) -> list[dict[str, Any]]:
    """Findings: ``{code, severity, message, params, field, sentence, span, rule}``, blocking ones first.

    Those of a second wording carry ``variant`` "B"; the others have no such key, as before there were two.
    The same basis and rules always give the same findings.
    """
    found = _stated(on, on.words)
    if on.other:
        found += [{**finding, "variant": variants.B} for finding in _stated(on, on.other)]
    known = {finding["code"] for finding in found}
    found += [_from_policy(finding) for finding in policies.evaluate(rules, on.moment) if finding.code not in known]
    return sorted(found, key=lambda finding: finding["severity"] != "block")


def _stated(on: Basis, words: evidence.DraftText) -> list[dict[str, Any]]:
    stated = evidence.check(words, on.facts, on.offer, on.limits, on.language, today=on.today)
    return [{**asdict(finding), "span": list(finding.span), "rule": ""} for finding in stated]


def judge_draft(
    campaign: Campaign, draft: Draft, rules: list[policies.Rule], stage: policies.Stage = "draft"
) -> list[dict[str, Any]]:
    """The findings of a saved version now, by the rules given: never the findings that were stored with it."""
    texts = [words_of(wording) for wording in draft.wordings.values()]
    return judge(campaign, texts[0], queries.fact_values(draft.facts.all()), rules, stage, *texts[1:])


def standing(
    campaign: Campaign,
    stage: policies.Stage = "approval",
    draft: Draft | None = None,
    counted: audience.Preview | None = None,
) -> list[dict[str, Any]]:
    """Everything that stands against a campaign as it is: its newest words, its terms, its audience, the rules in force.

    ``draft`` and ``counted``: the newest words and the audience where the caller has looked them up already.
    """
    draft = draft or campaign.current_draft
    version = queries.policy_in_force()
    if draft is None or version is None:
        return [_own("nothing_to_judge", evidence._("There are no words or no rules to judge them by."))]
    found = judge_draft(campaign, draft, queries.rules_of(version), stage)
    counted = counted or audience.preview(campaign)
    if not counted.mails and not counted.calls:
        found.insert(0, _own("audience_empty", evidence._("Nobody in this audience can be contacted now.")))
    if campaign.offer and not campaign.offer.is_active:
        found.insert(0, _own("offer_inactive", evidence._("The offer has been taken out of the catalogue.")))
    starts = campaign.offer.valid_from if campaign.offer else None
    if starts and starts > timezone.localdate():
        message = evidence._("The offer begins on %(day)s: wait until then, or choose another.")
        found.insert(0, _own("offer_not_begun", message) | {"params": {"day": starts.isoformat()}})
    return found + _suspected(campaign)


def _suspected(campaign: Campaign) -> list[dict[str, Any]]:
    """A warning for each text of the segment, or of its customers, that reads like an instruction to a language model."""
    segment = campaign.segment
    message = evidence._(
        "A text of the segment reads like an instruction to a language model: “%(text)s”. It counts as data only:"
        " check that the message does not follow it, and correct the segment's text."
    )
    texts = (segment.name, segment.name_en, segment.description, segment.description_en)
    found = [suspicion for suspicion in map(injection.suspicion, texts) if suspicion]
    told = [_own("injection_suspected", message) | _suspicion(one.excerpt, one.reason) for one in dict.fromkeys(found)]
    of_customers = evidence._(
        "A text in a customer's data reads like an instruction to a language model: “%(text)s”. The agents were not shown"
        " it: check that the message does not follow it, and correct the source."
    )
    return told + [
        _own("injection_suspected", of_customers) | _suspicion(text, reason) | {"of_customers": True}
        for text, reason in _withheld(campaign)
    ]


def _suspicion(text: str, reason: str) -> dict[str, Any]:
    return {"severity": "warn", "params": {"text": text, "reason": reason}}


def _withheld(campaign: Campaign) -> list[tuple[str, str]]:
    """Texts with the reason why they were kept from the agents, each once however often the agents were asked."""
    steps = AgentStep.objects.filter(run__drafts__campaign=campaign, kind=AgentStep.Kind.WITHHELD)
    return list(dict.fromkeys((step.got.get("text", ""), step.outcome) for step in steps.order_by("run__at", "number")))


def readable(findings: Iterable[dict[str, Any]], user: User) -> list[dict[str, Any]]:
    """Those that this person may read: a sales rep none that quotes a customer's data, which may be another rep's customer."""
    return [each for each in findings if user.role != Role.REP or not each.get("of_customers")]


def blocking(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that prevent submission and approval."""
    return [finding for finding in findings if finding["severity"] == "block"]


def words_of(wording: Wording) -> evidence.DraftText:
    """One saved wording as the evidence check reads it."""
    sentences = tuple((part["text"], tuple(part.get("facts", []))) for part in wording.sentences)
    return evidence.DraftText(wording.subject, wording.body, sentences)


def _own(code: str, message: str) -> dict[str, Any]:
    return {
        "code": code,
        "severity": "block",
        "field": "",
        "sentence": "",
        "span": [0, 0],
        "message": message,
        "params": {},
        "rule": "",
    }


def _from_policy(finding: policies.PolicyFinding) -> dict[str, Any]:
    return {
        "code": finding.code, "severity": finding.severity, "field": "", "sentence": "", "span": [0, 0], "message": finding.message,
        "params": dict(finding.params), "rule": finding.rule,
    }  # fmt: skip
