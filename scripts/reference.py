"""Derive the compact tables of ``accounts/reference/data`` from the official lists; run by hand when a list changes.

python scripts/reference.py --ibge municipios.csv estados.csv --receita cnaes.csv municipios.csv paises.csv
"""

from __future__ import annotations

import argparse
import csv
import re
import unicodedata
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "accounts" / "reference" / "data"
NOT_A_PLACE = {"EXTERIOR"}
NO_COUNTRY = re.compile(r"DECLARAD|AFRETAMENTO|COLIS|COMUNIDADE ECONOMICA|NAVIOS|ZONA FRANCA")
# Names that changed, or are still written the old way, beyond those in which the two official lists differ.
OLD_NAMES = {
    "2401305": ["Augusto Severo"], "2410306": ["Presidente Juscelino"], "2513653": ["Santarém"],
    "2516409": ["Campo de Santana"], "2515401": ["Seridó"], "2903300": ["Governador Lomanto Júnior"], "3131802": ["Itabirinha de Mantena"],
    "3515004": ["Embu"], "3530706": ["Moji-Guaçu"], "3530805": ["Moji-Mirim"], "3530607": ["Moji das Cruzes"],
    "3305901": ["Trajano de Morais"], "3303807": ["Parati"], "5107008": ["Poxoréo"], "2607604": ["Itamaracá"],
}  # fmt: skip


def squash(text: str) -> str:
    """Letters and digits without accents, upper case."""
    return re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKD", text.upper()))


def municipalities(places: Path, states: Path, receita: Path) -> list[tuple[str, ...]]:
    """IBGE code, state, name, other names (what the Receita Federal calls the same place, and old names)."""
    with states.open(encoding="utf-8-sig") as file:
        letters = {row["codigo_uf"]: row["uf"] for row in csv.DictReader(file)}
    with receita.open(encoding="latin-1") as file:
        called = {int(code): name for code, name in csv.reader(file, delimiter=";") if name not in NOT_A_PLACE}
    rows = []
    with places.open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            others = list(OLD_NAMES.get(row["codigo_ibge"], []))
            other = called.get(int(row["siafi_id"]), row["nome"])
            if squash(other) not in {squash(each) for each in (row["nome"], *others)}:
                others.insert(0, other.title())
            rows.append((row["codigo_ibge"], letters[row["codigo_uf"]], row["nome"].strip(), "|".join(others)))
    return sorted(rows)


def activities(path: Path) -> list[tuple[str, ...]]:
    """CNAE code and description; of one description under two codes of a class the later code is the one in force."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    with path.open(encoding="latin-1") as file:
        for code, name in csv.reader(file, delimiter=";"):
            text = " ".join(name.split())
            if text and not code.startswith("88888"):
                found[code[:5], squash(text)] = max(found.get((code[:5], squash(text)), ("", "")), (code, text))
    return sorted(found.values())


def countries(path: Path) -> list[tuple[str, ...]]:
    """Receita Federal code and name; entries that are no countries are left out."""
    with path.open(encoding="latin-1") as file:
        rows = [(code, " ".join(name.split())) for code, name in csv.reader(file, delimiter=";")]
    return sorted(row for row in rows if not NO_COUNTRY.search(row[1].upper()))


def write(name: str, columns: str, rows: list[tuple[str, ...]]) -> None:
    """One line per row, cells between tabs, after a line that names the columns."""
    lines = [f"# {columns}", *("\t".join(row).rstrip("\t") for row in rows)]
    (TARGET / f"{name}.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{name}: {len(rows)} rows")


def main() -> None:
    """Read the lists named on the command line and write the three tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ibge", nargs=2, type=Path, required=True, metavar=("MUNICIPIOS", "ESTADOS"))
    parser.add_argument("--receita", nargs=3, type=Path, required=True, metavar=("CNAES", "MUNICIPIOS", "PAISES"))
    given = parser.parse_args()
    write("municipalities", "IBGE code, state, name, other names", municipalities(*given.ibge, given.receita[1]))
    write("activities", "CNAE 2 subclass, description", activities(given.receita[0]))
    write("countries", "Receita Federal code, name", countries(given.receita[2]))


if __name__ == "__main__":
    main()
