"""What may never have happened, looked for in the rows by other means than the product's own."""

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

# Between its time stamp and its commit an edition is not seen by others yet.
SLACK = timedelta(seconds=2)
DISPATCHED = """
    SELECT m.id, m.campaign_id, coalesce(c.merged_into_id, c.id), m.dispatched_at, m.state, p.business_unit_id, s.play, m.message_id
    FROM campaigns_message m JOIN accounts_customer c ON c.id = m.customer_id JOIN campaigns_campaign p ON p.id = m.campaign_id
    JOIN campaigns_strategy s ON s.id = p.strategy_id WHERE m.dispatched_at IS NOT NULL ORDER BY m.dispatched_at, m.id
"""
APPROVALS = """
    SELECT a.campaign_id, a.approver_id, a.created_at, a.expires_at, a.voided_at, d.number, d.id
    FROM campaigns_approval a JOIN campaigns_draft d ON d.id = a.draft_id
"""
DRAFTS = "SELECT campaign_id, number, created_at, edited_by_id FROM campaigns_draft ORDER BY campaign_id, number"
EDITIONS = """
    SELECT v.in_force_from, r.kind, r.business_unit_id, r.parameters FROM campaigns_policyversion v
    LEFT JOIN campaigns_policyrule r ON r.version_id = v.id
    WHERE v.in_force_from IS NOT NULL AND v.state <> 'withdrawn' ORDER BY v.in_force_from
"""


@dataclass(frozen=True)
class Sent:
    """One mail that left (or may have left)."""

    id: str
    campaign: int
    customer: int
    at: datetime
    state: str
    unit: str
    play: str
    message_id: str


class Editions:
    """Which rules were in force when."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self.rules: dict[datetime, list[tuple[str, str | None, dict[str, Any]]]] = defaultdict(list)
        for since, kind, unit, parameters in rows:
            self.rules[since].append((kind, unit, parameters))
        self.since = sorted(self.rules)

    def at(self, moment: datetime, kind: str, unit: str) -> list[list[dict[str, Any]]]:
        """Rules of ``kind`` that bound ``unit``, by each edition that may have been in force at the moment."""
        last = max(0, bisect_right(self.since, moment) - 1)
        first = max(0, bisect_right(self.since, moment - SLACK) - 1)
        return [
            [given for name, bound, given in self.rules[since] if name == kind and bound in (None, unit)]
            for since in self.since[first : last + 1]
        ]


def breaches(conninfo: str, accepted: Path) -> dict[str, list[str]]:
    """Every breach by its kind, as texts that name the row."""
    with psycopg.connect(conninfo) as db:
        sent = [Sent(str(row[0]), *row[1:]) for row in db.execute(DISPATCHED).fetchall()]
        editions = Editions(db.execute(EDITIONS).fetchall())
        approvals, drafts = db.execute(APPROVALS).fetchall(), db.execute(DRAFTS).fetchall()
        sizes = dict(db.execute("SELECT campaign_id, count(*) FROM campaigns_message GROUP BY 1").fetchall())
        authors = dict(db.execute("SELECT id, author_id FROM campaigns_campaign").fetchall())
    return {
        "above a cap": _capped(sent, editions),
        "without enough approvals": _unapproved(sent, editions, approvals, drafts, sizes),
        "approved by an author": _own(approvals, drafts, authors),
        "mailed twice or unaccounted": _mails(sent, accepted),
    }


def _capped(sent: list[Sent], editions: Editions) -> list[str]:
    found, times = [], defaultdict(list)
    for one in sent:
        if one.state in {"sent", "uncertain", "dispatching"}:
            times[one.customer].append(one.at)
            held = [
                _within(times[one.customer], one.at, caps) for caps in editions.at(one.at, "frequency_cap", one.unit)
            ]
            if not any(held):
                found.append(f"{one.id} at {one.at}")
    return found


def _within(times: list[datetime], moment: datetime, caps: list[dict[str, Any]]) -> bool:
    windows = [(cap["days"], cap["messages"]) for cap in caps] + [
        (cap["long_days"], cap["long_messages"]) for cap in caps
    ]
    return all(sum(at > moment - timedelta(days=days) for at in times) <= most for days, most in windows)


def _unapproved(
    sent: list[Sent], editions: Editions, approvals: list[tuple[Any, ...]], drafts: list[tuple[Any, ...]], sizes: dict[int, int]
) -> list[str]:  # fmt: skip
    given, versions = defaultdict(list), defaultdict(list)
    for campaign, *rest in approvals:
        given[campaign].append(rest)
    for campaign, number, at, _ in drafts:
        versions[campaign].append((at, number))
    found = []
    for one in sent:
        current = max(number for at, number in versions[one.campaign] if at <= one.at)
        people = {
            person
            for person, since, until, voided, number, _ in given[one.campaign]
            if since <= one.at < until and (voided is None or voided > one.at) and number == current
        }
        needed = min(_needed(one, rules, sizes) for rules in editions.at(one.at, "approvers", one.unit))
        if len(people) < needed:
            found.append(f"{one.id}: {len(people)} of {needed}")
    return found


def _needed(one: Sent, rules: list[dict[str, Any]], sizes: dict[int, int]) -> int:
    """By play and audience; discounts change while campaigns live and are left to the product's own tests."""
    more = [sizes[one.campaign] > rule["audience_above"] or one.play in rule["always_plays"] for rule in rules]
    counts = [rule["approvals_above"] if above else rule["approvals"] for rule, above in zip(rules, more, strict=True)]
    return max(counts, default=2)


def _own(approvals: list[tuple[Any, ...]], drafts: list[tuple[Any, ...]], authors: dict[int, int]) -> list[str]:
    hands = defaultdict(list)
    for campaign, _, at, editor in drafts:
        hands[campaign, editor].append(at)
    return [
        f"approval of {campaign} by {person}"
        for campaign, person, at, *_ in approvals
        if authors[campaign] == person or any(edited <= at for edited in hands[campaign, person])
    ]


def _mails(sent: list[Sent], accepted: Path) -> list[str]:
    counted = Counter(accepted.read_text().splitlines())
    known = {one.message_id for one in sent if one.state in {"sent", "uncertain", "dispatching"}}
    missing = {one.message_id for one in sent if one.state == "sent"} - set(counted)
    twice = [f"{name} {times} times" for name, times in counted.items() if times > 1]
    return (
        twice
        + [f"{name} without a row" for name in set(counted) - known]
        + [f"{name} never arrived" for name in missing]
    )
