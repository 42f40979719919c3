"""The life of a campaign: one table of verbs, and the one function that writes a status.

``move`` locks the campaign, asks the guards, changes the status by compare-and-set (exactly one row), and writes the
transition and the audit entry in the same transaction. The same table draws the buttons.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import audit, stepup
from accounts.catalog import gate as data_gate
from accounts.models import Role, User
from b2shift.lib.api import Refused
from campaigns import audience, decisions, plants, policies, queries
from campaigns.cases import Case
from campaigns.models import Approval, CallTask, Campaign, Message, Transition

S = Campaign.Status
DECIDERS = frozenset({Role.MANAGER, Role.ADMIN})
WRITERS = frozenset({Role.MANAGER, Role.ANALYST, Role.ADMIN})
Guard = Callable[[Case, User | None, str, str], None]

REASONS: dict[str, str | Promise] = {
    "audience": gettext_lazy("Wrong audience"),
    "offer": gettext_lazy("Wrong offer"),
    "words": gettext_lazy("Words do not fit the brand"),
    "facts": gettext_lazy("Facts are wrong or out of date"),
    "timing": gettext_lazy("Wrong moment"),
    "other": gettext_lazy("Another reason (say which)"),
}
# Why the product itself moved a campaign; shown in its timeline.
OWN_REASONS: dict[str, str | Promise] = {
    "expired": gettext_lazy("The approval ran out"),
    "changed": gettext_lazy("What was approved has changed"),
    "edited": gettext_lazy("The words were edited"),
    "approval_invalid": gettext_lazy("The approval no longer holds"),
    "policy_changed": gettext_lazy("A new policy is in force"),
    "errors": gettext_lazy("Several mails in a row failed"),
    "mail_server": gettext_lazy("The mail server could not be reached"),
}


@dataclass(frozen=True)
class Verb:
    """One row of the table. ``system``: the product may do it by itself (actor None); ``proven``: asks for a step-up."""

    name: str
    sources: tuple[str, ...]
    target: str
    roles: frozenset[Role]
    guards: tuple[Guard, ...] = ()
    system: bool = False
    proven: bool = False


@dataclass(frozen=True)
class Choice:
    """A verb as a button: ``refusal`` says in a sentence why it cannot be done now, empty when it can."""

    verb: str
    refusal: str = ""


def _nothing_blocks(case: Case, actor: User | None, reason_code: str, comment: str) -> None:
    if case.blocking:
        message = ngettext(
            "%(count)s finding blocks this campaign. Edit the words or change the terms.",
            "%(count)s findings block this campaign. Edit the words or change the terms.",
            len(case.blocking),
        ) % {"count": len(case.blocking)}
        raise Refused("blocked", message)


def _other_hands(case: Case, actor: User | None, reason_code: str, comment: str) -> None:
    if actor is None:
        raise Refused("no_actor", _("Only a person can approve."))
    if actor.pk in queries.hands_on(case.campaign):
        raise Refused("own_work", _("You wrote or edited this campaign: somebody else must approve it."))


def _first_time(case: Case, actor: User | None, reason_code: str, comment: str) -> None:
    if actor and case.approvals.filter(approver=actor).exists():
        raise Refused("already_approved", _("You have approved this already: another person must approve it too."))


def _agreed(case: Case, actor: User | None, reason_code: str, comment: str) -> None:
    if not is_agreed(case.campaign):
        raise Refused("not_agreed", _("The approval ran out or what was approved has changed. Send it back to review."))


def _data_trusted(case: Case, actor: User | None, reason_code: str, comment: str) -> None:
    data_gate.ensure(data_gate.ACTIVATION)


def _all_gone(case: Case, actor: User | None, reason_code: str, comment: str) -> None:
    if case.campaign.messages.filter(state__in=[Message.State.QUEUED, Message.State.DISPATCHING]).exists():
        raise Refused("still_sending", _("Mails of this campaign still wait to be sent."))


def _has_reason(case: Case, actor: User | None, reason_code: str, comment: str) -> None:
    if reason_code not in REASONS:
        raise Refused("reason_missing", _("Choose a reason."))
    if reason_code == "other":
        _has_comment(case, actor, reason_code, comment)


def _has_comment(case: Case, actor: User | None, reason_code: str, comment: str) -> None:
    if len(comment.strip()) < 3:
        raise Refused("comment_missing", _("Say in a sentence what should change."))


TABLE: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("submit", (S.DRAFT,), S.IN_REVIEW, WRITERS, (_nothing_blocks,), system=True),
        Verb(
            "approve", (S.IN_REVIEW,), S.APPROVED, DECIDERS, (_other_hands, _first_time, _nothing_blocks), proven=True
        ),
        Verb("request_changes", (S.IN_REVIEW,), S.DRAFT, DECIDERS, (_has_comment,)),
        Verb("reject", (S.DRAFT, S.IN_REVIEW), S.REJECTED, DECIDERS, (_has_reason,)),
        Verb("edit", (S.IN_REVIEW, S.APPROVED), S.DRAFT, WRITERS),
        Verb("launch", (S.APPROVED,), S.SENDING, DECIDERS, (_agreed, _data_trusted)),
        Verb("pause", (S.SENDING,), S.PAUSED, DECIDERS, system=True),
        Verb("resume", (S.PAUSED,), S.SENDING, DECIDERS, (_agreed, _data_trusted)),
        Verb("finish", (S.SENDING,), S.TRACKING, frozenset(), (_all_gone,), system=True),
        Verb("complete", (S.TRACKING,), S.COMPLETED, DECIDERS, system=True),
        Verb("void", (S.APPROVED, S.SENDING, S.PAUSED), S.IN_REVIEW, DECIDERS, system=True),
        Verb("cancel", (S.DRAFT, S.IN_REVIEW, S.APPROVED, S.SENDING, S.PAUSED), S.CANCELLED, DECIDERS),
    )
}
REBINDING = frozenset({"submit", "approve", "edit", "void", "request_changes"})
GIVING_UP = {"cancel": "cancelled", "reject": "rejected"}  # with the reason that its messages keep
ENDING_AGREEMENT = frozenset({"request_changes", "reject", "edit", "void", "cancel"})


def move(
    campaign_id: int,
    verb: str,
    actor: User | None,
    *,
    reason_code: str = "",
    comment: str = "",
    proof: stepup.Proof | None = None,
    seen: str = "",
    seconds: int | None = None,
) -> Campaign:
    """Carry a campaign through ``verb`` or raise ``Refused``, with nothing changed.

    With two approvers needed, the first approval is recorded and the campaign stays in review. ``proof``: what the actor
    showed of themselves, for verbs that ask for it. ``seen``: the digest of what they read; anything else is refused.
    ``seconds``: from opening the page to the decision, where known. A planted draft ends with the decision: see ``uncover``.
    """
    with transaction.atomic():
        campaign = _locked(campaign_id)
        rule = _rule(campaign, verb, actor)
        if rule.proven:
            stepup.ensure(actor, proof)
        if verb in REBINDING:
            _bind_to_policy_in_force(campaign)
        if seen and digest(campaign) != seen:  # by the rules of today: who read those of yesterday reads again
            raise Refused(
                "changed_meanwhile", _("The campaign changed after you opened it. Read it again before you decide.")
            )
        case = Case(campaign)
        for guard in rule.guards:
            guard(case, actor, reason_code, comment)
        if campaign.is_planted and actor and verb in plants.ENDING:
            return uncover(campaign, verb, actor, seconds)
        before = campaign.status
        target = rule.target
        if verb == "approve":
            _agree(campaign, actor, comment, proof)
            target = S.APPROVED if is_agreed(campaign) else S.IN_REVIEW
        _set_status(campaign, before, target)
        _after(campaign, verb, actor, reason_code)
        Transition.objects.create(
            campaign=campaign,
            verb=verb,
            from_status=before,
            to_status=target,
            actor=actor,
            reason_code=reason_code[:40],
            comment=comment.strip(),
        )
        summary = f"{campaign.title}: {before} → {target}"
        audit.record(actor, f"campaign.{verb}", campaign, summary, reason=reason_code, step=campaign.step)
    return campaign


def uncover(campaign: Campaign, verb: str, actor: User, seconds: int | None = None) -> Campaign:
    """End a planted draft with what this person did to it, in the caller's transaction: nothing is agreed, frozen or sent."""
    before = campaign.status
    _set_status(campaign, before, S.CANCELLED)
    Transition.objects.create(
        campaign=campaign, verb="cancel", from_status=before, to_status=S.CANCELLED, reason_code="planted"
    )
    plants.settle(campaign, verb, actor, seconds)
    return campaign


