"""Step-up: a decision that many people answer for asks for a fresh code of the person's authenticator (TOTP, RFC 6238).

A proof is at most five minutes old, belongs to one person and, in pages, to one session. Codes work once and tries are
limited; enrolment, codes and sessions are django-allauth's. Who must prove: everybody, or (``B2SHIFT_STEP_UP=enrolled``,
the default of demo mode only) whoever has set up an authenticator.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from b2shift.lib.api import Refused

FRESH = timedelta(minutes=5)
BACK = "decision_page"  # in the session: the page that asked to enrol


@dataclass(frozen=True)
class Proof:
    """``user_id`` showed at ``at`` that they hold their authenticator. Made by ``prove`` and ``proof_in`` only."""

    user_id: int
    at: datetime

    @property
    def is_fresh(self) -> bool:
        """Not older than five minutes."""
        return datetime.now(UTC) - self.at <= FRESH


@dataclass(frozen=True)
class Demand:
    """What a page must ask of a person before a decision: nothing, a code, or to set up an authenticator first."""

    needed: bool
    enrolled: bool
    proven: bool

    @property
    def code(self) -> bool:
        """A code has to be typed now."""
        return self.needed and self.enrolled and not self.proven

    @property
    def enrolment(self) -> bool:
        """Nothing can be decided before an authenticator is set up."""
        return self.needed and not self.enrolled


def demand(request: HttpRequest, user: User) -> Demand:
    """What ``user`` must still show in this session. Who has to enrol first finds the way back on the pages of enrolment."""
    found = Demand(is_needed(user), _authenticator(user) is not None, proof_in(request, user) is not None)
    if found.enrolment:
        request.session[BACK] = request.get_full_path() if request.method == "GET" else request.session.get(BACK, "")
    elif BACK in request.session:
        del request.session[BACK]
    return found


def is_needed(user: User) -> bool:
    """Whether this person must prove: always, or only once they have an authenticator."""
    return settings.B2SHIFT_STEP_UP == "always" or _authenticator(user) is not None


def ensure(user: User | None, proof: Proof | None) -> None:
    """Raise ``Refused`` unless ``proof`` is a fresh one of this person, or none is asked of them."""
    if user is None or not is_needed(user):
        return
    if proof is None or proof.user_id != user.pk or not proof.is_fresh:
        raise Refused(
            "step_up", _("Confirm with the code of your authenticator: the last one is older than five minutes.")
        )


def proof_in(request: HttpRequest, user: User) -> Proof | None:
    """The freshest proof of this person in the session (signing in with a code counts); None when there is none."""
    times = [
        record["at"]
        for record in get_authentication_records(request, user)
        if record.get("method") == "mfa" and record.get("type") == Authenticator.Type.TOTP
    ]
    if not times or time.time() - max(times) > FRESH.total_seconds():
        return None
    return Proof(user.pk, datetime.fromtimestamp(max(times), UTC))


def prove(request: HttpRequest, user: User, code: str, *, remember: bool = True) -> Proof | None:
    """The proof for a decision: a typed code that is right, else what the session holds; None when none is asked.

    Raises ``Refused`` for a wrong or used code, too many tries, and a person without authenticator who needs one.
    ``remember=False`` (API) leaves the session alone.
    """
    if not is_needed(user):
        return None
    found = _authenticator(user)
    if found is None:
        raise Refused("not_enrolled", _("Set up an authenticator in your account first: this decision needs its code."))
    code = "".join(code.split())
    if not code:
        known = proof_in(request, user) if remember else None
        if known is None:
            raise Refused("step_up", _("Enter the six digits that your authenticator shows now."))
        return known
    if not ratelimit.consume(request, action="reauthenticate", user=user):
        raise Refused("too_many_tries", _("Too many tries. Wait a minute and use a new code."))
    if not found.wrap().validate_code(code):
        raise Refused("code_wrong", _("This code is wrong or was used already. Wait for the next one."))
    found.record_usage()
    if remember:
        record_authentication(
            request, user, method="mfa", reauthenticated=True, id=found.pk, type=Authenticator.Type.TOTP
        )
    return Proof(user.pk, datetime.now(UTC))


def _authenticator(user: User) -> Authenticator | None:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
