"""Rules of cleansing: what they bring home, and above all what they leave alone."""

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts.cleanse.rules import activities, addresses, companies, countries, figures, places, terms, text
from accounts.reference import (
    STATES,
    activity_codes,
    municipalities,
    municipality_codes,
    squash,
    written_activity,
)
from accounts.sources.commercial import BANDS, INDUSTRIES, STATUSES
from benchmarks import cleanse as bench

ANYTHING = st.text(max_size=60)


def test_the_tables_are_whole():
    assert len(municipalities()) == 5571
    assert {each.state for each in municipalities()} == set(STATES)
    assert len(municipality_codes()) == 5571
    assert len(activity_codes()) > 1300
    assert written_activity(activity_codes()["Hotéis"]) == "5510-8/01"


@pytest.mark.parametrize(
    ("given_as", "state", "name", "rule"),
    [
        ("São Paulo", "SP", "São Paulo", "city_exact"),
        ("SAOPAULO", "SP", "São Paulo", "city_spelling"),
        ("sao  paulo ", "SP", "São Paulo", "city_spelling"),
        ("SANTABARBARADOESTE", "SP", "Santa Bárbara d'Oeste", "city_spelling"),
        ("STA BARBARA D OESTE", "SP", "Santa Bárbara d'Oeste", "city_abbreviation"),
        ("S. J. DOS CAMPOS", "SP", "São José dos Campos", "city_abbreviation"),
        ("B. HORIZONTE", "MG", "Belo Horizonte", "city_abbreviation"),
        ("CAMPINAS/SP", "SP", "Campinas", "city_spelling"),
        ("CONDE - BA", "BA", "Conde", "city_spelling"),
        ("SÃ£o Paulo", "SP", "São Paulo", "city_encoding"),
        ("SÆo Paulo", "SP", "São Paulo", "city_encoding"),
        ("AraguaÝna", "TO", "Araguaína", "city_encoding"),
        ("S?O JOS? DO RIO PRETO", "SP", "São José do Rio Preto", "city_encoding"),
        ("Parati", "RJ", "Paraty", "city_old_name"),
        ("TAGUATINGA", "DF", "Brasília", "city_old_name"),
        ("Mogi das Curzes", "SP", "Mogi das Cruzes", "city_slip"),
        ("CAMPINSA", "SP", "Campinas", "city_slip"),
        ("SAO JOSE DO RIO PRET", "SP", "São José do Rio Preto", "city_abbreviation"),
        ("FERRAZDEVASCONC", "SP", "Ferraz de Vasconcelos", "city_cut"),
    ],
)
def test_cities_come_home(given_as, state, name, rule):
    found = places.city(given_as, state, "105")
    assert (found.after, found.rule) == (name, rule)
    assert municipality_codes()[state, name] == found.code


@pytest.mark.parametrize(
    ("given_as", "state", "country"),
    [
        ("SAOPAULO", "RJ", "105"),  # no such place in that state
        ("SAO JOSE DO RIO", "SP", "105"),  # Preto or Pardo
        ("PINHAAO", "PR", "105"),  # Pinhão or Pinhalão
        ("BRASILA DE MINAS", "MG", "105"),  # Brasilândia shortened, or Brasília with a slip
        ("ARAA", "MG", "105"),  # Araçaí without its accented letters, or Araxá with a slip
        ("BUENOSAIRES", "CF", "063"),
        ("SAOPAULO", "SP", "063"),
        ("SAOPAULO", "", "105"),
        ("", "SP", "105"),
        ("???", "SP", "105"),
    ],
)
def test_what_could_be_two_places_or_none_is_left_alone(given_as, state, country):
    assert places.city(given_as, state, country) is None


def test_states_are_found_by_name_and_by_a_city_that_one_state_has():
    assert places.state("São Paulo").after == "SP"
    assert places.state("sp").after == "SP"
    assert places.state("SP") is None
    assert places.state("", "SAOPAULO", "105").after == "SP"
    assert places.state("", "BOM JESUS", "105") is None
    assert places.state("", "SAOPAULO", "063") is None
    assert places.state("CF") is None


@pytest.mark.parametrize(
    ("given_as", "name", "rule"),
    [
        ("Hoteis", "Hotéis", "cnae_spelling"),
        ("Fabricacao de produtos … base de cafe", "Fabricação de produtos à base de café", "cnae_encoding"),
        ("Com. varej. de bebidas", "Comércio varejista de bebidas", "cnae_abbreviation"),
        ("5510-8/01", "Hotéis", "cnae_code"),
        ("Comercio varejista especializado de equipamentos e supri", None, "cnae_cut"),
        ("Construcao de edifcios", "Construção de edifícios", "cnae_slip"),
    ],
)
def test_activities_come_home(given_as, name, rule):
    found = activities.activity(given_as)
    assert found.rule == rule
    assert name in {None, found.after}
    assert activity_codes()[found.after] == found.code


@pytest.mark.parametrize(
    "value", ["PESSOA FISICA (SEM CNAE)", "", "Com", "Comercio varejista de", "Fabricacao de produtos", "9999-9/99"]
)
def test_vague_activities_are_left_alone(value):
    assert activities.activity(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("63", "063"),
        ("105", "105"),
        ("BRASIL", "105"),
        ("eua", "249"),
        ("México", "493"),
        ("MÃ©xico", "493"),
        ("Atlantis", None),
        ("999", None),
        ("", None),
    ],
)
def test_countries(value, code):
    found = countries.country(value)
    assert (found.after if found else None) == code


