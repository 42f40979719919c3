"""Where customers are: larger Brazilian municipalities with their state, foreign seats, time zones, area
codes.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple


class Place(NamedTuple):
    """One seat: real name, state (UF) or foreign province code, Receita Federal country code, relative
    weight.
    """

    name: str
    uf: str
    country: int
    weight: float


# UF: (share of customers in percent, municipalities from the largest down)
_BRAZIL: dict[str, tuple[float, str]] = {
    "SP": (
        37.0,
        "São Paulo,Campinas,Guarulhos,São Bernardo do Campo,Barueri,Santo André,Ribeirão Preto,Sorocaba,"
        "São José dos Campos,Osasco,Jundiaí,Santos,Piracicaba,São José do Rio Preto,Bauru,Limeira,Americana,"
        "Franca,Taubaté,Araraquara,Presidente Prudente,Marília,São Caetano do Sul,Diadema,Cotia,Indaiatuba,"
        "Hortolândia,Mogi das Cruzes,Sumaré,Itu,Santa Bárbara d'Oeste,São Carlos",
    ),
    "MG": (
        11.0,
        "Belo Horizonte,Uberlândia,Contagem,Juiz de Fora,Betim,Montes Claros,Uberaba,Divinópolis,"
        "Sete Lagoas,Ipatinga,Pouso Alegre,Varginha,Poços de Caldas,Nova Lima,Governador Valadares",
    ),
    "RJ": (
        8.5,
        "Rio de Janeiro,Niterói,Duque de Caxias,Nova Iguaçu,São Gonçalo,Campos dos Goytacazes,Macaé,"
        "Petrópolis,Volta Redonda,Resende",
    ),
    "PR": (
        8.0,
        "Curitiba,Londrina,Maringá,Ponta Grossa,Cascavel,São José dos Pinhais,Foz do Iguaçu,Guarapuava,"
        "Toledo,Apucarana",
    ),
    "SC": (
        8.0,
        "Joinville,Florianópolis,Blumenau,Itajaí,Chapecó,Criciúma,Jaraguá do Sul,São José,Brusque,Lages,"
        "Balneário Camboriú",
    ),
    "RS": (
        7.0,
        "Porto Alegre,Caxias do Sul,Canoas,Novo Hamburgo,São Leopoldo,Pelotas,Passo Fundo,Santa Maria,"
        "Gravataí,Bento Gonçalves,Rio Grande",
    ),
    "GO": (3.5, "Goiânia,Aparecida de Goiânia,Anápolis,Rio Verde,Catalão,Itumbiara"),
    "BA": (
        3.0,
        "Salvador,Feira de Santana,Camaçari,Vitória da Conquista,Lauro de Freitas,Ilhéus,Luís Eduardo Magalhães",
    ),
    "PE": (2.2, "Recife,Jaboatão dos Guararapes,Caruaru,Olinda,Petrolina,Ipojuca"),
    "CE": (2.0, "Fortaleza,Maracanaú,Eusébio,Juazeiro do Norte,Sobral"),
    "DF": (2.0, "Brasília"),
    "ES": (1.8, "Vitória,Vila Velha,Serra,Cariacica,Linhares,Cachoeiro de Itapemirim"),
    "MT": (1.4, "Cuiabá,Rondonópolis,Várzea Grande,Sinop,Sorriso"),
    "MS": (1.1, "Campo Grande,Dourados,Três Lagoas,Corumbá"),
    "PA": (1.0, "Belém,Ananindeua,Santarém,Marabá,Parauapebas"),
    "AM": (0.9, "Manaus"),
    "RN": (0.6, "Natal,Mossoró,Parnamirim"),
    "MA": (0.5, "São Luís,Imperatriz,Balsas"),
    "PB": (0.5, "João Pessoa,Campina Grande,Cabedelo"),
    "AL": (0.4, "Maceió,Arapiraca"),
    "SE": (0.35, "Aracaju,Nossa Senhora do Socorro"),
    "PI": (0.3, "Teresina,Parnaíba"),
    "RO": (0.3, "Porto Velho,Ji-Paraná,Vilhena"),
    "TO": (0.25, "Palmas,Araguaína,Gurupi"),
    "AC": (0.08, "Rio Branco"),
    "AP": (0.06, "Macapá"),
    "RR": (0.06, "Boa Vista"),
}

# Argentine seats carry their province letters, every other country 'EX'.
_ABROAD: tuple[Place, ...] = (
    Place("Buenos Aires", "CF", 63, 0.20),
    Place("Córdoba", "CO", 63, 0.04),
    Place("Rosario", "SF", 63, 0.03),
    Place("Mendoza", "ME", 63, 0.02),
    Place("Salta", "SA", 63, 0.01),
    Place("San Miguel de Tucumán", "TU", 63, 0.01),
    Place("Corrientes", "CR", 63, 0.01),
    Place("Resistencia", "CH", 63, 0.01),
    Place("San Salvador de Jujuy", "JU", 63, 0.01),
    Place("San Juan", "SJ", 63, 0.01),
    Place("San Luis", "SL", 63, 0.01),
    Place("Asunción", "EX", 586, 0.05),
    Place("Santiago", "EX", 158, 0.05),
    Place("Montevideo", "EX", 845, 0.04),
    Place("Santa Cruz de la Sierra", "EX", 97, 0.02),
    Place("Miami", "EX", 249, 0.03),
    Place("Luanda", "EX", 40, 0.03),
    Place("Quito", "EX", 239, 0.02),
    Place("Lima", "EX", 589, 0.02),
    Place("Lisboa", "EX", 607, 0.02),
    Place("Moscow", "EX", 676, 0.01),
)

_ZONE_OF_UF: dict[str, str] = {
    "AC": "America/Rio_Branco",
    "AM": "America/Manaus",
    "RR": "America/Boa_Vista",
    "RO": "America/Porto_Velho",
    "MT": "America/Cuiaba",
    "MS": "America/Campo_Grande",
    "PA": "America/Belem",
    "AP": "America/Belem",
    "TO": "America/Araguaina",
    "MA": "America/Fortaleza",
    "PI": "America/Fortaleza",
    "CE": "America/Fortaleza",
    "RN": "America/Fortaleza",
    "PB": "America/Fortaleza",
    "PE": "America/Recife",
    "AL": "America/Maceio",
    "SE": "America/Maceio",
    "BA": "America/Bahia",
}

_ZONE_OF_COUNTRY: dict[int, str] = {
    63: "America/Argentina/Buenos_Aires",
    586: "America/Asuncion",
    158: "America/Santiago",
    845: "America/Montevideo",
    97: "America/La_Paz",
    249: "America/New_York",
    40: "Africa/Luanda",
    239: "America/Guayaquil",
    589: "America/Lima",
    607: "Europe/Lisbon",
    676: "Europe/Moscow",
}

_DIAL_OF_UF: dict[str, int] = {
    "SP": 11, "MG": 31, "RJ": 21, "PR": 41, "SC": 47, "RS": 51, "GO": 62, "BA": 71, "PE": 81, "CE": 85,
    "DF": 61, "ES": 27, "MT": 65, "MS": 67, "PA": 91, "AM": 92, "RN": 84, "MA": 98, "PB": 83, "AL": 82,
    "SE": 79, "PI": 86, "RO": 69, "TO": 63, "AC": 68, "AP": 96, "RR": 95,
}  # fmt: skip

_DIAL_OF_COUNTRY: dict[int, int] = {
    63: 54, 586: 595, 158: 56, 845: 598, 97: 591, 249: 1, 40: 244, 239: 593, 589: 51, 607: 351, 676: 7,
}  # fmt: skip

BRAZIL = 105
PORTUGUESE_SPEAKING = frozenset({BRAZIL, 40, 607})


def _brazilian_places() -> list[Place]:
    places: list[Place] = []
    for uf, (share, names) in _BRAZIL.items():
        towns = names.split(",")
        # Zipf-like: the capital first, then a long tail, as customer bases really spread.
        weights = [1 / (rank + 1) ** 1.1 for rank in range(len(towns))]
        places += [Place(town, uf, BRAZIL, share * w / sum(weights)) for town, w in zip(towns, weights, strict=True)]
    return places


PLACES: tuple[Place, ...] = (*_brazilian_places(), *_ABROAD)


def strip_accents(text: str) -> str:
    """Return ``text`` without diacritics (``São`` → ``Sao``)."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def squashed(name: str) -> str:
    """Return the source system's city spelling: upper case letters only (``São Paulo`` → ``SAOPAULO``)."""
    return "".join(c for c in strip_accents(name).upper() if c.isalnum())


def time_zone(place: Place) -> str:
    """Return the IANA zone in which ``place`` keeps office hours."""
    if place.country != BRAZIL:
        return _ZONE_OF_COUNTRY[place.country]
    return _ZONE_OF_UF.get(place.uf, "America/Sao_Paulo")


def dial_prefix(place: Place) -> str:
    """Return the international prefix with area code, e.g. ``+55 11`` or ``+54``."""
    if place.country != BRAZIL:
        return f"+{_DIAL_OF_COUNTRY[place.country]}"
    return f"+55 {_DIAL_OF_UF[place.uf]}"
