"""What goes in comes out or waits in quarantine: rows and money, exactly, for any seed, and nothing is multiplied by a join."""

import csv
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from accounts.demo.generate import generate
from accounts.lake.child import carry_out
from accounts.lake.job import Arrived, Job, KnownTable

FATES = ("accepted", "unchanged", "quarantined", "duplicates")
CENT = Decimal("0.00001")


def job(work: Path, files: list[Path], lake: str, tables: dict[str, KnownTable], codes: list[str]) -> Job:
    work.mkdir(parents=True)
    (work / "known.csv").write_text("".join(f"{code}\n" for code in codes))
    return Job(
        work=str(work), lake=lake, label=f"1-{work.name}", today="2026-01-01", memory_mb=1024, known_customers=str(work / "known.csv"),
        only=None, arrived=[Arrived(str(path), path.name) for path in files], tables=tables,
    )  # fmt: skip


def column(path: Path, name: str) -> list[Decimal]:
    """The amounts of a column as the file has them, rounded to the five decimals that the lake keeps."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        texts = [row[name] for row in csv.DictReader(file, delimiter=";")]
    return [Decimal(text.replace(",", ".")).quantize(CENT, ROUND_HALF_UP) for text in texts if text]


def staged(path: str, name: str) -> Decimal:
    with Path(path).open(newline="") as file:
        return sum((Decimal(row[name]) for row in csv.DictReader(file) if row[name]), Decimal(0))


@pytest.mark.parametrize("seed", [3, 17, 2024])
def test_rows_and_money_in_are_rows_and_money_out(tmp_path, seed):
    generate(tmp_path / "in", customers=60, seed=seed, telemetry_rows=4000)
    files = sorted((tmp_path / "in").glob("*.csv"))
    files.append(_spoiled(tmp_path / "in" / "historico.csv", tmp_path / "historico_2.csv"))
    lake = f"memory://totals-{seed}"
    result = carry_out(job(tmp_path / "first", files, lake, {}, []))
    reports = {each.name: each for each in result.files if each.outcome == "loaded"}
    assert len(reports) > 20
    for report in reports.values():
        repeated = sum(f["count"] for f in report.findings if f["code"].endswith("duplicates"))
        assert report.rows == report.accepted + report.unchanged + report.quarantined + repeated, report.name
        for name, money in report.money.items():
            assert Decimal(money["in"]) == sum(Decimal(money[fate]) for fate in FATES), (report.name, name)
    contracts = reports["dados_clientes.csv"].money["VL_TOTAL_CONTRATO"]
    assert Decimal(contracts["in"]) == sum(column(tmp_path / "in" / "dados_clientes.csv", "VL_TOTAL_CONTRATO"))
    assert Decimal(contracts["accepted"]) == staged(result.outputs["contracts"], "value")
    proposals = [reports[name].money["VL_TOTAL"] for name in ("historico.csv", "historico_2.csv")]
    assert sum(Decimal(each["accepted"]) for each in proposals) == staged(result.outputs["proposals"], "total")
    assert proposals[1]["quarantined"] == "12.5"
    events = Counter(path.name for path in files if path.name.startswith("telemetria"))
    assert sum(reports[name].rows for name in events) == 4000
    with Path(result.outputs["customers"]).open(newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    again = carry_out(job(tmp_path / "second", files, lake, result.tables, codes))
    assert again.changed == []
    assert {each.outcome for each in again.files if each.name in reports} == {"unchanged"}


def _spoiled(path: Path, target: Path) -> Path:
    """A second file of proposals: one row once more, and one of a customer that nobody knows."""
    header, first = path.read_text(encoding="utf-8").splitlines()[:2]
    names, values = header.split(";"), first.split(";")
    values[names.index("CD_CLI")] = "TNOONE"
    values[names.index("VL_TOTAL")] = "12,5"
    target.write_text("\n".join([header, first, ";".join(values)]) + "\n", encoding="utf-8")
    return target
