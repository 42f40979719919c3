"""What a prepared policy would have done with 90 days of a large base: ``python benchmarks/policy_simulation.py [--json]``.

A scratch database with customers, contacts, consents and the messages of several campaigns, made by SQL; then one simulation as
the product carries it out. Its time stands beside that of judging the same contacts by the edition in force alone.
"""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run by its path as well as with -m

from benchmarks import company

FILL = """
INSERT INTO accounts_customer (code, name, cnpj, city, state, country, cnae, industry, subindustry, revenue_band)
SELECT 'C' || n, 'Company ' || n, '', '', '', '', '', '', '', '' FROM generate_series(1, {customers}) n;
INSERT INTO accounts_contact (customer_id, ref, name, email, job_title, phone, language, time_zone, is_primary)
SELECT id, 'p' || id, 'Ana', 'a' || id || '@people.example', '', '', 'pt-br', 'America/Sao_Paulo', true FROM accounts_customer;
INSERT INTO accounts_consent (contact_id, purpose, granted, legal_basis, source, at)
SELECT id, 'marketing', id % 10 <> 0, 'consent', 'file', now() FROM accounts_contact;
"""
MESSAGES = """
INSERT INTO campaigns_message (id, campaign_id, customer_id, contact_id, channel, state, reason, message_id, not_before, owner,
                               attempts, error, created_at, dispatched_at, finished_at)
SELECT gen_random_uuid(), {campaign}, c.customer_id, c.id, 'email', CASE WHEN asked THEN 'sent' ELSE 'suppressed' END,
       CASE WHEN asked THEN '' ELSE 'no_consent' END, '<' || gen_random_uuid() || '@b>', now(), '', 0, '', day,
       CASE WHEN asked THEN day + make_interval(mins => (c.id % 900)::int) END, day
FROM (SELECT *, id % 10 <> 0 AS asked, now() - interval '{days} days' AS day FROM accounts_contact) c;
"""


def main() -> int:
    """Fill, simulate, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=70_000)
    parser.add_argument("--campaigns", type=int, default=4, help="each of them wrote to everybody")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    with company.own("simulation", "migrate", "--verbosity", "0"):
        figures = _measure(args)
    print(
        json.dumps(figures) if args.json else "\n".join(f"{name:<44}{value!s:>16}" for name, value in figures.items())
    )
    return 0


def _measure(args: argparse.Namespace) -> dict[str, Any]:
    import django

    django.setup()
    from accounts.models import Role, User
    from campaigns import catalogue, editions, queries, replays, simulation

    catalogue.seed()
    _fill(args)
    admin = User.objects.create_user("admin@people.example", None, name="Admin", role=Role.ADMIN)
    version = editions.prepare(admin, "stricter")
    cap = {"messages": 1, "days": 30, "long_messages": 1, "long_days": 60}
    editions.save_rule(version.pk, "frequency_cap", None, cap, admin)
    started = time.perf_counter()
    result = simulation.simulate(version)
    seconds = time.perf_counter() - started
    contacts, plans = simulation._contacts(), []
    started = time.perf_counter()
    replays.judge(queries.rules_of(queries.policy_in_force()), contacts, plans, {})
    alone = time.perf_counter() - started
    return {
        "customers": result["customers"],
        "contacts": result["contacts"],
        "seconds (at most 60 for 70,000 customers)": round(seconds, 1),
        "judging by the edition in force alone": round(alone, 1),
        "ratio": round(seconds / alone, 2),
        "messages before": result["messages_before"],
        "messages after": result["messages_after"],
        "customers lost": len(result["lost"]),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
        "load": round(os.getloadavg()[0], 1),
    }


def _fill(args: argparse.Namespace) -> None:
    from django.db import connection

    from campaigns import queries
    from campaigns.models import Campaign, Offer, Strategy
    from segments.models import Run, Segment

    with connection.cursor() as cursor:
        cursor.execute(FILL.format(customers=args.customers))
    run = Run.objects.create(state="published", seed=1, budget_seconds=1, customers=args.customers)
    strategy = Strategy.objects.get(code="gestao-retain")
    offer = Offer.objects.filter(business_unit=strategy.business_unit_id, play=strategy.play, step=1).first()
    for number in range(args.campaigns):
        segment = Segment.objects.create(passport=f"S-{number:03}", name=f"Segment {number}", born_in=run)
        campaign = Campaign.objects.create(
            title=f"Campaign {number}", segment=segment, run=run, strategy=strategy, offer=offer, policy_version=queries.policy_in_force(),
            business_unit=strategy.business_unit, status="completed",
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(MESSAGES.format(campaign=campaign.pk, days=80 - 20 * number))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    sys.exit(main())
