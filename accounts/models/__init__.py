"""Tables of who we serve and who we are."""

from accounts.models.customers import (
    BusinessUnit,
    Consent,
    Contact,
    ContractLine,
    Customer,
    CustomerQuerySet,
    NpsAnswer,
    Picture,
    Proposal,
    Purpose,
    Ticket,
    TicketMonth,
    UsageDay,
)
from accounts.models.lake import Dataset, DateOrder, Finding, Import, ImportFile, QuarantinedRow
from accounts.models.mapping import MappedSource
from accounts.models.money import Indicator, Invoice
from accounts.models.people import AuditEntry, IdempotencyKey, ModelCall, Role, User

__all__ = [
    "AuditEntry",
    "BusinessUnit",
    "Consent",
    "Contact",
    "ContractLine",
    "Customer",
    "CustomerQuerySet",
    "Dataset",
    "DateOrder",
    "Finding",
    "IdempotencyKey",
    "Import",
    "ImportFile",
    "Indicator",
    "Invoice",
    "MappedSource",
    "ModelCall",
    "NpsAnswer",
    "Picture",
    "Proposal",
    "Purpose",
    "QuarantinedRow",
    "Role",
    "Ticket",
    "TicketMonth",
    "UsageDay",
    "User",
]
