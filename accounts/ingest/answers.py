"""What people say about dates that no file decides: asked once per source and column, remembered, used by the next import."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.lake.job import Result
from accounts.models import DateOrder, Import, ImportFile, QuarantinedRow, User
from b2shift.lib.api import Refused


def known() -> dict[str, dict[str, str]]:
    """Every remembered answer: source → column → order."""
    orders: dict[str, dict[str, str]] = {}
    for each in DateOrder.objects.all():
        orders.setdefault(each.source, {})[each.column] = each.order
    return orders


def remember(result: Result, user: User | None) -> None:
    """Keep the answers that an import was given on its way and needed. Part of its publication."""
    for report in result.files:
        for column, order in report.answered.items():
            DateOrder.objects.get_or_create(
                source=report.source, column=column, defaults={"order": order, "answered_by": user}
            )


def questions(run: Import) -> list[dict[str, Any]]:
    """What an import asks, each column of a source once: ``key``, file, source, column, header, orders, examples, count;
    ``answer`` where somebody has given one meanwhile.
    """
    answers = known()
    asked: dict[str, dict[str, Any]] = {}
    for file in run.files.filter(outcome=ImportFile.Outcome.ASKS).order_by("name"):
        for each in file.questions:
            given = answers.get(file.source, {}).get(each["column"], "")
            key = f"{file.source}.{each['column']}"
            asked.setdefault(key, {**each, "key": key, "file": file.name, "source": file.source, "answer": given})
    return list(asked.values())


@transaction.atomic
def answer(run: Import, orders: Mapping[str, str], user: User) -> Import:
    """Remember ``orders`` (``source.column`` → dmy, mdy or ymd) and queue an import of the same files that goes on with them.

    Raises ``Refused`` for an answer that is missing or was not offered. Answering twice queues nothing twice.
    """
    run = Import.objects.select_for_update().get(pk=run.pk)
    if (follower := run.followed_by.first()) is not None:
        return follower
    asked = questions(run)
    if not asked:
        raise Refused("no_question", _("This import asks nothing."))
    for each in asked:
        order = each["answer"] or orders.get(each["key"], "")
        if order not in each["orders"] and not each["answer"]:
            raise Refused("no_answer", _("Say for “%(column)s” what comes first.") % {"column": each["header"]})
        DateOrder.objects.get_or_create(
            source=each["source"], column=each["column"], defaults={"order": order, "answered_by": user}
        )
    said = ", ".join(f"{key}={orders[key]}" for key in sorted(orders))
    record(user, "import.answer", run, said[:300])
    fresh = Import.objects.create(
        source_path=run.source_path, started_by=user, only=run.only, follows=run, channel=run.channel
    )
    QuarantinedRow.objects.filter(retry=run, resolved_at=None).update(retry=fresh)  # the rows that run was to try again
    return fresh
