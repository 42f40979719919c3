"""Contacts with consent by purpose, trade names with CNPJ, responsible sales reps: all invented."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from accounts.demo.activities import INDUSTRIES, TRADE_FIRST, TRADE_SECOND
from accounts.demo.archetypes import ARCHETYPES
from accounts.demo.customers import Base
from accounts.demo.distributions import pick, stream
from accounts.demo.places import PLACES, PORTUGUESE_SPEAKING, dial_prefix, strip_accents, time_zone
from accounts.demo.vocabulary import LINES
from accounts.demo.writers import Columns, blanked, coded, days, joined, padded

REPS: tuple[str, ...] = (
    "Ana Ribeiro",
    "Bruno Carvalho",
    "Camila Duarte",
    "Diego Nogueira",
    "Elisa Prado",
    "Felipe Antunes",
)
_FIRST: tuple[str, ...] = (
    "Adriana", "Alexandre", "Aline", "Amanda", "André", "Antônio", "Beatriz", "Bianca", "Caio", "Carla",
    "Carlos", "Cláudia", "Cristiano", "Daniel", "Daniela", "Débora", "Eduardo", "Elaine", "Fabiana", "Fábio",
    "Fernanda", "Fernando", "Flávia", "Gabriel", "Gabriela", "Gustavo", "Helena", "Henrique", "Igor",
    "Isabela", "Ivan", "Jéssica", "João", "José", "Juliana", "Júlio", "Karina", "Larissa", "Leandro",
    "Letícia", "Lucas", "Luciana", "Luís", "Luiza", "Marcelo", "Márcia", "Marcos", "Maria", "Mariana",
    "Mário", "Mateus", "Maurício", "Natália", "Otávio", "Patrícia", "Paula", "Paulo", "Pedro", "Priscila",
    "Rafael", "Raquel", "Regina", "Renata", "Ricardo", "Roberta", "Rodrigo", "Sandra", "Sérgio", "Silvia",
    "Simone", "Tatiana", "Thiago", "Valéria", "Vanessa", "Vicente", "Vinícius", "Vitor",
)  # fmt: skip
_LAST: tuple[str, ...] = (
    "Abreu", "Aguiar", "Almeida", "Alves", "Amaral", "Andrade", "Araújo", "Azevedo", "Barbosa", "Barros",
    "Batista", "Borges", "Braga", "Brito", "Camargo", "Cardoso", "Castro", "Coelho", "Correia", "Costa",
    "Cunha", "Dias", "Domingues", "Farias", "Fernandes", "Ferraz", "Figueiredo", "Fonseca", "Franco",
    "Freitas", "Garcia", "Gomes", "Gonçalves", "Guimarães", "Leal", "Lemos", "Lima", "Lopes", "Macedo",
    "Machado", "Magalhães", "Marques", "Martins", "Medeiros", "Melo", "Mendes", "Miranda", "Monteiro",
    "Moraes", "Moreira", "Moura", "Nascimento", "Neves", "Nunes", "Oliveira", "Pacheco", "Peixoto", "Pereira",
    "Pinheiro", "Pires", "Queiroz", "Ramos", "Rezende", "Rocha", "Rodrigues", "Sales", "Santana", "Santos",
    "Silva", "Siqueira", "Soares", "Souza", "Tavares", "Teixeira", "Vargas", "Vasconcelos", "Vieira",
    "Xavier",
)  # fmt: skip
_JOBS: tuple[tuple[str, float], ...] = (
    ("Gerente de TI", 20),
    ("Diretor(a) Financeiro(a)", 14),
    ("Analista de Sistemas", 12),
    ("Controller", 10),
    ("Gerente Administrativo(a)", 10),
    ("CEO", 7),
    ("Sócio(a) Proprietário(a)", 9),
    ("Gerente de RH", 6),
    ("Coordenador(a) de Compras", 5),
    ("Gerente de Marketing", 4),
    ("CIO", 3),
)
_ALPHANUMERIC = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", dtype=np.uint8)


def slug(text: str) -> str:
    """Return ``text`` as lower-case letters and digits only, fit for a domain or mailbox name."""
    return "".join(c for c in strip_accents(text).lower() if c.isalnum())


def trade_names(base: Base) -> list[str]:
    """Return one invented trade name per customer, fitting its industry; names repeat only beyond the
    supply.
    """
    rng = stream(base.seed, "trade_names")
    n = len(base)
    draws = rng.random((n, 3)).tolist()
    names: list[str] = []
    taken: set[str] = set()
    for (a, b, c), industry in zip(draws, base.industry.tolist(), strict=True):
        trades = INDUSTRIES[industry].trades
        trade = trades[int(a * len(trades))]
        first, second = int(b * len(TRADE_FIRST)), int(c * len(TRADE_SECOND))
        name = f"{trade} {TRADE_FIRST[first]} {TRADE_SECOND[second]}".strip()
        for step in range(1, len(TRADE_FIRST)):
            if name not in taken:
                break
            name = f"{trade} {TRADE_FIRST[first]} {TRADE_FIRST[(first + step) % len(TRADE_FIRST)]}"
        names.append(name)
        taken.add(name)
    return names


def cnpjs(rng: np.random.Generator, alphanumeric: np.ndarray) -> pa.Array:
    """Return masked CNPJs with right check digits; where ``alphanumeric``, in the form in force since
    2026.
    """
    n = len(alphanumeric)
    body = np.where(alphanumeric[:, None], rng.integers(0, 36, (n, 12)), rng.integers(0, 10, (n, 12)))
    body[:, 8:] = [0, 0, 0, 1]  # head office
    body[alphanumeric, 0] = rng.integers(10, 36, int(alphanumeric.sum()))  # at least one letter
    # a character counts as its ASCII code minus 48: 0–9 for digits, 17–42 for letters
    codes = _ALPHANUMERIC[body]
    for _ in range(2):
        weights = np.arange(codes.shape[1] - 1, -1, -1) % 8 + 2
        rest = ((codes.astype(np.int64) - 48) @ weights) % 11
        digit = np.where(rest < 2, 0, 11 - rest)
        codes = np.column_stack([codes, (digit + 48).astype(np.uint8)])
    texts = [row.decode() for row in np.ascontiguousarray(codes).view("S14").ravel().tolist()]
    return pa.array([f"{t[:2]}.{t[2:5]}.{t[5:8]}/{t[8:12]}-{t[12:]}" for t in texts])


def rep_email(name: str) -> str:
    """Return a demo rep's address under the reserved domain."""
    return ".".join(slug(part) for part in name.split()) + "@b2shift.example"


