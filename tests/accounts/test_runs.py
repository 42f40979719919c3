"""Import runs as people live with them: what changed, mending and trying again, stopping, starting again."""

from decimal import Decimal
from pathlib import Path

import pytest

from accounts import ingest
from accounts.ingest import mending
from accounts.ingest.tidy import tidy
from accounts.lake import aside
from accounts.models import AuditEntry, ContractLine, Customer, Dataset, Import, Origin, Picture, QuarantinedRow
from b2shift.lib.api import Refused
from b2shift.lib.lake import Lake
from tests.accounts import files
from tests.accounts.test_ingest import live

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lake(tmp_path, settings):
    settings.LAKE_URL = str(tmp_path / "lake")
    return tmp_path / "lake"


def load(tmp_path, content, place="in"):
    return ingest.import_directory(files.write(tmp_path / place, content))


def curated(lake):
    return Lake(str(lake)).under("curated")


def retried(rows, user=None):
    return ingest.execute(mending.retry(rows, user).pk)


def figures(run):
    return {file.source: (file.added, file.changed, file.unchanged, file.removed) for file in run.files.all()}


BASE = {"clientes_desde.csv": files.MASTER, "dados_clientes.csv": files.CONTRACTS, "mrr.csv": files.MRR}


def test_what_changed_is_told_by_key_and_by_snapshot(tmp_path):
    first = load(tmp_path, BASE)
    assert figures(first) == {"clientes_desde": (3, 0, 0, 0), "dados_clientes": (4, 0, 0, 0), "mrr": (2, 0, 0, 0)}
    second = load(
        tmp_path,
        {
            "mrr.csv": "CLIENTE;MRR_12M\nT00001;500\nT00002;0.0\n00003X;7\n",
            "dados_clientes.csv": files.CONTRACT_HEADER + files.contract() + files.contract(product="NOVO"),
        },
        "later",
    )
    # T00001 keeps ERP, gains NOVO, loses RH and BI; T00002 is not in the file and stays
    assert figures(second) == {"dados_clientes": (1, 0, 1, 2), "mrr": (1, 1, 1, 0)}
    assert ContractLine.objects.count() == 3
    assert figures(load(tmp_path, BASE, "again")) == {
        "clientes_desde": (0, 0, 3, 0),
        "dados_clientes": (2, 0, 2, 1),
        "mrr": (0, 1, 1, 0),
    }


def test_a_customer_s_figures_lead_back_to_files_and_lines(tmp_path):
    load(tmp_path, files.COMPANY)
    found = {o.file.source: o for o in Origin.objects.filter(customer__code="T00001").select_related("file")}
    lines = found["dados_clientes"]
    assert (lines.rows, lines.removed, lines.first_line, lines.last_line) == (3, 0, 2, 4)
    assert (found["mrr"].rows, found["telemetria"].rows, found["nps_relacional"].rows) == (1, 3, 2)
    load(tmp_path, {"dados_clientes.csv": files.CONTRACT_HEADER + files.contract()}, "later")
    later = Origin.objects.filter(customer__code="T00001", file__source="dados_clientes").order_by("-pk")[0]
    assert (later.rows, later.removed, later.first_line) == (0, 2, None)


def test_lines_count_the_ragged_rows_before_them(tmp_path):
    load(tmp_path, {"clientes_desde.csv": "CLIENTE;CLIENTE_DESDE\nA;B;C\nT00001;2015-03-01\n"})
    assert Origin.objects.get().first_line == 3


