"""What people, recipients and the product itself do at random. Each act returns how many events it was."""

import random
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db.models import Q
from django.utils import timezone

from accounts import contacts
from accounts.models import Contact, Purpose, Role, User
from b2shift.lib.api import Refused
from campaigns import decisions, editions, learning, lifecycle, outbox, prescribe, terms, tracking
from campaigns.drafting import propose
from campaigns.models import Campaign, Message, Offer, PolicyVersion
from segments.models import Segment

ENDED = (Campaign.Status.COMPLETED, Campaign.Status.REJECTED, Campaign.Status.CANCELLED)
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64) Firefox/143.0", "python-requests/2", "")
# What would move a campaign on, and the roles that may do it: without it most walks would end in refusals.
ONWARD = {
    Campaign.Status.DRAFT: ("submit", (Role.ANALYST, Role.MANAGER)),
    Campaign.Status.IN_REVIEW: ("approve", (Role.MANAGER, Role.ADMIN)),
    Campaign.Status.APPROVED: ("launch", (Role.MANAGER,)),
    Campaign.Status.PAUSED: ("resume", (Role.MANAGER,)),
    Campaign.Status.TRACKING: ("complete", (Role.MANAGER,)),
}
CAPS = {"messages": (1, 3), "days": (1, 7), "long_messages": (3, 8), "long_days": (10, 40)}


