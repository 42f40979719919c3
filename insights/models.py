"""Figures kept day by day, so that trends survive re-segmentation and re-import."""

from typing import ClassVar

from django.db import models

from segments.models import Segment


class FigureSnapshot(models.Model):
    """One metric of one segment (or of everybody, when null) on one day."""

    day = models.DateField()
    metric = models.CharField(max_length=40)
    segment = models.ForeignKey(Segment, models.CASCADE, null=True, related_name="figures")
    value = models.FloatField(null=True)

    class Meta:
        ordering: ClassVar = ["day", "metric"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "metric", "segment"], nulls_distinct=False, name="one_value_per_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.day}: {self.value}"