def verbs_for(campaign: Campaign, user: User | None, case: Case | None = None) -> list[Choice]:
    """What this person could do now, in the table's order. A verb that only a guard refuses is listed with its refusal.

    ``case``: what a page has looked up about the campaign already.
    """
    case, choices = case or Case(campaign), []
    for rule in TABLE.values():
        if campaign.status not in rule.sources or user is None or user.role not in rule.roles:
            continue
        choices.append(Choice(rule.name, _refusal(rule, case, user)))
    return choices


def digest(campaign: Campaign) -> str:
    """What an approval binds, as the campaign is now; see ``Case.digest``."""
    return Case(campaign).digest


def approvals_needed(campaign: Campaign) -> int:
    """How many different people must agree, by the edition that the campaign is bound to."""
    return Case(campaign).needed


def is_agreed(campaign: Campaign) -> bool:
    """True while enough live approvals of exactly this state of things exist and their policy is in force."""
    if not queries.is_in_force(campaign.policy_version):
        return False
    case = Case(campaign)
    return case.given >= case.needed


def expire() -> int:
    """Take approved campaigns whose agreement no longer holds back to review, and void approvals that ran out; returns how many.

    What waits for a decision is bound to the rules of today, so that its pages show what an approval would bind.
    """
    done = 0
    _rebind_undecided()
    for campaign_id in Campaign.objects.filter(status=S.APPROVED).values_list("pk", flat=True):
        done += _expire_one(campaign_id)
    over = Approval.objects.filter(voided_at=None, expires_at__lte=Now()).exclude(
        campaign__status__in=[S.SENDING, S.PAUSED, S.APPROVED]
    )
    return done + over.update(voided_at=Now(), void_reason="expired")


