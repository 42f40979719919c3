"""The pictures of customers, computed from dated rows and from what only the lake knows. Call inside a transaction.

A customer that others were merged into has one picture of them all: counts, sums and means are those of the joined rows. Modules
in use are known per code only, so that theirs is "at least the larger". The picture of a merged customer stays that of its own code.
"""

from collections.abc import Iterable

from django.db import connection

# Contract value: lines in force (neither cancelled nor replaced), placeholders left out. NPS figures: the relational survey;
# product and support have their own means. Windows end at the data's own date. No row in a source means NULL, never zero.
_FIGURES = {
    "contract_lines": "coalesce(l.lines, 0)",
    "active_lines": "coalesce(l.active, 0)",
    "cancelled_lines": "coalesce(l.cancelled, 0)",
    "recurring_lines": "coalesce(l.recurring, 0)",
    "products": "coalesce(l.products, 0)",
    "product_lines": "coalesce(l.product_lines, 0)",
    "contract_value": "l.value",
    "last_contract_on": "l.last_on",
    "mrr": "f.mrr",
    "purchases_12m": "f.purchases_12m",
    "purchases_value_12m": "f.purchases_value_12m",
    "proposals": "p.proposals",
    "proposals_value": "p.value",
    "proposals_discount": "f.proposals_discount",
    "last_proposal_on": "p.last_on",
    "nps_last": "n.last",
    "nps_last_on": "n.last_on",
    "nps_mean": "n.mean",
    "nps_answers": "coalesce(n.answers, 0)",
    "nps_product_mean": "n.product_mean",
    "nps_support_mean": "n.support_mean",
    "tickets_12m": "f.tickets_12m",
    "tickets_90d": "f.tickets_90d",
    "tickets_high_12m": "f.tickets_high_12m",
    "ticket_days_mean": "f.ticket_days_mean",
    "usage_events": "f.usage_events",
    "usage_seconds": "f.usage_seconds",
    "usage_active_days": "f.usage_active_days",
    "usage_modules": "f.usage_modules",
    "usage_denied": "f.usage_denied",
    "invoiced_12m": "i.invoiced_12m",
    "overdue_invoices": "i.overdue",
    "overdue_value": "i.overdue_value",
    "payment_delay_days": "i.delay",
    "has_mrr": "coalesce(f.has_mrr, false)",
    "has_purchases": "coalesce(f.has_purchases, false)",
    "has_proposals": "p.customer_id IS NOT NULL",
    "has_nps": "coalesce(n.answers, 0) > 0",
    "has_usage": "coalesce(f.has_usage, false)",
    "has_tickets": "coalesce(f.has_tickets, false)",
    "has_invoices": "i.customer_id IS NOT NULL",
    "has_contact": "k.customer_id IS NOT NULL",
}
_NAMES = ", ".join(_FIGURES)
_OWN_FIGURES = "SELECT * FROM accounts_lakefigures"
# one code with data speaks for itself, to the last bit; several are added up, means by their weights
_JOINT_FIGURES = """
  SELECT j.head AS customer_id, sum(x.mrr) AS mrr, sum(x.purchases_12m) AS purchases_12m, sum(x.purchases_value_12m) AS purchases_value_12m,
    CASE WHEN count(x.proposals_discount) = 1 THEN max(x.proposals_discount)
      ELSE sum(x.proposals_discount * x.discount_items) / nullif(sum(x.discount_items), 0) END AS proposals_discount,
    sum(x.tickets_12m) AS tickets_12m, sum(x.tickets_90d) AS tickets_90d, sum(x.tickets_high_12m) AS tickets_high_12m,
    CASE WHEN count(x.ticket_days_mean) = 1 THEN max(x.ticket_days_mean)
      ELSE sum(x.ticket_days_mean * x.tickets_closed_12m) / nullif(sum(x.tickets_closed_12m), 0) END AS ticket_days_mean,
    sum(x.usage_events) AS usage_events, sum(x.usage_seconds) AS usage_seconds,
    CASE WHEN count(x.usage_active_days) < 2 THEN max(x.usage_active_days)
      ELSE (SELECT count(DISTINCT d.day) FROM accounts_usageday d JOIN joint i ON i.member = d.customer_id WHERE i.head = j.head)
      END AS usage_active_days,
    max(x.usage_modules) AS usage_modules, sum(x.usage_denied) AS usage_denied, bool_or(x.has_mrr) AS has_mrr,
    bool_or(x.has_purchases) AS has_purchases, bool_or(x.has_tickets) AS has_tickets, bool_or(x.has_usage) AS has_usage
  FROM accounts_lakefigures x JOIN joint j ON j.member = x.customer_id GROUP BY j.head"""


