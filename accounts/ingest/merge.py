"""The merge, statement by statement, in the order of dependencies: (staging table that must be filled, SQL)."""

_DERIVED = ("name", "cnpj", "city", "state", "country", "cnae", "industry", "subindustry", "revenue_band")
_BLANKS = ", ".join(f"coalesce(s.{name}, '')" for name in _DERIVED)
_KEEP = ", ".join(f"{name} = coalesce(nullif(EXCLUDED.{name}, ''), c.{name})" for name in _DERIVED)
_OLD = ", ".join(f"c.{name}" for name in _DERIVED)
_NEW = ", ".join(f"coalesce(nullif(EXCLUDED.{name}, ''), c.{name})" for name in _DERIVED)

# a new customer is written with its owner at once; known ones get theirs from OWNERS
CUSTOMERS = f"""
INSERT INTO accounts_customer AS c (code, {", ".join(_DERIVED)}, since, owner_id)
SELECT s.code, {_BLANKS}, s.since, o.id
FROM stage_customers s LEFT JOIN (
  SELECT DISTINCT ON (w.code) w.code, u.id FROM stage_owners w
  JOIN accounts_user u ON lower(u.email) = w.owner_email AND u.role = 'sales_rep' ORDER BY w.code, u.id) o ON o.code = s.code
ORDER BY s.code
ON CONFLICT (code) DO UPDATE SET since = coalesce(EXCLUDED.since, c.since), {_KEEP}, updated_at = now()
WHERE (c.since, {_OLD}) IS DISTINCT FROM (coalesce(EXCLUDED.since, c.since), {_NEW})"""

OWNERS = """
UPDATE accounts_customer c SET name = n.name, cnpj = n.cnpj, owner_id = n.owner_id, updated_at = now()
FROM (SELECT o.code, coalesce(o.name, k.name) AS name, coalesce(o.cnpj, k.cnpj) AS cnpj, coalesce(u.id, k.owner_id) AS owner_id
      FROM stage_owners o JOIN accounts_customer k ON k.code = o.code
      LEFT JOIN accounts_user u ON lower(u.email) = o.owner_email AND u.role = 'sales_rep') n
WHERE c.code = n.code AND (c.name, c.cnpj, c.owner_id) IS DISTINCT FROM (n.name, n.cnpj, n.owner_id)"""

CONTRACTS_GONE = """
DELETE FROM accounts_contractline l USING stage_contracts_gone g, accounts_customer c
WHERE c.code = g.code AND l.customer_id = c.id AND l.row_hash = g.row_hash"""

# a lake that was lost is read anew: the same line must not stand twice
CONTRACTS_TWICE = """
DELETE FROM accounts_contractline l USING stage_contracts s, accounts_customer c
WHERE c.code = s.code AND l.customer_id = c.id AND l.row_hash = s.row_hash"""

CONTRACTS = """
INSERT INTO accounts_contractline (customer_id, row_hash, product, line, brand, modality, periodicity, status, value,
                                   is_token_price, signed_on, business_unit_id)
SELECT c.id, s.row_hash, s.product, coalesce(s.line, ''), coalesce(s.brand, ''), coalesce(s.modality, ''),
       coalesce(s.periodicity, ''), coalesce(s.status, ''), s.value, s.is_token_price, s.signed_on, u.unit
FROM stage_contracts s JOIN accounts_customer c ON c.code = s.code LEFT JOIN stage_units u ON u.line = upper(s.line)"""

UNITS = """
UPDATE accounts_contractline l SET business_unit_id = u.unit FROM stage_units u
WHERE u.line = upper(l.line) AND l.business_unit_id IS DISTINCT FROM u.unit"""

PROPOSALS = """
INSERT INTO accounts_proposal AS p (customer_id, number, row_hash, uploaded_on, hosting, items, total, full_price, discount)
SELECT c.id, s.number, s.row_hash, s.uploaded_on, coalesce(s.hosting, ''), s.items, s.total, s.full_price, s.discount
FROM stage_proposals s JOIN accounts_customer c ON c.code = s.code
ON CONFLICT (customer_id, number) DO UPDATE SET row_hash = EXCLUDED.row_hash, uploaded_on = EXCLUDED.uploaded_on,
  hosting = EXCLUDED.hosting, items = EXCLUDED.items, total = EXCLUDED.total, full_price = EXCLUDED.full_price,
  discount = EXCLUDED.discount
WHERE p.row_hash <> EXCLUDED.row_hash"""

