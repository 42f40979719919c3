"""The catalogue as files: out and in again without a change, looked at before anything happens, all of it or nothing."""

import csv
import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from b2shift.lib.api import Refused
from b2shift.lib.export import plain_cell, safe_cell
from campaigns import catalogue, exchange, terms
from campaigns.models import Campaign, CatalogueFile, Offer, Playbook, Strategy
from tests.accounts import hostile
from tests.campaigns.walk import approved, company_policy

KINDS = ["offers", "strategies", "playbooks"]


@pytest.fixture(autouse=True)
def terms_of_the_company(people):
    catalogue.seed()


def state():
    rows = [
        *Offer.objects.order_by("pk").values(),
        *Strategy.objects.order_by("pk").values(),
        *Playbook.objects.order_by("pk").values(),
    ]
    return rows, AuditEntry.objects.count()


def exported(client, kind, **query):
    answer = client.get(reverse("catalogue-export", args=[kind]), query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def send(client, kind, content, name="file.csv"):
    return client.post(reverse("catalogue-import", args=[kind]), {"file": SimpleUploadedFile(name, content)})


def sent(kind, text, actor, name="file.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return exchange.receive(kind, SimpleUploadedFile(name, content), actor)


def table(*rows):
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("query", "language"), [({}, "pt-br"), ({}, "en"), ({"format": "xlsx"}, "pt-br")])
def test_what_goes_out_comes_back_unchanged(client_of, kind, query, language):
    """With signs that a spreadsheet would read as a formula, line breaks, quotes and separators in the texts."""
    Offer.objects.filter(code="gestao-renova").update(
        name="=HYPERLINK(1)", legal='Linha "um"; a\nlinha, dois', legal_en="+1", eligibility={
            "version": 1, "root": {"group": "all", "of": [{"field": "mrr", "is": "at_least", "value": 500}]}}, price="1234.50", discount_percent="7.25",
        valid_from=timezone.localdate(),
    )  # fmt: skip
    Strategy.objects.filter(code="gestao-retain").update(objective="-cuidado", tone="@tom")
    Playbook.objects.filter(strategy__code="gestao-retain").update(opening="=Olá; você")
    client = client_of("admin")
    client.cookies["django_language"] = language
    content = exported(client, kind, **query)
    before = state()
    answer = send(client, kind, content, f"x.{query.get('format', 'csv')}")
    assert answer.status_code == 302
    plan = exchange.plan(CatalogueFile.objects.get())
    assert plan.counts == {"add": 0, "change": 0, "same": plan.counts["same"], "refuse": 0}
    assert plan.counts["same"] == {"offers": Offer, "strategies": Strategy, "playbooks": Playbook}[kind].objects.count()
    assert client.get(answer["Location"]).status_code == 200
    assert state() == before


def test_playbooks_come_and_go_as_json(client_of, people):
    client = client_of("marketing_manager")
    told = json.loads(exported(client, "playbooks", format="json"))
    assert exchange.plan(sent("playbooks", json.dumps(told), people["marketing_manager"], "p.json")).counts[
        "same"
    ] == len(told)
    wanted = next(item for item in told if (item["strategy"], item["language"]) == ("gestao-retain", "pt-br"))
    wanted["because"] = {"nps_mean": "Quero ouvir a sua opinião."}
    found = exchange.plan(sent("playbooks", json.dumps([wanted]), people["marketing_manager"], "p.json"))
    exchange.apply(CatalogueFile.objects.latest("pk").pk, found.seen, people["marketing_manager"])
    row = Playbook.objects.get(strategy__code="gestao-retain", language="pt-br")
    assert (row.because, row.version) == ({"nps_mean": "Quero ouvir a sua opinião."}, 2)


def test_an_export_obeys_the_list_s_filters_and_cells_are_safe(client_of):
    Offer.objects.filter(code="rd-marketing").update(name="=1+1")
    text = exported(client_of("analyst"), "offers", business_unit="RD", q="rd-marketing").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert [row[0] for row in rows[1:]] == ["rd-marketing", "rd-marketing-crm"]
    assert rows[1][1] == "'=1+1"
    book = zipfile.ZipFile(io.BytesIO(exported(client_of("analyst"), "offers", q="rd-marketing", format="xlsx")))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "&apos;=1+1" in sheet or "'=1+1" in sheet
    assert "<f>" not in sheet


@pytest.mark.parametrize("text", ["=1", "'=1", "''", "'", "plain", "-5", "'-5", "\t=1", ""])
def test_safe_cells_are_read_back_as_they_were(text):
    assert plain_cell(str(safe_cell(text))) == (text if text != "'=1" else "=1")


def test_a_look_shows_each_row_and_one_confirmation_does_it_all(client_of, people):
    """Added, changed with before → after, unchanged; then the same file has nothing left to do."""
    offer = Offer.objects.get(code="gestao-revisao")
    new = [
        "gestao-nova",
        "Nova",
        "TOTVS Backoffice",
        "GESTAO",
        "expand",
        "1",
        "Um benefício",
        "A benefit",
        "7,5",
        "1.234,50",
        "31/12/2099",
        "sim",
    ]
    header = [
        "code",
        "name",
        "product",
        "business_unit",
        "play",
        "step",
        "benefit",
        "benefit_en",
        "discount_percent",
        "price",
        "valid_until",
        "is_active",
    ]
    same = [
        offer.code,
        offer.name,
        offer.product,
        offer.business_unit_id,
        offer.play,
        "1",
        offer.benefit,
        offer.benefit_en,
        "0",
        "",
        offer.valid_until.isoformat(),
        "yes",
    ]
    adocao = Offer.objects.get(code="gestao-adocao")
    changed = ["gestao-adocao", "Trilha nova", *[str(getattr(adocao, name)) for name in ("product", "business_unit_id", "play", "step", "benefit", "benefit_en")], "0", "",
               adocao.valid_until.isoformat(), "no"]  # fmt: skip
    client = client_of("admin")
    client.cookies["django_language"] = "en"
    text = table(header, new, same, changed)
    before = state()
    page = client.get(send(client, "offers", text.encode())["Location"])
    assert page.context["plan"].counts == {"add": 1, "change": 1, "same": 1, "refuse": 0}
    assert "Trilha nova" in page.content.decode()
    assert "<del>Trilha de adoção</del>" in page.content.decode()
    assert state() == before
    kept = CatalogueFile.objects.get()
    address = reverse("catalogue-apply", args=[kept.pk])
    assert client.post(address, {"seen": page.context["plan"].seen}).status_code == 302
    added, adocao = Offer.objects.get(code="gestao-nova"), Offer.objects.get(code="gestao-adocao")
    assert (str(added.discount_percent), str(added.price), added.valid_until.isoformat()) == (
        "7.50",
        "1234.50",
        "2099-12-31",
    )
    assert (adocao.name, adocao.is_active, adocao.cost) == ("Trilha nova", False, 150)
    entry = AuditEntry.objects.get(action="offers.import")
    assert (entry.actor, entry.detail) == (people["admin"], {"add": 1, "change": 1, "same": 1, "refuse": 0})
    after = state()
    client.post(address, {"seen": page.context["plan"].seen})  # a second confirmation
    assert state() == after
    again = exchange.plan(sent("offers", text, people["admin"]))
    assert again.counts == {"add": 0, "change": 0, "same": 3, "refuse": 0}
    done = client.get(reverse("catalogue-file", args=[kept.pk])).content.decode()
    assert "New: 1" in done
    assert str(people["admin"]) in done
    assert reverse("catalogue-apply", args=[kept.pk]) not in done


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("header", "row", "label", "said"),
    [
        (["code", "discount_percent"], ["gestao-renova", "abc"], "Discount (%)", "number"),
        (["code", "discount_percent"], ["gestao-renova", "120"], "Discount (%)", "100"),
        (["code", "valid_until"], ["gestao-renova", "2026-31-12"], "Valid until", "31/12/2026"),
        (["code", "valid_until"], ["gestao-renova", "12/31/2099"], "Valid until", "31/12/2026"),
        (["code", "price"], ["gestao-renova", "1,234.56"], "Price (BRL)", "1.234,56"),
        (["code", "is_active"], ["gestao-renova", "talvez"], "Active", "yes or no"),
        (["code", "business_unit"], ["gestao-renova", "MARTE"], "Business unit", "choice"),
        (["code", "play"], ["gestao-renova", "seduce"], "Intention", "choice"),
        (["code", "legal"], ["gestao-renova", "<b>x</b>"], "Legal text", "markup"),
        (["code", "eligibility"], ["gestao-renova", "{"], "Who may receive it", "JSON"),
        (["code", "eligibility"], ["gestao-renova", '{"version": 1}'], "Who may receive it", "condition"),
        (["code", "name"], ["new", "x"], "Code", "taken"),
        (["code", "name"], ["brand-new", "x"], "Product", "required"),
    ],
)
def test_a_wrong_row_refuses_the_whole_file_with_line_and_reason(people, header, row, label, said):
    file = sent("offers", table(header, row), people["admin"])
    before = state()
    plan = exchange.plan(file)
    (refused,) = plan.of("refuse")
    assert refused.line == 2
    assert any(label == told and said in words for told, words in refused.problems), refused.problems
    with pytest.raises(Refused) as error:
        exchange.apply(file.pk, plan.seen, people["admin"])
    assert error.value.code == "rows_refused"
    assert state() == before


