"""Formats in both languages, missing values, and the small tags."""

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from babel.numbers import parse_decimal
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from b2shift.templatetags import b2shift as tags

FILTERS = [tags.brl, tags.brl_short, tags.number, tags.percent, tags.signed_percent, tags.day, tags.moment, tags.since]
MOMENT = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)


def plain(text: str) -> str:
    """The text with Babel's no-break spaces as ordinary ones."""
    return text.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("language", "filter_", "value", "printed"),
    [
        ("pt-br", tags.brl, Decimal("1234.56"), "R$ 1.234,56"),
        ("pt-br", tags.brl, -3, "-R$ 3,00"),
        ("en", tags.brl, "1234.5", "R$1,234.50"),
        ("pt-br", tags.brl_short, 1_234_567, "R$ 1,2 mi"),
        ("en", tags.brl_short, 1_234_567, "R$1.2M"),
        ("pt-br", tags.number, 1234567, "1.234.567"),
        ("en", tags.number, 1234.5, "1,234.5"),
        ("pt-br", tags.number, 0, "0"),
        ("pt-br", tags.percent, 0.1234, "12,3%"),
        ("en", tags.percent, 1, "100.0%"),
        ("pt-br", tags.signed_percent, 0.042, "+4,2%"),
        ("pt-br", tags.signed_percent, -0.01, "-1,0%"),
        ("pt-br", tags.day, date(2026, 11, 24), "24/11/2026"),
        ("pt-br", tags.day, "2026-11-24", "24/11/2026"),
        ("en", tags.day, date(2026, 11, 24), "Nov 24, 2026"),
        # 02:30 in Greenwich is 23:30 of the day before in São Paulo.
        ("pt-br", tags.moment, MOMENT, "23/11/2026 23:30"),
        ("pt-br", tags.day, MOMENT, "23/11/2026"),
        ("pt-br", tags.cell, True, "Sim"),
        ("en", tags.cell, 1234.5, "1,234.5"),
        ("pt-br", tags.cell, "Joinville", "Joinville"),
    ],
)
def test_formats(language, filter_, value, printed):
    with translation.override(language):
        assert plain(str(filter_(value))) == printed


@pytest.mark.parametrize(("digits", "printed"), [(0, "1.235"), (2, "1.234,50")])
def test_decimals_can_be_fixed(digits, printed):
    with translation.override("pt-br"):
        assert tags.number(Decimal("1234.5001"), digits) == printed


@pytest.mark.parametrize("filter_", [*FILTERS, tags.cell, tags.exact])
@pytest.mark.parametrize(("language", "words"), [("pt-br", "sem dados"), ("en", "no data")])
def test_missing_values_say_so(filter_, language, words):
    with translation.override(language):
        printed = filter_(None)
    assert "—" in printed
    assert f'title="{words}"' in printed


@pytest.mark.parametrize("filter_", FILTERS)
@pytest.mark.parametrize("value", ["", "abc", float("nan"), float("inf"), "2026-99-99"])
def test_unreadable_values_are_missing_values(filter_, value):
    assert "—" in filter_(value)


@pytest.mark.parametrize(
    ("language", "gap", "printed"),
    [
        ("pt-br", -timedelta(days=3, minutes=1), "há 3 dias"),
        ("en", -timedelta(days=3, minutes=1), "3 days ago"),
        ("pt-br", timedelta(hours=2, minutes=1), "em 2 horas"),
    ],
)
def test_distance_in_words(language, gap, printed):
    with translation.override(language):
        assert plain(tags.since(timezone.now() + gap)) == printed


def test_today_is_a_word():
    with translation.override("en"):
        assert tags.since(timezone.localdate()) == "today"


@given(value=st.decimals(min_value=-(10**12), max_value=10**12, places=2), language=st.sampled_from(["pt-br", "en"]))
def test_a_printed_number_reads_back(value, language):
    with translation.override(language):
        assert parse_decimal(tags.number(value, 2), locale=tags.babel_locale(), strict=True) == value


@given(value=st.decimals(min_value=-(10**12), max_value=10**12, places=2), language=st.sampled_from(["pt-br", "en"]))
def test_printed_money_keeps_every_cent(value, language):
    with translation.override(language):
        digits = re.sub(r"\D", "", tags.brl(value))
    assert int(digits) == abs(int(value * 100))


