"""What arrives: one declaration per kind of file. Reading, checking, messages and documentation follow from it."""

from accounts.sources.activity import TELEMETRY, TICKETS
from accounts.sources.commercial import CONTRACTS, CUSTOMER_MASTER, CUSTOMERS_SINCE, MRR, PROPOSALS, PURCHASES
from accounts.sources.declaration import Check, Column, Condition, Effect, Kind, Personal, Reading, Source
from accounts.sources.money import INDICATORS, INVOICES
from accounts.sources.people import CONTACTS, OWNERS, UNITS
from accounts.sources.surveys import ACQUISITION, IMPLEMENTATION, ONBOARDING, PRODUCT, RELATIONAL, SUPPORT, SURVEYS

# in the order of reading: a source comes after those it depends on, whatever the order of the files
SOURCES: tuple[Source, ...] = (
    CUSTOMERS_SINCE, CUSTOMER_MASTER, CONTRACTS, UNITS, OWNERS, CONTACTS, MRR, PURCHASES, PROPOSALS,
    RELATIONAL, ACQUISITION, IMPLEMENTATION, ONBOARDING, PRODUCT, TICKETS, SUPPORT, TELEMETRY,
    INVOICES, INDICATORS,
)  # fmt: skip

BY_NAME: dict[str, Source] = {source.name: source for source in SOURCES}

__all__ = [
    "BY_NAME",
    "SOURCES",
    "SURVEYS",
    "Check",
    "Column",
    "Condition",
    "Effect",
    "Kind",
    "Personal",
    "Reading",
    "Source",
]
