"""Rules in words: what each does and why its repair is right."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Words(NamedTuple):
    """A rule's title and the reason that it gives."""

    title: str | Promise
    reason: str | Promise


RULES: dict[str, Words] = {
    "city_spelling": Words(_("City spelling"), _("The same letters as the official name of one municipality of the state.")),
    "city_encoding": Words(_("City: broken characters"), _("Read in the right encoding, it is the name of one municipality of the state.")),
    "city_old_name": Words(_("City: former name"), _("The place goes by this name today.")),
    "city_abbreviation": Words(_("City: shortened"), _("Of the municipalities of the state only one can be shortened like this.")),
    "city_cut": Words(_("City: cut off"), _("Only one municipality of the state begins like this.")),
    "city_orthography": Words(_("City: old spelling"), _("It sounds like one municipality of the state, written the old way.")),
    "city_slip": Words(_("City: slip of the keys"), _("One slip away from one municipality of the state and far from all others.")),
    "state_spelling": Words(_("State spelling"), _("The state's two letters, in capitals.")),
    "state_name": Words(_("State by name"), _("The name of the state stands where its letters belong.")),
    "state_of_city": Words(_("State of the city"), _("Only one state has a municipality with this name.")),
    "cnae_spelling": Words(_("Activity spelling"), _("The same letters as one official description.")),
    "cnae_encoding": Words(_("Activity: broken characters"), _("Read in the right encoding, it is one official description.")),
    "cnae_cut": Words(_("Activity: cut off"), _("Only one official description begins like this.")),
    "cnae_abbreviation": Words(_("Activity: shortened"), _("Only one official description can be shortened like this.")),
    "cnae_slip": Words(_("Activity: slip of the keys"), _("One slip away from one official description and far from all others.")),
    "cnae_code": Words(_("Activity by code"), _("The code stands where its description belongs.")),
    "country_zeros": Words(_("Country code"), _("The code of the Receita Federal has three digits.")),
    "country_name": Words(_("Country by name"), _("The name of the country stands where its code belongs.")),
    "cnpj_mask": Words(_("CNPJ with punctuation"), _("The same number without its punctuation; its check digits are right.")),
    "cnpj_zeros": Words(_("CNPJ without its zeros"), _("With the zeros that a spreadsheet drops, the check digits are right.")),
    "name_spaces": Words(_("Name: doubled blanks"), _("The same name with single blanks.")),
    "name_encoding": Words(_("Name: broken characters"), _("The name read in the right encoding.")),
    "name_capitals": Words(_("Name in capitals"), _("The same name in the usual capitals.")),
    "term_spelling": Words(_("Spelling of a term"), _("The same letters as one word of the vocabulary.")),
    "term_encoding": Words(_("Term: broken characters"), _("Read in the right encoding, it is one word of the vocabulary.")),
    "term_slip": Words(_("Term: slip of the keys"), _("One slip away from one word of the vocabulary and far from all others.")),
    "term_usual": Words(_("Usual spelling"), _("The same word is written this way at least ten times as often.")),
    "domain_slip": Words(_("E-mail domain: slip"), _("One slip away from a well-known domain. Ask the person before you accept.")),
    "date_words": Words(_("Date in words"), _("One day alone can be meant.")),
    "date_order": Words(_("Order of a date"), _("One day alone can be meant.")),
    "amount_unit": Words(_("Amount with a unit"), _("The plain number behind currency and unit.")),
    "model_choice": Words(_("Model's choice"), _("No rule knows it. The language model chose it from the catalogue and is sure.")),
}  # fmt: skip


def words(rule: str) -> Words:
    """Title and reason of a rule; an unknown one is named by its code."""
    return RULES.get(rule, Words(rule, ""))
