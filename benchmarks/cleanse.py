"""How many damaged city and activity names the rules alone bring home, and how many wrongly.

    python benchmarks/cleanse.py [--customers 10615] [--seed 7] [--json]

Three trials, each against planted truth: every municipality of the country under every kind of damage, every CNAE description
likewise, and the customers of a generated demo company whose names are damaged in the shares of ``MIX``. A damage whose result
is the proper name of another entry (or the same text for two entries) cannot be told by anybody and is drawn again.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
import tempfile
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from accounts.cleanse.rules.activities import NO_ACTIVITY, activity  # noqa: E402
from accounts.cleanse.rules.places import SHORT, city  # noqa: E402
from accounts.reference import BRAZIL, STATES, activities, municipalities, squash  # noqa: E402

Damage = Callable[[str, random.Random], str]
CNAE_SHORT = {
    "Comércio": "Com.", "Fabricação": "Fabr.", "varejista": "varej.", "atacadista": "atac.", "Atividades": "Ativ.",
    "equipamentos": "equip.", "produtos": "prod.", "anteriormente": "ant.", "Serviços": "Serv.", "especificados": "espec.",
}  # fmt: skip


def bare(text: str) -> str:
    """Without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def misread(text: str, wrote: str, read: str) -> str:
    """``text`` written in one encoding and read in another."""
    return text.encode(wrote, "replace").decode(read, "replace")


def shortened(text: str, _rng: random.Random) -> str:
    """The first word that people shorten, shortened."""
    parts = bare(text).upper().split(" ")
    for at, part in enumerate(parts):
        if part in SHORT and len(parts) > 1:
            parts[at] = SHORT[part][0] + "."
            break
    return " ".join(parts)


def slip(text: str, rng: random.Random) -> str:
    """One letter swapped, lost, doubled or changed."""
    at = rng.randrange(1, max(len(text) - 1, 2))
    kind = rng.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + text[at : at + 1] + text[at:]
    return text[:at] + rng.choice("ABCDEFGHIJLMNOPRSTUVXZ") + text[at + 1 :]


CITY: dict[str, Damage] = {
    "squashed": lambda text, _: squash(text),
    "accents lost": lambda text, _: bare(text).upper(),
    "apostrophe lost": lambda text, _: bare(text).upper().replace("'", " ").replace("-", " "),
    "CP850 read as Windows-1252": lambda text, _: misread(text, "cp850", "cp1252"),
    "Windows-1252 read as CP850": lambda text, _: misread(text, "cp1252", "cp850"),
    "UTF-8 twice": lambda text, _: misread(text, "utf-8", "latin-1" if "\ufffd" in misread(text, "utf-8", "cp1252") else "cp1252"),
    "accented letters as ?": lambda text, _: "".join(c if c.isascii() else "?" for c in text.upper()),
    "accented letters dropped": lambda text, _: "".join(c for c in text.upper() if c.isascii()),
    "shortened": shortened,
    "state repeated": lambda text, _: bare(text).upper() + " - {state}",
    "slip of the keys": lambda text, rng: slip(bare(text).upper(), rng),
}  # fmt: skip
MIX = {  # of the demo company's customers, in per cent: the known base is squashed, the rest is what other files bring
    "squashed": 60, "accents lost": 10, "CP850 read as Windows-1252": 8, "UTF-8 twice": 6, "accented letters as ?": 4,
    "Windows-1252 read as CP850": 3, "shortened": 3, "apostrophe lost": 2, "accented letters dropped": 2, "state repeated": 1,
    "slip of the keys": 1,
}  # fmt: skip
CNAE: dict[str, Damage] = {
    "accents lost": lambda text, _: bare(text),
    "accents lost, à as …": lambda text, _: bare(text.replace("à", "\0")).replace("\0", "…"),
    "CP850 read as Windows-1252": CITY["CP850 read as Windows-1252"],
    "UTF-8 twice": CITY["UTF-8 twice"],
    "upper case": lambda text, _: bare(text).upper(),
    "cut at 60": lambda text, _: bare(text)[:60],
    "cut at 40": lambda text, _: bare(text)[:40],
    "shortened": lambda text, _: bare(" ".join(CNAE_SHORT.get(word, word) for word in text.split())),
    "slip of the keys": lambda text, rng: slip(bare(text), rng),
}
CNAE_MIX = {
    "accents lost, à as …": 70, "accents lost": 8, "cut at 60": 6, "upper case": 5, "CP850 read as Windows-1252": 4, "UTF-8 twice": 3,
    "shortened": 3, "slip of the keys": 1,
}  # fmt: skip


