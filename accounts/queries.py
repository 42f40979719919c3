"""What pages and API read about customers. Nothing here writes; every customer comes through ``visible_to``."""

import re
from datetime import date
from typing import Any, NamedTuple

from django.db.models import CharField, Count, Exists, F, Max, Model, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce

from accounts.models import (
    AuditEntry,
    Contact,
    ContractLine,
    Customer,
    CustomerQuerySet,
    GroupRoot,
    ImportFile,
    Invoice,
    NpsAnswer,
    Picture,
    Proposal,
    Role,
    Ticket,
    TicketMonth,
    UsageDay,
    User,
)
from b2shift.lib.plain import Plain

LONGEST_SEARCH = 120
MOST_WORDS = 6
SEES_CONTACTS = frozenset(Role) - {Role.EXECUTIVE}
MAIN_SOURCES = ("has_purchases", "has_mrr", "has_usage", "has_nps", "has_proposals")
FILES = {  # kind of source on the account page → prefix of the file kinds that feed it
    "contracts": "dados_clientes",
    "mrr": "mrr",
    "purchases": "contratacoes",
    "proposals": "historico",
    "nps": "nps",
    "usage": "telemetria",
    "tickets": "tickets",
    "invoices": "faturas",
    "contacts": "contatos",
}
_MASKED_CNPJ = re.compile(r"[0-9A-Za-z]{2}\.?[0-9A-Za-z]{3}\.?[0-9A-Za-z]{3}/[0-9A-Za-z]{4}-?\d{0,2}")


def clean_words(text: str) -> list[str]:
    """At most six words of what somebody typed: no control characters, a written-out CNPJ as it is stored."""
    tidy = "".join(letter if letter.isprintable() else " " for letter in text)[:LONGEST_SEARCH]
    tidy = _MASKED_CNPJ.sub(lambda found: re.sub(r"[./-]", "", found.group()), tidy)
    return tidy.split()[:MOST_WORDS]


def matching(rows: QuerySet, text: str) -> QuerySet:
    """The rows whose ``search_text`` contains every word of ``text``, whatever its accents and capitals."""
    for word in clean_words(text):
        rows = rows.filter(search_text__contains=Plain(Value(word)))
    return rows


def similar(rows: QuerySet, text: str) -> QuerySet:
    """The rows with a word close to ``text`` (a typing slip), by trigram similarity; a code is right or wrong."""
    words = " ".join(clean_words(text))
    if len(words) <= 3 or any(letter.isdigit() for letter in words):
        return rows.none()
    return rows.filter(search_text__trigram_word_similar=Plain(Value(words)))


def family(customer: int) -> QuerySet[Customer]:
    """The customer with this key and everyone merged into it, for ``customer__in``."""
    rows: QuerySet[Customer] = Customer.every.filter(Q(pk=customer) | Q(merged_into=customer)).order_by()
    return rows


def of(model: type[Model], customer: Customer) -> QuerySet[Any]:
    """The rows of a customer, those of merged customers included."""
    return model._default_manager.filter(customer__in=family(customer.pk).values("pk"))


def _by(rows: QuerySet[Any], column: str, until: date | None) -> QuerySet[Any]:
    """The rows dated by the end of ``until``; all of them, undated ones included, without it."""
    return rows.filter(**{f"{column}__lte": until}) if until else rows


def standing_for(code: str) -> QuerySet[Any]:
    """The key of the customer with this code, or of the one that it was merged into, for ``pk__in``."""
    return Customer.every.filter(code=code).annotate(head=Coalesce("merged_into", "pk")).order_by().values("head")


def customer_rows(user: User) -> CustomerQuerySet:
    """The customers a person may see, with owner, picture and the name of the group (``group_name``) in the same query."""
    group = GroupRoot.objects.filter(root=OuterRef("cnpj_root")).values("group__name")
    rows: CustomerQuerySet = Customer.objects.visible_to(user).select_related("picture", "owner")
    return rows.annotate(group_name=Subquery(group))


def distinct_values(user: User, column: str) -> list[str]:
    """The values of a text column among the customers this person may see, without the empty one."""
    found = (
        Customer.objects.visible_to(user)
        .exclude(**{column: ""})
        .order_by(column)
        .values_list(column, flat=True)
        .distinct()
    )
    return list(found)


def sales_reps() -> QuerySet[User]:
    """The active sales reps, by name."""
    return User.objects.filter(role=Role.REP, is_active=True).order_by("name")