def _rebind_undecided() -> None:
    version = queries.policy_in_force()
    undecided = Campaign.every.filter(status__in=[S.DRAFT, S.IN_REVIEW]).exclude(policy_version=version)
    for campaign_id in undecided.values_list("pk", flat=True):
        with transaction.atomic():
            campaign = _locked(campaign_id)
            if campaign.status in (S.DRAFT, S.IN_REVIEW):
                _bind_to_policy_in_force(campaign)


def _expire_one(campaign_id: int) -> int:
    with transaction.atomic():
        campaign = _locked(campaign_id)
        if campaign.status != S.APPROVED or is_agreed(campaign):
            return 0
        move(campaign_id, "void", None, reason_code=_why_it_ended(campaign))
    return 1


def _why_it_ended(campaign: Campaign) -> str:
    if not queries.is_in_force(campaign.policy_version):
        return "policy_changed"
    ran_out = campaign.approvals.filter(voided_at=None, expires_at__lte=Now()).exists()
    return "expired" if ran_out else "changed"


def _locked(campaign_id: int) -> Campaign:
    related = ("strategy", "offer", "policy_version", "business_unit", "run", "segment")
    campaign = Campaign.every.select_for_update(of=("self",)).select_related(*related).filter(pk=campaign_id).first()
    if campaign is None:
        raise Refused("gone", _("This campaign no longer exists."))
    return campaign