def test_one_wrong_row_among_good_ones_keeps_all_out(client_of, people):
    text = table(
        ["code", "name"], ["gestao-renova", "Bom"], ["", ""], ["gestao-renova", "De novo"], ["gestao-revisao", ""]
    )
    client = client_of("admin")
    client.cookies["django_language"] = "en"
    before = state()
    page = client.get(send(client, "offers", text.encode())["Location"])
    assert [(change.line, change.verb) for change in page.context["plan"].changes] == [
        (2, "change"),
        (4, "refuse"),
        (5, "refuse"),
    ]
    assert "Line 2 has the same key" in page.content.decode()
    client.post(reverse("catalogue-apply", args=[CatalogueFile.objects.get().pk]), {"seen": page.context["plan"].seen})
    assert state() == before


def test_what_changed_after_the_look_is_looked_at_again(people):
    file = sent("offers", table(["code", "name"], ["gestao-renova", "Nome do arquivo"]), people["admin"])
    seen = exchange.plan(file).seen
    offer = Offer.objects.get(code="gestao-renova")
    offer.name = "Nome de outra pessoa"
    terms.save_offer(offer, people["second_admin"])
    before = state()
    with pytest.raises(Refused) as error:
        exchange.apply(file.pk, seen, people["admin"])
    assert error.value.code == "changed_meanwhile"
    assert state() == before


