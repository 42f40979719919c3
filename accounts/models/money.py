"""What customers were billed, and the economy around them."""

from typing import ClassVar

from django.db import models

from accounts.models.customers import Customer


class Invoice(models.Model):
    """One invoice; ``paid_on`` is empty while it is open."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="invoices")
    number = models.CharField(max_length=40)
    row_hash = models.CharField(max_length=32)
    issued_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    paid_on = models.DateField(null=True)
    value = models.DecimalField(max_digits=18, decimal_places=2, null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["customer", "-due_on"], name="invoice_customer")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["customer", "number"], name="one_invoice_per_number")]

    def __str__(self) -> str:
        return self.number


class Indicator(models.Model):
    """One value of a series from outside (IBGE, Banco Central), per month; an empty state or industry means all of them."""

    code = models.CharField(max_length=60)
    unit = models.CharField(max_length=30)
    month = models.DateField()
    state = models.CharField(max_length=2, blank=True)
    industry = models.CharField(max_length=60, blank=True)
    value = models.FloatField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "industry", "-month"], name="indicator_place")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "month", "state", "industry"], name="one_value_per_series_month")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.month}: {self.value}"
