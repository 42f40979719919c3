"""How a draft by agents came to be: one run, and every step of it in the order in which it happened."""

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import ModelCall, User
from segments.models import Segment


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class AgentRun(models.Model):
    """One piece of work of the agents. How it ended is its last step: a run without an ``end`` was interrupted.

    ``limits`` are the most steps, tokens, seconds and US cents that it could use; ``prompts`` the versions of the words.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(db_default=Now(), db_index=True)
    segment = models.ForeignKey(Segment, models.PROTECT, related_name="agent_runs")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    language = models.CharField(max_length=5)
    model = models.CharField(max_length=100)
    limits = models.JSONField()
    prompts = models.JSONField()

    class Meta:
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.at:%Y-%m-%d %H:%M}"


@pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))
class AgentStep(models.Model):
    """One thing that happened in a run. Holds pseudonyms and bands only, like everything that the agents see."""

    class Role(models.TextChoices):
        ANALYST = "analyst", _("Analyst")
        STRATEGIST = "strategist", _("Strategist")
        WRITER = "writer", _("Writer")
        CRITIC = "critic", _("Critic")
        HOUSE = "house", _("B2Shift")

    class Kind(models.TextChoices):
        MODEL = "model", _("Asked the model")
        TOOL = "tool", _("Looked something up")
        STOP = "stop", pgettext_lazy("agents", "Stopped")
        WITHHELD = "withheld", _("Text kept from the model")
        CHECK = "check", _("Words checked")
        END = "end", pgettext_lazy("agents", "End")

    run = models.ForeignKey(AgentRun, models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(db_default=Now())
    role = models.CharField(max_length=12, choices=Role)
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=100)
    outcome = models.CharField(max_length=20)
    given = models.JSONField(default=dict)
    got = models.JSONField(default=dict)
    model_call = models.ForeignKey(ModelCall, models.PROTECT, null=True, related_name="+")
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=12, decimal_places=8, default=0)
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["run", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "number"], name="one_agent_step_per_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.role} {self.kind}"
