"""How long the pages of a manager take at demo size: ``python benchmarks/pages.py [--json]``.

A demo company of its own, the real application with its middleware, sessions and database, one request after another. Times
differ from machine to machine; beside the milliseconds stands the ratio to the page that says alive (``/healthz``).
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run by its path as well as with -m

from benchmarks import company

REQUESTS = 40


def main() -> int:
    """Make a company, ask for each page, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_500, help="size of the demo company (default 1500)")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    with company.own("pages", "up", "--prepare-only", "--customers", str(args.customers)):
        figures = _measure(args.requests)
    if args.json:
        print(json.dumps(figures))
    else:
        print(f"{'page':<34}{'median ms':>11}{'p95 ms':>9}{'× healthz':>11}")
        for name, row in figures["pages"].items():
            print(f"{name:<34}{row['median_ms']:>11.0f}{row['p95_ms']:>9.0f}{row['ratio']:>11.1f}")
    return 0


def _measure(requests: int) -> dict[str, Any]:
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    from accounts.models import Customer, Role, User
    from campaigns import audience
    from campaigns.models import Campaign

    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).first()
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    campaign = max(Campaign.objects.filter(status="in_review"), key=lambda each: audience.preview(each).total)
    mailed = next(each for each in audience.verdicts(campaign) if each.outcome == "mail")
    code = Customer.objects.get(pk=mailed.customer_id).code
    own = f"/campaigns/{campaign.pk}/"
    pages = {
        "healthz": "/healthz", "home": "/", "queue": "/approvals/", "batch": "/approvals/batch/", "campaigns": "/campaigns/",
        "campaign": own, "editor": f"{own}edit/", "versions": f"{own}versions/", "audience": f"{own}recipients/",
        "mail of a recipient": f"{own}recipients/{code}/", "customers": "/customers/", "customer": f"/customers/{code}/",
        "segments": "/segments/", "offers": "/offers/", "policies": "/policies/",
    }  # fmt: skip
    times = {name: _times(client, address, requests) for name, address in pages.items()}
    base = statistics.median(times["healthz"])
    return {
        "customers": Customer.objects.count(),
        "campaigns_in_review": Campaign.objects.filter(status="in_review").count(),
        "requests": requests,
        "load_before": round(os.getloadavg()[0], 1),
        "pages": {
            name: {
                "median_ms": statistics.median(each),
                "p95_ms": sorted(each)[int(len(each) * 0.95)],
                "ratio": statistics.median(each) / base,
            }
            for name, each in times.items()
        },
    }


def _times(client: Any, address: str, requests: int) -> list[float]:
    """Milliseconds of each request; a first one warms up and must succeed."""
    answer = client.get(address)
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}")
    times = []
    for _ in range(requests):
        started = time.perf_counter()
        client.get(address)
        times.append((time.perf_counter() - started) * 1000)
    return times


if __name__ == "__main__":
    sys.exit(main())
