"""Whom a campaign may reach: what the rules and its offer ask of a customer, in the language of rule segments, as SQL.

One expression serves the audience and the statement that claims a message. Who cannot be decided for lack of data is not
eligible for an offer with conditions; of a rule, each clause says what becomes of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from campaigns import policies, policy_kinds, queries
from campaigns.models import Campaign, Offer, PolicyRule, PolicyVersion
from campaigns.screens import Screen, of_offer
from segments.models import Segment
from segments.rules import meaning, uses
from segments.rules.catalogue import Scope, pure
from segments.rules.uses import Use

_PLACE = re.compile("%%|%s")


def screens(campaign: Campaign, rules: Iterable[policies.Rule], *, with_offer: bool = True) -> list[Screen]:
    """What the rules, and the offer where it carries conditions, ask of every customer of the campaign."""
    offer, fields = campaign.offer, pure()
    moment = policies.Moment(
        "send",
        campaign.business_unit_id,
        play=campaign.strategy.play,
        purpose=campaign.strategy.purpose,
        product=offer.product if offer else "",
        benefit=policies.Benefit(queries.given(offer)) if offer else None,
    )
    found = policies.screens_of(rules, moment, fields)
    return [*found, of_offer(offer.eligibility, fields)] if offer and offer.eligibility and with_offer else found


def reason_in_sql(found: Sequence[Screen], customer: str) -> tuple[str, dict[str, Any]]:
    """An expression for the reason of the first screen that fails, '' for none, with its named parameters.

    ``customer`` is the key of the customer in the statement around it. Says in SQL what ``Screen.passes`` says.
    """
    if not found:
        return "''", {}
    scope, parameters = meaning.scope_for(each.root for each in found if each.root), dict[str, Any]()
    cases = []
    for number, screen in enumerate(found):
        cases.append(f"WHEN {_fails(screen, scope, customer, f's{number}_', parameters)} THEN '{screen.reason}'")
    return f"CASE {' '.join(cases)} ELSE '' END", parameters


def passing(found: Sequence[Screen], customers: Sequence[int]) -> list[int]:
    """Those of ``customers`` who are what is asked for now, in their order."""
    if not found or not customers:
        return list(customers)
    reason, parameters = reason_in_sql(found, "x.id")
    query = f"SELECT x.id FROM unnest(%(customers)s::bigint[]) x(id) WHERE {reason} = ''"  # noqa: S608 - made by this app
    with connection.cursor() as cursor:
        cursor.execute(query, {**parameters, "customers": list(customers)})
        left = {row[0] for row in cursor.fetchall()}
    return [customer for customer in customers if customer in left]


def _fails(screen: Screen, scope: Scope, customer: str, prefix: str, parameters: dict[str, Any]) -> str:
    """Who may pass undecided fails where the opposite is known; the others fail where it is not known to be true."""
    if screen.root is None:
        return "true"
    truth = meaning.condition(screen.root, scope)
    rows = Customer.every.filter(~truth if screen.undecided else truth).order_by().values("id")
    try:
        sql, values = rows.query.sql_with_params()
    except EmptyResultSet:
        return "false" if screen.undecided else "true"
    names = iter(f"{prefix}{number}" for number in range(len(values)))
    named = _PLACE.sub(lambda match: match[0] if match[0] == "%%" else f"%({next(names)})s", sql)
    parameters.update((f"{prefix}{number}", value) for number, value in enumerate(values))
    exists = f"EXISTS (SELECT 1 FROM ({named}) s WHERE s.id = {customer})"  # noqa: S608 - made by the query compiler
    return exists if screen.undecided else f"NOT {exists}"


def offers_of(segment: Segment) -> Iterator[Use]:
    """Offers whose conditions speak of the segment."""
    for offer in Offer.objects.exclude(eligibility=None).order_by("code"):
        if segment.passport in uses.references(offer.eligibility):
            href = reverse("offer", args=[offer.code])
            yield Use(_("Offer"), offer.name, href, living=offer.is_active, state=offer.code)


def policies_of(segment: Segment) -> Iterator[Use]:
    """Editions in preparation, scheduled and in force that ask something about the segment."""
    living = (PolicyVersion.State.DRAFT, PolicyVersion.State.SCHEDULED, PolicyVersion.State.PUBLISHED)
    rules = PolicyRule.objects.filter(kind__in=policy_kinds.CONDITIONED, version__state__in=living)
    for rule in rules.select_related("version").order_by("version__number", "kind", "business_unit"):
        asked = [uses.references(clause.get("conditions")) for clause in rule.parameters["clauses"]]
        if segment.passport in set[str]().union(*asked):
            href = reverse("policy", args=[rule.version.number])
            yield Use(_("Policy"), str(rule.get_kind_display()), href, living=True, state=str(rule.version))