def _statement(first: str, customer: str, rows: str, figures: str, which: str) -> str:
    """The upsert of pictures: ``customer`` is whose picture a dated row belongs to, ``rows`` joins what decides that."""
    return f"""
{first}
INSERT INTO accounts_picture AS o (customer_id, as_of, {_NAMES})
SELECT c.id, %(as_of)s::date, {", ".join(_FIGURES.values())}
FROM accounts_customer c
LEFT JOIN (
  SELECT {customer} AS customer_id, count(*) AS lines, count(*) FILTER (WHERE status = 'ATIVO') AS active,
    count(*) FILTER (WHERE status = 'CANCELADO') AS cancelled,
    count(*) FILTER (WHERE status = 'ATIVO' AND (modality LIKE '%%ASSINATURA%%' OR modality LIKE '%%INTERA%%'
      OR modality = 'MODALIDADE SERVICOS RECORRENTES')) AS recurring,
    count(DISTINCT product) AS products, count(DISTINCT nullif(line, '')) AS product_lines,
    sum(value) FILTER (WHERE status NOT IN ('CANCELADO', 'TROCADO') AND NOT is_token_price)::numeric(18,2) AS value,
    max(signed_on) AS last_on
  FROM accounts_contractline x {rows} GROUP BY 1) l ON l.customer_id = c.id
LEFT JOIN (
  SELECT {customer} AS customer_id, count(*) AS proposals, sum(total)::numeric(18,2) AS value, max(uploaded_on) AS last_on
  FROM accounts_proposal x {rows} GROUP BY 1) p ON p.customer_id = c.id
LEFT JOIN (
  SELECT {customer} AS customer_id, count(*) FILTER (WHERE kind = 'relational') AS answers,
    (array_agg(score ORDER BY answered_on DESC NULLS LAST, x.id DESC) FILTER (WHERE kind = 'relational'))[1] AS last,
    max(answered_on) FILTER (WHERE kind = 'relational') AS last_on,
    avg(score) FILTER (WHERE kind = 'relational')::float8 AS mean,
    avg(score) FILTER (WHERE kind = 'product')::float8 AS product_mean,
    avg(score) FILTER (WHERE kind = 'support')::float8 AS support_mean
  FROM accounts_npsanswer x {rows} GROUP BY 1) n ON n.customer_id = c.id
LEFT JOIN (
  SELECT {customer} AS customer_id,
    sum(value) FILTER (WHERE issued_on > %(as_of)s::date - INTERVAL '12 months')::numeric(16,2) AS invoiced_12m,
    count(*) FILTER (WHERE paid_on IS NULL AND due_on < %(as_of)s::date) AS overdue,
    coalesce(sum(value) FILTER (WHERE paid_on IS NULL AND due_on < %(as_of)s::date), 0)::numeric(16,2) AS overdue_value,
    avg(paid_on - due_on)::float8 AS delay
  FROM accounts_invoice x {rows} GROUP BY 1) i ON i.customer_id = c.id
LEFT JOIN (SELECT DISTINCT {customer} AS customer_id FROM accounts_contact x {rows} WHERE erased_at IS NULL
           AND (email <> '' OR phone <> '')) k ON k.customer_id = c.id
LEFT JOIN ({figures}) f ON f.customer_id = c.id
WHERE {which}
ON CONFLICT (customer_id) DO UPDATE SET as_of = EXCLUDED.as_of, {", ".join(f"{name} = EXCLUDED.{name}" for name in _FIGURES)}
WHERE (o.as_of, {", ".join(f"o.{name}" for name in _FIGURES)}) IS DISTINCT FROM
      (EXCLUDED.as_of, {", ".join(f"EXCLUDED.{name}" for name in _FIGURES)})"""


OWN = _statement("", "x.customer_id", "", _OWN_FIGURES, "c.id <> ALL(%(heads)s::bigint[])")
JOINT = _statement(
    "WITH joint AS MATERIALIZED (SELECT coalesce(c.merged_into_id, c.id) AS head, c.id AS member FROM accounts_customer c "
    "WHERE coalesce(c.merged_into_id, c.id) = ANY(%(heads)s::bigint[]))",
    "j.head",
    "JOIN joint j ON j.member = x.customer_id",
    _JOINT_FIGURES,
    "c.id = ANY(%(heads)s::bigint[])",
)


ONE_AT_A_TIME = (
    4_215_002  # the advisory lock of whoever decides which rows make which picture, until the transaction ends
)


def alone(*, wait: bool) -> bool:
    """Keep others from merging customers or computing pictures until this transaction ends; False when not waiting for them."""
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
            return True
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        return bool(cursor.fetchone()[0])


def recompute_all(as_of: str | None) -> None:
    """Every picture anew, as of the data's own date; unchanged pictures are not written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT merged_into_id FROM accounts_customer WHERE merged_into_id IS NOT NULL")
        heads = [row[0] for row in cursor.fetchall()]
        cursor.execute(OWN, {"as_of": as_of, "heads": heads})
        if heads:
            cursor.execute(JOINT, {"as_of": as_of, "heads": heads})


def recompute(heads: Iterable[int]) -> None:
    """The pictures of these customers and whoever was merged into them; their date stays."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(as_of) FROM accounts_picture")  # every import dates them all alike
        cursor.execute(JOINT, {"as_of": cursor.fetchone()[0], "heads": sorted(heads)})
