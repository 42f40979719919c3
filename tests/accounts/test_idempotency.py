"""One effect per key."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.idempotency import forget_old_keys
from accounts.models import AuditEntry, Customer, IdempotencyKey, Role, User

NEW = {"email": "nova@people.example", "name": "Nova", "role": Role.ANALYST, "idempotency_key": "k-1"}


def test_the_same_key_acts_once_and_answers_alike(people, client_of):
    client = client_of(Role.ADMIN)
    first, second = client.post(reverse("user-new"), NEW), client.post(reverse("user-new"), NEW)
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    assert User.objects.filter(email=NEW["email"]).count() == 1
    assert AuditEntry.objects.count() == 1


def test_a_refused_form_frees_its_key(people, client_of):
    client = client_of(Role.ADMIN)
    assert client.post(reverse("user-new"), {**NEW, "email": "nothing"}).status_code == 200
    assert not IdempotencyKey.objects.exists()
    assert client.post(reverse("user-new"), NEW).status_code == 302


def test_a_forbidden_request_frees_its_key(company, people, client_of):
    client = client_of(Role.REP)
    answer = client.post(
        reverse("customers-reassign"), {"codes": ["S00001"], "owner": people["second_rep"].pk, "idempotency_key": "k"}
    )
    assert answer.status_code == 403
    assert not IdempotencyKey.objects.exists()


def test_a_key_is_not_used_for_another_page(people, client_of):
    client = client_of(Role.ADMIN)
    client.post(reverse("user-new"), NEW)
    other = client.post(reverse("user-access", args=[people[Role.REP].pk]), {"active": "0", "idempotency_key": "k-1"})
    assert other.status_code == 422
    assert User.objects.get(pk=people[Role.REP].pk).is_active


def test_keys_of_two_people_do_not_meet(company, people, client_of):
    for key, code in ((Role.ADMIN, "S00001"), (Role.MANAGER, "S00003")):
        client_of(key).post(
            reverse("customers-reassign"),
            {"codes": [code], "owner": people["second_rep"].pk, "idempotency_key": "same"},
        )
    assert Customer.objects.filter(owner=people["second_rep"]).count() == 32


def test_a_request_in_progress_is_not_repeated(people, client_of):
    client = client_of(Role.ADMIN)
    IdempotencyKey.objects.create(user=people[Role.ADMIN], key="k-1", route="/users/new/", digest="0" * 64)
    assert client.post(reverse("user-new"), NEW).status_code == 409
    assert not User.objects.filter(email=NEW["email"]).exists()


def test_strangers_have_no_keys(db):
    Client().post(reverse("user-new"), NEW)
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(("hours", "kept"), [(47, 1), (49, 0)])
def test_keys_are_forgotten_after_two_days(people, hours, kept):
    IdempotencyKey.objects.create(user=people[Role.ADMIN], key="old", route="/", digest="0" * 64)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_idempotencykey SET created_at = now() - make_interval(hours => %s)", [hours])
    forget_old_keys()
    assert IdempotencyKey.objects.count() == kept