def test_company_numbers_are_checked_and_never_made_up():
    assert companies.is_cnpj("12ABC34501DE35")  # the example of the Receita Federal for the alphanumeric form
    assert companies.cnpj("12.ABC.345/01DE-35").after == "12ABC34501DE35"
    assert companies.cnpj("90.651.123/0001-85").after == "90651123000185"
    assert companies.cnpj("191000100").__class__ is type(None)
    number = "00000000000191"
    assert companies.cnpj(number).rule == "cnpj_exact"
    for wrong in ("90651123000186", "12ABC34501DE36", "00000000000000", "11.111.111/1111-12", "9065112300018", "123"):
        assert companies.cnpj(wrong) is None


@given(st.from_regex(r"[0-9A-Z]{12}[0-9]{2}", fullmatch=True))
def test_a_company_number_is_kept_sign_by_sign(number):
    found = companies.cnpj(number)
    assert found is None or found.after == number


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("PADARIA DO ZÉ LTDA ME", "Padaria do Zé Ltda ME"),
        ("Aurora  Ltda", "Aurora Ltda"),
        ("SÃ£o Jorge ComÃ©rcio", "São Jorge Comércio"),
        ("Aurora Ltda", None),
        ("IBM", None),
        ("BR FOODS S.A.", "BR Foods S.A."),
    ],
)
def test_company_names(value, after):
    found = companies.name(value)
    assert (found.after if found else None) == after


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("Serviços", "SERVICOS"), ("MANUFATRUA", "MANUFATURA"), ("Construção e Projetos", "CONSTRUCAO E PROJETOS"),
        ("Faixa 00 - Até 4,5 M", "Faixa 00 - Ate 4,5 M"), ("Sa£de", "SAUDE"), ("ATIVO", None), ("Faixa 12 - Acima de 850 M", None),
        ("XPTO", None), ("", None),
    ],
)  # fmt: skip
def test_terms_of_a_vocabulary(value, after):
    found = terms.term(value, INDUSTRIES | STATUSES | BANDS)
    assert (found.after if found else None) == after


def test_the_usual_spelling_is_the_far_more_frequent_one():
    counts = {"LOCACAO": 120, "LOCAÇÃO": 4, "MODA": 9, "Moda": 3}
    assert terms.usual("LOCAÇÃO", counts).after == "LOCACAO"
    assert terms.usual("LOCACAO", counts) is None
    assert terms.usual("Moda", counts) is None


def test_domains_with_a_slip_are_proposed_and_real_ones_left_alone():
    assert addresses.domain("gmial.com").after == "gmail.com"
    assert addresses.domain("gmail.con").after == "gmail.com"
    for real in ("gmail.com", "mail.com", "uol.com.br", "bol.com.br", "empresa.com.br", "localhost"):
        assert addresses.domain(real) is None
    assert addresses.domain("uol.com.br") is None
    assert all(fix is None or fix.confidence < 0.9 for fix in map(addresses.domain, ("gmial.com", "hotmal.com", "x.y")))


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("1 de março de 2024", "2024-03-01"), ("05-mai-2023", "2023-05-05"), ("31/12/2024", "2024-12-31"), ("12/31/2024", "2024-12-31"),
        ("03/04/2024", None), ("31/02/2024", None), ("2024-01-05", None), ("2024/1/5", "2024-01-05"), ("soon", None),
    ],
)  # fmt: skip
def test_days(value, after):
    found = figures.day(value)
    assert (found.after if found else None) == after


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("R$ 1,2 mi", "1200000"),
        ("1.234,56", "1234.56"),
        ("1,234.50", "1234.5"),
        ("1.234", None),
        ("4,5 M", "4500000"),
        ("12", None),
        ("R$ 500", "500"),
        ("1,2 parsec", None),
    ],
)
def test_amounts(value, after):
    found = figures.amount(value)
    assert (found.after if found else None) == after


@settings(max_examples=60, deadline=None)
@example("\n", "AC")
@given(ANYTHING, st.sampled_from(sorted(STATES)))
def test_no_rule_fails_on_any_text_and_each_is_stable(value, state):
    assert text.tidy(value) == text.tidy(text.tidy(value))
    for rule in (
        lambda v: places.city(v, state, "105"), activities.activity, countries.country, companies.cnpj, companies.name,
        lambda v: terms.term(v, INDUSTRIES), addresses.domain, figures.day, figures.amount, places.state,
    ):  # fmt: skip
        found = rule(value)
        if found is None:
            continue
        assert found.after
        assert 0 < found.confidence <= 1
        again = rule(found.after)
        assert again is None or again.after == found.after or found.rule == "name_spaces"


@settings(max_examples=200)
@given(st.text("ABCDE", max_size=8), st.text("ABCDE", max_size=8))
def test_distance_is_symmetric_and_bounded(one, other):
    found = text.distance(one, other, 2)
    assert found == text.distance(other, one, 2)
    assert (found == 0) == (one == other)
    assert 0 <= found <= 3


@pytest.mark.parametrize("seed", [1, 2])
def test_planted_damage_is_never_mended_wrongly(seed):
    """A sample of the benchmark's trial: every kind of damage, the truth known."""
    rng = random.Random(seed)
    known = {state: {squash(m.name): m.code for m in municipalities() if m.state == state} for state in STATES}
    tally = bench.Tally()
    for place in rng.sample(municipalities(), 150):
        for kind, damage in bench.CITY.items():
            hurt = bench.hurt(damage, place.name, place.code, known[place.state], rng)
            if hurt is not None:
                found = places.city(hurt.replace("{state}", place.state), place.state, "105")
                tally.count(kind, hurt, place.code, found.code if found else "")
    assert tally.wrong == []
    assert tally.summary()["rate"] > 0.97
