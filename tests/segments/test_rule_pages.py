"""Pages and API of rule segments: the builder with and without JavaScript, roles, refusals, what a rep sees."""

import json
import re

import pytest
from django.urls import reverse

from accounts.models import Picture, Role
from campaigns import prescribe
from segments.models import RuleSegment, RuleVersion, Segment
from segments.rules import counting, drafting, words
from segments.rules.catalogue import pure
from segments.rules.tree import parse
from tests.campaigns import walk
from tests.segments.rule_shapes import RICH, defined, leaf, rule

pytestmark = pytest.mark.django_db
NEW = "/segments/rules/new/"
MIXED = rule(
    leaf("mrr", "between", [0.5, 2000]),
    {"group": "any", "of": [leaf("industry", "any_of", ["VAREJO", "SERVICOS"]), leaf("tickets", "at_least", 2, days=30)]},
    {"group": "none", "of": [leaf("since", "within", ["2020-01-01", "2021-12-31"]), leaf("cancelled_share", "above", 0.125),
                             leaf("nps_last", "no_data"), leaf("city", "contains", "são"), leaf("since", "last_days", 1)]},
)  # fmt: skip


def form(*leaves, **more):
    """A form of one group of conditions: each a dict of the parts of its controls."""
    posted = {"name": "Receita alta", "name_en": "", "description": "", "group-": "all", "node": []} | more
    for number, parts in enumerate(leaves):
        posted["node"].append(str(number))
        posted |= {f"{part}-{number}": value for part, value in parts.items()}
    return posted


RICH_FORM = {"field": "mrr", "is": "at_least", "value": "2000"}


def fields_of(page):
    """Every control of the builder as a browser without JavaScript would send it."""
    text = page.content.decode()
    inputs = re.findall(r'<input[^>]*name="((?:node|value|to|days)[^"]*)" ?(?:type="[^"]*")?[^>]*value="([^"]*)"', text)
    return inputs, re.findall(r'name="do" value="([^"]+)"', text)


def test_a_rule_is_built_step_by_step_without_javascript_and_saved(company, client_of):
    client = client_of(Role.ANALYST)
    assert "0" in dict(fields_of(client.get(NEW))[0]).values()
    page = client.post(NEW, form(RICH_FORM, do="add:"))
    assert {"remove:0", "remove:1", "add:", "group:", "save"} <= set(fields_of(page)[1])
    page = client.post(NEW, form(RICH_FORM, do="group:"))
    assert "add:1" in fields_of(page)[1]
    nested = form(RICH_FORM, do="remove:1.0") | {
        "node": ["0", "1", "1.0", "1.1"], "group-1": "none", "field-1.0": "city", "is-1.0": "contains", "value-1.0": "x",
        "field-1.1": "industry", "is-1.1": "any_of", "value-1.1": ["MANUFATURA"],
    }  # fmt: skip
    page = client.post(NEW, nested)
    assert ("node", "1.0") in fields_of(page)[0]
    assert ("node", "1.1") not in fields_of(page)[0]
    assert page.context["counts"].members == 18
    assert not Segment.objects.filter(kind=Segment.Kind.RULE).exists(), "nothing is stored before it is saved"

    page = client.post(NEW, form(RICH_FORM, do="save"), follow=True)
    segment = Segment.objects.get(kind=Segment.Kind.RULE)
    assert page.redirect_chain[-1][0] == f"/segments/rules/{segment.passport}/"
    assert segment.rule_versions.get().conditions == RICH
    counting.count_due()
    page = client.get(f"/segments/{segment.passport}/")
    assert page.context["profile"].size == 38
    assert len(page.context["table"].data) == 38


def test_the_live_count_tells_who_cannot_be_decided_and_shows_ten(company, client_of):
    Picture.objects.filter(customer__in=company.members(0)[:3]).update(mrr=None)
    page = client_of(Role.ANALYST).post(NEW, form(RICH_FORM), headers={"HX-Request": "true"})
    assert next(t.name for t in page.templates) == "segments/_rule_builder.html"
    counts = page.context["counts"]
    assert (counts.members, counts.undecided, counts.everybody) == (35, 3, 60)
    assert len(page.context["preview"]) == 10
    assert "R$" in page.context["sentence"]


