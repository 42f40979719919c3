"""The verbs that write words: a proposal (campaign with its first version) and a revision (the next version).

A proposal that nothing blocks goes to review at once; one that is blocked stays a draft with its findings.
"""

import re
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import ModelCall, User
from b2shift.lib.api import Refused
from campaigns import checks, decisions, evidence, letters, lifecycle, plants, policies, queries
from campaigns.drafting.facts import Known
from campaigns.drafting.playbook import Written
from campaigns.models import AgentRun, Campaign, Draft, Fact, PolicyVersion
from segments.models import Segment


@dataclass(frozen=True)
class Words:
    """Written words with who wrote them and the facts they may rest on.

    ``agent_run``: what agents did about them, also where the playbook wrote in the end; ``agents_basis``: what their words were
    made from, see ``letters.assemble``. ``other``: a second wording, by ``other_drafter``.
    """

    written: Written
    facts: list[Known]
    drafter: str
    prompt_version: str = ""
    model_call: ModelCall | None = None
    fallback_reason: str = ""
    agent_run: AgentRun | None = None
    agents_basis: dict[str, Any] | None = None
    other: Written | None = None
    other_drafter: str = ""


@dataclass
class Proposal:
    """A campaign that is not saved yet, and its words."""

    campaign: Campaign
    words: Words
    findings: list[dict[str, Any]] = field(default_factory=list)


def save(proposal: Proposal, actor: User | None) -> Campaign:
    """Write campaign, first version, facts and findings in one transaction, then submit what nothing blocks.

    Raises ``Refused`` ("already_living") where the segment (or the parent's rung) has a living campaign already, and
    ("segment_archived") for an archived rule segment.
    """
    campaign, words = proposal.campaign, proposal.words
    if words.fallback_reason:
        campaign.expected_effect = {**campaign.expected_effect, "fallback_reason": words.fallback_reason}
    try:
        with transaction.atomic():
            _still_there(campaign)
            campaign.save()
            _add_version(campaign, words, 1, None, campaign.policy_version)
            audit.record(actor, "campaign.propose", campaign, campaign.title, drafter=words.drafter, step=campaign.step)
            if not checks.blocking(checks.standing(campaign, "draft")):
                campaign = lifecycle.move(campaign.pk, "submit", actor)
    except IntegrityError as error:
        if any(name in str(error) for name in ("one_follow_up_in_preparation", "one_living_campaign_per_segment")):
            raise Refused("already_living", _("There is a living campaign for this already.")) from error
        raise
    return campaign


def _still_there(campaign: Campaign) -> None:
    """Refuse a first step for a rule segment that was archived meanwhile. The lock holds until the campaign is written.

    Foreign keys are checked at commit only, so that without it a segment could be archived under a campaign in the making.
    """
    if campaign.parent_id is None and campaign.segment.kind == Segment.Kind.RULE:
        segment = Segment.objects.select_for_update().get(pk=campaign.segment_id)
        if segment.retired_in_id is not None:
            raise Refused("segment_archived", _("This segment was archived."))


def revise(campaign_id: int, actor: User, subject: str, body: str, other: tuple[str, str] | None = None) -> Draft:
    """Save an edit as the next version by ``actor``; approvals end, the campaign goes back to preparation.

    ``other``: subject and body of a second wording; without it the version has one only, whatever the one before had.
    An edit that takes the error out of a planted draft ends it instead; the version is then the one before.

    Refused while the campaign is out, for who may not write, where nothing changed, and where a second wording is not whole,
    says the same as the first one, or belongs to calls.
    """
    with transaction.atomic():
        campaign, last = editable(campaign_id, actor, locked=True)
        said = _tidied(campaign, (subject, body), other)
        if said == _said(last):
            raise Refused("unchanged", _("Nothing was changed."))
        if campaign.is_planted and plants.mistake(campaign.plant) not in said[0][1]:
            lifecycle.uncover(campaign, "edit", actor)
            return last
        if campaign.status != Campaign.Status.DRAFT:
            campaign = lifecycle.move(campaign.pk, "edit", actor)
        facts = known(last)
        written = [
            Written(*each, sentences_of(each[1], last, [fact.judged() for fact in facts], campaign)) for each in said
        ]
        words = Words(written[0], facts, Draft.Drafter.PERSON)
        if len(written) > 1:
            kept = said[1:] == _said(last)[1:]
            words = replace(words, other=written[1], other_drafter=last.other_drafter if kept else words.drafter)
        return _next_version(campaign, words, last, actor)


def _said(draft: Draft) -> list[tuple[str, str]]:
    return [(each.subject, each.body) for each in draft.wordings.values()]


def _tidied(campaign: Campaign, words: tuple[str, str], other: tuple[str, str] | None) -> list[tuple[str, str]]:
    """Subject and body of each wording as they are saved; ``Refused`` for a second one that tests nothing."""
    said = [(tidy(subject).replace("\n", " "), tidy(body)) for subject, body in (words, *([other] if other else []))]
    if not other:
        return said
    if campaign.channel == Campaign.Channel.CALL:
        raise Refused("no_mail", _("Two wordings can be tested in mails only."))
    if not all(said[1]):
        raise Refused(
            "half_a_wording", _("The second wording needs a subject and a message: complete it or remove it.")
        )
    if said[0] == said[1]:
        raise Refused("same_wording", _("Both wordings are the same: change the second one or remove it."))
    return said