class TestMending:
    BAD = files.CONTRACT_HEADER + files.contract() + files.contract(product="RH") + files.contract(product="")

    @pytest.fixture
    def waiting(self, tmp_path):
        """T00001 has two contract lines; a third waits because it names no product."""
        load(tmp_path, {"clientes_desde.csv": files.MASTER, "dados_clientes.csv": self.BAD})
        return QuarantinedRow.objects.select_related("file").get()

    def test_a_mended_row_is_added_and_replaces_nothing(self, people, waiting):
        cells = mending.values(waiting)
        cells[waiting.file.header.index("DS_PROD")] = 'Novo; "especial"'
        mending.mend(waiting, cells, people["analyst"])
        run = retried(QuarantinedRow.objects.all(), people["analyst"])
        assert (run.state, run.error) == ("published", "")
        assert sorted(ContractLine.objects.values_list("product", flat=True)) == ["ERP", 'Novo; "especial"', "RH"]
        assert Picture.objects.get(customer__code="T00001").contract_value == Decimal("301.50")
        waiting.refresh_from_db()
        assert (waiting.resolution, waiting.resolved_by, waiting.retry) == ("mended", people["analyst"], run)
        assert waiting.raw != waiting.mended
        file = run.files.get()
        assert (file.mends, file.name, file.rows, file.accepted, file.quarantined) == (
            waiting.file,
            "dados_clientes.csv",
            1,
            1,
            0,
        )
        assert list(
            AuditEntry.objects.filter(action__startswith="quarantine").values_list("action", flat=True).order_by("pk")
        ) == [
            "quarantine.mend",
            "quarantine.retry",
        ]

    def test_a_row_that_is_still_bad_stays_with_its_new_reason(self, people, waiting):
        before = live()
        cells = mending.values(waiting)
        cells[waiting.file.header.index("DS_PROD")] = "BI"
        cells[waiting.file.header.index("CD_CLIENTE")] = ""
        mending.mend(waiting, cells, people["analyst"])
        for _ in range(2):  # the same content twice: read again each time, never taken for loaded
            run = retried(QuarantinedRow.objects.all(), people["analyst"])
            waiting.refresh_from_db()
            assert (run.state, waiting.reason, waiting.resolved_at) == ("unchanged", "blank_key", None)
        assert QuarantinedRow.objects.count() == 1
        assert live() == before

    def test_only_waiting_rows_are_tried_and_only_once(self, people, waiting):
        first = mending.retry(QuarantinedRow.objects.all(), people["analyst"])
        with pytest.raises(Refused) as refused:
            mending.retry(QuarantinedRow.objects.all(), people["analyst"])
        assert refused.value.code == "nothing_to_retry"
        with pytest.raises(Refused):
            mending.mend(waiting, mending.values(waiting), people["analyst"])
        assert mending.discard(QuarantinedRow.objects.all(), "late", people["analyst"]) == 0
        assert Import.objects.filter(channel="mended").get() == first
        ingest.cancel(first.pk, people["analyst"])
        assert mending.retry(QuarantinedRow.objects.all(), people["analyst"]) != first

    def test_discarded_rows_say_why_and_never_come_back(self, tmp_path, people, waiting):
        with pytest.raises(Refused):
            mending.discard(QuarantinedRow.objects.all(), " ", people["analyst"])
        assert QuarantinedRow.objects.get().resolved_at is None
        assert mending.discard(QuarantinedRow.objects.all(), "A test line of ours", people["analyst"]) == 1
        with pytest.raises(Refused):
            mending.retry(QuarantinedRow.objects.all(), people["analyst"])
        Dataset.objects.filter(source="dados_clientes").update(
            inputs={}, files=[]
        )  # the lake was lost: the file is read anew
        load(tmp_path, {})
        assert set(QuarantinedRow.objects.values_list("resolution", "note")) == {("discarded", "A test line of ours")}

    def test_one_value_for_all_rows_with_the_same_reason(self, tmp_path, people):
        content = (
            files.CONTRACT_HEADER
            + files.contract()
            + files.contract(product="", value="1,0")
            + files.contract(product="", value="2,0")
        )
        load(tmp_path, {"clientes_desde.csv": files.MASTER, "dados_clientes.csv": content})
        file = QuarantinedRow.objects.first().file
        with pytest.raises(Refused):
            mending.apply_to_all(file, "missing_value", "NO_SUCH", "x", people["analyst"])
        assert mending.apply_to_all(file, "missing_value", "DS_PROD", "Serviço", people["analyst"]) == 2
        retried(QuarantinedRow.objects.all(), people["analyst"])
        assert ContractLine.objects.filter(product="Serviço").count() == 2
        assert not QuarantinedRow.objects.filter(resolved_at=None).exists()

    def test_a_key_that_holds_another_row_is_replaced_only_when_tried_again(self, tmp_path, people):
        load(tmp_path, {"clientes_desde.csv": files.MASTER, "mrr.csv": "CLIENTE;MRR_12M\nT00001;-5\nT00002;1\n"})
        load(tmp_path, {"mrr.csv": "CLIENTE;MRR_12M\nT00001;500\n"}, "later")
        row = QuarantinedRow.objects.select_related("file").get()
        mending.mend(row, ["T00001", "5"], people["analyst"])
        mrr = Picture.objects.filter(customer__code="T00001").values_list("mrr", flat=True)
        retried(QuarantinedRow.objects.all(), people["analyst"])
        row.refresh_from_db()
        assert (row.reason, row.resolved_at, mrr.get()) == ("repeated_key", None, Decimal(500))
        run = retried(QuarantinedRow.objects.all(), people["analyst"])
        assert (mrr.get(), figures(run)["mrr"]) == (Decimal(5), (0, 1, 0, 0))
        assert Picture.objects.get(customer__code="T00002").mrr == 1

    def test_decimal_signs_are_those_of_the_whole_file(self, tmp_path, people):
        point = (
            files.CONTRACT_HEADER
            + files.contract(value="10.5")
            + files.contract(product="RH", value="2000.25")
            + files.contract(product="", value="100.123")
        )
        load(tmp_path, {"clientes_desde.csv": files.MASTER, "dados_clientes.csv": point})
        mending.apply_to_all(QuarantinedRow.objects.get().file, "missing_value", "DS_PROD", "BI", people["analyst"])
        retried(QuarantinedRow.objects.all(), people["analyst"])
        assert ContractLine.objects.get(product="BI").value == Decimal("100.123")

    def test_rows_wait_for_their_customer_and_load_by_themselves(self, tmp_path):
        load(
            tmp_path,
            {
                "clientes_desde.csv": files.MASTER,
                "mrr.csv": files.MRR + "TNEW01;77\n",
                "nps_relacional.csv": files.NPS,
                "telemetria_1.csv": files.USAGE + "TNEW0101,5.0,0006,02,2025-03-17,0000,Conectado,,\n",
            },
        )
        assert sorted(QuarantinedRow.objects.exclude(waits_for="").values_list("waits_for", flat=True)) == [
            "TNEW01",
            "TNEW01",
            "TZZZZZ",
        ]
        assert mending.retry_by_themselves() is None
        load(tmp_path, {"clientes_desde.csv": "CLIENTE;CLIENTE_DESDE\nTNEW01;2024-01-01\n"}, "later")
        Import.objects.update(created_at="2020-01-01T00:00Z")
        ingest.sweep()
        run = Import.objects.get(channel="mended")
        assert run.started_by is None
        ingest.execute(run.pk)
        picture = Picture.objects.get(customer__code="TNEW01")
        assert (picture.mrr, picture.usage_events) == (77, 1)
        assert QuarantinedRow.objects.filter(resolution="mended").count() == 2
        assert mending.retry_by_themselves() is None

    def test_a_file_read_again_keeps_what_people_did_with_its_rows(self, tmp_path, people, waiting):
        mending.apply_to_all(waiting.file, "missing_value", "DS_PROD", "BI", people["analyst"])
        retried(QuarantinedRow.objects.all(), people["analyst"])
        Dataset.objects.filter(source="dados_clientes").update(inputs={})
        load(tmp_path, {})  # the same bytes: a snapshot, so the mended line goes with it …
        assert not ContractLine.objects.filter(product="BI").exists()
        ingest.execute(mending.retry_by_themselves().pk)  # … and comes back
        assert ContractLine.objects.filter(product="BI").count() == 1
        assert mending.retry_by_themselves() is None


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("cells", [["a", 'b"c', ""], ["x;y,z\tw|v", "line\nbreak", "'"], ['"', '""', " "]])
def test_rows_are_told_apart_into_the_same_cells(separator, cells):
    import duckdb

    text = aside.line(cells, separator)
    assert aside.cells(text, separator, 3) == cells
    db = duckdb.connect()
    db.execute("CREATE TABLE t AS SELECT ? AS c0, ? AS c1, nullif(?, '') AS c2", cells)
    assert (
        aside.cells(db.execute(f"SELECT {aside.row_text(separator, 3, 't')} FROM t").fetchone()[0], separator, 3)
        == cells
    )


