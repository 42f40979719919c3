"""The tables of the base as the catalogue shows them: columns with meaning and personal-data class, what feeds them, who shows them."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.sources import SURVEYS, Personal

Words = str | Promise
_COMPANY, _MONEY, _OPINION = Personal.COMPANY, Personal.FINANCIAL, Personal.OPINION


@dataclass(frozen=True)
class Cell:
    """One column of a table: kind is text, number, date or flag."""

    name: str
    kind: str
    meaning: Words
    personal: Personal = Personal.NONE
    needed: bool = False


@dataclass(frozen=True)
class Table:
    """One table: ``sql`` is what is read (columns by name), ``counted`` the database table whose size decides on sampling."""

    name: str
    title: Words
    grain: Words
    owner: str
    sql: str
    counted: str
    key: tuple[str, ...]
    feeds: tuple[str, ...]
    pages: tuple[tuple[Words, str], ...]
    columns: tuple[Cell, ...]


_CODE = Cell("customer", "text", _("customer code"), _COMPANY, needed=True)
_PAGES_CUSTOMER = ((_("Customers"), "customers"), (_("Segments"), "segments"), (_("Executive view"), "executive"))
_MASTER = ("clientes_desde", "clientes", "dados_clientes")


def _number(name: str, meaning: Words, personal: Personal = Personal.NONE, *, needed: bool = False) -> Cell:
    return Cell(name, "number", meaning, personal, needed)


CUSTOMERS = Table(
    "base_customers", _("Customers"), _("one row per customer"), "analyst",
    "SELECT code AS customer, name, cnpj, since, city, state, country, cnae, industry, subindustry, revenue_band FROM accounts_customer",
    "accounts_customer", ("customer",), (*_MASTER, "responsaveis"), _PAGES_CUSTOMER,
    (
        _CODE,
        Cell("name", "text", _("trade name"), _COMPANY),
        Cell("cnpj", "text", _("company number, digits or alphanumeric"), _COMPANY),
        Cell("since", "date", _("first day as a customer"), needed=True),
        Cell("city", "text", _("city in its usual spelling")),
        Cell("state", "text", _("state, or a foreign code")),
        Cell("country", "text", _("country code of the Receita Federal")),
        Cell("cnae", "text", _("economic activity")),
        Cell("industry", "text", _("market segment of TOTVS"), needed=True),
        Cell("subindustry", "text", _("sub-segment")),
        Cell("revenue_band", "text", _("band of the customer's own revenue"), _MONEY),
    ),
)  # fmt: skip

PICTURES = Table(
    "base_pictures", _("360 picture of the customer"), _("one row per customer, computed anew by each import"), "analyst",
    "SELECT c.code AS customer, p.* FROM accounts_picture p JOIN accounts_customer c ON c.id = p.customer_id",
    "accounts_picture", ("customer",),
    (*_MASTER, "mrr", "contratacoes_ultimos_12_meses", "historico", *SURVEYS, "tickets", "telemetria", "contatos", "faturas"),
    (*_PAGES_CUSTOMER, (_("Home"), "home")),
    (
        _CODE,
        Cell("as_of", "date", _("day the figures refer to"), needed=True),
        _number("contract_lines", _("contract lines"), needed=True),
        _number("active_lines", _("active contract lines"), needed=True),
        _number("cancelled_lines", _("cancelled contract lines"), needed=True),
        _number("recurring_lines", _("recurring contract lines"), needed=True),
        _number("products", _("different products"), needed=True),
        _number("product_lines", _("different product lines"), needed=True),
        _number("contract_value", _("value of all contracts"), _MONEY),
        Cell("last_contract_on", "date", _("day of the last contract")),
        _number("mrr", _("monthly recurring revenue"), _MONEY),
        _number("purchases_12m", _("contracts closed in twelve months")),
        _number("purchases_value_12m", _("value of the contracts closed in twelve months"), _MONEY),
        _number("proposals", _("proposals received")),
        _number("proposals_value", _("value of the proposals received"), _MONEY),
        _number("proposals_discount", _("mean discount in proposals, per cent")),
        Cell("last_proposal_on", "date", _("day of the last proposal")),
        _number("nps_last", _("last NPS answer"), _OPINION),
        Cell("nps_last_on", "date", _("day of the last NPS answer")),
        _number("nps_mean", _("mean NPS answer"), _OPINION),
        _number("nps_answers", _("number of NPS answers"), needed=True),
        _number("nps_product_mean", _("mean score of products"), _OPINION),
        _number("nps_support_mean", _("mean score of the support"), _OPINION),
        _number("tickets_12m", _("tickets in twelve months")),
        _number("tickets_90d", _("tickets in ninety days")),
        _number("tickets_high_12m", _("high-priority tickets in twelve months")),
        _number("ticket_days_mean", _("mean days until a ticket is closed")),
        _number("usage_events", _("usage events in the telemetry window")),
        _number("usage_seconds", _("seconds of use in the telemetry window")),
        _number("usage_active_days", _("days with use in the telemetry window")),
        _number("usage_modules", _("modules in use")),
        _number("usage_denied", _("denied licence requests")),
        _number("invoiced_12m", _("value invoiced in twelve months"), _MONEY),
        _number("overdue_invoices", _("invoices overdue")),
        _number("overdue_value", _("value of the invoices overdue"), _MONEY),
        _number("payment_delay_days", _("mean days between due date and payment")),
    ),
)  # fmt: skip

CONTACTS = Table(
    "base_contacts", _("Contacts"), _("one row per person"), "marketing_manager",
    "SELECT c.code AS customer, p.ref, p.name, p.job_title, p.email, p.phone, p.language, p.time_zone, p.is_primary, p.bounced_at::date AS "
    "bounced_on, (SELECT granted FROM accounts_consent k WHERE k.contact_id = p.id AND k.purpose = 'marketing') AS marketing "
    "FROM accounts_contact p JOIN accounts_customer c ON c.id = p.customer_id WHERE p.erased_at IS NULL",
    "accounts_contact", ("ref",), ("contatos",), ((_("Customers"), "customers"), (_("Campaigns"), "campaigns")),
    (
        _CODE,
        Cell("ref", "text", _("pseudonym of the person"), Personal.PSEUDONYM, needed=True),
        Cell("name", "text", _("name"), Personal.IDENTITY, needed=True),
        Cell("job_title", "text", _("job title"), Personal.CONTACT),
        Cell("email", "text", _("e-mail address"), Personal.CONTACT, needed=True),
        Cell("phone", "text", _("telephone"), Personal.CONTACT),
        Cell("language", "text", _("language in which the person is written to"), Personal.PREFERENCE),
        Cell("time_zone", "text", _("IANA time zone"), Personal.PREFERENCE),
        Cell("is_primary", "flag", _("the first person to write to"), Personal.PREFERENCE),
        Cell("bounced_on", "date", _("day on which a mail came back")),
        Cell("marketing", "flag", _("agreed to marketing"), Personal.CONSENT, needed=True),
    ),
)  # fmt: skip

CONTRACT_LINES = Table(
    "base_contract_lines", _("Contract lines"), _("one row per product of a contract"), "analyst",
    "SELECT c.code AS customer, p.product, p.line, p.brand, p.modality, p.periodicity, p.status, p.value, p.is_token_price, p.signed_on, "
    "p.business_unit_id AS business_unit FROM accounts_contractline p JOIN accounts_customer c ON c.id = p.customer_id",
    "accounts_contractline", (), ("dados_clientes", "unidades"), _PAGES_CUSTOMER,
    (
        _CODE,
        Cell("product", "text", _("product sold"), needed=True),
        Cell("line", "text", _("revenue line of the product")),
        Cell("brand", "text", _("brand")),
        Cell("modality", "text", _("commercial modality")),
        Cell("periodicity", "text", _("billing period")),
        Cell("status", "text", _("state of the line"), needed=True),
        _number("value", _("value of the line, masked by one factor"), _MONEY, needed=True),
        Cell("is_token_price", "flag", _("the amount stands for “no price”"), needed=True),
        Cell("signed_on", "date", _("day of signature")),
        Cell("business_unit", "text", _("business unit that sells the product")),
    ),
)  # fmt: skip

PROPOSALS = Table(
    "base_proposals", _("Proposals"), _("one row per proposal, its items summed"), "analyst",
    "SELECT c.code AS customer, p.number, p.uploaded_on, p.hosting, p.items, p.total, p.full_price, p.discount FROM accounts_proposal p "
    "JOIN accounts_customer c ON c.id = p.customer_id",
    "accounts_proposal", ("customer", "number"), ("historico",), _PAGES_CUSTOMER[:2],
    (
        _CODE,
        Cell("number", "text", _("proposal number"), needed=True),
        Cell("uploaded_on", "date", _("day of the proposal"), needed=True),
        Cell("hosting", "text", _("where it runs")),
        _number("items", _("items of the proposal"), needed=True),
        _number("total", _("total of the proposal"), _MONEY, needed=True),
        _number("full_price", _("list price of the proposal"), _MONEY),
        _number("discount", _("discount"), _MONEY),
    ),
)  # fmt: skip

NPS = Table(
    "base_nps", _("NPS answers"), _("one row per answer to a survey"), "customer_success",
    "SELECT c.code AS customer, p.kind, p.answered_on, p.score, p.subject FROM accounts_npsanswer p "
    "JOIN accounts_customer c ON c.id = p.customer_id",
    "accounts_npsanswer", (), tuple(SURVEYS), _PAGES_CUSTOMER,
    (
        _CODE,
        Cell("kind", "text", _("survey"), needed=True),
        Cell("answered_on", "date", _("day of the answer")),
        _number("score", _("score from 0 to 10"), _OPINION, needed=True),
        Cell("subject", "text", _("what the survey was about")),
    ),
)  # fmt: skip

TICKETS = Table(
    "base_ticket_months", _("Tickets per month"), _("one row per customer and month"), "customer_success",
    "SELECT c.code AS customer, p.month, p.opened, p.high, p.closed, p.days_mean FROM accounts_ticketmonth p "
    "JOIN accounts_customer c ON c.id = p.customer_id",
    "accounts_ticketmonth", ("customer", "month"), ("tickets",), _PAGES_CUSTOMER[:2],
    (
        _CODE,
        Cell("month", "date", _("month"), needed=True),
        _number("opened", _("tickets opened"), needed=True),
        _number("high", _("high-priority tickets opened"), needed=True),
        _number("closed", _("tickets closed"), needed=True),
        _number("days_mean", _("mean days until a ticket is closed")),
    ),
)  # fmt: skip

USAGE = Table(
    "base_usage_days", _("Product use per day"), _("one row per customer and day, all stores together"), "customer_success",
    "SELECT c.code AS customer, p.day, p.events, p.seconds, p.modules, p.denied FROM accounts_usageday p "
    "JOIN accounts_customer c ON c.id = p.customer_id",
    "accounts_usageday", ("customer", "day"), ("telemetria",), _PAGES_CUSTOMER[:2],
    (
        _CODE,
        Cell("day", "date", _("day"), needed=True),
        _number("events", _("usage events"), needed=True),
        _number("seconds", _("seconds of use, senseless durations left out")),
        _number("modules", _("modules in use"), needed=True),
        _number("denied", _("denied licence requests"), needed=True),
    ),
)  # fmt: skip

INVOICES = Table(
    "base_invoices", _("Invoices"), _("one row per invoice"), "analyst",
    "SELECT c.code AS customer, p.number, p.issued_on, p.due_on, p.paid_on, p.value FROM accounts_invoice p "
    "JOIN accounts_customer c ON c.id = p.customer_id",
    "accounts_invoice", ("customer", "number"), ("faturas",), _PAGES_CUSTOMER[:1],
    (
        _CODE,
        Cell("number", "text", _("invoice number"), needed=True),
        Cell("issued_on", "date", _("day of issue"), needed=True),
        Cell("due_on", "date", _("day on which it is due"), needed=True),
        Cell("paid_on", "date", _("day of payment; empty while it is open")),
        _number("value", _("value of the invoice"), _MONEY, needed=True),
    ),
)  # fmt: skip

INDICATORS = Table(
    "base_indicators", _("External indicators"), _("one row per series, month, state and market segment"), "analyst",
    "SELECT p.code, p.unit, p.month, p.state, p.industry, p.value FROM accounts_indicator p",
    "accounts_indicator", ("code", "month", "state", "industry"), ("indicadores",), _PAGES_CUSTOMER[:1],
    (
        Cell("code", "text", _("name of the series"), needed=True),
        Cell("unit", "text", _("unit: percent, index, BRL, …"), needed=True),
        Cell("month", "date", _("first day of the month"), needed=True),
        Cell("state", "text", _("state; empty for the whole country")),
        Cell("industry", "text", _("market segment; empty for all")),
        _number("value", _("value of the series in the month"), needed=True),
    ),
)  # fmt: skip

TABLES: tuple[Table, ...] = (
    CUSTOMERS,
    PICTURES,
    CONTACTS,
    CONTRACT_LINES,
    PROPOSALS,
    NPS,
    TICKETS,
    USAGE,
    INVOICES,
    INDICATORS,
)
