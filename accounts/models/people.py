"""Users, their roles, what they did, and what the language model was asked."""

import uuid
from typing import Any, ClassVar

import pghistory
import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person does here; decides which pages and which customers they see."""

    MANAGER = "marketing_manager", _("Marketing manager")
    REP = "sales_rep", _("Sales rep")
    SUCCESS = "customer_success", _("Customer success")
    ANALYST = "analyst", _("Analyst")
    EXECUTIVE = "executive", _("Executive")
    ADMIN = "admin", _("Administrator")


class UserManager(BaseUserManager["User"]):
    """Makes users; the e-mail address is the login."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a normalised address and a hashed password (unusable when None)."""
        user: User = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An administrator."""
        return self.create_user(email, password, **{"role": Role.ADMIN, **fields})


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), fields=["email", "name", "role", "is_active", "business_unit"]
)
class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. Every right follows from ``role``."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    business_unit = models.ForeignKey(
        "accounts.BusinessUnit", models.PROTECT, null=True, blank=True, verbose_name=_("business unit")
    )
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="one_user_per_address"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """One or two letters for the avatar."""
        parts = self.name.split() or [self.email]
        return (parts[0][0] + (parts[-1][0] if len(parts) > 1 else "")).upper()


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class AuditEntry(models.Model):
    """Who did what to what, and when. Append-only, also against raw SQL."""

    at = models.DateTimeField(db_default=Now(), db_index=True)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=60, db_index=True)
    target = models.CharField(max_length=40)
    target_id = models.CharField(max_length=64)
    summary = models.CharField(max_length=300)
    detail = models.JSONField(default=dict)
    stamp = models.CharField(max_length=80, default="", db_default="")  # see accounts.stamps

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [models.Index(fields=["target", "target_id"], name="audit_target")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stamp"], condition=~models.Q(stamp=""), name="one_audit_entry_per_stamp")
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target} {self.target_id}"


class IdempotencyKey(models.Model):
    """One effect of one POST: the second request with the same key gets the first one's answer."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    route = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    location = models.CharField(max_length=500, blank=True)
    body = models.TextField(blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "key"], name="one_effect_per_key")]

    def __str__(self) -> str:
        return self.key


class ModelCall(models.Model):
    """One call of the language model, kept whole: what was asked, what came back, what it cost."""

    class Outcome(models.TextChoices):
        OK = "ok", _("Answered")
        REFUSED = "refused", _("Refused by the model")
        INVALID = "invalid", _("Answer not in the agreed form")
        FAILED = "failed", _("Endpoint failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(db_default=Now(), db_index=True)
    purpose = models.CharField(max_length=40, db_index=True)
    model = models.CharField(max_length=100)
    prompt_version = models.CharField(max_length=40)
    prompt_hash = models.CharField(max_length=64)
    request = models.JSONField()
    response = models.JSONField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    error = models.TextField(blank=True)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    latency_ms = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return f"{self.purpose} {self.model} {self.outcome}"
