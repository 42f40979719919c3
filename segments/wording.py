"""Numbers put into words, in the reader's language: names, paragraphs, reasons, steps, drivers.

Pure text by rules: the same figures give the same words. Nothing here reads or writes the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, override
from django.utils.translation import gettext as _

from b2shift.templatetags.b2shift import brl, brl_short, number, percent, signed_percent
from segments import describing
from segments.describing import INDUSTRIES

LANGUAGES = ("pt-br", "en")
CLEAR, FAINT = 0.35, 0.2
"""Effect size from which a difference is worth a word in a name; a faint one only where there is no clear one."""

# feature → (subject: one word of a name per subject, words when high, words when low)
TRAITS: dict[str, tuple[str, str | Promise, str | Promise]] = {
    "mrr": ("value", gettext_lazy("high revenue"), gettext_lazy("low revenue")),
    "contract_value": ("value", gettext_lazy("large contracts"), gettext_lazy("small contracts")),
    "line_value": ("value", gettext_lazy("large contracts"), gettext_lazy("small contracts")),
    "revenue_band": ("company", gettext_lazy("large company size"), gettext_lazy("small company size")),
    "tenure_years": ("tenure", gettext_lazy("a long relationship"), gettext_lazy("a recent relationship")),
    "months_since_contract": ("recency", gettext_lazy("no recent contract"), gettext_lazy("recent contracts")),
    "products": ("breadth", gettext_lazy("many products"), gettext_lazy("few products")),
    "product_lines": ("breadth", gettext_lazy("many products"), gettext_lazy("few products")),
    "active_lines": ("breadth", gettext_lazy("many active contracts"), gettext_lazy("few active contracts")),
    "cancelled_share": ("loyalty", gettext_lazy("many cancellations"), gettext_lazy("few cancellations")),
    "recurring_share": ("model", gettext_lazy("recurring contracts"), gettext_lazy("few recurring contracts")),
    "usage_events": ("use", gettext_lazy("intense use"), gettext_lazy("little use")),
    "usage_active_days": ("use", gettext_lazy("frequent use"), gettext_lazy("rare use")),
    "usage_modules": ("use", gettext_lazy("many modules in use"), gettext_lazy("few modules in use")),
    "usage_trend": ("trend", gettext_lazy("growing use"), gettext_lazy("falling use")),
    "usage_denied_share": ("access", gettext_lazy("many denied accesses"), gettext_lazy("few denied accesses")),
    "tickets_12m": ("support", gettext_lazy("many tickets"), gettext_lazy("few tickets")),
    "tickets_recent_share": ("support_recent", gettext_lazy("rising tickets"), gettext_lazy("fewer recent tickets")),
    "tickets_high_share": ("support_urgent", gettext_lazy("urgent tickets"), gettext_lazy("few urgent tickets")),
    "ticket_days_mean": ("support_speed", gettext_lazy("slow tickets"), gettext_lazy("quick tickets")),
    "nps_last": ("satisfaction", gettext_lazy("high satisfaction"), gettext_lazy("low satisfaction")),
    "nps_mean": ("satisfaction", gettext_lazy("high satisfaction"), gettext_lazy("low satisfaction")),
    "nps_product_mean": (
        "satisfaction_product",
        gettext_lazy("high product scores"),
        gettext_lazy("low product scores"),
    ),
    "nps_support_mean": (
        "satisfaction_support",
        gettext_lazy("high support scores"),
        gettext_lazy("low support scores"),
    ),
    "purchases_12m": ("purchases", gettext_lazy("recent purchases"), gettext_lazy("few recent purchases")),
    "purchases_value_12m": (
        "purchases",
        gettext_lazy("large recent purchases"),
        gettext_lazy("small recent purchases"),
    ),
    "proposals": ("proposals", gettext_lazy("many proposals"), gettext_lazy("few proposals")),
    "proposals_discount": ("discount", gettext_lazy("high discounts"), gettext_lazy("low discounts")),
    "months_since_proposal": ("proposals_recent", gettext_lazy("no recent proposal"), gettext_lazy("recent proposals")),
    "subscription_share": (
        "subscription",
        gettext_lazy("subscription contracts"),
        gettext_lazy("traditional contracts"),
    ),
    "cloud_share": ("cloud", gettext_lazy("cloud products"), gettext_lazy("no cloud products")),
    "people_share": ("people", gettext_lazy("human-resources products"), gettext_lazy("few human-resources products")),
    "credit_share": ("credit", gettext_lazy("TechFin products"), gettext_lazy("no TechFin products")),
    "marketing_share": ("marketing", gettext_lazy("RD Station products"), gettext_lazy("no RD Station products")),
    "legacy_share": ("legacy", gettext_lazy("legacy products"), gettext_lazy("no legacy products")),
    **describing.TRAITS,
    "sources": ("coverage", gettext_lazy("a complete data picture"), gettext_lazy("little data")),
    "has_mrr": ("value", gettext_lazy("recurring revenue on record"), gettext_lazy("no recurring revenue on record")),
    "has_purchases": ("purchases", gettext_lazy("recent purchases"), gettext_lazy("no recent purchase")),
    "has_proposals": ("proposals", gettext_lazy("open dialogue on proposals"), gettext_lazy("no proposal")),
    "has_nps": ("satisfaction", gettext_lazy("survey answers"), gettext_lazy("no survey answer")),
    "has_usage": ("use", gettext_lazy("use on record"), gettext_lazy("no use on record")),
    "has_tickets": ("support", gettext_lazy("support tickets"), gettext_lazy("no support ticket")),
}
PRESENCE: dict[str, str | Promise] = {
    "has_mrr": gettext_lazy("Customers with recurring revenue on record"),
    "has_purchases": gettext_lazy("Customers who bought in 12 months"),
    "has_proposals": gettext_lazy("Customers with proposals"),
    "has_nps": gettext_lazy("Customers with survey answers"),
    "has_usage": gettext_lazy("Customers with telemetry"),
    "has_tickets": gettext_lazy("Customers with support tickets"),
}
STEPS: dict[str, str | Promise] = {
    "features": gettext_lazy("Reading what is known of each customer"),
    "preparation": gettext_lazy("Putting all figures on one scale"),
    "kmeans": gettext_lazy("Trying K-Means"),
    "gmm": gettext_lazy("Trying Gaussian mixtures"),
    "hdbscan": gettext_lazy("Trying HDBSCAN"),
    "hybrid": gettext_lazy("Trying the hybrid of density and K-Means"),
    "exploring": gettext_lazy("Looking further around the best candidates"),
    "stability": gettext_lazy("Checking which groups come back on other samples"),
    "final": gettext_lazy("Fitting the best candidate on all customers"),
    "publishing": gettext_lazy("Recording segments, profiles and members"),
    "done": gettext_lazy("Finished"),
}
ALGORITHMS: dict[str, str | Promise] = {
    "kmeans": "K-Means",
    "gmm": gettext_lazy("Gaussian mixture"),
    "hdbscan": "HDBSCAN",
    "hybrid": gettext_lazy("Hybrid (HDBSCAN + mixture)"),
}
FAILURES: dict[str, str | Promise] = {
    "one_cluster": gettext_lazy("only one group"),
    "largest_share": gettext_lazy("one group is too large"),
    "noise_share": gettext_lazy("too many customers without a group"),
    "smallest_size": gettext_lazy("a group is too small"),
    "not_shortlisted": gettext_lazy("not among the best"),
    "stability": gettext_lazy("groups do not come back on other samples"),
    "no_better_than_chance": gettext_lazy("no better than chance"),
    "full_data": gettext_lazy("does not hold on all customers"),
}
BLOCKED: dict[str, str | Promise] = {
    "unstable": gettext_lazy("Not stable enough: the group changes too much from sample to sample."),
    "too_small": gettext_lazy("Too small to act on."),
    "stability_unknown": gettext_lazy("Stability could not be measured."),
}
DRIVERS: dict[str, tuple[str | Promise, str]] = {
    "no_active_line": (gettext_lazy("No active contract line"), ""),
    "many_cancelled": (gettext_lazy("At least half of the contract lines cancelled"), "share"),
    "some_cancelled": (gettext_lazy("A quarter or more of the contract lines cancelled"), "share"),
    "detractor": (gettext_lazy("Detractor in the last NPS answer"), "score"),
    "passive": (gettext_lazy("Neutral in the last NPS answer"), "score"),
    "use_collapsing": (gettext_lazy("Use of the products is collapsing"), ""),
    "use_falling": (gettext_lazy("Use of the products is falling"), ""),
    "little_use": (gettext_lazy("Products used on two days or fewer"), "days"),
    "urgent_tickets": (gettext_lazy("Many high-priority tickets in 12 months"), "count"),
    "tickets_surge": (gettext_lazy("Half of the year's tickets in the last 90 days"), "share"),
    "slow_support": (gettext_lazy("Tickets take 15 days or more"), "days"),
    "no_purchase": (gettext_lazy("Nothing bought for more than 12 months"), "years"),
    "new_customer": (gettext_lazy("Customer for less than a year"), "years"),
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
    if unit == "change":
        return str(signed_percent(value, 0))
    figure = str(number(value, 0 if float(value).is_integer() or abs(value) >= 10 else 1))
    several = 1 if value == 1 else 2
    if unit == "years":
        return ngettext("%(figure)s year", "%(figure)s years", several) % {"figure": figure}
    if unit == "months":
        return ngettext("%(figure)s month", "%(figure)s months", several) % {"figure": figure}
    if unit == "hours":
        return ngettext("%(figure)s hour", "%(figure)s hours", several) % {"figure": figure}
    if unit == "days":
        return ngettext("%(figure)s day", "%(figure)s days", several) % {"figure": figure}
    return figure


def change(before: float | None, after: float | None, unit: str) -> str:
    """How much more or less: points for shares and percentages, a percentage of the former for the rest; a dash if unknown."""
    if before is None or after is None:
        return "—"
    if unit in {"share", "percent", "rank", "score"}:
        points = (after - before) * (100 if unit == "share" else 1)
        sign = "+" if points > 0 else "−" if points < 0 else ""
        return _("%(points)s points") % {"points": f"{sign}{number(abs(points), 1)}"}
    return str(signed_percent(after / before - 1, 0)) if before else "—"


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
    """(feature, high?) of clear differences, or else of faint ones, the strongest first, one per subject."""
    least = CLEAR if any(abs(e["effect"]) >= CLEAR and e["feature"] in TRAITS for e in differentiators) else FAINT
    seen: set[str] = set()
    found = []
    for entry in differentiators:
        trait = TRAITS.get(entry["feature"])
        if trait and trait[0] not in describing.NAMELESS and trait[0] not in seen and abs(entry["effect"]) >= least:
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
            return _("%(noun)s in general") % {"noun": noun}
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


def recipe(parameters: Mapping[str, Any]) -> str:
    """The parameters of a candidate as ``name value`` pairs."""
    return " · ".join(
        f"{name} {number(value) if isinstance(value, int | float) else value}" for name, value in parameters.items()
    )


def _kept(told: Mapping[str, Any]) -> str:
    champion, challenger = told["champion"], told["challenger"]
    return _(
        "Run %(run)s stays published: on today's customers its segments are worth more (they come back at %(steady)s and lie "
        "apart at %(apart)s) than those found now (%(new_steady)s and %(new_apart)s). An analyst may publish these anyway."
    ) % {
        "run": told["champion_run"],
        "steady": percent(champion["steady"]),
        "apart": number(champion["apart"], 2),
        "new_steady": percent(challenger["steady"]),
        "new_apart": number(challenger["apart"], 2),
    }


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
    if code == "champion_kept":
        return _kept(told)
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
        "changed": _("Rule changed"),
    }
    return titles[kind]


def event_text(kind: str, detail: Mapping[str, Any], run: int | None, actor: str) -> str:
    """What happened, with passports and names."""
    if "rule" in detail:
        return rule_event(kind, detail["rule"], actor)
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


def rule_event(kind: str, version: int, actor: str) -> str:
    """What somebody did to a rule segment."""
    texts = {
        "birth": _("Defined by %(actor)s."),
        "changed": _("Version %(version)s of the rule by %(actor)s."),
        "death": _("Archived by %(actor)s."),
    }
    return texts[kind] % {"actor": actor, "version": version}


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