def test_an_import_takes_approved_campaigns_back(company, people):
    company_policy()
    campaign = approved(company, people)
    file = sent("offers", table(["code", "is_active"], [campaign.offer.code, "no"]), people["admin"])
    exchange.apply(file.pk, exchange.plan(file).seen, people["admin"])
    campaign.refresh_from_db()
    assert campaign.status == Campaign.Status.IN_REVIEW


def test_strategies_obey_their_rules(people):
    text = table(
        ["code", "review", "theme"],
        ["techfin-credit", "policy", "credit"],
        ["rd-retain", "policy", "growth"],
        ["rd-expand", "always", "growth"],
    )
    plan = exchange.plan(sent("strategies", text, people["admin"]))
    assert [change.verb for change in plan.changes] == ["refuse", "refuse", "change"]


def test_playbooks_obey_their_checks(people):
    text = table(
        ["strategy", "language", "opening"],
        ["gestao-retain", "pt-br", "São 10% agora."],
        ["nobody", "en", "x"],
        ["gestao-expand", "fr", "x"],
    )
    plan = exchange.plan(sent("playbooks", text, people["admin"]))
    assert [(change.line, change.verb) for change in plan.changes] == [(2, "refuse"), (3, "refuse"), (4, "refuse")]
    assert "[offer.discount]" in plan.changes[0].problems[0][1]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "empty_file"),
        ("a.csv", b"code;name\n", None),
        ("a.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, None),
        ("a.csv", b"code;name\nx;a\0b\n", None),
        ("a.csv", "code;name\nx;é".encode() + b"\xff\n", None),
        ("a.csv", b"code;nome\nx;y\n", "unknown_columns"),
        ("a.csv", b"name;product\nx;y\n", "no_key"),
        ("a.csv", b"code;code\nx;y\n", None),
        ("a.csv", b'code;name\nx;"y\nz;w\n', None),
        ("a.csv", b"code;name\nx;y;z\n", "ragged_row"),
        ("a.xlsx", hostile.far_corners(), None),
        ("a.xlsx", b"PK\x03\x04garbage", None),
        ("a.csv", b"code;name\n" + b"x;y\n" * 1001, "too_many_rows"),
        ("a.csv", b"code;name\n" + b"x" * (5 << 20), "too_large"),
        ("a.json", b"[{", "no_json"),
        ("a.json", b"{}", "no_json"),
        ("a.json", b"[" * 100_000, "no_json"),
        ("a.json", b'[{"strategy": 1}]', "no_json"),
        ("a.json", b'[{"code": "a\\u0000b"}]', "bad_character"),
        ("a.json", b'[{"code": "a\\ud800b"}]', "bad_character"),
    ],
)
def test_hostile_files_are_refused_in_words_and_nothing_is_kept(client_of, people, name, content, code):
    before = state()
    with pytest.raises(Refused) as refused:
        sent("offers", content, people["admin"], name)
    assert len(refused.value.message) > 20
    assert code is None or refused.value.code == code
    assert state() == before
    assert not CatalogueFile.objects.exists()
    if name == "a.xlsx":
        answer = send(client_of("admin"), "offers", content, name)
        assert answer.status_code == 422
        assert answer.context["form"].errors["file"]


@pytest.mark.parametrize("role", ["marketing_manager", "analyst", "sales_rep", "customer_success", "executive"])
def test_only_who_may_write_imports(client_of, people, role):
    file = sent("offers", table(["code", "name"], ["gestao-renova", "Outro"]), people["admin"])
    client, before = client_of(role), state()
    assert send(client, "offers", b"code;name\nx;y\n").status_code == 403
    assert client.get(reverse("catalogue-file", args=[file.pk])).status_code == 403
    assert (
        client.post(reverse("catalogue-apply", args=[file.pk]), {"seen": exchange.plan(file).seen}).status_code == 403
    )
    assert client.get(reverse("catalogue-export", args=["offers"])).status_code == (
        200 if role in ("marketing_manager", "analyst") else 403
    )
    with pytest.raises(Refused):
        sent("offers", table(["code"], ["x"]), people[role])
    assert state() == before


def test_unknown_kinds_are_not_found(client_of):
    for route in ("catalogue-export", "catalogue-import"):
        assert client_of("admin").get(reverse(route, args=["policies"])).status_code == 404
    page = client_of("admin").get(reverse("catalogue-import", args=["offers"]))
    assert "discount_percent" in page.content.decode()
