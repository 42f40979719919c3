"""Users: made, changed and closed by administrators."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken

from accounts import people as verbs
from accounts.models import AuditEntry, BusinessUnit, Role, User
from b2shift.lib.api import Refused

NEW = {"email": "Nova.Pessoa@people.example", "name": "Nova Pessoa", "role": Role.ANALYST}


def test_an_administrator_makes_a_user_who_sets_a_password_by_link(people, client_of):
    admin = client_of(Role.ADMIN)
    made = admin.post(reverse("user-new"), NEW)
    user = User.objects.get(email="nova.pessoa@people.example")
    assert made.headers["Location"] == reverse("user", args=[user.pk])
    assert not user.has_usable_password()
    link = admin.post(reverse("user-link", args=[user.pk])).context["link"]
    visitor = Client()
    form = visitor.get(link[link.index("/auth/") :], follow=True)
    visitor.post(form.request["PATH_INFO"], {"password1": "um-segredo-bem-longo", "password2": "um-segredo-bem-longo"})
    user.refresh_from_db()
    assert user.check_password("um-segredo-bem-longo")
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == ["user.create", "user.invite"]
    assert link not in str(list(AuditEntry.objects.values()))


def test_an_address_is_used_once_whatever_its_capitals(people, client_of):
    before = User.objects.count()
    response = client_of(Role.ADMIN).post(reverse("user-new"), {**NEW, "email": "ANALYST@people.example"})
    assert "email" in response.context["form"].errors
    assert User.objects.count() == before
    assert not AuditEntry.objects.exists()


def test_role_and_unit_change_with_a_trace(people, client_of):
    verbs.seed_units()
    user = people[Role.ANALYST]
    client_of(Role.ADMIN).post(
        reverse("user", args=[user.pk]), {"name": user.name, "role": Role.MANAGER, "business_unit": "RD"}
    )
    user.refresh_from_db()
    assert (user.role, user.business_unit_id) == (Role.MANAGER, "RD")
    entry = AuditEntry.objects.get(action="user.change")
    assert entry.detail == {"role": ["analyst", "marketing_manager"], "unit": [None, "RD"]}
    client_of(Role.ADMIN).post(
        reverse("user", args=[user.pk]), {"name": user.name, "role": Role.MANAGER, "business_unit": "RD"}
    )
    assert AuditEntry.objects.count() == 1


def test_the_last_administrator_stays(people, client_of):
    verbs.deactivate(people[Role.ADMIN], people["second_admin"].pk)
    last = people[Role.ADMIN]
    client = client_of(Role.ADMIN)
    response = client.post(reverse("user", args=[last.pk]), {"name": last.name, "role": Role.ANALYST})
    assert response.context["form"].non_field_errors()
    client.post(reverse("user-access", args=[last.pk]), {"active": "0"})
    last.refresh_from_db()
    assert (last.role, last.is_active) == (Role.ADMIN, True)
    assert AuditEntry.objects.count() == 1


def test_closing_access_ends_sessions_and_tokens_at_once(people, client_of):
    user, session = people[Role.REP], client_of(Role.REP)
    AuthToken.objects.create(user=user)
    assert session.get(reverse("customers")).status_code == 200
    client_of(Role.ADMIN).post(reverse("user-access", args=[user.pk]), {"active": "0"})
    assert session.get(reverse("customers")).status_code == 302
    assert not AuthToken.objects.exists()
    client_of(Role.ADMIN).post(reverse("user-access", args=[user.pk]), {"active": "1"})
    user.refresh_from_db()
    assert user.is_active
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["user.deactivate", "user.activate"]


def test_a_closed_account_gets_no_link(people):
    verbs.deactivate(people[Role.ADMIN], people[Role.REP].pk)
    with pytest.raises(Refused):
        verbs.sign_in_link(people[Role.ADMIN], people[Role.REP].pk)
    assert AuditEntry.objects.filter(action="user.invite").count() == 0


def test_the_list_filters_people(people, client_of):
    response = client_of(Role.ADMIN).get(reverse("users"), {"role": Role.REP, "is_active": "1"})
    assert response.context["table"].paginator.count == 2
    assert client_of(Role.ADMIN).get(reverse("users"), {"is_active": "0"}).context["table"].paginator.count == 0


def test_units_are_seeded_once(db):
    assert (
        [unit.code for unit in verbs.seed_units()]
        == [unit.code for unit in verbs.seed_units()]
        == ["RD", "GESTAO", "TECHFIN"]
    )
    assert BusinessUnit.objects.count() == 3


def test_demo_users_are_seeded_once_and_shown_at_sign_in(db, client):
    first, second = verbs.seed_demo_users(), verbs.seed_demo_users()
    assert first == second
    assert User.objects.count() == len(first) == 13
    assert sorted(User.objects.values_list("role", flat=True).distinct()) == sorted(Role.values)
    page = client.get(reverse("account_login")).content.decode()
    assert page.count("data-fill-login=") == 6
    ana = next(login for login in first if login["name"] == "Ana Ribeiro")
    assert (
        client.login(email=ana["email"], password=ana["password"])
        or client.post(reverse("account_login"), {"login": ana["email"], "password": ana["password"]}).status_code
        == 302
    )


def test_demo_users_are_refused_in_a_real_company(db, settings, client):
    settings.B2SHIFT_DEMO = False
    with pytest.raises(ImproperlyConfigured):
        verbs.seed_demo_users()
    assert not User.objects.exists()
    assert b"data-fill-login" not in client.get(reverse("account_login")).content