class Tally:
    """Matched, missed and wrong, over everything and by kind of damage."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()
        self.right: Counter[str] = Counter()
        self.wrong: list[dict[str, str]] = []

    def count(self, kind: str, given: str, truth: str, found: str) -> None:
        """Note one answer; an empty one is a miss."""
        self.total[kind] += 1
        self.right[kind] += found == truth
        if found and found != truth:
            self.wrong.append({"kind": kind, "given": given, "truth": truth, "found": found})

    def summary(self) -> dict[str, object]:
        """Rates between 0 and 1."""
        kinds = {kind: round(self.right[kind] / count, 5) for kind, count in self.total.items()}
        share = sum(self.right.values()) / max(sum(self.total.values()), 1)
        values, wrong = sum(self.total.values()), len(self.wrong)
        return {"values": values, "rate": round(share, 5), "wrong": wrong, "examples": self.wrong[:10], "kinds": kinds}


def hurt(damage: Damage, text: str, own: str, taken: dict[str, str], rng: random.Random) -> str | None:
    """The damaged text; None when ten draws all became the proper name of something else."""
    for _ in range(10):
        given = damage(text, rng)
        if taken.get(squash(given), own) == own:
            return given
    return None


def reference_cities(rng: random.Random) -> Tally:
    """Every municipality under every damage."""
    tally = Tally()
    taken: dict[str, dict[str, str]] = defaultdict(dict)
    for each in municipalities():
        taken[each.state][squash(each.name)] = each.code
    for each in municipalities():
        for kind, damage in CITY.items():
            given = hurt(damage, each.name, each.code, taken[each.state], rng)
            if given is not None:
                given = given.replace("{state}", each.state)
                found = city(given, each.state, BRAZIL)
                tally.count(kind, f"{given} / {each.state}", each.code, found.code if found else "")
    return tally


def reference_activities(rng: random.Random) -> Tally:
    """Every description under every damage; one that two codes share counts as right with either."""
    tally, taken, same = Tally(), {}, {}
    for each in activities():
        same[each.code] = taken.setdefault(squash(each.name), each.code)
    for each in activities():
        for kind, damage in CNAE.items():
            given = hurt(damage, each.name, same[each.code], taken, rng)
            if given is not None:
                found = activity(given)
                tally.count(kind, given, same[each.code], same[found.code] if found else "")
    return tally


def demo_company(customers: int, seed: int, rng: random.Random) -> tuple[Tally, Tally]:
    """The customers of a generated company: its squashed names are turned back into the generator's, then damaged."""
    from accounts.demo.activities import INDUSTRIES
    from accounts.demo.generate import generate
    from accounts.demo.places import PLACES, squashed

    names = {(squashed(each.name), each.uf): each.name for each in PLACES}
    codes = {(each.state, each.name): each.code for each in municipalities()}
    described = {squash(name): name for each in INDUSTRIES for name in each.activities}
    # what stands before a semicolon ("…; partes e peças") names the same subclass
    official = {squash(each.name.split(";")[0]): each.code for each in activities()}
    official |= {squash(each.name): each.code for each in activities()}
    taken: dict[str, dict[str, str]] = defaultdict(dict)
    for each in municipalities():
        taken[each.state][squash(each.name)] = each.code
    with tempfile.TemporaryDirectory() as folder:
        generate(out=Path(folder) / "company", customers=customers, seed=seed)
        rows = _one_per_customer(Path(folder) / "company" / "dados_clientes.csv")
    cities, works = Tally(), Tally()
    for row in rows:
        uf = row["UF"]
        if uf in STATES and row["PAIS"].lstrip("0") == BRAZIL:
            name = names[row["CIDADE"], uf]
            kind = _drawn(MIX, rng)
            given = hurt(CITY[kind], name, codes[uf, name], taken[uf], rng)
            if given is not None:
                found = city(given.replace("{state}", uf), uf, BRAZIL)
                cities.count(kind, f"{given} / {uf}", codes[uf, name], found.code if found else "")
        key = squash(row["DS_CNAE"].replace("…", "à"))
        if key not in NO_ACTIVITY:
            name = described.get(key, row["DS_CNAE"])
            kind = _drawn(CNAE_MIX, rng)
            given = hurt(CNAE[kind], name, official.get(key, ""), official, rng) or name
            found = activity(given)
            works.count(kind, given, official.get(key, "no such description"), found.code if found else "")
    return cities, works


def _one_per_customer(path: Path) -> list[dict[str, str]]:
    with path.open("rb") as file:
        text = file.read()
    try:
        lines = text.decode("utf-8-sig")
    except UnicodeDecodeError:
        lines = text.decode("cp1252")
    rows = {row["CD_CLIENTE"]: row for row in csv.DictReader(lines.splitlines(), delimiter=";")}
    return list(rows.values())


def _drawn(mix: dict[str, int], rng: random.Random) -> str:
    return rng.choices(list(mix), list(mix.values()))[0]


def main() -> None:
    """Run the trials and print rates and wrong matches; exit 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=10_615)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rng = random.Random(given.seed)  # noqa: S311
    started = time.monotonic()
    towns, works = demo_company(given.customers, given.seed, rng)
    trials = {
        "demo cities": towns, "demo activities": works, "all cities": reference_cities(rng), "all activities": reference_activities(rng),
    }  # fmt: skip
    result = {name: tally.summary() for name, tally in trials.items()}
    kept = (
        towns.summary()["rate"] >= 0.995
        and works.summary()["rate"] >= 0.94
        and not any(t.wrong for t in trials.values())
    )
    if given.json:
        print(
            json.dumps(
                {"ok": kept, "seconds": round(time.monotonic() - started, 1), "trials": result}, ensure_ascii=False
            )
        )
    else:
        for name, each in result.items():
            print(f"{name}: {each['values']} values, {each['rate']:.2%} matched, {each['wrong']} wrong")
            for kind, rate in each["kinds"].items():
                print(f"    {kind:<30} {rate:8.2%}")
            for wrong in each["examples"]:
                print("    WRONG", wrong)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
