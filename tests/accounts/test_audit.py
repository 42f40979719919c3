"""The audit trail: complete, filtered, and out of reach of change."""

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.urls import reverse

from accounts.audit import record
from accounts.models import AuditEntry, Role


@pytest.fixture
def entries(people):
    record(people[Role.ADMIN], "user.create", people[Role.REP], "Ação de teste")
    record(None, "customer.reassign", people[Role.REP], "by the product")
    return AuditEntry.objects.order_by("pk")


def shown(client, **query):
    response = client.get(reverse("audit"), query)
    return [row.record.action for row in response.context["table"].paginated_rows]


def test_filters_by_person_action_object_words_and_days(entries, client_of, people):
    client = client_of(Role.ANALYST)
    assert shown(client) == ["customer.reassign", "user.create"]
    assert shown(client, actor=people[Role.ADMIN].pk) == ["user.create"]
    assert shown(client, action="customer.reassign") == ["customer.reassign"]
    assert shown(client, q="acao") == ["user.create"]
    assert shown(client, target="user", target_id=str(people[Role.REP].pk)) == ["customer.reassign", "user.create"]
    assert shown(client, until="2001-01-01") == []
    assert len(shown(client, since="2001-01-01")) == 2


@pytest.mark.parametrize("statement", ["UPDATE accounts_auditentry SET summary='x'", "DELETE FROM accounts_auditentry"])
def test_entries_cannot_be_changed_even_by_sql(entries, statement):
    before = list(entries.values())
    with (
        pytest.raises(ProgrammingError, match="Cannot update or delete"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert list(entries.values()) == before


@pytest.mark.parametrize("role", [Role.MANAGER, Role.REP, Role.SUCCESS, Role.EXECUTIVE])
def test_others_do_not_read_the_trail(entries, client_of, role):
    assert client_of(role).get(reverse("audit")).status_code == 403


def test_queries_do_not_grow_with_the_trail(entries, client_of, people, django_assert_max_num_queries):
    for number in range(40):
        record(people[Role.ADMIN], "user.change", people[Role.REP], str(number))
    client = client_of(Role.ADMIN)
    with django_assert_max_num_queries(9):
        client.get(reverse("audit"))
