"""City names that the sources squash (SAOPAULO), restored where there is no doubt: capitals and the largest cities."""

import re
import unicodedata

NAMES = (
    "São Paulo", "Rio de Janeiro", "Belo Horizonte", "Brasília", "Salvador", "Fortaleza", "Curitiba", "Manaus",
    "Recife", "Porto Alegre", "Belém", "Goiânia", "Guarulhos", "Campinas", "São Luís", "Maceió", "Campo Grande",
    "Teresina", "João Pessoa", "Natal", "Cuiabá", "Aracaju", "Florianópolis", "Vitória", "Porto Velho", "Macapá",
    "Rio Branco", "Boa Vista", "Palmas", "São Bernardo do Campo", "Santo André", "São Caetano do Sul", "Osasco",
    "São José dos Campos", "Ribeirão Preto", "Sorocaba", "Uberlândia", "Contagem", "Joinville", "Juiz de Fora",
    "Londrina", "Niterói", "Caxias do Sul", "Blumenau", "Maringá", "Jundiaí", "Piracicaba", "Barueri", "Vila Velha",
    "São José do Rio Preto", "Feira de Santana", "Aparecida de Goiânia", "Jaboatão dos Guararapes", "Diadema",
    "Duque de Caxias", "Nova Iguaçu", "São José dos Pinhais", "Ponta Grossa", "Cascavel", "Foz do Iguaçu", "Novo Hamburgo",
    "São Leopoldo", "Canoas", "Pelotas", "Passo Fundo", "Chapecó", "Itajaí", "Criciúma", "Jaraguá do Sul", "Anápolis",
    "Serra", "Cariacica", "Betim", "Montes Claros", "Uberaba", "Bauru", "Franca", "Limeira", "Americana", "Taubaté",
    "Mogi das Cruzes", "Santos", "Guarujá", "Praia Grande", "Cotia", "Itapevi", "Indaiatuba", "Campina Grande", "Caruaru",
    "Petrolina", "Mossoró", "Camaçari", "Lauro de Freitas", "Vitória da Conquista", "Várzea Grande", "Rondonópolis", "Dourados",
)  # fmt: skip


def squash(name: str) -> str:
    """The sources' spelling of a city: upper case, no accents, no blanks."""
    plain = unicodedata.normalize("NFKD", name.upper())
    return re.sub(r"[^A-Z0-9]", "", plain)


CITIES: dict[str, str] = {squash(name): name for name in NAMES}
