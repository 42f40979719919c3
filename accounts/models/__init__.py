"""Tables of who we serve and who we are."""

from accounts.models.catalog import ColumnProfile, DatasetProfile, Description, GateOverride, GateRule
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
from accounts.models.lake import Dataset, DateOrder, Finding, Import, ImportFile, Origin, QuarantinedRow, WatchedFile
from accounts.models.mapping import MappedSource
from accounts.models.money import Indicator, Invoice
from accounts.models.people import AuditEntry, IdempotencyKey, ModelCall, Role, User

__all__ = [
    "AuditEntry",
    "BusinessUnit",
    "CleanseRun",
    "ColumnProfile",
    "Consent",
    "Contact",
    "ContractLine",
    "Customer",
    "CustomerQuerySet",
    "Dataset",
    "DatasetProfile",
    "DateOrder",
    "Description",
    "Finding",
    "GateOverride",
    "GateRule",
    "IdempotencyKey",
    "Import",
    "ImportFile",
    "Indicator",
    "Invoice",
    "MappedSource",
    "ModelAnswer",
    "ModelCall",
    "NpsAnswer",
    "Origin",
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
    "WatchedFile",
]
