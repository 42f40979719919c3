"""Whom each campaign could speak to, for a weighing of all of them: the verdicts of ``campaigns.audience``, set by set.

An audience is judged customer by customer, because it must name every reason. A run over everything only asks who would get
a mail: each set that this depends on is read once and shared by all campaigns. Caps are left to the budget.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from b2shift.lib import copying
from campaigns import audience, eligibility, gate
from campaigns.models import Campaign
from campaigns.screens import Screen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WAITING = """
    SELECT m.customer_id FROM campaigns_message m JOIN accounts_customer c ON c.id = m.customer_id AND c.merged_into_id IS NULL
    WHERE m.campaign_id = %(campaign)s
      AND CASE WHEN %(by_call)s THEN m.channel = 'call' AND m.state = 'suppressed' ELSE m.state = 'queued' END
"""
# Customers with a contact that may be written to for a purpose; merged ones lend theirs to the customer that they became.
_REACHED = """
    SELECT DISTINCT coalesce(u.merged_into_id, u.id) FROM accounts_contact ct JOIN accounts_customer u ON u.id = ct.customer_id
    LEFT JOIN accounts_consent co ON co.contact_id = ct.id AND co.purpose = %(purpose)s
    WHERE ct.email <> '' AND ct.erased_at IS NULL AND ct.bounced_at IS NULL AND coalesce(co.granted, NOT %(consent_required)s)
"""
_OBJECTING = """
    SELECT DISTINCT coalesce(u.merged_into_id, u.id) FROM campaigns_contest k JOIN accounts_customer u ON u.id = k.customer_id
    WHERE k.state = 'open' OR k.stays_out
"""
_PAUSED = """
    SELECT coalesce(u.merged_into_id, u.id) FROM campaigns_interaction i JOIN accounts_customer u ON u.id = i.customer_id
    WHERE i.kind = 'reject' AND i.origin = 'human' AND i.at > clock_timestamp() - make_interval(days => %(days)s)
    GROUP BY 1 HAVING count(*) >= %(most)s
"""
_HELD = f"SELECT id FROM accounts_customer WHERE merged_into_id IS NULL AND {audience.BUCKET} < %(share)s"  # noqa: S608 - a constant
_MEMBERS = """
    SELECT m.customer_id FROM segments_membership m JOIN accounts_customer c ON c.id = m.customer_id AND c.merged_into_id IS NULL
    WHERE m.run_id = %(run)s AND m.segment_id = %(segment)s
"""


class Candidates:
    """One look at everybody: what was read for one campaign serves the next."""

    def __init__(self) -> None:
        self._read: dict[Hashable, NDArray[np.int64]] = {}

    def of(self, campaign: Campaign) -> "NDArray[np.int64]":
        """Customers whom the campaign would speak to if no other did: who waits in its frozen audience, else who would."""
        by_call = campaign.channel == Campaign.Channel.CALL
        if campaign.messages.exists():
            return self._ids(_WAITING, {"campaign": campaign.pk, "by_call": by_call})
        if by_call or campaign.parent_id is not None:
            return audience.contenders(campaign)
        return self._written_to(campaign)

    def _written_to(self, campaign: Campaign) -> "NDArray[np.int64]":
        import numpy as np

        limits = gate.limits_for(campaign)
        found = self._ids(_MEMBERS, {"run": campaign.run_id, "segment": campaign.segment_id})
        reached = {"purpose": campaign.strategy.purpose, "consent_required": limits.consent_required}
        found = found[np.isin(found, self._ids(_REACHED, reached))]
        out = [self._ids(_OBJECTING, {})]
        out += [self._ids(_PAUSED, {"days": days, "most": most}) for days, most in limits.pauses]
        out.append(self._ids(_HELD, {"salt": audience.salt(campaign), "share": campaign.hold_out_share}))
        found = found[~np.isin(found, np.concatenate(out))]
        asked = eligibility.screens(campaign, limits.rules)
        return _passing(asked, found) if asked else found

    def _ids(self, query: str, parameters: Mapping[str, Any]) -> "NDArray[np.int64]":
        key = (query, tuple(sorted(parameters.items())))
        if key not in self._read:
            self._read[key] = copying.read(query, parameters, {"customer": ">i8"})["customer"]
        return self._read[key]


def _passing(asked: Sequence[Screen], customers: "NDArray[np.int64]") -> "NDArray[np.int64]":
    """Those of ``customers`` who are what rules and offer ask for."""
    reason, parameters = eligibility.reason_in_sql(asked, "x.id")
    query = f"SELECT x.id FROM unnest(%(customers)s::bigint[]) x(id) WHERE {reason} = ''"  # noqa: S608 - made by this app
    return copying.read(query, {**parameters, "customers": customers.tolist()}, {"customer": ">i8"})["customer"]
