"""Numbers put into words, in the reader's language: names, paragraphs, reasons, steps, drivers.

Pure text by rules: the same figures give the same words. Nothing here reads or writes the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from b2shift.templatetags.b2shift import brl, brl_short, number, percent

LANGUAGES = ("pt-br", "en")
CLEAR = 0.35
"""Effect size from which a difference is worth a word in a name."""

# feature → (subject: one word of a name per subject, words when high, words when low)
TRAITS: dict[str, tuple[str, str | Promise, str | Promise]] = {
    "mrr": ("value", lazy("high revenue"), lazy("low revenue")),
    "contract_value": ("value", lazy("large contracts"), lazy("small contracts")),
    "line_value": ("value", lazy("large contracts"), lazy("small contracts")),
    "revenue_band": ("company", lazy("large company size"), lazy("small company size")),
    "tenure_years": ("tenure", lazy("a long relationship"), lazy("a recent relationship")),
    "months_since_contract": ("recency", lazy("no recent contract"), lazy("recent contracts")),
    "products": ("breadth", lazy("many products"), lazy("few products")),
    "product_lines": ("breadth", lazy("many products"), lazy("few products")),
    "active_lines": ("breadth", lazy("many active contracts"), lazy("few active contracts")),
    "cancelled_share": ("loyalty", lazy("many cancellations"), lazy("few cancellations")),
    "recurring_share": ("model", lazy("recurring contracts"), lazy("few recurring contracts")),
    "usage_events": ("use", lazy("intense use"), lazy("little use")),
    "usage_active_days": ("use", lazy("frequent use"), lazy("rare use")),
    "usage_modules": ("use", lazy("many modules in use"), lazy("few modules in use")),
    "usage_trend": ("trend", lazy("growing use"), lazy("falling use")),
    "usage_denied_share": ("access", lazy("many denied accesses"), lazy("few denied accesses")),
    "tickets_12m": ("support", lazy("many tickets"), lazy("few tickets")),
    "tickets_recent_share": ("support_recent", lazy("rising tickets"), lazy("fewer recent tickets")),
    "tickets_high_share": ("support_urgent", lazy("urgent tickets"), lazy("few urgent tickets")),
    "ticket_days_mean": ("support_speed", lazy("slow tickets"), lazy("quick tickets")),
    "nps_last": ("satisfaction", lazy("high satisfaction"), lazy("low satisfaction")),
    "nps_mean": ("satisfaction", lazy("high satisfaction"), lazy("low satisfaction")),
    "nps_product_mean": ("satisfaction_product", lazy("high product scores"), lazy("low product scores")),
    "nps_support_mean": ("satisfaction_support", lazy("high support scores"), lazy("low support scores")),
    "purchases_12m": ("purchases", lazy("recent purchases"), lazy("few recent purchases")),
    "purchases_value_12m": ("purchases", lazy("large recent purchases"), lazy("small recent purchases")),
    "proposals": ("proposals", lazy("many proposals"), lazy("few proposals")),
    "proposals_discount": ("discount", lazy("high discounts"), lazy("low discounts")),
    "months_since_proposal": ("proposals_recent", lazy("no recent proposal"), lazy("recent proposals")),
    "subscription_share": ("subscription", lazy("subscription contracts"), lazy("traditional contracts")),
    "cloud_share": ("cloud", lazy("cloud products"), lazy("no cloud products")),
    "people_share": ("people", lazy("human-resources products"), lazy("few human-resources products")),
    "credit_share": ("credit", lazy("TechFin products"), lazy("no TechFin products")),
    "marketing_share": ("marketing", lazy("RD Station products"), lazy("no RD Station products")),
    "legacy_share": ("legacy", lazy("legacy products"), lazy("no legacy products")),
    "sources": ("coverage", lazy("a complete data picture"), lazy("little data")),
    "has_mrr": ("value", lazy("recurring revenue on record"), lazy("no recurring revenue on record")),
    "has_purchases": ("purchases", lazy("recent purchases"), lazy("no recent purchase")),
    "has_proposals": ("proposals", lazy("open dialogue on proposals"), lazy("no proposal")),
    "has_nps": ("satisfaction", lazy("survey answers"), lazy("no survey answer")),
    "has_usage": ("use", lazy("use on record"), lazy("no use on record")),
    "has_tickets": ("support", lazy("support tickets"), lazy("no support ticket")),
}
PRESENCE: dict[str, str | Promise] = {
    "has_mrr": lazy("Customers with recurring revenue on record"),
    "has_purchases": lazy("Customers who bought in 12 months"),
    "has_proposals": lazy("Customers with proposals"),
    "has_nps": lazy("Customers with survey answers"),
    "has_usage": lazy("Customers with telemetry"),
    "has_tickets": lazy("Customers with support tickets"),
}
INDUSTRIES: dict[str, str | Promise] = {
    "SERVICOS": lazy("Service companies"),
    "VAREJO": lazy("Retailers"),
    "SUPERMERCADOS": lazy("Supermarkets"),
    "MANUFATURA": lazy("Manufacturers"),
    "DISTRIBUICAO": lazy("Distributors"),
    "CONSTRUCAO E PROJETOS": lazy("Construction companies"),
    "LOGISTICA": lazy("Logistics companies"),
    "HOSPITALITY": lazy("Hotels and restaurants"),
    "EDUCACIONAL": lazy("Schools and universities"),
    "SAUDE": lazy("Health companies"),
    "AGROINDUSTRIA": lazy("Agribusinesses"),
    "JURIDICO": lazy("Law firms"),
    "FINANCIAL SERVICES": lazy("Financial companies"),
}
STEPS: dict[str, str | Promise] = {
    "features": lazy("Reading what is known of each customer"),
    "preparation": lazy("Putting all figures on one scale"),
    "kmeans": lazy("Trying K-Means"),
    "gmm": lazy("Trying Gaussian mixtures"),
    "hdbscan": lazy("Trying HDBSCAN"),
    "hybrid": lazy("Trying the hybrid of density and K-Means"),
    "stability": lazy("Checking which groups come back on other samples"),
    "final": lazy("Fitting the best candidate on all customers"),
    "publishing": lazy("Recording segments, profiles and members"),
    "done": lazy("Finished"),
}
ALGORITHMS: dict[str, str | Promise] = {
    "kmeans": "K-Means",
    "gmm": lazy("Gaussian mixture"),
    "hdbscan": "HDBSCAN",
    "hybrid": lazy("Hybrid (HDBSCAN + mixture)"),
}
FAILURES: dict[str, str | Promise] = {
    "one_cluster": lazy("only one group"),
    "largest_share": lazy("one group is too large"),
    "noise_share": lazy("too many customers without a group"),
    "smallest_size": lazy("a group is too small"),
    "not_shortlisted": lazy("not among the best"),
    "stability": lazy("groups do not come back on other samples"),
    "no_better_than_chance": lazy("no better than chance"),
    "full_data": lazy("does not hold on all customers"),
}
BLOCKED: dict[str, str | Promise] = {
    "unstable": lazy("Not stable enough: the group changes too much from sample to sample."),
    "too_small": lazy("Too small to act on."),
    "stability_unknown": lazy("Stability could not be measured."),
}
DRIVERS: dict[str, tuple[str | Promise, str]] = {
    "no_active_line": (lazy("No active contract line"), ""),
    "many_cancelled": (lazy("At least half of the contract lines cancelled"), "share"),
    "some_cancelled": (lazy("A quarter or more of the contract lines cancelled"), "share"),
    "detractor": (lazy("Detractor in the last NPS answer"), "score"),
    "passive": (lazy("Neutral in the last NPS answer"), "score"),
    "use_collapsing": (lazy("Use of the products is collapsing"), ""),
    "use_falling": (lazy("Use of the products is falling"), ""),
    "little_use": (lazy("Products used on two days or fewer"), "days"),
    "urgent_tickets": (lazy("Many high-priority tickets in 12 months"), "count"),
    "tickets_surge": (lazy("Half of the year's tickets in the last 90 days"), "share"),
    "slow_support": (lazy("Tickets take 15 days or more"), "days"),
    "no_purchase": (lazy("Nothing bought for more than 12 months"), "years"),
    "new_customer": (lazy("Customer for less than a year"), "years"),
}


def amount(value: float | None, unit: str) -> str:
    """A figure with its unit in the active language; "no data" where there is none."""
    if value is None:
        return _("no data")
    if unit == "BRL":
        return str(brl_short(value) if abs(value) >= 1000 else brl(value))
    if unit == "share":
        return str(percent(value, 0))
    if unit == "percent":
        return f"{number(value, 1)}%"
    figure = str(number(value, 0 if float(value).is_integer() or abs(value) >= 10 else 1))
    suffix = {"years": _("%(figure)s years"), "months": _("%(figure)s months"), "days": _("%(figure)s days")}.get(unit)
    return suffix % {"figure": figure} if suffix else figure


def joined(parts: Sequence[str]) -> str:
    """ "a, b and c" in the active language."""
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def label(feature: str, meaning: str | Promise | None) -> dict[str, str]:
    """``{"label": Portuguese, "label_en": English}`` of a measure."""
    text = meaning if meaning is not None else PRESENCE[feature]
    return {"label": _in("pt-br", text), "label_en": _in("en", text)}


def is_english() -> bool:
    """Whether the reader reads English."""
    return (get_language() or "").startswith("en")


def industry(code: str) -> str:
    """The companies of an industry, in the active language; an unknown code as it came."""
    return str(INDUSTRIES.get(code, code.capitalize()))


def _in(language: str, text: str | Promise) -> str:
    with override(language):
        return str(text)


def names(differentiators: Sequence[Mapping[str, Any]], industry: str, taken: Collection[str]) -> dict[str, str]:
    """A name nobody of ``taken`` (Portuguese) has: ``{"pt-br", "en"}``, from the strongest differences.

    ``industry`` is the raw code of the industry that dominates the group, or empty.
    """
    for choice in _candidates(differentiators):
        found = {language: _name(industry, choice, language) for language in LANGUAGES}
        if found["pt-br"] not in taken:
            return found
    plain = {language: _name(industry, _traits(differentiators)[:2], language) for language in LANGUAGES}
    number_ = next(n for n in range(2, len(taken) + 3) if f"{plain['pt-br']} ({n})" not in taken)
    return {language: f"{text} ({number_})" for language, text in plain.items()}


def _traits(differentiators: Sequence[Mapping[str, Any]]) -> list[tuple[str, bool]]:
    """(feature, high?) of clear differences, the strongest first, one per subject."""
    seen: set[str] = set()
    found = []
    for entry in differentiators:
        trait = TRAITS.get(entry["feature"])
        if trait and trait[0] not in seen and abs(entry["effect"]) >= CLEAR:
            seen.add(trait[0])
            found.append((entry["feature"], entry["effect"] > 0))
    return found


def _candidates(differentiators: Sequence[Mapping[str, Any]]) -> Iterator[list[tuple[str, bool]]]:
    traits = _traits(differentiators)
    for pair in ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (0, 1, 2), (0, 1, 3)):
        if max(pair) < len(traits):
            yield [traits[i] for i in pair]
    if len(traits) == 1:
        yield traits
    if not traits:
        yield []


def _name(industry: str, traits: Sequence[tuple[str, bool]], language: str) -> str:
    with override(language):
        noun = str(INDUSTRIES.get(industry, _("Customers")))
        words = [str(TRAITS[feature][1 if high else 2]) for feature, high in traits]
        if not words:
            return _("%(noun)s near the average") % {"noun": noun}
        return (_("%(noun)s with %(traits)s") % {"noun": noun, "traits": joined(words)})[:120]


def paragraph(figures: Mapping[str, Any], share: float, differentiators: Sequence[Mapping[str, Any]]) -> str:
    """What kind of customers these are, in two to four sentences, in the active language."""
    sentences = [
        _("%(customers)s customers, %(share)s of the base.")
        % {"customers": number(figures.get("customers")), "share": percent(share, 0)}
    ]
    industries = [
        f"{industry(entry['name'])} ({percent(entry['share'], 0)})" for entry in figures.get("top_industries", [])[:2]
    ]
    if industries:
        sentences.append(_("Most common industries: %(industries)s.") % {"industries": joined(industries)})
    if figures.get("mrr_median") is not None:
        sentences.append(_("The typical monthly revenue is %(mrr)s.") % {"mrr": amount(figures["mrr_median"], "BRL")})
    clear = [feature for feature, _high in _traits(differentiators)][:3]
    told = [difference(entry) for entry in differentiators if entry["feature"] in clear]
    if told:
        sentences.append(_("What sets them apart: %(differences)s.") % {"differences": "; ".join(told)})
    return " ".join(sentences)


def own_label(entry: Mapping[str, Any]) -> str:
    """The label of a differentiator in the active language."""
    return str(entry["label_en"] if is_english() else entry["label"])


def difference(entry: Mapping[str, Any]) -> str:
    """One differentiator as "label: here against elsewhere"."""
    name = own_label(entry)
    name = name[:1].lower() + name[1:] if not name[:2].isupper() else name
    here, elsewhere = amount(entry["segment_value"], entry["unit"]), amount(entry["rest_value"], entry["unit"])
    return _("%(name)s %(here)s (others: %(elsewhere)s)") % {"name": name, "here": here, "elsewhere": elsewhere}


def driver(entry: Mapping[str, Any]) -> str:
    """A reason of the risk indicator with its figure."""
    text, unit = DRIVERS.get(entry["code"], (entry["code"], ""))
    return f"{text} ({amount(entry['value'], unit)})" if unit else str(text)


def reason(told: Mapping[str, Any]) -> str:
    """Why a run chose what it chose, or nothing, in plain words."""
    code = told.get("code", "")
    if code == "chosen":
        return _chosen(told)
    texts = {
        "too_few_rows": _("There are only %(rows)s customers; at least %(needed)s are needed to find groups."),
        "no_variation": _("All customers look the same in the data: there is nothing to group by. Check the imports."),
        "not_finite": _("The figures could not be put on one scale."),
        "cancelled": _("The run was cancelled. The published segments are unchanged."),
        "retried": _("The first attempt was interrupted; this is the second."),
    }
    if code in texts:
        return texts[code] % {"rows": told.get("rows", ""), "needed": told.get("needed", "")}
    if code == "no_stable_segments":
        counts = sorted(((key, value) for key, value in told.items() if key in FAILURES), key=lambda pair: -pair[1])
        why = joined([f"{FAILURES[key]} ({value})" for key, value in counts])
        return _(
            "None of %(count)s candidates found groups to trust: %(why)s. The published segments are unchanged."
        ) % {
            "count": told.get("candidates", 0),
            "why": why,
        }
    return ""


def _chosen(told: Mapping[str, Any]) -> str:
    sentences = [
        _(
            "%(algorithm)s with %(k)s groups was chosen from %(candidates)s candidates: its groups come back on other "
            "samples (%(stability)s) and other methods confirm them (%(agreement)s)."
        )
        % {
            "algorithm": ALGORITHMS.get(told["algorithm"], told["algorithm"]),
            "k": told["k"],
            "candidates": told.get("candidates", "?"),
            "stability": percent(told.get("stability"), 0),
            "agreement": percent(told.get("agreement"), 0),
        }
    ]
    if told.get("runner_up"):
        sentences.append(
            _("The runner-up was %(name)s, %(lead)s points behind.")
            % {
                "name": ALGORITHMS.get(told["runner_up"], told["runner_up"]),
                "lead": number((told.get("lead") or 0) * 100, 1),
            }
        )
    return " ".join(sentences)


def event_title(kind: str) -> str:
    """A page of a passport in a word or two."""
    titles = {
        "birth": _("Born"),
        "continued": _("Continued"),
        "split": _("Split"),
        "merge": _("Merged"),
        "death": _("Retired"),
        "renamed": _("Renamed"),
    }
    return titles[kind]


def event_text(kind: str, detail: Mapping[str, Any], run: int | None, actor: str) -> str:
    """What happened, with passports and names."""
    others = detail.get("into") or detail.get("from") or []
    listed = joined(others) if isinstance(others, list) else str(others)
    texts = {
        "birth": _("Split off from %(others)s.") if others else _("Found for the first time."),
        "continued": _("Recognised by its members."),
        "split": _("Its members went on in %(others)s too."),
        "merge": _("Most of its members are now in %(others)s.")
        if "into" in detail
        else _("Took in the members of %(others)s."),
        "death": _("No group of the new run has enough of its members."),
        "renamed": _("From %(before)s to %(after)s by %(actor)s."),
    }
    names_ = {"others": listed, "before": detail.get("before", ""), "after": detail.get("after", ""), "actor": actor}
    text = texts[kind] % names_
    return text if run is None else _("%(text)s Run %(run)s.") % {"text": text, "run": run}


def run_error(error: str) -> str:
    """Why a run failed and what to do."""
    if error == "worker_died":
        return _(
            "The worker stopped twice during this run, perhaps for lack of memory. "
            "Look at its log, then start a new run."
        )
    return _(
        "The run failed: %(error)s. The published segments are unchanged. "
        "Start a new run; if it fails again, tell an administrator."
    ) % {"error": error}
