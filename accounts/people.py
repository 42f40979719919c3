"""People who sign in: made, changed and closed by administrators only; nobody registers by themselves."""

from typing import Any, NamedTuple

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from knox.models import AuthToken

from accounts.audit import record
from accounts.models import BusinessUnit, Role, User
from b2shift.lib.api import Refused

UNITS = (("RD", "RD Station"), ("GESTAO", "TOTVS Gestão"), ("TECHFIN", "TechFin"))


class DemoPerson(NamedTuple):
    """Somebody of the demo company."""

    name: str
    email: str
    role: Role
    unit: str | None = None


DEMO_PEOPLE = (
    DemoPerson("Marina Souza", "marina.souza@b2shift.example", Role.MANAGER),
    DemoPerson("Ana Ribeiro", "ana.ribeiro@b2shift.example", Role.REP),
    DemoPerson("Clara Fonseca", "clara.fonseca@b2shift.example", Role.SUCCESS),
    DemoPerson("Rafael Tanaka", "rafael.tanaka@b2shift.example", Role.ANALYST),
    DemoPerson("Helena Prado", "helena.prado@b2shift.example", Role.EXECUTIVE),
    DemoPerson("Otávio Lima", "otavio.lima@b2shift.example", Role.ADMIN),
    DemoPerson("Paulo Mendes", "paulo.mendes@b2shift.example", Role.MANAGER),
    DemoPerson("Sofia Martins", "sofia.martins@b2shift.example", Role.ADMIN),
    DemoPerson("Bruno Carvalho", "bruno.carvalho@b2shift.example", Role.REP),
    DemoPerson("Camila Duarte", "camila.duarte@b2shift.example", Role.REP),
    DemoPerson("Diego Nogueira", "diego.nogueira@b2shift.example", Role.REP),
    DemoPerson("Elisa Prado", "elisa.prado@b2shift.example", Role.REP),
    DemoPerson("Felipe Antunes", "felipe.antunes@b2shift.example", Role.REP),
)


class AccountAdapter(DefaultAccountAdapter):
    """Closes public sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: this is an internal application."""
        return False


@transaction.atomic
def create_user(actor: User, *, email: str, name: str, role: str, business_unit: BusinessUnit | None = None) -> User:
    """A new active person without a password (see ``sign_in_link``); nothing is sent.

    Raises ``Refused("exists")`` when the address is taken.
    """
    if User.objects.filter(email__iexact=email).exists():
        raise Refused("exists", _("There is already a person with this e-mail address."))
    user = User.objects.create_user(email, name=name, role=role, business_unit=business_unit)
    record(actor, "user.create", user, f"{user.name}: {user.get_role_display()}", role=role)
    return user


@transaction.atomic
def change_user(actor: User, user_id: int, *, name: str, role: str, business_unit: BusinessUnit | None) -> User:
    """Give a person another name, role or business unit; without a difference nothing is written.

    Raises ``Refused("last_admin")`` when no active administrator would remain.
    """
    user = _locked(user_id)
    before = {"name": user.name, "role": user.role, "unit": user.business_unit_id}
    after = {"name": name, "role": role, "unit": business_unit.pk if business_unit else None}
    if before == after:
        return user
    if role != Role.ADMIN:
        _keep_an_admin(user)
    user.name, user.role, user.business_unit = name, role, business_unit
    user.save(update_fields=["name", "role", "business_unit"])
    changed = {key: [before[key], after[key]] for key in ("role", "unit") if before[key] != after[key]}
    record(actor, "user.change", user, f"{user.name}: {user.get_role_display()}", **changed)
    return user


@transaction.atomic
def deactivate(actor: User, user_id: int) -> User:
    """Close a person's access at once: sessions stop working and API tokens are deleted. Their history stays.

    Raises ``Refused("last_admin")`` when no active administrator would remain.
    """
    user = _locked(user_id)
    if not user.is_active:
        return user
    _keep_an_admin(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    tokens, _rows = AuthToken.objects.filter(user=user).delete()
    record(actor, "user.deactivate", user, user.name, tokens_deleted=tokens)
    return user


@transaction.atomic
def activate(actor: User, user_id: int) -> User:
    """Open a closed person's access again, with the role and password that they had."""
    user = _locked(user_id)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        record(actor, "user.activate", user, user.name)
    return user


@transaction.atomic
def sign_in_link(actor: User, user_id: int) -> str:
    """An absolute link by which the person sets a password, good once and for three days. Audited, stored nowhere.

    Raises ``Refused("inactive")`` for a closed account.
    """
    user = _locked(user_id)
    if not user.is_active:
        raise Refused("inactive", _("This account is closed. Activate it first."))
    token = account_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": token})
    record(actor, "user.invite", user, user.name)
    return f"{settings.B2SHIFT_URL}{path}"


def _locked(user_id: int) -> User:
    """The person, with the rows of all administrators locked, so that two demotions cannot pass each other."""
    list(User.objects.select_for_update().filter(role=Role.ADMIN).order_by("pk").values_list("pk"))
    return User.objects.select_for_update().get(pk=user_id)


def _keep_an_admin(user: User) -> None:
    others = User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk)
    if user.role == Role.ADMIN and user.is_active and not others.exists():
        raise Refused("last_admin", _("This is the last active administrator. Make somebody else one first."))


def seed_units() -> list[BusinessUnit]:
    """The three business units, made where they are missing; a changed name is kept."""
    return [BusinessUnit.objects.get_or_create(code=code, defaults={"name": name})[0] for code, name in UNITS]


@transaction.atomic
def seed_demo_users() -> list[dict[str, str]]:
    """The people of the demo company, made where they are missing; existing people keep role and password.

    Returns ``[{"role", "name", "email", "password"}]``, the first six one per role. Raises ImproperlyConfigured
    outside demo mode: known passwords have no place in a real company.
    """
    if not settings.B2SHIFT_DEMO:
        raise ImproperlyConfigured("Demo users have a known password: they are made only with B2SHIFT_DEMO=1.")
    seed_units()
    present = set(User.objects.values_list("email", flat=True))
    for person in DEMO_PEOPLE:
        if person.email not in present:
            user = User.objects.create_user(
                person.email,
                settings.B2SHIFT_DEMO_PASSWORD,
                name=person.name,
                role=person.role,
                business_unit_id=person.unit,
            )
            record(None, "user.create", user, f"{user.name}: demo", role=person.role)
    return [_login(person) for person in DEMO_PEOPLE]


def demo_logins() -> list[dict[str, str]]:
    """One active person per role of the demo company, as ``seed_demo_users`` describes them; none outside demo mode."""
    if not settings.B2SHIFT_DEMO:
        return []
    first = {person.role: person for person in reversed(DEMO_PEOPLE)}
    present = set(
        User.objects.filter(email__in=[p.email for p in first.values()], is_active=True).values_list("email", flat=True)
    )
    return [_login(person) for person in DEMO_PEOPLE if first[person.role] is person and person.email in present]


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context: ``demo_logins`` for the sign-in page, looked up only where a template shows them."""
    return {"demo_logins": SimpleLazyObject(demo_logins)}


def _login(person: DemoPerson) -> dict[str, str]:
    return {
        "role": str(person.role.label),
        "name": person.name,
        "email": person.email,
        "password": settings.B2SHIFT_DEMO_PASSWORD,
    }