def test_ragged_rows_are_padded_or_joined():
    assert aside.cells("a;b", ";", 3) == ["a", "b", ""]
    assert aside.cells("a;b;c;d", ";", 3) == ["a", "b", "c;d"]


class TestStopping:
    def test_a_waiting_import_is_cancelled_at_once(self, tmp_path, people):
        run = ingest.start(files.write(tmp_path / "in", BASE), people["analyst"])
        assert ingest.cancel(run.pk, people["admin"]).state == "cancelled"
        assert ingest.execute(run.pk).state == "cancelled"
        assert not Customer.objects.exists()
        with pytest.raises(Refused):
            ingest.cancel(run.pk, people["admin"])
        assert AuditEntry.objects.filter(action="import.cancel").count() == 1

    @pytest.mark.parametrize("share", [10, 70])
    def test_a_running_import_stops_and_changes_nothing(self, tmp_path, lake, people, share):
        load(tmp_path, BASE)
        before, kept = live(), curated(lake)
        run = ingest.start(
            files.write(tmp_path / "later", {"mrr.csv": "CLIENTE;MRR_12M\nT00001;1\n"}), people["analyst"]
        )

        def stop(done, _step):
            if share <= done < 100 and Import.objects.get(pk=run.pk).cancel_asked_at is None:
                ingest.cancel(run.pk, people["admin"])

        found = ingest.execute(run.pk, stop)
        assert (found.state, found.cancelled_by) == ("cancelled", people["admin"])
        assert live() == before
        tidy()
        assert curated(lake) == kept

    def test_a_failed_import_is_started_again_with_its_files(self, tmp_path, people):
        folder = files.write(tmp_path / "in", {"mrr.csv": "CLIENTE;RECEITA\nT1;5\n"})
        run = ingest.execute(ingest.start(folder, people["analyst"]).pk)
        assert run.state == "failed"
        files.write(folder, {"mrr.csv": files.MRR, "clientes_desde.csv": files.MASTER})
        fresh = ingest.again(run.pk, people["admin"])
        with pytest.raises(Refused) as refused:
            ingest.again(run.pk, people["admin"])
        assert refused.value.code == "under_way"
        assert (ingest.execute(fresh.pk).state, fresh.again_of, fresh.started_by) == ("published", run, people["admin"])
        with pytest.raises(Refused):
            ingest.again(fresh.pk, people["admin"])

    def test_files_that_are_gone_cannot_be_started_again(self, tmp_path, people):
        run = ingest.start(Path("/nowhere"), people["analyst"])
        ingest.cancel(run.pk, people["analyst"])
        with pytest.raises(Refused) as refused:
            ingest.again(run.pk, people["analyst"])
        assert refused.value.code == "files_gone"


def test_the_sweeper_removes_what_dead_imports_left_and_nothing_else(tmp_path, lake, settings):
    settings.B2SHIFT_HOME = tmp_path / "home"
    run = load(tmp_path, BASE | {"tickets.csv": files.TICKETS, "telemetria.csv": files.USAGE})
    published = curated(lake)
    assert any("month=" in path for path in published)
    active = ingest.start(tmp_path / "in", None)
    work = settings.B2SHIFT_HOME / "work" / f"import-{run.pk}-dead"
    work.mkdir(parents=True)
    orphans = [f"curated/mrr/{run.pk}-abcdefgh.parquet", f"curated/tickets/month=2025-03/{run.pk}-abcdefgh.0.parquet"]
    busy = f"curated/mrr/{active.pk}-abcdefgh.parquet"
    for each in [*orphans, busy]:
        (lake / each).write_bytes(b"x")
    assert sorted(tidy()) == sorted([*orphans, str(work)])
    assert curated(lake) == sorted([*published, busy])
    load(tmp_path, {"mrr.csv": "CLIENTE;MRR_12M\nT00001;5\n"}, "later")  # what was published and replaced stays
    assert tidy() == []
    assert set(published) < set(curated(lake))
