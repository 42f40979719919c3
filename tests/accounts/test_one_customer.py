"""One customer: figures that equal the files, branches and groups, the picture of an earlier day, and the screens of it all."""

from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings as project
from django.urls import reverse

from accounts import asof, duplicates, groups, queries
from accounts.hierarchy import hierarchy_of
from accounts.ingest import import_directory
from accounts.models import (
    AuditEntry,
    Contact,
    Customer,
    CustomerGroup,
    DuplicateCandidate,
    FigureHistory,
    GroupRoot,
    Import,
    NpsAnswer,
    Picture,
    Proposal,
    Role,
    TicketMonth,
)
from accounts.sources import BY_NAME, SURVEYS
from b2shift.lib.api import Refused
from campaigns import audience
from segments.models import Membership
from tests.accounts import files
from tests.campaigns.walk import company_policy, drafted

ITEMS = 30
PRICES = [Decimal(f"{n * 7 % 97}.{n:02}") for n in range(ITEMS)]
HEADER = files.PROPOSALS.splitlines()[0] + "\n"
PROPOSALS = HEADER + "".join(
    f"{number};{n + 1};2024-05-0{1 + part};ON PREMISES;{code};;P{n};1;0;0;{n};10;0;{str(price).replace('.', ',')};110;0\n"
    for part, (number, code) in enumerate([("AA1", "T00001"), ("AA2", "T00001"), ("BB1", "T00002")])
    for n, price in enumerate(PRICES)
)
ANSWERS = {  # one answer a kind, every other sub-score given
    "nps_relacional": ("respondedAt", "2024-02-01 10:00:00.001", "metadata_codcliente"),
    "nps_transacional_aquisicao": ("Data da Resposta", "2024-02-02", "Cód. Cliente"),
    "nps_transacional_implantacao": ("Data da Resposta", "2024-02-03", "Cód. Cliente"),
    "nps_transacional_onboarding": ("Data de resposta", "2024-02-04 00:00:00", "Cod Cliente"),
    "nps_transacional_produto": ("Data da Resposta", "2/5/2024 10:00:00 AM", "Cód. T"),
    "nps_transacional_suporte": ("ticket", "102", "cliente"),
}


def survey(name):
    """A file of one survey with one answer of T00001 in which the first sub-score is missing and the others are 4."""
    day_header, day, code_header = ANSWERS[name]
    score = next(column.header for column in BY_NAME[name].columns if column.name == "score")
    row = {day_header: day, code_header: "T00001", score: "8"}
    row |= {header: "4" if n else "" for n, header in enumerate(SURVEYS[name].headers.values())}
    row |= {"Linha de Produto": "ERP", "Nome do Produto": "Protheus"} if name.endswith("produto") else {}
    row |= {"grupo_NPS": "passivo"} if name.endswith("suporte") else {}
    return ";".join(f'"{header}"' for header in row) + "\n" + ";".join(row.values()) + "\n"


@pytest.fixture
def home(tmp_path, settings, people):
    settings.B2SHIFT_HOME = tmp_path
    settings.LAKE_URL = (tmp_path / "lake").as_uri()
    return tmp_path


def load(home, name, given):
    done = import_directory(files.write(home / name, given))
    assert done.state == Import.State.PUBLISHED, done.error
    return done


@pytest.fixture
def loaded(home):
    load(home, "in", {**files.COMPANY, "historico.csv": PROPOSALS})
    return home


def customer(code="T00001"):
    return Customer.objects.get(code=code)


def test_proposals_with_many_items_are_summed_once(loaded):
    assert Proposal.objects.count() == 3
    assert {p.items for p in Proposal.objects.all()} == {ITEMS}
    assert sum(p.total for p in Proposal.objects.all()) == 3 * sum(PRICES)
    pictures = Picture.objects.filter(has_proposals=True)
    assert sum(p.proposals for p in pictures) == 3
    assert sum(p.proposals_value for p in pictures) == 3 * sum(PRICES)
    assert customer().picture.proposals_value == 2 * sum(PRICES)
    assert customer().picture.proposals_discount == pytest.approx(sum(range(ITEMS)) / ITEMS)
    assert customer().picture.contract_lines == 3  # neither table multiplies the other


def test_tickets_and_usage_of_the_picture_equal_their_rows(loaded):
    found = customer().picture
    assert found.tickets_12m == sum(m.opened for m in TicketMonth.objects.filter(customer__code="T00001"))
    assert found.usage_events == sum(d.events for d in queries.usage_days(customer()))
    assert found.mrr == Decimal("496.66")
    assert customer("T00002").picture.mrr == 0  # a zero in the file is a zero
    assert customer("00003X").picture.mrr is None