class Walk:
    """One walker: chance, and a name as which it sends."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - chance, not a secret
        self.name = f"walker-{seed}"
        self.people = list(User.objects.order_by("pk"))
        self.acts, self.weights = zip(*self._table(), strict=True)

    def step(self) -> int:
        """One act; a refusal of the product is an event like any other."""
        (act,) = self.chance.choices(self.acts, self.weights)
        return int(act() or 1)

    def _table(self) -> list[tuple[Callable[[], int | None], int]]:
        return [
            (self.send, 300), (self.onward, 170), (self.any_verb, 170), (self.answer, 250), (self.consent, 40),
            (self.revise, 15), (self.propose, 6), (self.follow_up, 1), (self.policy, 12), (self.offer, 6),
            (self.tidy, 25), (self.erase, 1), (self.access, 3),
        ]  # fmt: skip

    def person(self, *roles: str) -> User:
        """Somebody (with one of ``roles``), as stored now."""
        wanted = [person.pk for person in self.people if not roles or person.role in roles]
        return User.objects.get(pk=self.chance.choice(wanted))

    def campaign(self, **only: Any) -> Campaign | None:
        """A campaign that is not over, mostly."""
        found = Campaign.objects.filter(**only) if only else Campaign.objects.exclude(status__in=ENDED)
        ids = list(found.order_by("-pk").values_list("pk", flat=True)[:60])
        return Campaign.objects.get(pk=self.chance.choice(ids)) if ids else None

    def send(self) -> int:
        """A sender takes a batch."""
        return outbox.work(self.chance.randint(1, 60), f"{self.name}-{uuid.UUID(int=self.chance.getrandbits(128))}")

    def onward(self) -> None:
        """The step that a campaign waits for, by somebody whose role allows it."""
        campaign = self.campaign()
        if campaign and (wanted := ONWARD.get(Campaign.Status(campaign.status))):
            if wanted[0] == "complete" and self.chance.random() < 0.9:
                return
            self.move(campaign, wanted[0], self.person(*wanted[1]))

    def any_verb(self) -> None:
        """Any step by anybody, on any campaign."""
        campaign = self.campaign() if self.chance.random() < 0.9 else self.campaign(status__in=ENDED)
        if campaign:
            verbs = [*lifecycle.TABLE, "edit", "nonsense"]
            actor = None if self.chance.random() < 0.05 else self.person()
            self.move(campaign, self.chance.choice(verbs), actor)

    def move(self, campaign: Campaign, verb: str, actor: User | None) -> None:
        """One step of a campaign."""
        if verb == "launch":
            outbox.launch(campaign.pk, actor)
        else:
            reason = self.chance.choice([*lifecycle.REASONS, ""])
            lifecycle.move(campaign.pk, verb, actor, reason_code=reason, comment=self.chance.choice(["", "wrong tone"]))

    def revise(self) -> None:
        """Somebody edits the words."""
        campaign = self.campaign()
        if campaign and (draft := campaign.current_draft):
            word = self.chance.choice(["Olá", "Bom dia", "Boa tarde"])
            propose.revise(campaign.pk, self.person(), f"{word}, {{{{ customer.name }}}}", draft.body)

    def propose(self) -> None:
        """Drafts for one segment."""
        passport = self.chance.choice(list(Segment.objects.values_list("passport", flat=True)))
        prescribe.run(self.person(Role.ANALYST, Role.MANAGER), passport)

    def follow_up(self) -> None:
        """The ladder goes on."""
        learning.follow_up()

    def answer(self) -> None:
        """A recipient, or a machine in its name, does something."""
        ids = list(
            Message.objects.filter(~Q(dispatched_at=None)).order_by("-dispatched_at").values_list("pk", flat=True)[:400]
        )
        found = tracking.find(self.chance.choice(ids)) if ids else None
        if found is None:
            return
        visit = tracking.Visit(self.chance.choice(["GET", "POST", "HEAD"]), self.chance.choice(AGENTS))
        kind = self.chance.choices(
            ["open", "click", "accept", "decline", "unsubscribe", "bounce"], [40, 20, 8, 8, 3, 1]
        )[0]
        if kind == "open":
            tracking.record_open(found, visit)
        elif kind == "click":
            tracking.record_click(found, "accept", visit)
        elif kind in tracking.ANSWERS:
            tracking.record_answer(found, kind, self.chance.choice(tracking.REASONS), visit)
        elif kind == "unsubscribe":
            tracking.record_unsubscribe(found)
        else:
            tracking.record_bounce(found)

    def consent(self) -> None:
        """Somebody notes a consent or its withdrawal; most are grants, or nobody would be left to write to."""
        contact = self.contact()
        purpose = self.chance.choice(Purpose.values)
        contacts.set_consent(
            self.person(), contact, purpose, granted=self.chance.random() < 0.85, legal_basis="consent"
        )

    def contact(self) -> int:
        """Any contact."""
        first, last = (Contact.objects.order_by(order).values_list("pk", flat=True).first() for order in ("pk", "-pk"))
        return self.chance.randint(first or 0, last or 0)

    def erase(self) -> None:
        """Somebody asks for erasure."""
        contacts.erase(self.person(), self.contact())

    def access(self) -> None:
        """Somebody loses or gets back their access; one manager and one administrator always keep it."""
        some = [person for person in self.people if person.email.startswith("walker")]
        User.objects.filter(pk=self.chance.choice(some).pk).update(is_active=self.chance.random() < 0.7)

    def policy(self) -> None:
        """Administrators prepare, change, give up and publish editions."""
        admin, version = self.person(Role.ADMIN), PolicyVersion.objects.filter(state="draft").first()
        if version is None:
            editions.prepare(admin, "next")
            return
        chosen = self.chance.random()
        if chosen < 0.6:
            caps = {name: self.chance.randint(*span) for name, span in CAPS.items()}
            unit = self.chance.choice([None, None, "RD", "GESTAO"])
            editions.save_rule(version.pk, "frequency_cap", unit, caps, admin)
        elif chosen < 0.65:
            editions.discard(version.pk, admin)
        elif chosen < 0.7:
            for scheduled in PolicyVersion.objects.filter(state="scheduled"):
                editions.withdraw(scheduled.pk, admin)
        else:
            later = timezone.now() + timedelta(seconds=self.chance.randint(1, 60))
            starts = later if self.chance.random() < 0.3 else None
            editions.publish(version.pk, admin, editions.fingerprint(version), starts)

    def offer(self) -> None:
        """An administrator changes an offer's discount and keeps it valid."""
        offer = self.chance.choice(list(Offer.objects.all()))
        offer.discount_percent = self.chance.choice([0, 3, 5, 8, 10, 12, 14])
        offer.valid_until = timezone.localdate() + timedelta(days=90)
        terms.save_offer(offer, self.person(Role.ADMIN))

    def tidy(self) -> None:
        """What the scheduler does every minute."""
        outbox.sweep()
        editions.begin()
        lifecycle.expire()
        decisions.seal()


def refusals() -> tuple[type[Exception], ...]:
    """How the product says no."""
    return Refused, PermissionDenied, ValidationError, ObjectDoesNotExist
