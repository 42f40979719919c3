"""What happens to people at customers: consent given or withdrawn, and erasure (LGPD art. 18)."""

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Consent, Contact, Customer, Picture, Purpose, Role, User
from accounts.queries import family
from b2shift.lib.api import Refused

PERSONAL = ("name", "job_title", "email", "phone")
MAY_ERASE = frozenset({Role.ADMIN})
MAY_RECORD_CONSENT = frozenset({Role.ADMIN, Role.MANAGER, Role.SUCCESS, Role.REP})


@transaction.atomic
def erase(actor: User, contact_id: int) -> Contact:
    """Empty the person's row for good and withdraw every consent; the pseudonym stays, so that events keep their sense.

    Erasing twice changes nothing. Raises ``Refused("role")`` for anybody but an administrator.
    """
    if actor.role not in MAY_ERASE:
        raise Refused("role", _("Only administrators erase contacts."))
    contact = _locked(actor, contact_id)
    if contact.erased_at is not None:
        return contact
    for field in PERSONAL:
        setattr(contact, field, "")
    contact.is_primary = False
    contact.erased_at = Now()
    contact.save(update_fields=[*PERSONAL, "is_primary", "erased_at"])
    contact.consents.update(granted=False, source="erasure", at=Now())
    _lower_reach(contact)
    record(actor, "contact.erase", contact, contact.ref)
    contact.refresh_from_db()
    return contact


@transaction.atomic
def set_consent(actor: User, contact_id: int, purpose: str, *, granted: bool, legal_basis: str = "") -> Consent:
    """Record that a person agreed to, or withdrew from, one purpose; the date is the database's.

    Saying the same again changes nothing. Raises ``Refused`` for other roles, unknown purposes and erased people.
    """
    if actor.role not in MAY_RECORD_CONSENT:
        raise Refused("role", _("Your role does not record consent."))
    if purpose not in Purpose.values:
        raise Refused("purpose", _("There is no such purpose."))
    contact = _locked(actor, contact_id)
    if contact.erased_at is not None:
        raise Refused("erased", _("This person's data were erased; there is nobody to ask."))
    known = contact.consents.filter(purpose=purpose).first()
    if known is not None and known.granted == granted:
        return known
    consent, _made = Consent.objects.update_or_create(
        contact=contact,
        purpose=purpose,
        defaults={
            "granted": granted,
            "legal_basis": legal_basis or (known.legal_basis if known else ""),
            "source": f"user:{actor.pk}",
            "at": Now(),
        },
    )
    record(actor, "contact.consent", contact, f"{contact.ref}: {purpose}", purpose=purpose, granted=granted)
    consent.refresh_from_db()
    return consent


def _locked(actor: User, contact_id: int) -> Contact:
    visible = Customer.every.visible_to(actor)
    return (
        Contact.objects.select_for_update(of=("self",))
        .select_related("customer")
        .get(pk=contact_id, customer__in=visible)
    )


def _lower_reach(contact: Contact) -> None:
    """The 360 picture says "has a contact" only while somebody with an address is left."""
    head = contact.customer.merged_into_id or contact.customer_id
    for picture, own in ((contact.customer_id, Q(customer=contact.customer_id)), (head, Q(customer__in=family(head)))):
        left = Contact.objects.filter(own, erased_at=None).exclude(email="", phone="").exists()
        Picture.objects.filter(customer_id=picture).update(has_contact=left)