def test_a_day_in_the_past_knows_nothing_of_what_came_later(loaded):
    day = date(2024, 5, 1)
    then = asof.past(customer(), day)
    assert then.picture.proposals == 1
    assert then.picture.proposals_value == sum(PRICES)
    assert then.picture.contract_lines == 3
    assert then.picture.nps_last == 9
    for name in ("mrr", "contract_value", "active_lines", "tickets_12m", "usage_events", "has_contact"):
        assert getattr(then.picture, name) is None, name
        assert then.missing[name], name
    before = asof.past(customer(), date(2020, 1, 1))
    assert before.picture.contract_lines == 0
    assert before.picture.nps_last is None
    assert before.missing["nps_last"]
    assert Picture.objects.get(customer=customer()).proposals == 2  # the live picture was not touched


def test_every_missing_figure_of_the_past_has_a_reason_and_no_present_value(loaded):
    for code in ("T00001", "T00002", "00003X"):
        for day in (date(1999, 1, 1), date(2024, 5, 1), date(2025, 3, 31)):
            then = asof.past(customer(code), day)
            for field in Picture._meta.concrete_fields:
                if getattr(then.picture, field.attname) is None and not field.attname.startswith("last_"):
                    assert field.attname in then.missing, (code, day, field.attname)


def test_tickets_count_whole_months_only(loaded):
    assert asof.past(customer(), date(2025, 3, 30)).picture.tickets_12m is None
    then = asof.past(customer(), date(2025, 3, 31))
    assert then.picture.tickets_12m == TicketMonth.objects.get(customer__code="T00001").opened
    assert then.tickets_until == date(2025, 3, 31)
    assert asof.past(customer(), date(2026, 3, 31)).picture.tickets_12m == 0


def test_mrr_of_an_earlier_day_is_what_the_import_of_then_said(loaded):
    first = Picture.objects.get(customer=customer()).as_of
    assert FigureHistory.objects.filter(customer=customer()).count() == 1
    more = files.TICKETS + "T00001;Fábrica;question;open;2025-06-02;2025-06-02;777;low\n"
    load(loaded, "later", {"mrr.csv": "CLIENTE;MRR_12M\nT00001;800\nT00002;0.0\n", "tickets.csv": more})
    second = Picture.objects.get(customer=customer()).as_of
    assert second > first
    assert asof.past(customer(), first).picture.mrr == Decimal("496.66")
    assert asof.past(customer(), second).picture.mrr == 800
    assert asof.past(customer(), first).figures_as_of == first
    assert FigureHistory.objects.filter(customer__code="T00002").count() == 1  # unchanged: no second row


def test_the_past_of_a_merged_customer_is_that_of_both(loaded, people):
    duplicates.merge(people[Role.ANALYST], "T00001", "T00002")
    then = asof.past(customer(), date(2024, 5, 31))
    assert then.picture.proposals == 3
    assert then.picture.proposals_value == 3 * sum(PRICES)


ROOT = "90651123"


def english(client):
    client.cookies[project.LANGUAGE_COOKIE_NAME] = "en"
    return client


@pytest.fixture
def branches(company):
    """S00001 (first rep) is the head office, S00002 (second rep) and S00003 (first rep) branches; S00004 another company."""
    for number, cnpj in ((1, "90651123000185"), (2, "90651123000266"), (3, "90651123000347"), (4, "12ABC34501DE35")):
        Customer.objects.filter(code=f"S0000{number}").update(cnpj=cnpj)
    return company


def test_head_office_and_branches_add_up_what_a_person_may_see(branches, people):
    whole = hierarchy_of(customer("S00001"), people[Role.ANALYST])
    assert [each.code for each in whole.companies[0].establishments] == ["S00001", "S00002", "S00003"]
    assert (whole.figures["customers"], whole.figures["mrr"], whole.hidden) == (3, 12000, 0)
    own = hierarchy_of(customer("S00001"), people[Role.REP])
    assert [each.code for each in own.companies[0].establishments] == ["S00001", "S00003"]
    assert (own.figures["customers"], own.figures["mrr"], own.hidden) == (2, 8000, 1)
    assert hierarchy_of(customer("S00005"), people[Role.ANALYST]) is None