@given(
    value=st.one_of(
        st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.datetimes(timezones=st.just(UTC))
    )
)
def test_no_value_breaks_a_page(value):
    for filter_ in [*FILTERS, tags.cell, tags.iso]:
        assert isinstance(filter_(value), str)


def rendered(source: str, **context: object) -> str:
    return Template("{% load b2shift %}" + source).render(Context(context))


def test_icons_are_decoration():
    html = rendered('{% icon "mail" "me-1" %}')
    assert 'aria-hidden="true"' in html
    assert "sprite" in html
    assert html.endswith('#mail"></use></svg>')


def test_every_form_gets_its_own_key():
    first, second = rendered("{% form_key %}"), rendered("{% form_key %}")
    key = re.search(r'name="idempotency_key" value="([^"]+)"', first)
    assert key
    assert uuid.UUID(key.group(1)).version == 4
    assert first != second


@pytest.mark.parametrize(
    ("path", "link", "active"),
    [
        ("/customers/7/", "/customers/", True),
        ("/customers/", "/customers/", True),
        ("/", "/", True),
        ("/customers/", "/", False),
        ("/customers-x/", "/customers/", False),
    ],
)
def test_the_current_section_is_marked(path, link, active):
    request = RequestFactory().get(path)
    assert ("aria-current" in rendered("{% nav_active link %}", request=request, link=link)) is active


def test_a_page_link_keeps_the_other_filters():
    request = RequestFactory().get("/customers/", {"q": "são", "page": "2", "sort": "name"})
    html = rendered('{% page_link "sort" "-name" "page" %}', request=request)
    assert html == "?q=s%C3%A3o&amp;sort=-name"


class Reasons(forms.Form):
    reason = forms.CharField(help_text="Say why.")


def test_errors_are_tied_to_their_field():
    field = Reasons({"reason": ""})["reason"]
    html = rendered("{% control field %}", field=field)
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_reason_helptext id_reason_error"' in html
    assert "is-invalid" in html


class Filters(forms.Form):
    q = forms.CharField(required=False)
    play = forms.ChoiceField(choices=[("", "Any"), ("retain", "Retain")], required=False)
    late = forms.BooleanField(required=False)


@pytest.mark.parametrize(
    ("given", "taken"),
    [(None, 0), ({}, 0), ({"q": "são"}, 0), ({"play": "retain"}, 1), ({"play": "x", "late": "on"}, 2)],
)
def test_filters_that_are_chosen_are_counted_without_the_search_box(given, taken):
    assert tags.chosen_filters(Filters(given), "q") == {"offered": 2, "taken": taken}


@pytest.mark.parametrize(("language", "said"), [("pt-br", "Escolha…"), ("en", "Choose…")])
def test_an_empty_choice_without_a_name_says_what_to_do(language, said):
    class Form(forms.Form):
        unnamed = forms.ChoiceField(choices=[("", "---------"), ("a", "---------!")])
        named = forms.ChoiceField(choices=[("", "Any"), ("a", "A")])

    form = Form()
    with translation.override(language):
        unnamed = rendered("{% control field %}", field=form["unnamed"])
        named = rendered("{% control field %}", field=form["named"])
    assert f"{said}</option>" in unnamed
    assert "---------!</option>" in unnamed
    assert "---------<" not in unnamed
    assert "Any</option>" in named


def test_a_chart_becomes_a_table_of_what_it_shows():
    spec = {
        "data": {"values": [{"month": "jan", "mrr": 10, "secret": 1}]},
        "encoding": {"x": {"field": "month", "title": "Month"}, "y": {"field": "mrr", "title": "Revenue"}},
    }
    assert tags.chart_table(spec) == {"columns": ["Month", "Revenue"], "rows": [["jan", 10]], "drawable": True}
    assert tags.chart_table(spec, [{"a": 1}]) == {"columns": ["a"], "rows": [[1]], "drawable": True}
    assert tags.chart_table({"data": {"values": []}}) == {"columns": [], "rows": [], "drawable": False}
    assert tags.chart_table("") == {"columns": [], "rows": [], "drawable": False}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("12345678000195", "12.345.678/0001-95"),
        ("12ABC34501DE35", "12.ABC.345/01DE-35"),
        ("1234", "1234"),
        ("12345678<00195", "12345678<00195"),
        (None, ""),
    ],
)
def test_a_cnpj_is_written_as_people_write_it(given, shown):
    assert tags.cnpj(given) == shown
