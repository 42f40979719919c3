"""The watch folder: complete files are taken once, half-written ones are left, bad ones are named."""

import pytest

from accounts import ingest, tasks
from accounts.models import Customer, Import, WatchedFile
from tests.accounts.uploads import MASTER, MRR, PNG

pytestmark = pytest.mark.django_db


@pytest.fixture
def inbox(tmp_path, settings):
    settings.WATCH_FOLDER = str(tmp_path / "inbox")
    settings.LAKE_URL = str(tmp_path / "lake")
    settings.B2SHIFT_HOME = tmp_path / "home"
    assert ingest.watch() is None  # the first look makes the folder
    return tmp_path / "inbox"


def there(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_file_is_taken_when_it_has_stopped_growing(inbox, client_of):
    path = inbox / "clientes.csv"
    path.write_bytes(MASTER[:30])
    assert ingest.watch() is None
    path.write_bytes(MASTER)  # still arriving
    assert ingest.watch() is None
    assert there(inbox) == ["clientes.csv"]
    (inbox / "mrr.csv").write_bytes(MRR)
    run = ingest.watch()
    assert there(inbox) == ["mrr.csv", "taken/clientes.csv"]
    assert (run.channel, run.started_by) == ("folder", None)
    tasks.run_import(run.pk)
    assert Customer.objects.count() == 3
    second = ingest.watch()
    assert there(inbox) == ["done/clientes.csv", "taken/mrr.csv"]
    tasks.run_import(second.pk)
    assert ingest.watch() is None
    assert there(inbox) == ["done/clientes.csv", "done/mrr.csv"]
    page = client_of("analyst").get("/data/").content.decode()
    assert str(inbox) in page
    assert "mrr.csv" in page


def test_the_same_content_is_loaded_once_whatever_its_name(inbox):
    for name in ("clientes.csv", "copia.csv"):
        (inbox / name).write_bytes(MASTER)
        ingest.watch()
        ingest.watch()
    assert Import.objects.count() == 1
    tasks.run_import(Import.objects.get().pk)
    ingest.watch()
    assert there(inbox) == ["done/clientes.csv", "done/copia.csv"]
    assert set(WatchedFile.objects.values_list("state", flat=True)) == {"done"}


def test_a_file_that_was_taken_by_a_worker_that_died_comes_back(inbox):
    (inbox / "clientes.csv").write_bytes(MASTER)
    ingest.watch()
    lost = ingest.watch()
    WatchedFile.objects.update(run=None)  # as if the worker had died between taking the file and queueing its import
    lost.delete()
    assert there(inbox) == ["taken/clientes.csv"]
    ingest.watch()
    assert there(inbox) == ["clientes.csv"]
    run = ingest.watch()
    tasks.run_import(run.pk)
    ingest.watch()
    assert there(inbox) == ["done/clientes.csv"]
    assert Customer.objects.count() == 3


def test_bad_files_are_refused_with_the_reason_and_hold_nobody_up(inbox):
    (inbox / "foto.csv").write_bytes(PNG)
    (inbox / "mrr.csv").write_bytes(b"CLIENTE;RECEITA\nS00001;5\n")
    (inbox / "clientes.csv").write_bytes(MASTER)
    (inbox / ".hidden.csv").write_bytes(MASTER)
    (inbox / "link.csv").symlink_to(inbox / "clientes.csv")
    ingest.watch()
    run = ingest.watch()
    assert (inbox / "link.csv").is_symlink()
    assert there(inbox) == [
        ".hidden.csv",
        "refused/foto.csv",
        "refused/foto.csv.txt",
        "taken/clientes.csv",
        "taken/mrr.csv",
    ]
    assert (inbox / "refused/foto.csv.txt").read_text().strip()
    tasks.run_import(run.pk)
    assert Customer.objects.count() == 3
    ingest.watch()
    assert "MRR_12M" in (inbox / "refused/mrr.csv.txt").read_text()
    assert {"done/clientes.csv", "refused/mrr.csv"} <= set(there(inbox))


def test_a_cancelled_import_leaves_its_files_among_the_refused(inbox, people):
    (inbox / "clientes.csv").write_bytes(MASTER)
    ingest.watch()
    run = ingest.watch()
    ingest.cancel(run.pk, people["admin"])
    ingest.watch()
    assert there(inbox) == ["refused/clientes.csv", "refused/clientes.csv.txt"]
    (inbox / "clientes.csv").write_bytes(MASTER)  # what was refused may come again
    ingest.watch()
    assert ingest.watch() is not None
