"""The gate, the environment and the guards of the tables."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction

from accounts import audit
from accounts.models import AuditEntry
from b2shift import env
from campaigns.models import Message


def test_audit_entries_cannot_be_changed_even_by_raw_sql(people):
    entry = audit.record(people["admin"], "user.create", people["analyst"], "made an analyst")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_auditentry SET action = 'x' WHERE id = %s", [entry.pk])
    assert AuditEntry.objects.get(pk=entry.pk).action == "user.create"


def test_the_message_table_refuses_to_send_twice(company, people):
    assert {("sent", "queued"), ("uncertain", "queued"), ("held_out", "queued")}.isdisjoint(
        {(a, b) for a, b in Message._meta.triggers[0].transitions}
    )


@pytest.mark.parametrize(("value", "default", "expected"), [("1", False, True), ("off", True, False), ("", True, True)])
def test_flags_read_yes_and_no(monkeypatch, value, default, expected):
    monkeypatch.setenv("SOME_FLAG", value)
    assert env.flag("SOME_FLAG", default) is expected


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (lambda: env.flag("SOME"), "maybe"),
        (lambda: env.number("SOME", 1, low=1, high=5), "9"),
        (lambda: env.number("SOME", 1), "many"),
        (lambda: env.number("SOME", 1), "²"),
        (lambda: env.number("SOME", 1), "--5"),
        (lambda: env.url("SOME", "http://x", {"http"}), "localhost"),
        (lambda: env.decimal("SOME", "1"), "0,4"),
        (lambda: env.decimal("SOME", "1"), "NaN"),
        (lambda: env.decimal("SOME", "1", high="2"), "2.1"),
    ],
)
def test_a_bad_environment_value_stops_the_start(monkeypatch, reader, value):
    monkeypatch.setenv("SOME", value)
    with pytest.raises(ImproperlyConfigured, match="SOME"):
        reader()


def test_only_postgresql_is_accepted(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://root@localhost/b2shift")
    with pytest.raises(ImproperlyConfigured, match="PostgreSQL"):
        env.database()


def test_a_short_secret_key_is_refused(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "short")
    with pytest.raises(ImproperlyConfigured, match="40"):
        env.secret_key()
