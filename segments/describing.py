"""Words for names and pages of features: what a high or a low figure means, units, sides, sources. Text only."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# feature → (subject: one word of a name per subject, words when high, words when low); continues wording.TRAITS
TRAITS: dict[str, tuple[str, str | Promise, str | Promise]] = {
    "invoiced_12m": ("value", _("high invoiced value"), _("low invoiced value")),
    "payment_delay": ("payment", _("late payment"), _("early payment")),
    "usage_hours": ("use", _("many hours of use"), _("few hours of use")),
    "tickets_open_share": ("support_open", _("many open tickets"), _("few open tickets")),
    "tickets_long_share": ("support_speed", _("slow tickets"), _("quick tickets")),
    "nps_subscores": ("satisfaction", _("high survey scores"), _("low survey scores")),
    "proposal_value": ("proposals_size", _("large proposals"), _("small proposals")),
    "discount_asked_share": ("discount", _("frequent discounts"), _("rare discounts")),
    "win_rate": ("wins", _("many won proposals"), _("few won proposals")),
    "contract_growth": ("recency", _("much signed in the last year"), _("little signed in the last year")),
    "invoiced_growth": ("growth", _("growing invoices"), _("falling invoices")),
    "nps_trend": ("satisfaction_trend", _("rising satisfaction"), _("falling satisfaction")),
    "line_concentration": ("concentration", _("one dominant contract"), _("evenly spread contracts")),
    "module_concentration": ("module_focus", _("one dominant module"), _("use across modules")),
    "ticket_spread": ("support_spread", _("tickets across many teams"), _("tickets with one team")),
    "state_economy": ("economy", _("a growing state"), _("a shrinking state")),
    "industry_economy": ("industry_economy", _("a growing industry"), _("a shrinking industry")),
}
NAMELESS = {"economy", "industry_economy"}
"""Subjects that no segment is named after: the economy is a property of the place, told by industry and state already."""
UNITS: dict[str, str | Promise] = {
    "BRL": _("Brazilian reais"),
    "count": _("count"),
    "years": _("years"),
    "months": _("months"),
    "days": _("days"),
    "hours": _("hours"),
    "share": _("share of the whole"),
    "score": _("score from 0 to 10"),
    "percent": _("percent"),
    "rank": _("rank"),
    "ratio": _("from −1 to 1"),
    "change": _("change, in percent"),
}
TRANSFORMS: dict[str, str | Promise] = {
    "none": _("as it is"),
    "share": _("as it is"),
    "log1p": _("logarithm"),
    "signed_log": _("logarithm that keeps the sign"),
}
SIDES: dict[str, str | Promise] = {
    "value": _("Value"),
    "tenure": _("Tenure"),
    "breadth": _("Breadth"),
    "loyalty": _("Loyalty"),
    "engagement": _("Use"),
    "support": _("Support"),
    "satisfaction": _("Satisfaction"),
    "commercial": _("Commercial"),
    "dynamics": _("Change"),
    "concentration": _("Concentration"),
    "context": _("Economy around"),
    "mix": _("What it buys"),
    "coverage": _("Coverage"),
}
SOURCES: dict[str, str | Promise] = {
    "mrr": _("Monthly recurring revenue"),
    "contracts": _("Contract lines"),
    "customers": _("Customers"),
    "telemetry": _("Telemetry"),
    "tickets": _("Tickets"),
    "nps": _("Surveys"),
    "purchases": _("Purchases"),
    "proposals": _("Proposals"),
    "invoices": _("Invoices"),
    "indicators": _("External indicators"),
    "coverage": _("All sources"),
}
INDUSTRIES: dict[str, str | Promise] = {
    "SERVICOS": _("Service companies"),
    "VAREJO": _("Retailers"),
    "SUPERMERCADOS": _("Supermarkets"),
    "MANUFATURA": _("Manufacturers"),
    "DISTRIBUICAO": _("Distributors"),
    "CONSTRUCAO E PROJETOS": _("Construction companies"),
    "LOGISTICA": _("Logistics companies"),
    "HOSPITALITY": _("Hotels and restaurants"),
    "EDUCACIONAL": _("Schools and universities"),
    "SAUDE": _("Health companies"),
    "AGROINDUSTRIA": _("Agribusinesses"),
    "JURIDICO": _("Law firms"),
    "FINANCIAL SERVICES": _("Financial companies"),
}
