"""Ten thousand past decisions made again bit for bit, and one altered row found: ``python benchmarks/replay.py [--json]``.

A demo company of its own whose campaigns are walked through their real life (drafted, edited, approved by other people or
rejected, launched, sent to the local mailbox, answered, followed up) until there are enough decisions of every kind. Then
``manage.py replay --sample`` makes random ones again. At the end the owner of the tables switches their triggers off, alters one
row and slips another one in between two seals: ``replay`` and ``verify`` must name exactly these.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run by its path as well as with -m

from benchmarks import company

PATIENT = {"messages": 100, "days": 30, "long_messages": 100, "long_days": 60}
ROUNDS = 60


def main() -> int:
    """Make a company with its past, replay, alter, look, print. Exit code 1 where anything is not as promised."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=3_000, help="size of the demo company (default 3000)")
    parser.add_argument("--decisions", type=int, default=10_000, help="how many are made again (default 10000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    local = {"OPENAI_API_KEY": "", "CELERY_BROKER_URL": "", "EMAIL_URL": "", "OUTBOX_RATE_PER_MINUTE": "1000000"}
    with company.own("replay", "up", "--prepare-only", "--customers", str(args.customers), **local):
        figures = _measure(args)
    print(
        json.dumps(figures) if args.json else "\n".join(f"{name:<52}{value!s:>22}" for name, value in figures.items())
    )
    return int(not figures["as promised"])


def _measure(args: argparse.Namespace) -> dict[str, Any]:
    import django

    django.setup()
    from campaigns.models import Decision

    started = time.perf_counter()
    _live(args.decisions, random.Random(args.seed))  # noqa: S311 - chance, not a secret
    walked = time.perf_counter() - started
    kinds = dict(sorted(Counter(Decision.objects.order_by().values_list("kind", flat=True)).items()))
    before, sealed_all = _told("verify"), Decision.objects.count()
    started = time.perf_counter()
    replayed = _told("replay", "--sample", str(args.decisions))
    seconds = time.perf_counter() - started
    altered = _alter(random.Random(args.seed))  # noqa: S311
    slipped = _slip_in()
    verify, replay = _told("verify"), _told("replay", "--all")
    by_verify, by_replay = verify["flaws"], [each["decision"] for each in replay["differences"]]
    lived = set(Decision.Kind.values) - {Decision.Kind.AGENTS}  # no model is configured
    promised = [
        before["ok"], replayed["identical"], replayed["decisions"] == args.decisions, by_replay == [altered],
        by_verify == [f"decisions {altered}: altered", f"decisions {slipped}: foreign"], set(kinds) == lived,
    ]  # fmt: skip
    return {
        "decisions in the log": sealed_all,
        **{f"– {kind}": count for kind, count in kinds.items()},
        "seconds to live them": round(walked),
        "random decisions replayed": replayed["decisions"],
        "identical": replayed["identical_count"],
        "seconds": round(seconds, 1),
        "decisions per second": round(replayed["decisions"] / seconds),
        "one altered row found by replay": by_replay == [altered],
        "one altered row found by verify": f"decisions {altered}: altered" in by_verify,
        "one row slipped in between two seals found by verify": f"decisions {slipped}: foreign" in by_verify,
        "load": round(os.getloadavg()[0], 1),
        "as promised": all(promised),
    }


def _told(*command: str) -> dict[str, Any]:
    """What a management command prints as JSON, whatever its exit code."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command, "--json"], capture_output=True, text=True, check=False
    )
    if not done.stdout:
        raise SystemExit(f"manage.py {' '.join(command)} said nothing:\n{done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _live(wanted: int, chance: random.Random) -> None:
    """Rounds of the whole loop until there are ``wanted`` decisions of all kinds."""
    from accounts.models import Role, User
    from campaigns import arbiter, learning, outbox, prescribe
    from campaigns.models import Decision

    analyst, manager, admin, second = (
        _person(role, number) for number, role in enumerate((Role.ANALYST, Role.MANAGER, Role.ADMIN, Role.ADMIN))
    )
    _patient_policy(admin, second)
    deciders: list[User] = [manager, second]
    for number in range(ROUNDS):
        prescribe.run(analyst)
        _decide(chance, analyst, deciders)
        while outbox.work(500, f"sender-{number}"):
            pass
        _answer(chance)
        learning.follow_up()
        count, kinds = Decision.objects.count(), Decision.objects.order_by().values("kind").distinct().count()
        print(f"round {number + 1}: {count:,} decisions of {kinds} kinds", file=sys.stderr, flush=True)
        if count >= wanted:
            arbiter.run(arbiter.ask(admin).pk)  # last: what an older run weighed is kept for a while only
            return
        _complete(manager)
    raise SystemExit(f"{ROUNDS} rounds did not make {wanted} decisions.")


def _person(role: str, number: int) -> Any:
    from accounts.models import User

    return User.objects.create_user(f"replay.{number}@people.example", None, name=f"{role} {number}", role=role)


def _patient_policy(admin: Any, second: Any) -> None:
    """Caps that let a customer be written to often, and short pauses; published by two people as any edition."""
    from campaigns import editions

    version = editions.prepare(admin, "room for many campaigns")
    editions.save_rule(version.pk, "frequency_cap", None, PATIENT, admin)
    editions.save_rule(version.pk, "outcome_pause", None, {"rejections": 10, "days": 1}, admin)
    version.refresh_from_db()
    editions.publish(version.pk, second, editions.fingerprint(version))


def _decide(chance: random.Random, analyst: Any, deciders: list[Any]) -> None:
    """Some drafts are edited, some rejected; the others are approved by as many people as policy asks for, and launched."""
    from b2shift.lib.api import Refused
    from campaigns import lifecycle, outbox
    from campaigns.drafting import propose
    from campaigns.models import Campaign

    for campaign in Campaign.objects.filter(status__in=[Campaign.Status.DRAFT, Campaign.Status.IN_REVIEW]).order_by(
        "pk"
    ):
        try:
            draft = campaign.current_draft
            if draft and chance.random() < 0.3:
                greeting = chance.choice(["Bom dia", "Boa tarde", "Uma ideia"])
                propose.revise(campaign.pk, analyst, f"{greeting}, {{{{ customer.name }}}}", draft.body)
                lifecycle.move(campaign.pk, "submit", analyst)
            if chance.random() < 0.1:
                lifecycle.move(
                    campaign.pk, "reject", deciders[0], reason_code=chance.choice(["offer", "words", "timing"])
                )
                continue
            for person in deciders:
                if lifecycle.move(campaign.pk, "approve", person).status == Campaign.Status.APPROVED:
                    break
            outbox.launch(campaign.pk, deciders[0])
        except Refused as refusal:
            print(f"campaign {campaign.pk}: {refusal.code}", file=sys.stderr)


def _answer(chance: random.Random) -> None:
    """A part of the recipients of what was sent lately accepts, declines or only opens."""
    from campaigns import tracking
    from campaigns.models import Campaign, Message

    visit = tracking.Visit("POST", "Mozilla/5.0 (X11; Linux x86_64) Firefox/143.0")
    sent = Message.objects.filter(
        state=Message.State.SENT, campaign__status=Campaign.Status.TRACKING, interactions__kind="sent"
    )
    for pk in sent.order_by("pk").values_list("pk", flat=True):
        drawn, found = chance.random(), None
        if drawn < 0.12:
            found = tracking.find(pk)
        if found is not None:
            kind = "accept" if drawn < 0.02 else "decline"
            tracking.record_answer(found, kind, chance.choice(tracking.REASONS), visit)


def _complete(manager: Any) -> None:
    """What awaits answers ends here, so that its segment may be written to again."""
    from campaigns import lifecycle
    from campaigns.models import Campaign

    for pk in Campaign.objects.filter(status=Campaign.Status.TRACKING).values_list("pk", flat=True):
        lifecycle.move(pk, "complete", manager)


def _behind_the_back(statement: str, parameters: list[Any]) -> int:
    """One statement by the owner of the table with its triggers switched off; the number of the row that it returns."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE campaigns_decision DISABLE TRIGGER USER")
        cursor.execute(statement, parameters)
        (row,) = cursor.fetchone()
        cursor.execute("ALTER TABLE campaigns_decision ENABLE TRIGGER USER")
    return int(row)


def _alter(chance: random.Random) -> int:
    """One recorded verdict of the gate says afterwards that the mail was held back."""
    from campaigns.models import Decision

    sent = Decision.objects.filter(kind=Decision.Kind.GATE, body__contains='["dispatching",""]').order_by("pk")
    number = chance.choice(list(sent.values_list("pk", flat=True)))
    change = """UPDATE campaigns_decision SET body = replace(body, '["dispatching",""]', '["suppressed","capped"]')
                WHERE id = %s RETURNING id"""
    return _behind_the_back(change, [number])


def _slip_in() -> int:
    """A copy of an existing decision under a new number, as if it had just been made."""
    change = """INSERT INTO campaigns_decision (kind, campaign_id, customer_id, subject, body, stamp)
                SELECT kind, campaign_id, customer_id, subject, body, '' FROM campaigns_decision WHERE kind = 'gate' ORDER BY id LIMIT 1
                RETURNING id"""
    return _behind_the_back(change, [])


if __name__ == "__main__":
    sys.exit(main())
