"""Every campaign weighed at every customer of a large base: ``python benchmarks/arbitration.py [--json]``.

A scratch database with customers, figures, contacts, consents, memberships and campaigns, made by SQL: some are live, with
their mails waiting, the others are proposals. Then one run as the product carries it out: reads, arithmetic, writes. Beside
it the same arithmetic as a plain loop in Python over a sample of the same contest, checked to decide the same, extrapolated.
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

SAMPLE = 2_000
FILL = """
INSERT INTO accounts_customer (code, name, cnpj, city, state, country, cnae, industry, subindustry, revenue_band)
SELECT 'C' || n, 'Company ' || n, '', '', '', '', '', '', '', '' FROM generate_series(1, {customers}) n;
INSERT INTO accounts_contact (customer_id, ref, name, email, job_title, phone, language, time_zone, is_primary)
SELECT id, 'p' || id, 'Ana', 'a' || id || '@people.example', '', '', 'pt-br', 'America/Sao_Paulo', true FROM accounts_customer;
INSERT INTO accounts_consent (contact_id, purpose, granted, legal_basis, source, at)
SELECT c.id, purpose, true, 'consent', 'file', now() FROM accounts_contact c, unnest(ARRAY['marketing', 'service', 'credit']) purpose;
INSERT INTO accounts_picture (customer_id, contract_lines, active_lines, cancelled_lines, recurring_lines, products, product_lines,
    nps_answers, mrr, nps_last, tickets_90d, tickets_high_12m, overdue_invoices,
    has_mrr, has_purchases, has_proposals, has_nps, has_usage, has_tickets, has_invoices, has_contact)
SELECT id, 3, 3, 0, 3, 2, 2, 1, CASE WHEN id % 5 <> 0 THEN (id * 7919 % 20000) + 50 END, id * 31 % 11, id % 4, id % 3, id % 9 / 8,
    id % 5 <> 0, true, true, true, id % 2 = 0, true, true, true FROM accounts_customer;
"""
MEMBERS = """
INSERT INTO segments_membership (run_id, customer_id, segment_id, confidence, x, y)
SELECT {run}, id, {segment}, 0.4 + (id * {run} % 60) / 100.0, 0, 0 FROM accounts_customer;
"""
WAITING = """
INSERT INTO campaigns_message (id, campaign_id, customer_id, contact_id, channel, state, reason, message_id, not_before, owner,
                               attempts, error, created_at)
SELECT gen_random_uuid(), {campaign}, customer_id, id, 'email', 'queued', '', '<' || gen_random_uuid() || '@b>', now(), '', 0, '', now()
FROM accounts_contact;
"""
SENT = """
UPDATE campaigns_message SET state = 'dispatching', owner = 'b', lease_until = now(), dispatched_at = now() - interval '2 days'
WHERE campaign_id = {campaign} AND customer_id % 4 = 0;
"""


def main() -> int:
    """Fill, weigh, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=70_000)
    parser.add_argument("--campaigns", type=int, default=20, help="each of them wants everybody")
    parser.add_argument("--live", type=int, default=12, help="how many of them are live; the others are proposals")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    with company.own("arbitration", "migrate", "--verbosity", "0"):
        figures = _measure(args)
    print(
        json.dumps(figures) if args.json else "\n".join(f"{name:<64}{value!s:>12}" for name, value in figures.items())
    )
    return 0


