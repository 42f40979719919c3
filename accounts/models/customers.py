"""Customers and what we know of them. Personal data lives in Contact and nowhere else (LGPD)."""

from typing import ClassVar, Self
from zoneinfo import available_timezones

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Coalesce, Now, Substr
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Role, User
from b2shift.lib.plain import searchable


class BusinessUnit(models.Model):
    """RD Station, TOTVS Gestão or TechFin: who sells, and whose words are spoken."""

    code = models.CharField(primary_key=True, max_length=10)
    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name


class CustomerQuerySet(models.QuerySet["Customer"]):
    """The one gate to customers."""

    def visible_to(self, user: object) -> Self:
        """The customers this person may see: a sales rep their own, other roles all, nobody none."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.role == Role.REP:
            return self.owned_by(user)
        return self.all() if user.role in Role.values else self.none()

    def owned_by(self, user: User) -> Self:
        """The customers of one account owner."""
        return self.filter(owner=user)


class EveryCustomerQuerySet(CustomerQuerySet):
    """Customers that were merged into another one included: for what belongs to them (calls, answers, people)."""

    def owned_by(self, user: User) -> Self:
        """A merged customer belongs to the owner of the one that it was merged into."""
        return self.filter(models.Q(merged_into=None, owner=user) | models.Q(merged_into__owner=user))


class StandingManager(models.Manager["Customer"].from_queryset(CustomerQuerySet)):  # type: ignore[misc]
    """Leaves out customers that were merged into another one, wherever customers are listed or counted."""

    def get_queryset(self) -> CustomerQuerySet:
        """The customers that stand for themselves."""
        rows: CustomerQuerySet = super().get_queryset().filter(merged_into=None)
        return rows


def _part_of_cnpj(start: int, length: int) -> models.GeneratedField:
    """A stored part of a CNPJ, in which digits may be letters; empty without one."""
    return models.GeneratedField(
        expression=Substr("cnpj", start, length), output_field=models.CharField(max_length=length), db_persist=True
    )


class Customer(models.Model):
    """A company that we serve; its page is the account page. ``code`` is text and never a number.

    ``merged_into`` points to the customer that stands for this one too (see ``accounts.duplicates``): the rows of both stay
    where they are, and whoever reads the one reads the other with it. ``objects`` leaves merged customers out, ``every`` does not.
    ``cnpj_root`` and ``cnpj_order`` are the company (first 8 characters) and the establishment (next 4; 0001 is the head office).
    """

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=160, blank=True)
    cnpj = models.CharField("CNPJ", max_length=14, blank=True)
    since = models.DateField(_("customer since"), null=True, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    state = models.CharField(_("state"), max_length=2, blank=True)
    country = models.CharField(_("country code"), max_length=3, blank=True)
    cnae = models.CharField("CNAE", max_length=200, blank=True)
    industry = models.CharField(_("industry"), max_length=60, blank=True)
    subindustry = models.CharField(_("sub-industry"), max_length=80, blank=True)
    revenue_band = models.CharField(_("revenue band"), max_length=60, blank=True)
    owner = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="accounts", verbose_name=_("account owner")
    )
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    search_text = searchable("code", "name", "cnpj")
    cnpj_root = _part_of_cnpj(1, 8)
    cnpj_order = _part_of_cnpj(9, 4)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("merged into")
    )

    objects: ClassVar = StandingManager()
    every: ClassVar = EveryCustomerQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["code"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(merged_into=models.F("id")), name="customer_not_into_itself"),
        ]
        indexes: ClassVar = [
            models.Index(Coalesce("merged_into", "id"), name="customer_stands_for"),
            models.Index(fields=["cnpj_root"], name="customer_cnpj_root"),
            models.Index(fields=["owner", "code"], name="customer_owner"),
            models.Index(fields=["industry"], name="customer_industry"),
            models.Index(fields=["state"], name="customer_state"),
            GinIndex(OpClass("search_text", name="gin_trgm_ops"), name="customer_search_trgm"),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class Picture(models.Model):
    """One customer's 360 figures, recomputed by each import. A null means "no data", never zero or a mean.

    Money in BRL, durations in seconds, shares in 0–1, NPS scores 0–10. ``has_*`` tell which sources cover the customer.
    """

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="picture")
    as_of = models.DateField(null=True)
    contract_lines = models.PositiveIntegerField(default=0)
    active_lines = models.PositiveIntegerField(default=0)
    cancelled_lines = models.PositiveIntegerField(default=0)
    recurring_lines = models.PositiveIntegerField(default=0)
    products = models.PositiveIntegerField(default=0)
    product_lines = models.PositiveIntegerField(default=0)
    contract_value = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    last_contract_on = models.DateField(null=True)
    mrr = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    purchases_12m = models.PositiveIntegerField(null=True)
    purchases_value_12m = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    proposals = models.PositiveIntegerField(null=True)
    proposals_value = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    proposals_discount = models.FloatField(null=True)
    last_proposal_on = models.DateField(null=True)
    nps_last = models.PositiveSmallIntegerField(null=True)
    nps_last_on = models.DateField(null=True)
    nps_mean = models.FloatField(null=True)
    nps_answers = models.PositiveIntegerField(default=0)
    nps_product_mean = models.FloatField(null=True)
    nps_support_mean = models.FloatField(null=True)
    tickets_12m = models.PositiveIntegerField(null=True)
    tickets_90d = models.PositiveIntegerField(null=True)
    tickets_high_12m = models.PositiveIntegerField(null=True)
    ticket_days_mean = models.FloatField(null=True)
    usage_events = models.BigIntegerField(null=True)
    usage_seconds = models.FloatField(null=True)
    usage_active_days = models.PositiveSmallIntegerField(null=True)
    usage_modules = models.PositiveIntegerField(null=True)
    usage_denied = models.BigIntegerField(null=True)
    invoiced_12m = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    overdue_invoices = models.PositiveIntegerField(null=True)
    overdue_value = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    payment_delay_days = models.FloatField(null=True)
    has_mrr = models.BooleanField(default=False)
    has_purchases = models.BooleanField(default=False)
    has_proposals = models.BooleanField(default=False)
    has_nps = models.BooleanField(default=False)
    has_usage = models.BooleanField(default=False)
    has_tickets = models.BooleanField(default=False)
    has_invoices = models.BooleanField(default=False)
    has_contact = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"picture of {self.customer_id}"


def known_zone(value: str) -> None:
    """Refuse a time zone that is not in the IANA list."""
    if value not in available_timezones():
        raise ValidationError(_("%(zone)s is not an IANA time zone such as America/Sao_Paulo."), params={"zone": value})


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent(), fields=["is_primary", "erased_at"])
class Contact(models.Model):
    """A person at a customer: the only place of personal data. Erasure empties all but the pseudonym, ``ref``."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts")
    ref = models.CharField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    job_title = models.CharField(_("job title"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    language = models.CharField(
        max_length=5, default="pt-br", choices=[("pt-br", _("Portuguese")), ("en", _("English"))]
    )
    time_zone = models.CharField(max_length=40, default="America/Sao_Paulo", validators=[known_zone])
    is_primary = models.BooleanField(default=False)
    bounced_at = models.DateTimeField(null=True, blank=True)
    retain_until = models.DateField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    search_text = searchable("name", "email")

    class Meta:
        ordering: ClassVar = ["-is_primary", "ref"]
        indexes: ClassVar = [GinIndex(OpClass("search_text", name="gin_trgm_ops"), name="contact_search_trgm")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(is_primary=True), name="one_primary_contact"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.ref

    @property
    def first_name(self) -> str:
        """The name used in a greeting."""
        return self.name.split()[0] if self.name else ""


class Purpose(models.TextChoices):
    """Why we may write to a person (LGPD art. 7)."""

    MARKETING = "marketing", _("Marketing")
    SERVICE = "service", _("Service")
    CREDIT = "credit", _("Credit")


class Consent(models.Model):
    """Whether one person agreed to one purpose, on what legal basis and since when."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=12, choices=Purpose)
    granted = models.BooleanField()
    legal_basis = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["contact", "purpose"], name="one_consent_per_purpose")]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.granted}"


class ContractLine(models.Model):
    """One product of one contract."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contract_lines")
    row_hash = models.CharField(max_length=32)
    product = models.CharField(max_length=160)
    line = models.CharField(max_length=80, blank=True)
    brand = models.CharField(max_length=80, blank=True)
    modality = models.CharField(max_length=60, blank=True)
    periodicity = models.CharField(max_length=30, blank=True)
    status = models.CharField(max_length=20, blank=True)
    value = models.DecimalField(max_digits=18, decimal_places=5, null=True)
    is_token_price = models.BooleanField(default=False)
    signed_on = models.DateField(null=True)
    business_unit = models.ForeignKey(BusinessUnit, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["customer", "-signed_on"], name="contract_customer")]

    def __str__(self) -> str:
        return self.product


class Proposal(models.Model):
    """One past sales proposal (items summed; never an AI draft)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="proposals")
    number = models.CharField(max_length=20)
    row_hash = models.CharField(max_length=32)
    uploaded_on = models.DateField(null=True)
    hosting = models.CharField(max_length=40, blank=True)
    items = models.PositiveIntegerField()
    total = models.DecimalField(max_digits=18, decimal_places=5, null=True)
    full_price = models.DecimalField(max_digits=18, decimal_places=5, null=True)
    discount = models.DecimalField(max_digits=18, decimal_places=5, null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["customer", "number"], name="one_proposal_per_number")]

    def __str__(self) -> str:
        return self.number


class NpsAnswer(models.Model):
    """One answer to one survey. Sub-scores that were not given are absent from ``scores``."""

    class Kind(models.TextChoices):
        RELATIONAL = "relational", _("Relational")
        ACQUISITION = "acquisition", _("Acquisition")
        IMPLEMENTATION = "implementation", _("Implementation")
        ONBOARDING = "onboarding", _("Onboarding")
        PRODUCT = "product", _("Product")
        SUPPORT = "support", _("Support")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="nps_answers_given")
    kind = models.CharField(max_length=16, choices=Kind)
    row_hash = models.CharField(max_length=32)
    answered_on = models.DateField(null=True)
    score = models.PositiveSmallIntegerField()
    scores = models.JSONField(default=dict)
    subject = models.CharField(max_length=160, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["customer", "-answered_on"], name="nps_customer")]
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(score__lte=10), name="nps_score_0_to_10")]

    def __str__(self) -> str:
        return f"{self.kind} {self.score}"


class TicketMonth(models.Model):
    """Support tickets of one customer in one month, counted in the lake."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="ticket_months")
    month = models.DateField()
    opened = models.PositiveIntegerField()
    high = models.PositiveIntegerField()
    closed = models.PositiveIntegerField()
    days_mean = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "month"], name="one_ticket_count_per_month")
        ]

    def __str__(self) -> str:
        return f"{self.month}: {self.opened}"


class Ticket(models.Model):
    """A customer's most recent tickets, for the timeline; the full table stays in the lake."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="tickets")
    number = models.CharField(max_length=20)
    group = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=20, blank=True)
    priority = models.CharField(max_length=12, blank=True)
    created_on = models.DateField(null=True)
    updated_on = models.DateField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["customer", "-created_on"], name="ticket_customer")]

    def __str__(self) -> str:
        return self.number


class UsageDay(models.Model):
    """Product use of one customer on one day, counted in the lake over its stores; ``seconds`` without sentinels."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="usage_days")
    day = models.DateField()
    events = models.PositiveIntegerField()
    seconds = models.FloatField(null=True)
    modules = models.PositiveIntegerField()
    denied = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["customer", "day"], name="one_usage_count_per_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.events}"


class UsageMonth(models.Model):
    """Product use of one customer in one month, counted in the lake over its stores; ``seconds`` without sentinels."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="usage_months")
    month = models.DateField()
    events = models.BigIntegerField()
    seconds = models.FloatField(null=True)
    modules = models.PositiveIntegerField()
    denied = models.BigIntegerField()
    active_days = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "month"], name="one_usage_count_per_month")
        ]

    def __str__(self) -> str:
        return f"{self.month}: {self.events}"
