"""Contests of automated decisions: opened for a customer or by a recipient, answered by a person with a reason (LGPD art. 20).

While a contest is open the customer is in no automated campaign; afterwards only where the answer keeps them out. Audience and
gate ask for it in their own statements; the customer's lock makes a mail either leave before a contest is written or not at all.
"""

from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Customer, Role, User
from accounts.queries import family
from b2shift.lib.api import Refused
from campaigns.models import Campaign, Contest

ANSWER_WITHIN = timedelta(days=15)  # what the law gives for a full statement (LGPD art. 19, II)
ANSWERERS = frozenset({Role.MANAGER, Role.ADMIN})
RAISERS = frozenset({Role.MANAGER, Role.REP, Role.SUCCESS, Role.ADMIN})


def raise_for(customer: Customer, actor: User, about: str, words: str, campaign: Campaign | None = None) -> Contest:
    """Open a contest on behalf of a customer; ``customer`` was fetched through ``visible_to(actor)``."""
    if actor.role not in RAISERS or not actor.is_active:
        raise Refused("not_allowed", _("Your role does not allow this step."))
    return _open(customer, actor, Contest.Origin.STAFF, about, words, campaign)


def raise_by_recipient(customer: Customer, words: str, campaign: Campaign) -> Contest:
    """Open a contest for whoever holds the address of an answer page."""
    return _open(customer, None, Contest.Origin.RECIPIENT, Contest.About.CAMPAIGN, words, campaign)


def answer(contest_id: int, actor: User, state: str, text: str, *, stays_out: bool) -> Contest:
    """Answer a contest: the decision is kept or revised, with the reason; ``stays_out`` keeps the customer out from now on."""
    if actor.role not in ANSWERERS or not actor.is_active:
        raise Refused("not_allowed", _("Your role does not allow this step."))
    if state not in (Contest.State.KEPT, Contest.State.REVISED):
        raise Refused("unknown_answer", _("Say whether the decision is kept or revised."))
    if len(text.strip()) < 10:
        raise Refused("reason_missing", _("Say in a sentence why: the customer reads it."))
    with transaction.atomic():
        contest = Contest.objects.select_for_update(of=("self",)).select_related("customer").get(pk=contest_id)
        if contest.state != Contest.State.OPEN:
            raise Refused("already_answered", _("This was answered already. Reload the page."))
        contest.state, contest.answer, contest.stays_out, contest.answered_by = state, text.strip(), stays_out, actor
        contest.answered_at = Now()
        contest.save(update_fields=["state", "answer", "stays_out", "answered_by", "answered_at"])
        audit.record(
            actor,
            "contest.answer",
            contest,
            f"Contest answered: {state}",
            customer=contest.customer_id,
            stays_out=stays_out,
        )
    contest.refresh_from_db()
    return contest


def readmit(contest_id: int, actor: User) -> Contest:
    """Let a customer back into automated campaigns who was kept out by an answer."""
    if actor.role not in ANSWERERS or not actor.is_active:
        raise Refused("not_allowed", _("Your role does not allow this step."))
    with transaction.atomic():
        changed = (
            Contest.objects.filter(pk=contest_id, stays_out=True)
            .exclude(state=Contest.State.OPEN)
            .update(stays_out=False)
        )
        if not changed:
            raise Refused("not_out", _("This answer keeps nobody out."))
        contest = Contest.objects.get(pk=contest_id)
        audit.record(
            actor, "contest.readmit", contest, "Customer back in automated campaigns", customer=contest.customer_id
        )
    return contest


def _open(
    customer: Customer, actor: User | None, origin: str, about: str, words: str, campaign: Campaign | None
) -> Contest:
    if about not in Contest.About.values:
        raise Refused("unknown_subject", _("Choose what is contested."))
    if len(words.strip()) < 10:
        raise Refused("words_missing", _("Say in a sentence what should be looked at again."))
    today = timezone.localdate()
    try:
        with transaction.atomic():
            _wait_for_senders(customer)
            contest = Contest.objects.create(
                customer=customer,
                campaign=campaign,
                about=about,
                words=words.strip()[:2000],
                origin=origin,
                raised_by=actor,
                assigned_to=_next_person(),
                due_on=today + ANSWER_WITHIN,
            )
            audit.record(
                actor, "contest.open", contest, "Decision contested", customer=customer.pk, origin=origin, about=about
            )
    except IntegrityError as error:
        if "one_open_contest_per_customer" in str(error):
            raise Refused(
                "already_open", _("A contest of this customer is open already: it is answered first.")
            ) from error
        raise
    return contest


def _wait_for_senders(customer: Customer) -> None:
    """The gate's lock of the customer and of all merged into it: a mail that is being judged gets its state first."""
    head = customer.merged_into_id or customer.pk
    with connection.cursor() as cursor:
        for pk in sorted(family(head).values_list("pk", flat=True)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('campaigns.gate'), %s)", [pk % 2**31])


def _next_person() -> User | None:
    """The manager with the fewest contests to answer; an administrator where there is no manager."""
    waiting = Count("contests", filter=Q(contests__state=Contest.State.OPEN))
    people = User.objects.filter(is_active=True).annotate(waiting=waiting).order_by("waiting", "pk")
    return people.filter(role=Role.MANAGER).first() or people.filter(role=Role.ADMIN).first()