TICKET_MONTHS_GONE = """
DELETE FROM accounts_ticketmonth m USING stage_tickets_touched t, accounts_customer c WHERE c.code = t.code AND m.customer_id = c.id"""
TICKET_MONTHS = """
INSERT INTO accounts_ticketmonth (customer_id, month, opened, high, closed, days_mean)
SELECT c.id, s.month, s.opened, s.high, s.closed, s.days_mean FROM stage_ticket_months s JOIN accounts_customer c ON c.code = s.code"""
TICKETS_GONE = """
DELETE FROM accounts_ticket k USING stage_tickets_touched t, accounts_customer c WHERE c.code = t.code AND k.customer_id = c.id"""
TICKETS = """
INSERT INTO accounts_ticket (customer_id, number, "group", kind, status, priority, created_on, updated_on)
SELECT c.id, s.number, coalesce(s."group", ''), coalesce(s.kind, ''), coalesce(s.status, ''), coalesce(s.priority, ''),
       s.created_on, s.updated_on
FROM stage_tickets s JOIN accounts_customer c ON c.code = s.code"""

USAGE = """
INSERT INTO accounts_usageday AS u (customer_id, day, events, seconds, modules, denied)
SELECT c.id, s.day, s.events, s.seconds, s.modules, s.denied FROM stage_usage_days s JOIN accounts_customer c ON c.code = s.code
ON CONFLICT (customer_id, day) DO UPDATE SET events = EXCLUDED.events, seconds = EXCLUDED.seconds,
  modules = EXCLUDED.modules, denied = EXCLUDED.denied
WHERE (u.events, u.seconds, u.modules, u.denied) IS DISTINCT FROM (EXCLUDED.events, EXCLUDED.seconds, EXCLUDED.modules, EXCLUDED.denied)"""

USAGE_MONTHS = """
INSERT INTO accounts_usagemonth AS u (customer_id, month, events, seconds, modules, denied, active_days)
SELECT c.id, s.month, s.events, s.seconds, s.modules, s.denied, s.active_days
FROM stage_usage_months s JOIN accounts_customer c ON c.code = s.code
ON CONFLICT (customer_id, month) DO UPDATE SET events = EXCLUDED.events, seconds = EXCLUDED.seconds,
  modules = EXCLUDED.modules, denied = EXCLUDED.denied, active_days = EXCLUDED.active_days
WHERE (u.events, u.seconds, u.modules, u.denied, u.active_days) IS DISTINCT FROM
      (EXCLUDED.events, EXCLUDED.seconds, EXCLUDED.modules, EXCLUDED.denied, EXCLUDED.active_days)"""

PRIMARY_GIVES_WAY = """
UPDATE accounts_contact k SET is_primary = false FROM stage_contacts s, accounts_customer c
WHERE s.is_primary AND c.code = s.code AND k.customer_id = c.id AND k.ref <> s.ref AND k.is_primary"""

# an erased person stays erased, whatever a file says
CONTACTS = """
INSERT INTO accounts_contact AS k (customer_id, ref, name, job_title, email, phone, language, time_zone, is_primary)
SELECT c.id, s.ref, coalesce(s.name, ''), coalesce(s.job_title, ''), coalesce(s.email, ''), coalesce(s.phone, ''),
       s.language, s.time_zone, s.is_primary
FROM stage_contacts s JOIN accounts_customer c ON c.code = s.code
ON CONFLICT (ref) DO UPDATE SET customer_id = EXCLUDED.customer_id, name = EXCLUDED.name, job_title = EXCLUDED.job_title,
  email = EXCLUDED.email, phone = EXCLUDED.phone, language = EXCLUDED.language, time_zone = EXCLUDED.time_zone,
  is_primary = EXCLUDED.is_primary, bounced_at = CASE WHEN k.email = EXCLUDED.email THEN k.bounced_at END
WHERE k.erased_at IS NULL"""