def account_owners() -> QuerySet[User]:
    """Sales reps, and whoever else still owns a customer, by name."""
    owns = Exists(Customer.objects.filter(owner=OuterRef("pk")))
    return User.objects.filter(Q(role=Role.REP) | owns).order_by("name")


def find_customers(user: User, text: str, limit: int) -> list[Customer]:
    """The best ``limit`` customers for ``text``: an exact code first, then by name; else near misses."""
    if not clean_words(text):
        return []
    rows = (
        customer_rows(user)
        .annotate(exact=Q(code__iexact=" ".join(clean_words(text))))
        .order_by("-exact", "name", "code")
    )
    found = list(matching(rows, text)[:limit]) or list(similar(rows, text)[:limit])
    return _standing_for(user, text, found)[:limit]


def _standing_for(user: User, text: str, found: list[Customer]) -> list[Customer]:
    """``found`` after whoever stands for a merged customer with exactly this code."""
    merged = Customer.every.filter(code__iexact=" ".join(clean_words(text)), merged_into__isnull=False)
    heads = list(customer_rows(user).filter(pk__in=merged.values("merged_into")))
    return heads + [each for each in found if each not in heads]


def find_contacts(user: User, text: str, limit: int) -> list[Contact]:
    """The first ``limit`` people at visible customers by name or address; none for executives."""
    if user.role not in SEES_CONTACTS or not clean_words(text):
        return []
    rows = Contact.objects.filter(customer__in=Customer.every.visible_to(user), erased_at=None)
    return list(matching(rows, text).select_related("customer").order_by("name", "ref")[:limit])


class Coverage(NamedTuple):
    """Whether one source knows the customer, its newest record there and the last load of that source."""

    source: str
    covered: bool
    newest: date | None
    loaded_at: Any


def coverage(customer: Customer, picture: Picture | None) -> list[Coverage]:
    """One entry per kind of source, in the order of the account page; four queries beside the picture."""
    loads = dict(
        ImportFile.objects.filter(outcome=ImportFile.Outcome.LOADED, run__finished_at__isnull=False)
        .values_list("source")
        .annotate(last=Max("run__finished_at"))
    )
    last_use = of(UsageDay, customer).aggregate(day=Max("day"))["day"]
    last_ticket = of(Ticket, customer).aggregate(day=Max("created_on"))["day"]

    last_invoice = of(Invoice, customer).aggregate(day=Max("issued_on"))["day"]

    def entry(source: str, flag: str, day: date | None) -> Coverage:
        known = bool(picture and getattr(picture, flag))
        last = max((at for name, at in loads.items() if name.startswith(FILES[source])), default=None)
        return Coverage(source, known, day if known else None, last)

    return [
        entry("contracts", "contract_lines", picture.last_contract_on if picture else None),
        entry("mrr", "has_mrr", None),
        entry("purchases", "has_purchases", None),
        entry("proposals", "has_proposals", picture.last_proposal_on if picture else None),
        entry("nps", "has_nps", picture.nps_last_on if picture else None),
        entry("usage", "has_usage", last_use),
        entry("tickets", "has_tickets", last_ticket),
        entry("invoices", "has_invoices", last_invoice),
        entry("contacts", "has_contact", None),
    ]


def picture_of(customer: Customer) -> Picture | None:
    """The customer's picture; None before the first import computed it."""
    return Picture.objects.filter(customer=customer).first()


def contracts(customer: Customer, until: date | None = None) -> QuerySet[ContractLine]:
    """Contract lines, the newest first, undated ones last; with ``until`` those signed by that day."""
    return (
        _by(of(ContractLine, customer), "signed_on", until)
        .select_related("business_unit")
        .order_by(F("signed_on").desc(nulls_last=True), "pk")
    )


def contract_status(customer: Customer) -> list[dict[str, Any]]:
    """Lines and known value per status: ``[{"status", "lines", "total"}]``; token prices are left out of the value."""
    known = Sum("value", filter=Q(is_token_price=False))
    rows = of(ContractLine, customer).order_by().values("status").annotate(lines=Count("pk"), total=known)
    return [dict(row) for row in rows.order_by("-lines", "status")]


def proposals(customer: Customer, until: date | None = None) -> QuerySet[Proposal]:
    """Past proposals, the newest first."""
    return _by(of(Proposal, customer), "uploaded_on", until).order_by(F("uploaded_on").desc(nulls_last=True), "-number")


