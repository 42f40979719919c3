"""Tables of who we serve and who we are."""

from accounts.models.cleanse import CleanseRun, ModelAnswer, Repair, RepairedValue, RuleSwitch
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
    UsageMonth,
)
from accounts.models.lake import Dataset, DateOrder, Finding, Import, ImportFile, QuarantinedRow
from accounts.models.mapping import MappedSource
from accounts.models.money import Indicator, Invoice
from accounts.models.people import AuditEntry, IdempotencyKey, ModelCall, Role, User

__all__ = [
    "AuditEntry",
    "BusinessUnit",
    "CleanseRun",
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
    "ModelAnswer",
    "ModelCall",
    "NpsAnswer",
    "Picture",
    "Proposal",
    "Purpose",
    "QuarantinedRow",
    "Repair",
    "RepairedValue",
    "Role",
    "RuleSwitch",
    "Ticket",
    "TicketMonth",
    "UsageDay",
    "UsageMonth",
    "User",
]