def test_a_group_joins_companies_with_letters_in_their_number(branches, people):
    analyst = people[Role.ANALYST]
    made = groups.assign(analyst, "S00001", "  Grupo   Aurora ")
    assert groups.assign(analyst, "S00004", "Grupo Aurora") == made
    assert groups.assign(analyst, "S00004", "Grupo Aurora") == made
    found = hierarchy_of(customer("S00004"), analyst)
    assert {company.root for company in found.companies} == {ROOT, "12ABC345"}
    assert found.figures["customers"] == 4
    assert AuditEntry.objects.filter(action="customer.group").count() == 2
    groups.assign(analyst, "S00001", "")
    groups.assign(analyst, "S00004", "")
    assert not CustomerGroup.objects.exists()


@pytest.mark.parametrize(("role", "code", "why"), [(Role.REP, "S00001", "role"), (Role.ANALYST, "S00006", "no_cnpj")])
def test_a_refused_group_changes_nothing(branches, people, role, code, why):
    with pytest.raises(Refused) as refused:
        groups.assign(people[role], code, "X")
    assert refused.value.code == why
    assert not GroupRoot.objects.exists()
    assert not AuditEntry.objects.exists()


def test_the_list_filters_by_company_and_group(branches, people, client_of):
    groups.assign(people[Role.ANALYST], "S00001", "Aurora")
    group = CustomerGroup.objects.get()
    client = client_of(Role.ANALYST)
    for query in ({"root": "90.651.123/0001-85"}, {"root": ROOT}, {"group": group.pk}):
        shown = client.get(reverse("customers"), query).context["table"].paginated_rows
        assert {row.record.code for row in shown} == {"S00001", "S00002", "S00003"}
    rep = client_of(Role.REP).get(reverse("customers"), {"group": group.pk}).context["table"].paginated_rows
    assert {row.record.code for row in rep} == {"S00001", "S00003"}


def test_the_account_page_shows_the_company_and_says_how_many_are_hidden(branches, client_of, people):
    page = english(client_of(Role.REP)).get(reverse("customer", args=["S00001"])).content.decode()
    assert "Company and branches" in page
    assert "1 more customer belongs to another account owner" in page
    assert "Empresa 02" not in page
    client = client_of(Role.ANALYST)
    client.post(reverse("customer-group", args=["S00001"]), {"group": "Aurora <b>"})
    page = client.get(reverse("customer", args=["S00003"])).content.decode()
    assert "Aurora &lt;b&gt;" in page


def test_the_account_page_of_a_day_leaves_out_what_came_later(loaded, client_of):
    client = english(client_of(Role.ANALYST))
    page = client.get(reverse("customer", args=["T00001"]), {"as_of": "2024-05-01"})
    text = page.content.decode()
    assert "What is not known of that day" in text
    assert "496.66" not in text
    assert "R$ 496,66" not in text
    offers = client.get(reverse("customer-proposals", args=["T00001"]), {"as_of": "2024-05-01"}).content.decode()
    assert "AA1" in offers
    assert "AA2" not in offers
    for name in ("contracts", "satisfaction", "support", "usage", "timeline"):
        assert client.get(reverse(f"customer-{name}", args=["T00001"]), {"as_of": "2024-05-01"}).status_code == 200
    for wrong in ("2999-01-01", "yesterday", "0001-01-01", "\x00"):
        answer = client.get(reverse("customer", args=["T00001"]), {"as_of": wrong})
        assert "That is no day before today" in answer.content.decode()


def test_the_api_tells_the_past_and_never_the_present_with_it(loaded, client_of):
    client = client_of(Role.ANALYST)
    url = reverse("api-customer", args=["T00001"])
    now, then = client.get(url).json(), client.get(url, {"as_of": "2024-05-01"}).json()
    assert (now["mrr"], now["past"], now["picture"]["proposals"]) == ("496.66", None, 2)
    assert (then["mrr"], then["picture"], then["past"]["proposals"]) == (None, None, 1)
    assert then["past"]["mrr"] is None
    assert "import" in then["past"]["missing"]["mrr"] or "importação" in then["past"]["missing"]["mrr"]
    assert client.get(url, {"as_of": "tomorrow"}).status_code == 400
    assert (now["establishment"], now["cnpj_root"]) == ("head_office", ROOT)


@pytest.fixture
def pair(company):
    first, second = company.customers[0], company.customers[2]
    return DuplicateCandidate.objects.create(
        first=first,
        second=second,
        score=80,
        parts=[
            ["name", "97", 40],
            ["place", "same_city", 10],
            ["mail", "same_domain", 15],
            ["cnpj", "unknown", 0],
            ["phone", "same", 15],
        ],
    )