# what a person withdrew or a colleague recorded here gives way only to a later day in the file;
# consent without a day cannot be proved and counts as not given
CONSENTS = """
INSERT INTO accounts_consent (contact_id, purpose, granted, legal_basis, source, at)
SELECT k.id, p.purpose, p.granted AND s.consented_on IS NOT NULL, coalesce(s.legal_basis, ''), 'contatos.csv',
       coalesce(s.consented_on::timestamptz, now())
FROM stage_contacts s JOIN accounts_contact k ON k.ref = s.ref AND k.erased_at IS NULL
CROSS JOIN LATERAL (VALUES ('marketing', s.marketing), ('service', s.service), ('credit', s.credit)) p(purpose, granted)
LEFT JOIN accounts_consent o ON o.contact_id = k.id AND o.purpose = p.purpose
WHERE o.id IS NULL
   OR (o.source = 'contatos.csv' AND (o.granted, o.legal_basis) IS DISTINCT FROM
       (p.granted AND s.consented_on IS NOT NULL, coalesce(s.legal_basis, '')::varchar))
   OR s.consented_on::timestamptz > o.at
ON CONFLICT (contact_id, purpose) DO UPDATE SET granted = EXCLUDED.granted, legal_basis = EXCLUDED.legal_basis,
  source = EXCLUDED.source, at = EXCLUDED.at"""

INVOICES_GONE = """
DELETE FROM accounts_invoice i USING stage_invoices_gone g, accounts_customer c
WHERE c.code = g.code AND i.customer_id = c.id AND i.number = g.number"""
INVOICES = """
INSERT INTO accounts_invoice AS i (customer_id, number, row_hash, issued_on, due_on, paid_on, value)
SELECT c.id, s.number, s.row_hash, s.issued_on, s.due_on, s.paid_on, s.value
FROM stage_invoices s JOIN accounts_customer c ON c.code = s.code
ON CONFLICT (customer_id, number) DO UPDATE SET row_hash = EXCLUDED.row_hash, issued_on = EXCLUDED.issued_on,
  due_on = EXCLUDED.due_on, paid_on = EXCLUDED.paid_on, value = EXCLUDED.value
WHERE i.row_hash <> EXCLUDED.row_hash"""

INDICATORS_GONE = """
DELETE FROM accounts_indicator i WHERE NOT EXISTS (
  SELECT 1 FROM stage_indicators s WHERE (s.code, s.month, s.state, s.industry) = (i.code, i.month, i.state, i.industry))"""
INDICATORS = """
INSERT INTO accounts_indicator AS i (code, unit, month, state, industry, value)
SELECT code, unit, month, state, industry, value FROM stage_indicators
ON CONFLICT (code, month, state, industry) DO UPDATE SET unit = EXCLUDED.unit, value = EXCLUDED.value
WHERE (i.unit, i.value) IS DISTINCT FROM (EXCLUDED.unit, EXCLUDED.value)"""

NPS_DATES = """
UPDATE accounts_npsanswer a SET answered_on = d.answered_on FROM stage_nps_dates d
WHERE a.kind = 'support' AND a.row_hash = d.row_hash AND a.answered_on IS DISTINCT FROM d.answered_on"""


def _answers(kind: str) -> list[tuple[str, str]]:
    """Answers of one survey: a lost lake read anew must not double them."""
    stage = f"stage_nps_{kind}"
    return [
        (
            f"nps_{kind}",
            f"DELETE FROM accounts_npsanswer a USING {stage} s WHERE a.kind = s.kind AND a.row_hash = s.row_hash",
        ),
        (
            f"nps_{kind}",
            "INSERT INTO accounts_npsanswer (customer_id, kind, row_hash, answered_on, score, scores, subject) "
            "SELECT c.id, s.kind, s.row_hash, s.answered_on, s.score, jsonb_strip_nulls(s.scores), coalesce(s.subject, '') "
            f"FROM {stage} s JOIN accounts_customer c ON c.code = s.code",
        ),
    ]


