"""What people fill in about offers and strategies, and the filters of their lists."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

import django_filters as filters
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import BusinessUnit
from b2shift.templatetags.b2shift import percent
from campaigns import phrases, policies, policy_words, queries, term_rules, terms
from campaigns.models import THEMES, Offer, Play, PolicyVersion, Strategy, Theme

AVAILABLE = [("yes", gettext_lazy("Active")), ("no", gettext_lazy("Inactive"))]
RESERVED_CODES = {"new", "export", "import"}
PRICE = re.compile(r"^(?:R\$\s*)?(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d{1,2}))?$|^(?:R\$\s*)?(\d+)\.(\d{1,2})$")


class CatalogueFilter(filters.FilterSet):
    """Words, business unit, intention and availability; the page and the API share it."""

    q = filters.CharFilter(label=gettext_lazy("Search by name or code"), method="by_words")
    business_unit = filters.ModelChoiceFilter(
        label=gettext_lazy("Business unit"),
        queryset=BusinessUnit.objects.order_by("name"),
        empty_label=gettext_lazy("All"),
    )
    play = filters.ChoiceFilter(label=gettext_lazy("Intention"), choices=Play.choices, empty_label=gettext_lazy("All"))
    theme = filters.ChoiceFilter(
        label=gettext_lazy("Portfolio"), choices=Theme.choices, method="by_theme", empty_label=gettext_lazy("All")
    )
    active = filters.ChoiceFilter(
        label=gettext_lazy("Availability"), choices=AVAILABLE, method="by_active", empty_label=gettext_lazy("All")
    )

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Rows whose name or code contains the words."""
        return rows.filter(Q(name__icontains=value.strip()) | Q(code__icontains=value.strip()))

    def by_theme(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Rows of the plays that a unit files under the theme."""
        wanted = Q(pk=None)
        for unit, themes in THEMES.items():
            wanted |= Q(business_unit=unit, play__in=themes.get(value, ()))
        return rows.filter(wanted)

    def by_active(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Rows that are, or are not, proposed."""
        return rows.filter(is_active=value == "yes")


class OfferFilter(CatalogueFilter):
    """Offers; their product is searched too."""

    class Meta:
        model = Offer
        fields: ClassVar[list[str]] = []

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Offers whose name, code or product contains the words."""
        words = value.strip()
        return rows.filter(Q(name__icontains=words) | Q(code__icontains=words) | Q(product__icontains=words))


class StrategyFilter(CatalogueFilter):
    """Strategies; both names are searched."""

    def by_theme(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Strategies that carry the theme."""
        return rows.filter(theme=value)

    class Meta:
        model = Strategy
        fields: ClassVar[list[str]] = []

    def by_words(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Strategies whose name in either language, or code, contains the words."""
        words = value.strip()
        return rows.filter(Q(name__icontains=words) | Q(name_en__icontains=words) | Q(code__icontains=words))


class PriceField(forms.CharField):
    """Money as people here type it (``1.234,56``, ``R$ 1.234,56``, ``1234.56``); cleans to a Decimal or None."""

    def to_python(self, value: Any) -> Any:
        """The amount; a text that is no amount is refused with an example."""
        text = str(value if value is not None else "").strip().replace("\u00a0", " ")
        if not text:
            return None
        match = PRICE.match(text)
        if match is None:
            raise ValidationError(_("Write the price as 1.234,56: points for thousands, a comma for cents."))
        whole, cents = (match[1], match[2]) if match[1] else (match[3], match[4])
        try:
            return Decimal(f"{whole.replace('.', '')}.{cents or '0'}")
        except InvalidOperation as error:
            raise ValidationError(_("Write the price as 1.234,56: points for thousands, a comma for cents.")) from error

    def prepare_value(self, value: Any) -> Any:
        """What is stored, as it is typed here."""
        return f"{value:.2f}".replace(".", ",") if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        """Checked as an amount, not as a text."""
        amount = self.to_python(value)
        if amount is not None and amount >= Decimal(10) ** 10:
            raise ValidationError(_("This price is too large."))
        return amount

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared as typed."""
        return bool(self.prepare_value(initial) != data)


class _SeenForm(forms.ModelForm):
    """A form that carries what its reader saw, and never lets a code change once it is in use."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["business_unit"].queryset = BusinessUnit.objects.order_by("name")  # type: ignore[attr-defined]
        if self.instance.pk:
            del self.fields["code"]  # drafts name it by its code
            self.fields["seen"].initial = terms.fingerprint(self.instance)

    def clean_code(self) -> str:
        """Unique whatever the case, and no word of our own addresses."""
        code: str = self.cleaned_data["code"].lower()
        if code in RESERVED_CODES or type(self.instance).objects.filter(code__iexact=code).exists():
            raise ValidationError(_("The code “%(code)s” is taken. Choose another one.") % {"code": code})
        return code

    def _post_clean(self) -> None:
        """The rules that the API and files obey too, in words by field instead of those of the table's constraints."""
        super()._post_clean()  # type: ignore[misc]
        found = {name: words for name, words in term_rules.problems(self.instance).items() if name in self.fields}
        if found:
            self.errors.pop(NON_FIELD_ERRORS, None)
        for name in found.keys() - self.errors.keys():
            self.add_error(name, found[name])

    @property
    def seen_text(self) -> str | None:
        """The fingerprint that came with the form; None for a new row."""
        return str(self.cleaned_data.get("seen") or "") if self.instance.pk else None


class OfferForm(_SeenForm):
    """The terms of an offer. What policy will object to later is said at once, as a warning: it may still be saved."""

    cost = PriceField(
        label=gettext_lazy("Cost to us per customer (BRL)"),
        required=False,
        help_text=gettext_lazy("What it costs us when one customer accepts. Empty: unknown."),
    )

    price = PriceField(
        label=gettext_lazy("Price (BRL)"),
        required=False,
        help_text=gettext_lazy("As 1.234,56. Leave it empty where the offer has no price of its own."),
    )

    class Meta:
        model = Offer
        fields = (
            "code",
            "name",
            "product",
            "business_unit",
            "play",
            "step",
            "benefit",
            "benefit_en",
            "discount_percent",
            "price",
            "cost",
            "valid_from",
            "valid_until",
            "legal",
            "legal_en",
        )
        widgets: ClassVar = {
            "valid_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "valid_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "legal": forms.Textarea(attrs={"rows": 3}),
            "legal_en": forms.Textarea(attrs={"rows": 3}),
            "product": forms.TextInput(attrs={"list": "known-products", "autocomplete": "off"}),
        }
        help_texts: ClassVar = {
            "code": gettext_lazy(
                "Short and lasting, such as rd-marketing-anual: letters, digits and hyphens. It cannot be changed later."
            ),
            "step": gettext_lazy("1 is offered first; 2 and 3 follow when there is no answer or a refusal."),
            "benefit": gettext_lazy("The sentence that customers read, in Portuguese."),
            "benefit_en": gettext_lazy("The same sentence in English."),
            "valid_from": gettext_lazy("The first day of the offer. Empty: at once."),
            "valid_until": gettext_lazy("The last day on which a customer may accept. Empty: without an end."),
            "product": gettext_lazy("One of the products of our customers' contracts or of the catalogue."),
            "legal": gettext_lazy(
                "Ends every mail with this offer, word for word. The model that drafts never writes it."
            ),
            "legal_en": gettext_lazy("The same text for mails in English."),
        }

    def clean_valid_until(self) -> Any:
        """A last day in the past is refused, unless the offer ended before and the day is left as it is."""
        until = self.cleaned_data["valid_until"]
        if until and until < timezone.localdate() and until != self._stored_until():
            raise ValidationError(_("This day is over. Choose today or a later day, or deactivate the offer."))
        return until

    def warnings(self) -> list[str]:
        """What policy in force says against these terms, naming the rule; saving is still possible."""
        version = queries.policy_in_force()
        unit = self.instance.business_unit_id
        if version is None or not unit:
            return []
        rules = queries.rules_of(version)
        return [
            *self._of_product(),
            *self._of_words(rules, unit),
            *self._of_discount(rules, unit, version),
            *self._of_cost(rules, unit),
        ]

    def _of_product(self) -> list[str]:
        product = self.instance.product
        if not product or queries.is_known_product(product, self.instance.pk):
            return []
        return [
            _("No contract and no other offer names the product “%(product)s”: check how it is written.")
            % {"product": product}
        ]

    def _of_words(self, rules: list[policies.Rule], unit: str) -> list[str]:
        texts = (self.instance.benefit, self.instance.benefit_en, self.instance.legal, self.instance.legal_en)
        forbidden = policies.forbidden_phrases(rules, unit)
        said = sorted({phrase for phrase in forbidden for text in texts if phrases.find_phrase(text or "", phrase)})
        return [_("Policy forbids the phrase “%(text)s”: say it in another way.") % {"text": phrase} for phrase in said]

    def _of_discount(self, rules: list[policies.Rule], unit: str, version: PolicyVersion) -> list[str]:
        ceiling = policies.discount_ceiling(rules, unit)
        if self.instance.discount_percent is None or float(self.instance.discount_percent) <= ceiling:
            return []
        said = {
            "value": _percent(float(self.instance.discount_percent)),
            "ceiling": _percent(ceiling),
            "version": version,
            "unit": self.instance.business_unit,
        }
        rule = _("Rule “Discount ceiling” of policy %(version)s allows at most %(ceiling)s for %(unit)s.") % said
        effect = _("No campaign with this discount of %(value)s can be approved.") % said
        return [f"{rule} {effect}"]

    def _of_cost(self, rules: list[policies.Rule], unit: str) -> list[str]:
        """The customers are not known here: the share of their yearly value is judged with each campaign."""
        benefit = policies.Benefit(queries.given(self.instance))
        found = policies.evaluate(rules, policies.Moment("draft", unit, benefit=benefit))
        effect = _("No campaign with this offer can be approved.")
        return [f"{_(each.message) % policy_words.shown(each.rule, each.params)} {effect}" for each in found]

    def _stored_until(self) -> Any:
        return (
            Offer.objects.filter(pk=self.instance.pk).values_list("valid_until", flat=True).first()
            if self.instance.pk
            else None
        )


class StrategyForm(_SeenForm):
    """A play of one business unit."""

    class Meta:
        model = Strategy
        fields = (
            "code",
            "name",
            "name_en",
            "business_unit",
            "theme",
            "play",
            "purpose",
            "objective",
            "tone",
            "tone_en",
            "max_steps",
            "review",
        )
        widgets: ClassVar = {name: forms.Textarea(attrs={"rows": 3}) for name in ("objective", "tone", "tone_en")}
        help_texts: ClassVar = {
            "code": gettext_lazy(
                "Short and lasting, such as gestao-retain: letters, digits and hyphens. It cannot be changed later."
            ),
            "purpose": gettext_lazy("Only people who agreed to this purpose are written to."),
            "objective": gettext_lazy("For whom it is and what it should achieve. Writers and the drafter read it."),
            "theme": gettext_lazy("How the business unit files it: its portfolio."),
            "tone": gettext_lazy("How it should sound in Portuguese. Writers and the drafter follow it."),
            "tone_en": gettext_lazy("How it should sound in English."),
            "review": gettext_lazy("Credit and payments are always reviewed by a person."),
            "max_steps": gettext_lazy(
                "How many times a customer is approached at most; the last step is a call by the rep."
            ),
        }


def _percent(value: float) -> str:
    return percent(value / 100, 2 if value % 1 else 0)