def test_the_review_shows_both_sides_and_merges_and_undoes(pair, client_of):
    client = client_of(Role.ANALYST)
    queue = client.get(reverse("duplicates")).content.decode()
    assert "S00001" in queue
    page = client.get(reverse("duplicate", args=[pair.pk])).content.decode()
    assert "Empresa 01 Ltda" in page
    assert "Empresa 03 Ltda" in page
    swapped = client.get(reverse("duplicate", args=[pair.pk]), {"into": "S00003"})
    assert swapped.context["into"].code == "S00003"
    client.post(reverse("duplicate-merge", args=[pair.pk]), {"into": "S00001", "winner_name": "merged"})
    assert not Customer.objects.filter(code="S00003").exists()
    old = client.get(reverse("customer", args=["S00003"])).content.decode()  # the old address shows the survivor
    assert "Empresa 03 Ltda" in old
    assert reverse("customer-contracts", args=["S00001"]) in old
    assert [c.code for c in queries.find_customers(client_user(client), "S00003", 5)] == ["S00001"]
    merged = client.get(reverse("duplicates"), {"state": "merged"}).content.decode()
    assert "S00003" in merged
    client.post(reverse("merge-undo", args=[customer("S00001").merges.get().pk]))
    assert Customer.objects.get(code="S00003").name == "Empresa 03 Ltda"
    assert Customer.objects.get(code="S00001").name == "Empresa 01 Ltda"


def client_user(client):
    return client.get(reverse("customers")).wsgi_request.user


def test_not_a_duplicate_leaves_the_queue_and_can_come_back(pair, client_of):
    client = client_of(Role.MANAGER)
    client.post(reverse("duplicate-dismiss", args=[pair.pk]))
    assert "S00001" not in client.get(reverse("duplicates")).content.decode()
    assert "S00001" in client.get(reverse("duplicates"), {"state": "dismissed"}).content.decode()
    assert client.get(reverse("duplicate", args=[pair.pk])).status_code == 200
    client.post(reverse("duplicate-reopen", args=[pair.pk]))
    assert "S00001" in client.get(reverse("duplicates")).content.decode()


def test_the_api_decides_and_undoes(pair, client_of):
    client = client_of(Role.ANALYST)
    assert [each["first"] for each in client.get(reverse("api-duplicates")).json()["results"]] == ["S00001"]
    url = reverse("api-duplicate", args=[pair.pk])
    json = {"content_type": "application/json"}
    assert client.post(url, {"decision": "merge", "into": "NOBODY"}, **json).status_code == 400
    made = client.post(url, {"decision": "merge", "into": "S00001"}, **json).json()
    assert made["candidate"]["state"] == "merged"
    assert client.post(url, {"decision": "dismiss"}, **json).status_code == 409
    assert client.get(reverse("api-customer", args=["S00003"])).json()["merged_codes"] == ["S00003"]
    undone = client.post(reverse("api-merge-undo", args=[made["merge"]["id"]])).json()
    assert undone["undone_at"]
    assert Customer.objects.filter(code="S00003").exists()


def test_a_merged_customer_is_in_no_list_segment_or_audience_and_its_people_are_reached(company, people):
    one, other = company.members(0)[:2]
    Contact.objects.filter(customer=one).delete()
    company_policy()
    campaign = drafted(company, people, hold_out_share=0)
    before = audience.preview(campaign)
    duplicates.merge(people[Role.ANALYST], one.code, other.code)
    after = audience.preview(campaign)
    assert after.total == before.total
    assert after.excluded["merged"] == 1
    assert not Membership.objects.filter(
        customer__in=Customer.objects.visible_to(people[Role.ANALYST]), customer=other
    ).exists()
    audience.freeze(campaign)
    assert campaign.messages.get(customer=other).reason == "merged"
    assert campaign.messages.get(customer=one).contact.customer == other
    # the owner of the survivor sees what belongs to the merged one, the former owner does not any more
    assert Customer.every.visible_to(people[Role.REP]).filter(pk=other.pk).exists() == (one.owner == people[Role.REP])


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_sub_scores_that_were_not_given_stay_missing(loaded, name):
    load(loaded, "surveys", {f"{name}_2.csv": survey(name)})
    answer = NpsAnswer.objects.filter(kind=SURVEYS[name].kind, score=8).get()
    subs = list(SURVEYS[name].headers.values())
    assert answer.scores == dict.fromkeys(subs[1:], 4)