def put(campaign_id: int, actor: User, words: Words, seen: int) -> Draft:
    """Save words that ``actor`` asked for as the next version after number ``seen``, in the place of all wordings that there were.

    Refused as ``revise`` is, and where somebody saved another version meanwhile.
    """
    with transaction.atomic():
        campaign, last = editable(campaign_id, actor, locked=True)
        if last.number != seen:
            raise Refused("changed", _("Somebody saved another version meanwhile: look at it first."))
        if [(each.subject, each.body) for each in (words.written, words.other) if each] == _said(last):
            raise Refused("unchanged", _("Nothing was changed."))
        if campaign.status != Campaign.Status.DRAFT:
            campaign = lifecycle.move(campaign.pk, "edit", actor)
        return _next_version(campaign, words, last, actor)


def editable(campaign_id: int, actor: User, *, locked: bool = False) -> tuple[Campaign, Draft]:
    """The campaign and its newest words, ``locked`` within the caller's transaction; ``Refused`` where ``actor`` may not write now."""
    rows = Campaign.every.select_for_update(of=("self",)) if locked else Campaign.every.all()
    campaign = rows.select_related("offer", "strategy", "policy_version").get(pk=campaign_id)
    if actor.role not in lifecycle.WRITERS or not actor.is_active:
        raise Refused("not_allowed", _("Your role does not allow this step."))
    if campaign.status not in (Campaign.Status.DRAFT, Campaign.Status.IN_REVIEW, Campaign.Status.APPROVED):
        raise Refused("wrong_status", _("This campaign is out already: its words stay as they were approved."))
    last = campaign.current_draft
    if last is None:
        raise Refused("no_words", _("There is no version to edit."))
    return campaign, last


def _next_version(campaign: Campaign, words: Words, last: Draft, actor: User) -> Draft:
    version = queries.policy_in_force() or campaign.policy_version
    draft = _add_version(campaign, words, last.number + 1, actor, version)
    audit.record(actor, "campaign.revise", campaign, f"{campaign.title}: v{draft.number}", version=draft.number)
    return draft


def sentences_of(body: str, last: Draft, facts: list[evidence.FactValue], campaign: Campaign) -> list[dict[str, Any]]:
    """Sentences of an edited body: those kept word for word keep their facts, the others get the facts that their claims rest on."""
    kept = {part["text"]: part.get("facts", []) for part in [*last.other_sentences, *last.sentences]}
    found: list[dict[str, Any]] = []
    for paragraph in re.split(r"\n\s*\n", body):
        text = paragraph.strip()
        if text in kept:
            found.append({"text": text, "facts": kept[text]})
            continue
        for sentence in filter(None, (part.strip() for part in re.split(r"(?<=[.!?])\s+", text))):
            keys = kept.get(sentence)
            if keys is None:
                keys = evidence.supporting(sentence, facts, queries.offer_terms(campaign.offer), campaign.language)
            found.append({"text": sentence, "facts": keys})
    return found


def tidy(text: str) -> str:
    """Line ends as ``\\n``, no spaces at line ends, at most one blank line in a row."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def findings_of(campaign: Campaign, words: Words, rules: list[policies.Rule]) -> list[dict[str, Any]]:
    """What stands against words that are not saved."""
    return checks.judged(_basis(campaign, words, rules), rules)


def _basis(campaign: Campaign, words: Words, rules: list[policies.Rule]) -> checks.Basis:
    other = _text(words.other) if words.other else None
    return checks.basis(campaign, _text(words.written), [fact.judged() for fact in words.facts], rules, other=other)


def _text(written: Written) -> evidence.DraftText:
    sentences = tuple((str(part["text"]), tuple(part["facts"])) for part in written.sentences)
    return evidence.DraftText(written.subject, written.body, sentences)


def _add_version(campaign: Campaign, words: Words, number: int, editor: User | None, version: PolicyVersion) -> Draft:
    """Write the next version with its facts, its findings by this edition, and the record of how these were found."""
    written, rules = words.written, queries.rules_of(version)
    basis = _basis(campaign, words, rules)
    draft = Draft.objects.create(
        campaign=campaign,
        number=number,
        drafter=words.drafter,
        edited_by=editor,
        model_call=words.model_call,
        agent_run=words.agent_run,
        prompt_version=words.prompt_version,
        subject=written.subject,
        body=written.body,
        sentences=written.sentences,
        **({f"other_{name}": value for name, value in asdict(words.other).items()} if words.other else {}),
        other_drafter=words.other_drafter,
        findings=checks.judged(basis, rules),
    )
    Fact.objects.bulk_create(fact.row(draft.pk) for fact in words.facts)
    made = {"edition": version.pk, "drafter": words.drafter, "prompt": words.prompt_version}
    if words.other_drafter:
        made["other_drafter"] = words.other_drafter
    if words.model_call:
        made["model_call"], made["model"] = str(words.model_call.pk), words.model_call.model
    if words.agents_basis:
        given = words.agents_basis
        made["agent_run"] = str(words.agent_run.pk) if words.agent_run else ""
        decisions.record(
            decisions.Kind.AGENTS,
            given,
            letters.assemble(given),
            campaign=campaign,
            subject=f"v{number}",
            versions=made,
        )
    if not campaign.is_planted:  # nobody is addressed by it: there is nothing to account for
        decisions.record(
            decisions.Kind.WORDS, asdict(basis), draft.findings, campaign=campaign, subject=f"v{number}", versions=made
        )
    return draft


def known(draft: Draft) -> list[Known]:
    """The facts that a saved version rests on, for the version after it."""
    return [
        Known(each.key, each.label, each.value, each.unit, each.source, each.as_of, not each.key.startswith("segment."))
        for each in draft.facts.all()
    ]
