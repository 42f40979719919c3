"""Verbs: accept, reject and undo repairs, and let a rule act by itself. Each is one transaction with its audit entry."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.cleanse.fields import BY_FIELD
from accounts.models import Repair, Role, RuleSwitch, User
from b2shift.lib.api import Refused

DECIDERS = (Role.ANALYST, Role.ADMIN)
State = Repair.State


class Outcome(NamedTuple):
    """How many repairs were decided and how many rows changed."""

    repairs: int
    rows: int


def accept(user: User | None, ids: Collection[int]) -> Outcome:
    """Write the repairs' values wherever the old ones stand and remember them; ``user`` is None for an automatic rule."""
    return _decide(user, ids, (State.OPEN, State.REJECTED, State.UNDONE), State.ACCEPTED, _write)


def reject(user: User, ids: Collection[int]) -> Outcome:
    """Keep the values as they are; the repairs are not proposed again."""
    return _decide(user, ids, (State.OPEN,), State.REJECTED, lambda _ids: 0)


def undo(user: User, ids: Collection[int]) -> Outcome:
    """Give every row that still holds the repaired value its former one back, sign by sign, and forget the mapping."""
    return _decide(user, ids, (State.ACCEPTED,), State.UNDONE, _restore)


VERBS = {"accept": accept, "reject": reject, "undo": undo}


def of_rule(field: str, rule: str, state: str = State.OPEN) -> list[int]:
    """The ids of a rule's repairs of one field in a state: what "accept by rule" is about."""
    return list(Repair.objects.filter(field=field, rule=rule, state=state).values_list("pk", flat=True))


def write_again(ids: Collection[int]) -> int:
    """Write accepted repairs where their old value has come back by another way; returns the rows changed."""
    with transaction.atomic():
        return _write(list(_locked(ids, (State.ACCEPTED,)).values_list("pk", flat=True)))


def let_act(user: User, rule: str, automatic: bool) -> None:
    """Let a rule's certain repairs be accepted without a person, or stop that. Administrators only."""
    if user.role != Role.ADMIN:
        raise Refused("admins_only", _("Only administrators may let a rule act by itself."))
    with transaction.atomic():
        switch, _made = RuleSwitch.objects.update_or_create(
            rule=rule, defaults={"automatic": automatic, "changed_by": user, "changed_at": Now()}
        )
        record(user, "cleanse.rule_switched", switch, f"{rule}: {'automatic' if automatic else 'proposes'}")


def _decide(
    user: User | None, ids: Collection[int], start: Collection[str], end: str, act: Callable[[list[int]], int]
) -> Outcome:
    if user is not None and user.role not in DECIDERS:
        raise Refused("not_allowed", _("Analysts and administrators decide about repairs."))
    with transaction.atomic():
        chosen = list(_locked(ids, start))
        if not chosen:
            return Outcome(0, 0)
        keys = [each.pk for each in chosen]
        Repair.objects.filter(pk__in=keys).update(state=end, decided_by=user, decided_at=Now())
        rows = act(keys)
        detail = {"repairs": keys[:500], "count": len(keys), "rows": rows}
        record(user, f"repair.{end}", chosen[0], f"{len(keys)} × {chosen[0].field} · {chosen[0].rule}", **detail)
    return Outcome(len(keys), rows)


def _locked(ids: Collection[int], states: Collection[str]) -> QuerySet[Repair]:
    return Repair.objects.select_for_update().filter(pk__in=list(ids), state__in=states).order_by("pk")


def _write(ids: list[int]) -> int:
    """One statement per field, in the order in which an import applies them: a city depends on its state."""
    rows = 0
    wanted = set(Repair.objects.filter(pk__in=ids).values_list("field", flat=True))
    for each in BY_FIELD.values():
        if each.field not in wanted:
            continue
        value, context, only = (each.sql(part, "t") for part in (each.value, each.context, each.only))
        writes = each.sql(each.writes, "t", "r.after") + (
            ", updated_at = now()" if "customer" in each.place.table else ""
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"""WITH done AS (UPDATE {each.place.table} t SET {writes} FROM accounts_repair r
                  WHERE r.id = ANY(%s) AND r.field = %s AND {value} = r.before AND {context} = r.context AND {only}
                  RETURNING r.id AS repair_id, t.id AS row_id, {each.place.customer} AS customer_id, r.before)
                INSERT INTO accounts_repairedvalue (repair_id, row_id, customer_id, before)
                SELECT repair_id, row_id, customer_id, before FROM done
                ON CONFLICT (repair_id, row_id) DO UPDATE SET at = now()""",
                [ids, each.field],
            )
            rows += cursor.rowcount
    return rows


def _restore(ids: list[int]) -> int:
    rows = 0
    wanted = set(Repair.objects.filter(pk__in=ids).values_list("field", flat=True))
    for each in reversed(BY_FIELD.values()):
        if each.field not in wanted:
            continue
        writes = each.sql(each.writes, "t", "v.before") + (
            ", updated_at = now()" if "customer" in each.place.table else ""
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"""UPDATE {each.place.table} t SET {writes} FROM accounts_repairedvalue v JOIN accounts_repair r ON r.id = v.repair_id
                WHERE r.id = ANY(%s) AND r.field = %s AND t.id = v.row_id AND {each.sql(each.value, "t")} = r.after""",
                [ids, each.field],
            )
            rows += cursor.rowcount
            cursor.execute(
                "DELETE FROM accounts_repairedvalue v USING accounts_repair r WHERE r.id = v.repair_id AND r.id = ANY(%s) AND r.field = %s",
                [ids, each.field],
            )
    return rows