def nps_answers(customer: Customer, until: date | None = None) -> QuerySet[NpsAnswer]:
    """Answers to surveys, the newest first."""
    return _by(of(NpsAnswer, customer), "answered_on", until).order_by(F("answered_on").desc(nulls_last=True), "-pk")


def ticket_months(customer: Customer, limit: int = 36, until: date | None = None) -> list[TicketMonth]:
    """The last ``limit`` months with tickets, oldest first; months of merged customers are added up."""
    months: dict[date, TicketMonth] = {}
    for row in _by(of(TicketMonth, customer), "month", until).order_by("-month", "pk"):
        if row.month not in months and len(months) == limit:
            break
        months[row.month] = _with_tickets(months.get(row.month), row)
    return list(months.values())[::-1]


def _with_tickets(month: TicketMonth | None, more: TicketMonth) -> TicketMonth:
    """Two codes' month as one; the mean of days by closed tickets."""
    if month is None:
        return more
    known = [each for each in (month, more) if each.days_mean is not None and each.closed]
    days = sum((each.days_mean or 0.0) * each.closed for each in known)
    closed = sum(each.closed for each in known)
    return TicketMonth(
        month=month.month, opened=month.opened + more.opened, high=month.high + more.high,
        closed=month.closed + more.closed, days_mean=days / closed if closed else None,
    )  # fmt: skip


def tickets(customer: Customer, until: date | None = None) -> QuerySet[Ticket]:
    """The kept tickets, the newest first."""
    return _by(of(Ticket, customer), "created_on", until).order_by(F("created_on").desc(nulls_last=True), "-pk")


def usage_days(customer: Customer, limit: int = 180, until: date | None = None) -> list[UsageDay]:
    """The last ``limit`` days with use, oldest first; days of merged customers are added up (modules: the larger)."""
    days: dict[date, UsageDay] = {}
    for row in _by(of(UsageDay, customer), "day", until).order_by("-day", "pk"):
        if row.day not in days and len(days) == limit:
            break
        days[row.day] = _with_use(days.get(row.day), row)
    return list(days.values())[::-1]


def _with_use(day: UsageDay | None, more: UsageDay) -> UsageDay:
    if day is None:
        return more
    seconds = None if day.seconds is None and more.seconds is None else (day.seconds or 0) + (more.seconds or 0)
    return UsageDay(
        day=day.day, events=day.events + more.events, seconds=seconds,
        modules=max(day.modules, more.modules), denied=day.denied + more.denied,
    )  # fmt: skip


def contacts(customer: Customer) -> QuerySet[Contact]:
    """People at the customer with their consents, the main contact first, erased ones last."""
    return (
        of(Contact, customer)
        .prefetch_related("consents")
        .order_by(F("erased_at").asc(nulls_first=True), "-is_primary", "name")
    )


def timeline(customer: Customer, until: date | None = None) -> QuerySet:
    """Dated events as ``{"at", "what", "label", "figure"}``, newest first, joined in SQL so that pages stay cheap.

    ``label`` is a count of lines (contract), a number (proposal, ticket) or the kind of survey (nps); ``figure`` is
    the score, the priority or empty.
    """
    empty = Value("", output_field=CharField())
    signed = (
        _by(of(ContractLine, customer), "signed_on", until)
        .filter(signed_on__isnull=False)
        .values(at=F("signed_on"))
        .order_by()
        .annotate(what=Value("contract"), label=Cast(Count("pk"), CharField()), figure=empty)
    )
    offered = (
        _by(of(Proposal, customer), "uploaded_on", until)
        .filter(uploaded_on__isnull=False)
        .order_by()
        .values(at=F("uploaded_on"), what=Value("proposal"), label=F("number"), figure=Cast("total", CharField()))
    )
    answered = (
        _by(of(NpsAnswer, customer), "answered_on", until)
        .filter(answered_on__isnull=False)
        .order_by()
        .values(
            at=F("answered_on"), what=Value("nps"), label=Cast("kind", CharField()), figure=Cast("score", CharField())
        )
    )
    asked = (
        _by(of(Ticket, customer), "created_on", until)
        .filter(created_on__isnull=False)
        .order_by()
        .values(at=F("created_on"), what=Value("ticket"), label=F("number"), figure=Cast("priority", CharField()))
    )
    return signed.union(offered, answered, asked, all=True).order_by("-at", "what", "label")


def audit_entries() -> QuerySet[AuditEntry]:
    """The audit trail with its actors, newest first."""
    return AuditEntry.objects.select_related("actor").order_by("-at", "-id")