def test_what_is_wrong_is_told_at_its_place_and_nothing_is_saved(company, client_of):
    client = client_of(Role.ANALYST)
    wrong = form(
        RICH_FORM,
        {"field": "since", "is": "last_days", "value": "0"},
        {"field": "city", "is": "contains", "value": ""},
        do="save",
    )
    page = client.post(NEW, wrong)
    assert page.status_code == 422
    first, second, third = page.context["root"]["nodes"]
    assert (first["problems"], len(second["problems"]), len(third["problems"])) == ([], 1, 1)
    gentle = client.post(NEW, wrong | {"do": "show"})
    assert [len(node["problems"]) for node in gentle.context["root"]["nodes"]] == [0, 1, 0], (
        "what is not filled in yet is no mistake"
    )
    assert client.post(NEW, form(RICH_FORM, do="save", name="")).status_code == 422
    assert client.post(NEW, form(do="save")).status_code == 422
    hostile = form(
        {"field": "x' OR 1=1", "is": "<b>", "value": "\x00"}, {"field": "city", "is": "equals", "value": "<script>"}
    )
    page = client.post(NEW, hostile | {"node": ["0", "1", "9.9.9", "-1", "٣", "1.0"], "do": "remove:77"})
    assert page.status_code == 200
    assert "<script>" not in page.content.decode().split("rule-builder")[1].split("</form>")[0]
    assert not Segment.objects.filter(kind=Segment.Kind.RULE).exists()


def test_every_comparison_survives_the_form(company, client_of, people):
    root = parse(MIXED, pure())
    assert parse(drafting.typed(drafting.shown(root, pure()), pure()), pure()) == root
    segment = defined(people, MIXED, "Misto")
    page = client_of(Role.ANALYST).get(f"/segments/rules/{segment.passport}/edit/")
    assert page.context["counts"] is not None
    assert "12.5" in page.content.decode(), "a share is typed in percent"


def test_a_rule_reads_in_both_languages(company, people):
    from django.utils.translation import override

    root = parse(MIXED, pure())
    with override("en"):
        english = words.sentence(root)
    with override("pt-br"):
        portuguese = words.sentence(root)
    assert english.startswith(
        "Customers of whom this is true: Monthly recurring revenue: from R$0.50 to R$2,000.00 and ("
    )
    assert "at least 2 in the last 30 days" in english
    assert "R$ 2.000,00".replace(" ", "\xa0") in portuguese
    assert "12,5%" in portuguese


def test_an_edit_shows_who_uses_the_segment_first_and_a_stale_one_is_refused(company, client_of, people):
    walk.company_policy()
    segment = defined(people)
    (campaign,) = prescribe.run(None, segment.passport).campaigns
    client, address = client_of(Role.MANAGER), f"/segments/rules/{segment.passport}/edit/"
    page = client.get(address)
    assert campaign.title in page.content.decode()
    poor = form({"field": "mrr", "is": "below", "value": "2000"}, do="save", name=segment.name)
    assert client.post(address, poor | {"based_on": "1"}).status_code == 302
    assert client.post(address, poor | {"based_on": "1"}).status_code == 409
    assert RuleVersion.objects.filter(segment=segment).count() == 2
    for part in (f"/segments/{segment.passport}/uses/", f"/segments/rules/{segment.passport}/archive/"):
        assert campaign.title in client.get(part).content.decode()
    client.post(f"/segments/rules/{segment.passport}/archive/")
    assert Segment.objects.get(pk=segment.pk).retired_in is None


def test_duplicate_archive_and_count_from_the_pages(company, client_of, people):
    segment, client = defined(people), client_of(Role.ADMIN)
    page = client.get(f"{NEW}?from={segment.passport}")
    assert page.context["root"]["nodes"][0]["value"] == "2000"
    assert page.context["form"].initial["name"].startswith("Receita alta (")
    assert client.post(f"/segments/rules/{segment.passport}/count/").status_code == 302
    assert client.get(f"/segments/rules/{segment.passport}/").context["poll"]
    counting.count_due()
    assert client.get(f"/segments/rules/{segment.passport}/archive/").status_code == 200
    assert client.post(f"/segments/rules/{segment.passport}/archive/").status_code == 302
    page = client.get("/segments/rules/")
    assert (page.context["cards"], page.context["archived"]) == ([], [segment])
    assert client.get(f"/segments/rules/{segment.passport}/edit/").status_code == 404
    assert client.get(f"/segments/{segment.passport}/").status_code == 200
    client.post(f"/segments/rules/{segment.passport}/count/")
    assert RuleSegment.objects.get(segment=segment).asked_at is None