STATEMENTS: list[tuple[str, str]] = [
    ("customers", CUSTOMERS),
    ("owners", OWNERS),
    ("contracts_gone", CONTRACTS_GONE),
    ("contracts", CONTRACTS_TWICE),
    ("contracts", CONTRACTS),
    ("units", UNITS),
    ("proposals", PROPOSALS),
    *(
        each
        for kind in ("relational", "acquisition", "implementation", "onboarding", "product", "support")
        for each in _answers(kind)
    ),
    ("nps_dates", NPS_DATES),
    ("invoices_gone", INVOICES_GONE),
    ("invoices", INVOICES),
    ("indicators", INDICATORS_GONE),
    ("indicators", INDICATORS),
    ("tickets_touched", TICKET_MONTHS_GONE),
    ("ticket_months", TICKET_MONTHS),
    ("tickets_touched", TICKETS_GONE),
    ("tickets", TICKETS),
    ("usage_days", USAGE),
    ("usage_months", USAGE_MONTHS),
    ("contacts", PRIMARY_GIVES_WAY),
    ("contacts", CONTACTS),
    ("contacts", CONSENTS),
]

# Figures of the lake come for every customer at once: a source that no longer knows a customer leaves nothing behind.
_LAKE = {
    "mrr": "m.mrr::numeric(14,2)",
    "purchases_12m": "b.purchases_12m",
    "purchases_value_12m": "b.purchases_value_12m::numeric(16,2)",
    "proposals_discount": "h.proposals_discount",
    "discount_items": "h.discount_items",
    "tickets_12m": "t.tickets_12m",
    "tickets_90d": "t.tickets_90d",
    "tickets_high_12m": "t.tickets_high_12m",
    "ticket_days_mean": "t.ticket_days_mean",
    "tickets_closed_12m": "t.tickets_closed_12m",
    "usage_events": "u.usage_events",
    "usage_seconds": "u.usage_seconds",
    "usage_active_days": "u.usage_active_days",
    "usage_modules": "u.usage_modules",
    "usage_denied": "u.usage_denied",
    "has_mrr": "m.code IS NOT NULL",
    "has_purchases": "b.code IS NOT NULL",
    "has_tickets": "t.code IS NOT NULL",
    "has_usage": "u.code IS NOT NULL",
}
LAKE_FIGURES = f"""
INSERT INTO accounts_lakefigures AS o (customer_id, {", ".join(_LAKE)})
SELECT c.id, {", ".join(_LAKE.values())}
FROM accounts_customer c
LEFT JOIN stage_figures_mrr m ON m.code = c.code
LEFT JOIN stage_figures_contratacoes_ultimos_12_meses b ON b.code = c.code
LEFT JOIN stage_figures_historico h ON h.code = c.code
LEFT JOIN stage_figures_tickets t ON t.code = c.code
LEFT JOIN stage_figures_telemetria u ON u.code = c.code
ON CONFLICT (customer_id) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _LAKE)}
WHERE ({", ".join(f"o.{name}" for name in _LAKE)}) IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in _LAKE)})"""

# A row only where something differs from what was known as of the last earlier day; the same day told anew replaces itself.
HISTORY = """
INSERT INTO accounts_figurehistory AS o (customer_id, as_of, mrr, purchases_12m, purchases_value_12m)
SELECT f.customer_id, %(as_of)s::date, f.mrr, f.purchases_12m, f.purchases_value_12m
FROM accounts_lakefigures f
LEFT JOIN LATERAL (SELECT e.mrr, e.purchases_12m, e.purchases_value_12m FROM accounts_figurehistory e
                   WHERE e.customer_id = f.customer_id AND e.as_of <= %(as_of)s::date ORDER BY e.as_of DESC LIMIT 1) e ON true
WHERE %(as_of)s::date IS NOT NULL AND (f.mrr, f.purchases_12m, f.purchases_value_12m)
      IS DISTINCT FROM (e.mrr, e.purchases_12m, e.purchases_value_12m)
ON CONFLICT (customer_id, as_of) DO UPDATE SET mrr = EXCLUDED.mrr, purchases_12m = EXCLUDED.purchases_12m,
  purchases_value_12m = EXCLUDED.purchases_value_12m"""