def account_table(base: Base, names: list[str]) -> Columns:
    """Return the columns of responsaveis.csv: trade name, CNPJ and rep of every customer."""
    rng = stream(base.seed, "accounts")
    # the alphanumeric form goes to the newest registrations
    newest = np.argsort(-base.since, kind="stable")[: max(3, round(0.04 * len(base)))]
    alphanumeric = np.zeros(len(base), dtype=bool)
    alphanumeric[newest] = True
    rep = rng.permutation(np.arange(len(base)) % len(REPS))
    return [
        pa.array(base.codes),
        pa.array(names),
        cnpjs(rng, alphanumeric),
        coded([rep_email(r) for r in REPS], rep),
        coded(REPS, rep),
    ]


def contact_table(base: Base, names: Sequence[str]) -> Columns:
    """Return the columns of contatos.csv: one to three people at 85 % of the customers, one of them
    principal.
    """
    rng = stream(base.seed, "contacts")
    n = len(base)
    per_customer = np.where(rng.random(n) < 0.85, pick(rng, [0.50, 0.32, 0.18], n) + 1, 0)
    owner = np.repeat(np.arange(n), per_customer)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(per_customer) - per_customer, per_customer)
    first, last = rng.integers(0, len(_FIRST), len(owner)), rng.integers(0, len(_LAST), len(owner))
    people = joined([coded(_FIRST, first), coded(_LAST, last)], " ")
    return [
        coded(base.codes, owner),
        joined(["C", padded(np.arange(1, len(owner) + 1), 6)]),
        people,
        coded([j for j, _ in _JOBS], pick(rng, [s for _, s in _JOBS], len(owner))),
        _emails(names, owner, first, last),
        _telephones(rng, base, owner),
        _languages(rng, base, owner),
        coded(["N", "S"], (nth == 0).astype(np.int64)),
        *_consents(rng, base, owner),
        coded([time_zone(p) for p in PLACES], base.place[owner]),
    ]


def _telephones(rng: np.random.Generator, base: Base, owner: np.ndarray) -> pa.Array:
    prefix = coded([dial_prefix(p) for p in PLACES], base.place[owner])
    return joined([prefix, " 5550-", padded(rng.integers(0, 10_000, len(owner)), 4)])


def _consents(rng: np.random.Generator, base: Base, owner: np.ndarray) -> Columns:
    """Return consent to marketing, service and credit, the legal basis and the day; no consent, no day."""
    n = len(owner)
    marketing = rng.random(n) < 0.70
    service = rng.random(n) < 0.93
    credit = rng.random(n) < base.trait("credit_consent")[owner]
    latest = base.today - 1
    reach = latest - np.maximum(base.since, base.today - 1800)[owner]
    asked = latest - np.floor(reach * rng.random(n))
    basis = np.where(marketing | credit, 0, np.where(service, 1, 2))
    return [
        *(coded(["N", "S"], flag.astype(np.int64)) for flag in (marketing, service, credit)),
        coded(["CONSENTIMENTO", "EXECUCAO_DE_CONTRATO", "LEGITIMO_INTERESSE"], basis),
        blanked(days(asked), ~(marketing | service | credit)),
    ]


def _emails(names: Sequence[str], owner: np.ndarray, first: np.ndarray, last: np.ndarray) -> pa.Array:
    """Return distinct addresses under ``*.example`` (reserved: no mail can ever reach a real mailbox)."""
    domains = [slug(name) for name in names]
    boxes_first, boxes_last = [slug(x) for x in _FIRST], [slug(x) for x in _LAST]
    taken: dict[str, int] = {}
    result: list[str] = []
    for who, f, s in zip(owner.tolist(), first.tolist(), last.tolist(), strict=True):
        box = f"{boxes_first[f]}.{boxes_last[s]}"
        key = f"{box}@{domains[who]}"
        taken[key] = taken.get(key, 0) + 1
        suffix = "" if taken[key] == 1 else str(taken[key])
        result.append(f"{box}{suffix}@{domains[who]}.example")
    return pa.array(result)


def _languages(rng: np.random.Generator, base: Base, owner: np.ndarray) -> pa.Array:
    foreign = np.array([p.country not in PORTUGUESE_SPEAKING for p in PLACES])[base.place[owner]]
    return coded(["pt-BR", "en"], (foreign | (rng.random(len(owner)) < 0.03)).astype(np.int64))


def unit_table() -> Columns:
    """Return the columns of unidades.csv: the business unit (RD, GESTAO, TECHFIN) of every product line."""
    return [pa.array([entry.name for entry in LINES]), pa.array([entry.unit for entry in LINES])]


def truth_table(base: Base) -> Columns:
    """Return the columns of truth.csv: which archetype each customer was drawn from."""
    return [pa.array(base.codes), coded([a.key for a in ARCHETYPES], base.archetype)]