def test_lists_pages_and_panels_show_rule_segments(company, client_of, people):
    client = client_of(Role.EXECUTIVE)
    assert client.get("/segments/rules/").status_code == 200
    segment = defined(people, counted=False)
    assert client.get(f"/segments/{segment.passport}/").headers["Location"] == f"/segments/rules/{segment.passport}/"
    assert client.get("/segments/rules/").context["cards"][0]["counting"]
    counting.count_due()
    assert client.get("/segments/rules/").context["cards"][0]["profile"].size == 38
    for address in (f"/segments/rules/{segment.passport}/", f"/segments/{segment.passport}/uses/"):
        assert client.get(address).status_code == 200
        assert client.get(address, headers={"HX-Request": "true"}).status_code == 200
    panel = client.get(reverse("customer-segment-panel", args=[company.members(0)[0].code]))
    assert "Receita alta" in panel.content.decode()


def test_overlap_page_by_parts(company, client_of, people):
    segment, client = defined(people), client_of(Role.REP)
    address = f"/segments/{segment.passport}/overlap/"
    assert len(client.get(address).context["neighbours"]) == 2
    page = client.get(address, {"other": "S-001", "part": "first"})
    assert page.context["overlap"].both == 10
    assert len(page.context["table"].data) == 9
    assert client.get(address, {"other": "S-001", "page": 1}, headers={"HX-Request": "true"}).status_code == 200
    assert client.get(address, {"other": "nope", "part": "nope"}).status_code == 200
    assert client.get("/segments/S-003/overlap/").context["neighbours"] == []


def test_who_may_not_edit_reads_only(company, client_of, people):
    segment = defined(people)
    for role in (Role.REP, Role.SUCCESS, Role.EXECUTIVE):
        client = client_of(role)
        for part in ("edit/", "archive/", "count/"):
            assert client.post(f"/segments/rules/{segment.passport}/{part}").status_code == 403
        assert client.post(NEW, form(RICH_FORM, do="save")).status_code == 403
        page = client.get(f"/segments/rules/{segment.passport}/")
        assert not page.context["may_edit"]
        assert (
            client.post("/api/v1/segments/rules/", {"name": "x", "conditions": RICH}, "application/json").status_code
            == 403
        )
        assert (
            client.post("/api/v1/segments/rules/preview/", {"conditions": RICH}, "application/json").status_code == 403
        )
    assert (RuleSegment.objects.count(), RuleVersion.objects.count()) == (1, 1)


def test_the_api_defines_changes_counts_and_archives(company, client_of):
    client = client_of(Role.ANALYST)

    def send(method, address, **data):
        answer = getattr(client, method)(
            f"/api/v1/segments/{address}", json.dumps(data), content_type="application/json"
        )
        return answer.status_code, answer.json()

    fields = {row["field"]: row for row in client.get("/api/v1/segments/rules/fields/").json()}
    assert "no_data" in fields["mrr"]["operators"]
    assert fields["campaign_declined"]["kind"] == "event"
    status, told = send("post", "rules/preview/", conditions=RICH)
    assert (status, told["members"], told["undecided"], len(told["customers"])) == (200, 38, 0, 10)
    status, told = send("post", "rules/preview/", conditions=rule(leaf("mrr", "at_least", "x")))
    assert (status, told["problems"][0]["place"], told["problems"][0]["code"]) == (422, [0], "number")

    status, told = send("post", "rules/", name="Receita alta", conditions=RICH)
    assert (status, told["passport"], told["counting"], told["version"]) == (201, "R-001", True, 1)
    assert send("post", "rules/", name="Receita alta", conditions=RICH)[0] == 409
    counting.count_due()
    row = client.get("/api/v1/segments/R-001/").json()
    assert (row["kind"], row["size"], row["stability"]) == ("rule", 38, None)
    assert client.get("/api/v1/segments/R-001/members/").json()["count"] == 38
    assert [r["kind"] for r in client.get("/api/v1/segments/").json()["results"]].count("rule") == 1
    assert client.get("/api/v1/segments/rules/").json()["count"] == 1
    assert "rule" in {r["kind"] for r in client.get("/api/v1/figures/segments/").json()}
    assert client.get("/api/v1/segments/R-001/overlap/S-001/").json()["both"] == 20
    assert client.get("/api/v1/segments/R-001/uses/").json() == []

    change = {"name": "Receita alta", "conditions": rule(leaf("mrr", "above", 2000))}
    assert send("put", "rules/R-001/", **change, based_on=1)[1]["version"] == 2
    assert send("put", "rules/R-001/", **change, based_on=1)[0] == 409
    assert send("post", "rules/R-001/count/")[0] == 202
    counting.count_due()
    assert client.get("/api/v1/segments/rules/R-001/").json()["counting"] is False
    assert send("post", "rules/R-001/archive/")[1]["archived"] is True
    assert client.get("/api/v1/segments/R-001/").status_code == 404
