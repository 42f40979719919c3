"""The first minutes of the sales rep, the administrator, the executive and the analyst."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.installation import Installation
from tests.journeys.conftest import NARROW, PEOPLE

pytestmark = pytest.mark.journey


def test_the_rep_sees_own_accounts_only(sign_in: Callable[..., Page], installation: Installation) -> None:
    owned = installation.sql(
        "SELECT c.code FROM accounts_customer c JOIN accounts_user u ON u.id = c.owner_id WHERE u.email = %s ORDER BY 1",
        PEOPLE["rep"],
    )
    ((foreign,),) = installation.sql(
        "SELECT min(c.code) FROM accounts_customer c JOIN accounts_user u ON u.id = c.owner_id WHERE u.email <> %s",
        PEOPLE["rep"],
    )
    page = sign_in("rep")
    page.goto("/customers/")
    links = page.locator("main table a[href^='/customers/']")
    shown = {href.split("/")[2] for href in links.evaluate_all("all => all.map(a => a.getAttribute('href'))")}
    assert shown
    assert shown <= {code for (code,) in owned}
    links.first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("main a[href^='/segments/S']").first).to_be_visible()
    answer = page.request.get(f"/customers/{foreign}/")
    assert answer.status == 404


def test_the_rep_works_on_a_phone(sign_in: Callable[..., Page]) -> None:
    page = sign_in("rep", NARROW)
    for address in ("/", "/customers/", "/tasks/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], address


def test_two_administrators_change_a_rule(sign_in: Callable[..., Page], installation: Installation) -> None:
    page = sign_in("admin")
    page.goto("/policies/")
    page.locator("form[action$='/prepare/'] [name=note]").fill("Desconto menor no fim do ano")
    page.locator("form[action$='/prepare/'] button").click()
    page.wait_for_load_state()
    assert installation.sql("SELECT state FROM campaigns_policyversion ORDER BY number") == [("published",), ("draft",)]
    expect(page.locator("form[action$='/publish/']")).to_have_count(0)  # who prepares does not publish


def test_the_administrator_makes_a_user(sign_in: Callable[..., Page], installation: Installation) -> None:
    page = sign_in("admin")
    page.goto("/users/")
    page.locator("main a[href='/users/new/']").first.click()
    page.locator("[name=name]").fill("Nina Torres")
    page.locator("[name=email]").fill("nina.torres@b2shift.example")
    page.locator("[name=role]").select_option("analyst")
    page.locator("main form:has([name=email]) button.btn-primary").click()
    page.wait_for_load_state()
    role = installation.sql("SELECT role FROM accounts_user WHERE email = 'nina.torres@b2shift.example'")
    assert role == [("analyst",)]
    page.goto("/audit/")
    expect(page.locator("table").get_by_text("Nina Torres").first).to_be_visible()


def test_the_executive_reads_the_base(sign_in: Callable[..., Page]) -> None:
    page = sign_in("executive")
    page.goto("/executive/")
    expect(page.locator("[data-chart-canvas] svg").first).to_be_visible()
    with page.expect_download() as download:
        page.locator("a[href='/executive/segments.csv']").click()
    assert download.value.suggested_filename.endswith(".csv")
    assert page.request.get("/approvals/").status == 403


def test_the_analyst_sees_where_the_figures_come_from(sign_in: Callable[..., Page]) -> None:
    page = sign_in("analyst")
    page.goto("/data/")
    page.locator("main table a[href^='/data/']").first.click()
    expect(page).to_have_url(re.compile(r"/data/\d+/$"))
    expect(page.get_by_text("dados_clientes").first).to_be_visible()
    page.goto("/catalog/datasets/mrr/")
    expect(page.get_by_text("MRR_12M").first).to_be_visible()
    page.goto("/segments/runs/")
    page.locator("main table a[href^='/segments/runs/']").first.click()
    expect(page).to_have_url(re.compile(r"/segments/runs/\d+/$"))
    expect(page.locator("table").first).to_be_visible()


def test_english_is_one_click_away(sign_in: Callable[..., Page]) -> None:
    page = sign_in("manager")
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^pt"))
    page.locator("form[action='/language/'] button").first.click()
    page.wait_for_load_state()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("link", name="Customers").first).to_be_visible()
