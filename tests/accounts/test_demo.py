"""The demo company: byte formats, defects counted anew from the files, groups, correlations, determinism."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from statistics import NormalDist
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from validate_docbr import CNPJ

from accounts.demo.archetypes import ARCHETYPES
from accounts.demo.distributions import inverse_normal, scaled_counts
from accounts.demo.generate import NotOurDirectory, WrittenFile, generate
from tests.accounts.demo_shapes import SHAPES, TELEMETRY

Rows = list[dict[str, str]]

CUSTOMERS = 3_000
AS_OF = date(2026, 10, 14)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    generate(folder, customers=CUSTOMERS, seed=11, as_of=AS_OF, telemetry_rows=60_000)
    return folder


@pytest.fixture(scope="module")
def tables(company: Path) -> dict[str, Rows]:
    return {name: _read(company, name) for name in SHAPES}


@pytest.fixture(scope="module")
def quirks(company: Path) -> dict[str, object]:
    return json.loads((company / "quirks.json").read_text("utf-8"))


def _read(folder: Path, name: str) -> Rows:
    encoding, sep, _, _ = SHAPES[name]
    return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding)), delimiter=sep))


def _digest(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def _repeats(rows: Rows) -> int:
    return len(rows) - len({tuple(row.values()) for row in rows})


def _number(text: str) -> float:
    return float(text.replace(",", "."))


@pytest.mark.parametrize("name", SHAPES)
def test_a_file_has_the_bytes_of_the_source(company: Path, quirks: dict, name: str) -> None:
    encoding, sep, newline, header = SHAPES[name]
    raw = (company / name).read_bytes()
    text = raw.decode(encoding)
    assert raw.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
    assert text.startswith(header + newline)
    assert text.endswith(newline)
    assert text.count("\n") == text.count(newline) == quirks["rows"][name] + 1
    assert ("\r" in text) == (newline == "\r\n")
    width = header.count(sep) + 1 - (3 if "onboarding" in name else 0)
    body = text.split(newline)[1:-1]
    assert {line.count(sep) + 1 for line in body} == {width}


def test_the_directory_holds_nothing_else(company: Path) -> None:
    assert {p.name for p in company.iterdir()} == {*SHAPES, "quirks.json"}


def test_contract_defects_are_as_counted(tables: dict[str, Rows], quirks: dict) -> None:
    lines = tables["dados_clientes.csv"]
    assert sum(line["VL_TOTAL_CONTRATO"].startswith("-") for line in lines) == quirks["negative_contracts"] > 0
    assert sum(line["VL_TOTAL_CONTRATO"] == "0,00731" for line in lines) == quirks["token_price"]
    assert quirks["token_price"] / len(lines) == pytest.approx(31_162 / 238_597, abs=0.01)
    assert sum("…" in line["DS_CNAE"] for line in lines) == quirks["mojibake_cnae"] > 0
    assert sum(line["DS_PROD"].endswith("\t") for line in lines) == quirks["trailing_tab_products"] > 0
    variants = {"UTILITES", "PROVEDOR SERVICOS"}
    assert sum(line["DS_SUBSEGMENTO"] in variants for line in lines) == quirks["subsegment_variants"] > 0
    assert _repeats(lines) == 0
    assert max(Counter(line["CD_CLIENTE"] for line in lines).values()) <= 641
    assert all(re.fullmatch(r"[A-Z]+", line["CIDADE"]) for line in lines)


def test_proposal_and_mrr_defects_are_as_counted(tables: dict[str, Rows], quirks: dict) -> None:
    items = tables["historico.csv"]
    assert sum(item["MESES_BONIF"] == "999" for item in items) == quirks["bonus_999"] > 0
    assert sum(item["VL_FULL"] == "0,00731" for item in items) == quirks["proposal_token_price"] > 0
    assert any(_number(item["VL_TOTAL"]) > _number(item["VL_FULL"]) for item in items)
    assert any(item["QTD"] == "4,5" for item in items)
    assert len({(i["NR_PROPOSTA"], i["ITEM_PROPOSTA"]) for i in items}) == len(items)
    assert sum(float(row["MRR_12M"]) == 0 for row in tables["mrr.csv"]) == quirks["mrr_zero"] > 0


def test_nps_and_ticket_defects_are_as_counted(tables: dict[str, Rows], quirks: dict) -> None:
    known = {row["CLIENTE"] for row in tables["clientes_desde.csv"]}
    relational = tables["nps_relacional.csv"]
    strangers = {row["metadata_codcliente"] for row in relational} - known
    assert len(strangers) == quirks["nps_relacional_orphans"] == 1
    assert _repeats(relational) == quirks["nps_relacional_duplicates"] > 0
    assert _repeats(tables["nps_transacional_produto.csv"]) == quirks["nps_produto_duplicates"] > 0
    for kind, column in (("aquisicao", "Cód. Cliente"), ("implantacao", "Cód. Cliente"), ("onboarding", "Cod Cliente")):
        rows = tables[f"nps_transacional_{kind}.csv"]
        assert sum(row[column] == "" for row in rows) == quirks[f"nps_{kind}_without_customer"] == 1
    tickets = tables["tickets.csv"]
    numbers = {row["BK_TICKET"]: row["CODIGO_ORGANIZACAO"] for row in tickets}
    assert _repeats(tickets) == quirks["ticket_full_duplicates"] > 0
    assert len(tickets) - len(numbers) == quirks["ticket_repeated_numbers"] > quirks["ticket_full_duplicates"]
    support = tables["nps_transacional_suporte.csv"]
    lost = [row["ticket"] for row in support if row["ticket"] not in numbers]
    assert lost == ["99845"]
    assert quirks["support_nps_orphan_tickets"] == 1
    assert all(numbers.get(row["ticket"], row["cliente"]) == row["cliente"] for row in support)


def test_telemetry_defects_are_as_counted(tables: dict[str, Rows], quirks: dict) -> None:
    rows = [row for name in TELEMETRY for row in tables[name]]
    assert len(rows) == 60_000
    assert _repeats(rows) == quirks["telemetry_exact_duplicates"]
    for name in TELEMETRY:
        assert _repeats(tables[name]) == quirks["telemetry_duplicates_within_files"][name]
        assert 0.51 <= _repeats(tables[name]) / len(tables[name]) <= 0.73
    durations = [row["eventduration"] for row in rows]
    assert durations.count("-811819.0") == 1
    assert durations.count("123695500000.0") == quirks["telemetry_absurd_durations"] == 1
    assert sum(text.startswith("-") for text in durations) == quirks["telemetry_negative_durations"]
    assert all(re.fullmatch(r"-?\d+\.\d+(e-\d\d)?", text) for text in durations)
    assert {row["tcloud"] + row["clienteprime"] for row in rows} == {""}
    known = {row["CLIENTE"] for row in tables["clientes_desde.csv"]}
    assert {row["clienteid"][:-2] for row in rows} <= known
    assert len({row["clienteid"][-2:] for row in rows}) > 2


def test_invoices_and_series_are_as_counted(tables: dict[str, Rows], quirks: dict) -> None:
    rows = tables["faturas.csv"]
    assert len(rows) - len({tuple(row.values()) for row in rows}) == quirks["invoice_duplicates"]
    once = {row["NR_FATURA"]: row for row in rows}.values()
    assert sum(row["DT_VENCIMENTO"] < row["DT_EMISSAO"] for row in once) == quirks["invoice_due_before_issue"] > 0
    assert sum(not row["DT_PAGAMENTO"] for row in once) == quirks["invoice_open"] > 0
    assert {row["CD_CLIENTE"] for row in rows} <= {row["CLIENTE"] for row in tables["mrr.csv"]}
    series = tables["indicadores.csv"]
    keys = {(row["INDICADOR"], row["MES"], row["UF"], row["DS_SEGMENTO"]) for row in series}
    assert len(keys) == len(series)
    assert {row["DS_SEGMENTO"] for row in tables["dados_clientes.csv"]} <= {row["DS_SEGMENTO"] for row in series}
    assert all(row["MES"].endswith("-01") for row in series)


def test_dates_are_relative_to_the_snapshot(tables: dict[str, Rows]) -> None:
    days = sorted({row["referencedatestart"] for name in TELEMETRY for row in tables[name]})
    assert days == [(date(2026, 10, 5) + timedelta(n)).isoformat() for n in range(5)]  # Monday to Friday
    created = [row["DT_CRIACAO"] for row in tables["tickets.csv"]]
    assert (min(created), max(created)) == ((AS_OF - timedelta(452)).isoformat(), AS_OF.isoformat())
    since = [row["CLIENTE_DESDE"] for row in tables["clientes_desde.csv"]]
    assert (AS_OF - timedelta(15)).isoformat() <= max(since) <= (AS_OF - timedelta(4)).isoformat()
    us_date = re.compile(r"\d{1,2}/\d{1,2}/20\d\d \d{1,2}:\d\d:\d\d [AP]M")
    assert all(us_date.fullmatch(r["Data da Resposta"]) for r in tables["nps_transacional_produto.csv"])
    stamp = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")
    assert all(stamp.fullmatch(r["respondedAt"]) for r in tables["nps_relacional.csv"])


def test_coverage_and_the_joint_count_of_sources(tables: dict[str, Rows]) -> None:
    known = [row["CLIENTE"] for row in tables["clientes_desde.csv"]]
    inside = {
        "recent": {r["CD_CLIENTE"] for r in tables["contratacoes_ultimos_12_meses.csv"]},
        "mrr": {r["CLIENTE"] for r in tables["mrr.csv"]},
        "usage": {r["clienteid"][:-2] for name in TELEMETRY for r in tables[name]},
        "nps": {r["metadata_codcliente"] for r in tables["nps_relacional.csv"]} & set(known),
        "proposals": {r["CD_CLI"] for r in tables["historico.csv"]},
    }
    expected = {"recent": 0.406, "mrr": 0.689, "usage": 0.421, "nps": 0.458, "proposals": 0.382}
    for source, share in expected.items():
        assert len(inside[source]) / CUSTOMERS == pytest.approx(share, abs=0.02), source
    present = Counter(sum(code in codes for codes in inside.values()) for code in known)
    for count, customers in enumerate((2191, 1470, 1886, 2248, 1084, 1736)):
        assert present[count] / CUSTOMERS == pytest.approx(customers / 10_615, abs=0.01), count
    assert len(tables["dados_clientes.csv"]) == round(238_597 * CUSTOMERS / 10_615)
    assert len(tables["tickets.csv"]) == round(976_364 * CUSTOMERS / 10_615)


def _measures(tables: dict[str, Rows]) -> dict[str, dict[str, float]]:
    value: Counter[str] = Counter()
    for line in tables["dados_clientes.csv"]:
        value[line["CD_CLIENTE"]] += _number(line["VL_TOTAL_CONTRATO"])
    proposed: Counter[str] = Counter()
    discounts: dict[str, list[float]] = {}
    for item in tables["historico.csv"]:
        proposed[item["CD_CLI"]] += _number(item["VL_TOTAL"])
        discounts.setdefault(item["CD_CLI"], []).append(_number(item["VL_PCT_DESCONTO"]))
    answers: dict[str, list[int]] = {}
    for row in tables["nps_relacional.csv"]:
        answers.setdefault(row["metadata_codcliente"], []).append(int(row["resposta_NPS"]))
    recent = tables["contratacoes_ultimos_12_meses.csv"]
    return {
        "value": dict(value),
        "proposals": dict(proposed),
        "discount": {k: float(np.mean(v)) for k, v in discounts.items()},
        "nps": {k: float(np.mean(v)) for k, v in answers.items()},
        "mrr": {r["CLIENTE"]: float(r["MRR_12M"]) for r in tables["mrr.csv"]},
        "recent": {r["CD_CLIENTE"]: _number(r["VLR_CONTRATACOES_12M"]) for r in recent},
        "usage": dict(Counter(r["clienteid"][:-2] for name in TELEMETRY for r in tables[name])),
        "tenure": {
            r["CLIENTE"]: -date.fromisoformat(r["CLIENTE_DESDE"]).toordinal() for r in tables["clientes_desde.csv"]
        },
    }


def test_measures_go_together_and_have_the_sizes_of_the_source(tables: dict[str, Rows]) -> None:
    measures = _measures(tables)
    targets = {
        ("value", "mrr"): 0.61,
        ("value", "tenure"): 0.52,
        ("value", "usage"): 0.58,
        ("value", "proposals"): 0.64,
        ("recent", "proposals"): 0.76,
        ("mrr", "usage"): 0.31,
        ("mrr", "discount"): -0.21,
        ("nps", "value"): -0.07,
        ("nps", "mrr"): -0.07,
        ("nps", "usage"): -0.05,
        ("nps", "tenure"): 0.01,
    }
    for (a, b), target in targets.items():
        both = measures[a].keys() & measures[b].keys()
        found = spearmanr([measures[a][k] for k in both], [measures[b][k] for k in both]).statistic
        assert found == pytest.approx(target, abs=0.1), (a, b)
    sizes = {"value": (8.289, 2.768), "recent": (7.43, 2.314), "mrr": (5.76, 1.268), "proposals": (8.145, 2.129)}
    for name, (mean, deviation) in sizes.items():
        logs = np.log([v for v in measures[name].values() if v > 0])
        assert logs.mean() == pytest.approx(mean, abs=0.2), name
        assert logs.std() == pytest.approx(deviation, abs=0.2), name


def test_every_archetype_is_there_and_behaves_as_described(tables: dict[str, Rows]) -> None:
    kind = {row["customer"]: row["archetype"] for row in tables["truth.csv"]}
    counts = Counter(kind.values())
    assert set(counts) == {a.key for a in ARCHETYPES}
    for archetype in ARCHETYPES:
        assert counts[archetype.key] / CUSTOMERS == pytest.approx(archetype.share, abs=0.002)
    cancelled: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for line in tables["dados_clientes.csv"]:
        lines[kind[line["CD_CLIENTE"]]] += 1
        cancelled[kind[line["CD_CLIENTE"]]] += line["SITUACAO_CONTRATO"] == "CANCELADO"
    share = {key: cancelled[key] / lines[key] for key in lines}
    assert share["suporte_intenso"] > 0.25 > 0.08 > share["manufatura_protheus"]
    assert sum(cancelled.values()) / sum(lines.values()) == pytest.approx(0.122, abs=0.02)
    late: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for row in (row for name in TELEMETRY for row in tables[name]):
        key = kind[row["clienteid"][:-2]]
        events[key] += 1
        late[key] += row["referencedatestart"] >= "2026-10-08"  # Thursday and Friday of the week
    assert late["suporte_intenso"] / events["suporte_intenso"] < 0.32
    assert late["manufatura_protheus"] / events["manufatura_protheus"] == pytest.approx(0.4, abs=0.04)
    assert events["adormecido"] < 0.01 * sum(events.values())


def test_people_are_invented_reachable_nowhere_and_consent_by_purpose(tables: dict[str, Rows]) -> None:
    contacts = tables["contatos.csv"]
    reserved = re.compile(r"[a-z0-9.]+@([a-z0-9-]+\.)*(example|example\.com)")
    assert all(reserved.fullmatch(c["EMAIL"]) for c in contacts)
    assert len({c["EMAIL"] for c in contacts}) == len({c["CONTATO_ID"] for c in contacts}) == len(contacts)
    per_customer = Counter(c["CD_CLIENTE"] for c in contacts)
    assert len(per_customer) / CUSTOMERS == pytest.approx(0.85, abs=0.03)
    assert set(per_customer.values()) == {1, 2, 3}
    principals = Counter(c["CD_CLIENTE"] for c in contacts if c["PRINCIPAL"] == "S")
    assert principals.keys() == per_customer.keys()
    assert set(principals.values()) == {1}
    assert sum(c["CONSENTE_MARKETING"] == "S" for c in contacts) / len(contacts) == pytest.approx(0.7, abs=0.03)
    assert {c["IDIOMA"] for c in contacts} == {"pt-BR", "en"}
    assert all(ZoneInfo(zone).key == zone for zone in {c["FUSO"] for c in contacts})
    purposes = ("CONSENTE_MARKETING", "CONSENTE_SERVICO", "CONSENTE_CREDITO")
    assert all((c["DT_CONSENTIMENTO"] != "") == any(c[p] == "S" for p in purposes) for c in contacts)


def test_accounts_have_valid_cnpjs_and_a_known_rep(tables: dict[str, Rows]) -> None:
    accounts = tables["responsaveis.csv"]
    assert [a["CD_CLIENTE"] for a in accounts] == [r["CLIENTE"] for r in tables["clientes_desde.csv"]]
    checker = CNPJ()
    assert all(checker.validate(a["CNPJ"]) for a in accounts)
    letters = sum(bool(re.search("[A-Z]", a["CNPJ"])) for a in accounts)
    assert 0 < letters / CUSTOMERS < 0.1
    assert len({a["CNPJ"] for a in accounts}) == CUSTOMERS
    reps = {(a["RESPONSAVEL_EMAIL"], a["RESPONSAVEL_NOME"]) for a in accounts}
    assert len(reps) == 6
    assert ("ana.ribeiro@b2shift.example", "Ana Ribeiro") in reps
    units = {u["LINHA"]: u["UNIDADE"] for u in tables["unidades.csv"]}
    assert {line["DS_LIN_REC"] for line in tables["dados_clientes.csv"]} <= units.keys()
    assert set(units.values()) == {"RD", "GESTAO", "TECHFIN"}


def test_special_codes_stay_text(tables: dict[str, Rows]) -> None:
    codes = [row["CLIENTE"] for row in tables["clientes_desde.csv"]]
    assert codes[:2] == ["99069", "CARAMU"]
    assert len(set(codes)) == CUSTOMERS
    assert all(re.fullmatch(r"T[0-9A-Z]{5}", code) for code in codes[2:])


def _small(folder: Path, seed: int = 3, **options: object) -> list[WrittenFile]:
    return generate(folder, customers=120, seed=seed, telemetry_rows=900, **options)


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    _small(tmp_path / "a")
    _small(tmp_path / "b")
    _small(tmp_path / "c", seed=4)
    first, second, other = (_digest(tmp_path / name) for name in "abc")
    assert first == second
    assert {name for name in first if first[name] == other[name]} == {"unidades.csv"}


def test_full_keeps_the_proportion_of_the_source(tmp_path: Path) -> None:
    written = generate(tmp_path, customers=60, seed=1, full=True)
    assert sum(f.rows for f in written if f.name in TELEMETRY) == round(30_804_197 * 60 / 10_615)


def test_foreign_directory_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mrr.csv").write_text("mine")
    with pytest.raises(NotOurDirectory, match="--force"):
        _small(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mrr.csv"]
    assert (tmp_path / "mrr.csv").read_text() == "mine"
    _small(tmp_path, force=True)
    assert (tmp_path / "mrr.csv").read_text() != "mine"


def test_an_interrupted_run_can_be_repeated(tmp_path: Path) -> None:
    _small(tmp_path / "whole")
    _small(tmp_path / "broken")
    (tmp_path / "broken" / "tickets.csv").unlink()
    (tmp_path / "broken" / "quirks.json").write_text('{"generator": "demo_data", "complete": false}')
    _small(tmp_path / "broken")
    assert _digest(tmp_path / "broken") == _digest(tmp_path / "whole")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"customers": 10}, "at least 50"),
        ({"telemetry_rows": 20}, "too few"),
        ({"telemetry_rows": 900, "full": True}, "not both"),
        ({"as_of": "14/10/2026"}, "2025-03-28"),
        ({"seed": -1}, "0 or more"),
    ],
)
def test_impossible_requests_are_refused_before_anything_is_written(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    out = tmp_path / "out"
    with pytest.raises(CommandError, match=message):
        call_command("demo_data", **{"customers": 120, "seed": 1, "out": out, "json": True, **options})
    assert not out.exists()


def test_the_command_prints_one_object_and_logs_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo_data", customers=120, seed=1, out=tmp_path / "out", as_of="2026-10-14", json=True)
    captured = capsys.readouterr()
    files = {f["name"]: f["rows"] for f in json.loads(captured.out)["files"]}
    assert files.keys() == SHAPES.keys()
    assert files == json.loads((tmp_path / "out" / "quirks.json").read_text("utf-8"))["rows"]
    assert "tickets.csv" in captured.err


@settings(max_examples=60, deadline=None)
@given(
    weights=st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=60),
    spare=st.integers(0, 5_000),
    high=st.one_of(st.none(), st.integers(100, 200)),
)
def test_scaled_counts_add_up_exactly(weights: list[float], spare: int, high: int | None) -> None:
    total = len(weights) + spare
    if high is not None and total > high * len(weights):
        with pytest.raises(ValueError, match="cannot share"):
            scaled_counts(np.array(weights), total, high=high)
        return
    counts = scaled_counts(np.array(weights), total, high=high)
    assert counts.sum() == total
    assert counts.min() >= 1
    assert high is None or counts.max() <= high


@given(st.floats(1e-6, 1 - 1e-6))
def test_inverse_normal_undoes_the_distribution_function(p: float) -> None:
    assert NormalDist().cdf(inverse_normal(np.array([p]))[0]) == pytest.approx(p, rel=1e-6)