def _measure(args: argparse.Namespace) -> dict[str, Any]:
    import django

    django.setup()
    from campaigns import arbiter, arbitration, audience, catalogue
    from campaigns.models import Campaign

    catalogue.seed()
    _fill(args)
    run = arbiter.ask(None)
    arbiter.run(run.pk)
    run.refresh_from_db()
    if run.state != "done":
        raise SystemExit(f"the run failed: {run.error}")
    found = arbiter._field(run.policy_version)
    started = time.perf_counter()
    outcome = arbitration.arbitrate(found.contest)
    arbitration.effects(found.contest, outcome)
    pure = time.perf_counter() - started
    started = time.perf_counter()
    _plain(found.contest, outcome, min(SAMPLE, args.customers))
    loop = (time.perf_counter() - started) * args.customers / min(SAMPLE, args.customers)
    parts = run.result["seconds"]
    proposal = Campaign.objects.filter(status="draft").select_related("strategy", "offer", "policy_version").first()
    started = time.perf_counter()
    counted = audience.preview(proposal)
    preview = time.perf_counter() - started
    return {
        "customers": run.customers,
        "campaigns": len(run.campaigns),
        "pairs": run.pairs,
        "seconds of a whole run (at most 30)": run.seconds,
        "– reads": parts["read"],
        "– arithmetic with what each factor changed (a few)": parts["decide"],
        "– writes": parts["write"],
        "the arithmetic again, alone": round(pure, 2),
        f"the same as a plain loop, extrapolated from {SAMPLE} customers": round(loop, 1),
        "ratio": round(loop / pure),
        f"audience of one proposal counted against {args.live} live campaigns": round(preview, 1),
        "– of these left to a live campaign": counted.excluded.get("outranked", 0),
        "customers whom value alone decides": next(
            e["customers"] for e in run.result["effects"] if e["factor"] == "value"
        ),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
        "load": round(os.getloadavg()[0], 1),
    }


def _plain(contest: Any, outcome: Any, rows: int) -> None:
    """Who wins, as it is and with each factor neutral, one customer after the other; the outcome must be the same."""
    columns = range(len(contest.contenders))
    names = ("propensity", "context", "value", "lever")
    for row in range(rows):
        factors = {name: getattr(contest, name)[row].tolist() for name in names[:3]} | {"lever": contest.lever.tolist()}
        candidates = [column for column in columns if contest.candidate[row, column]]
        budget = contest.budget[row].tolist()
        for neutral in ("", *names):
            ranked = sorted(candidates, key=lambda column: _key(contest, factors, neutral, column))
            taken, won = 0, set()
            for column in ranked:
                if taken < budget[column]:
                    won.add(column)
                    taken += contest.contenders[column].spends
            same = outcome.without[neutral] if neutral else outcome.won
            assert won == set(same[row].nonzero()[0].tolist())


def _key(contest: Any, factors: dict[str, list[float]], neutral: str, column: int) -> tuple[float, int, int]:
    product = 1.0
    for name, values in factors.items():
        if name != neutral:
            product *= values[column]
    one = contest.contenders[column]
    return -product, one.created, one.campaign


def _fill(args: argparse.Namespace) -> None:
    from django.db import connection

    from campaigns import queries
    from campaigns.models import Campaign, Offer, Strategy
    from segments.models import Run, Segment

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # made by SQL and consistent: no key needs a look
        cursor.execute(FILL.format(customers=args.customers))
    strategies = list(Strategy.objects.select_related("business_unit").order_by("play", "code"))
    for number in range(args.campaigns):
        strategy = strategies[number % len(strategies)]
        offer = Offer.objects.filter(business_unit=strategy.business_unit_id, play=strategy.play, step=1).first()
        run = Run.objects.create(state="superseded", seed=1, budget_seconds=1, customers=args.customers)
        segment = Segment.objects.create(passport=f"S-{number:03}", name=f"Segment {number}", born_in=run)
        campaign = Campaign.objects.create(
            title=f"Campaign {number}", segment=segment, run=run, strategy=strategy, offer=offer, policy_version=queries.policy_in_force(),
            business_unit=strategy.business_unit, status="sending" if number < args.live else "draft", hold_out_share=0,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(MEMBERS.format(run=run.pk, segment=segment.pk))
            if number < args.live:
                cursor.execute(WAITING.format(campaign=campaign.pk))
            if number == 0:
                cursor.execute(SENT.format(campaign=campaign.pk))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    sys.exit(main())