def _rule(campaign: Campaign, verb: str, actor: User | None) -> Verb:
    """The row of the table, with status and role checked; a missing or inactive person is refused, never waved through."""
    rule = TABLE.get(verb)
    if rule is None:
        raise Refused("unknown_verb", _("There is no such step."))
    if campaign.status not in rule.sources:
        raise Refused(
            "wrong_status",
            _("The campaign is now “%(status)s”: somebody was faster, or the page is old.")
            % {"status": campaign.get_status_display()},
        )
    if actor is None and rule.system:
        return rule
    if actor is None or not actor.is_active or actor.role not in rule.roles:
        raise Refused("not_allowed", _("Your role does not allow this step."))
    return rule


def _refusal(rule: Verb, case: Case, user: User) -> str:
    """Why the guards refuse; what a person still has to enter (reason, comment) is no refusal."""
    for guard in rule.guards:
        if guard in (_has_reason, _has_comment):
            continue
        try:
            guard(case, user, "", "")
        except Refused as refusal:
            return refusal.message
    return ""


def _set_status(campaign: Campaign, before: str, target: str) -> None:
    changed = Campaign.every.filter(pk=campaign.pk, status=before).update(status=target, status_at=Now())
    if changed != 1:
        raise Refused("lost_race", _("Somebody else was faster. Reload the page."))
    campaign.status = target


def _bind_to_policy_in_force(campaign: Campaign) -> None:
    """What is not agreed yet is judged by the rules of today; approvals by other rules end. A frozen audience stays as it is."""
    version = queries.policy_in_force()
    if version is None or version.pk == campaign.policy_version_id:
        return
    campaign.policy_version = version
    if not campaign.messages.exists():
        rules = queries.rules_of(version)
        campaign.hold_out_share = policies.hold_out_share(rules, campaign.business_unit_id)
    campaign.save(update_fields=["policy_version", "hold_out_share"])
    campaign.approvals.filter(voided_at=None).update(voided_at=Now(), void_reason="policy_changed")


def _agree(campaign: Campaign, actor: User | None, comment: str, proof: stepup.Proof | None) -> None:
    """Record this person's agreement to the present state; agreements to another state or out of time end here."""
    draft = campaign.current_draft
    if actor is None or draft is None:
        raise Refused("no_actor", _("Only a person can approve."))
    audience.freeze(campaign)  # before the digest: what is agreed to is exactly the frozen audience
    case = Case(campaign)
    bound = case.digest
    stale = campaign.approvals.filter(voided_at=None).filter(~Q(digest=bound) | Q(expires_at__lte=Now()))
    stale.update(voided_at=Now(), void_reason="changed")
    hours = policies.approval_hours(queries.rules_of(campaign.policy_version), campaign.business_unit_id)
    Approval.objects.create(
        campaign=campaign,
        draft=draft,
        approver=actor,
        digest=bound,
        comment=comment.strip(),
        proven_at=proof.at if proof else None,
        expires_at=Now() + timedelta(hours=hours),
    )
    decisions.record(
        decisions.Kind.APPROVAL,
        {"bound": case.bound, "moment": asdict(case.moment), "given": case.given, "approver": actor.pk},
        {"digest": bound, "needed": case.needed, "agreed": case.given >= case.needed},
        campaign=campaign,
        subject=f"v{draft.number}",
        versions={"edition": campaign.policy_version_id},
    )


def _after(campaign: Campaign, verb: str, actor: User | None, reason_code: str) -> None:
    """What a step brings with it, in its transaction."""
    if verb in ENDING_AGREEMENT:
        reason = reason_code or {"edit": "edited"}.get(verb, verb)
        campaign.approvals.filter(voided_at=None).update(voided_at=Now(), void_reason=reason)
    if verb in GIVING_UP:
        _give_up(campaign, actor, GIVING_UP[verb])


def _give_up(campaign: Campaign, actor: User | None, reason: str) -> None:
    """What a campaign that was out already has left behind is not carried out: mails in the queue, calls nobody made yet."""
    campaign.messages.filter(state=Message.State.QUEUED).update(
        state=Message.State.CANCELLED, reason=reason, owner="", lease_until=None, finished_at=Now()
    )
    CallTask.objects.filter(campaign=campaign, state=CallTask.State.OPEN).update(
        state=CallTask.State.DISMISSED, note=str(audience.REASONS[reason]), closed_at=Now(), closed_by=actor
    )
