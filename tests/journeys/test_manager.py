"""The whole loop, as a marketing manager and a customer live it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.installation import Installation, eventually
from tests.journeys.conftest import NARROW

pytestmark = pytest.mark.journey


def _open_draft(page: Page, ordinary: bool = True) -> int:
    """Open the first draft (``ordinary``: that one approval is enough for); its campaign's number."""
    if not page.url.endswith("/approvals/"):
        page.goto("/approvals/")
    cards = page.locator("article.card")
    found = cards.filter(has_not_text="TechFin") if ordinary else cards
    found.first.locator("a.btn-primary").click()
    expect(page.locator(".b2-decide")).to_be_visible()
    return int(page.url.rstrip("/").rsplit("/", 1)[1])


def test_from_the_draft_to_the_figures(sign_in: Callable[..., Page], installation: Installation) -> None:
    page = sign_in("manager")
    expect(page.locator("main a[href^='/campaigns/']").first).to_be_visible()
    page.locator("a[href='/approvals/']:visible").first.click()
    campaign = _open_draft(page)
    ((author,),) = installation.sql("SELECT author_id FROM campaigns_campaign WHERE id = %s", campaign)
    assert author is None  # drafted by the product, not by the person who decides

    # From the home page: the queue, the draft, the button and the question before it. Four clicks.
    page.locator("button[name=send_now]").click()
    page.locator("#b2-confirm button[value=ok]").click()
    page.wait_for_load_state()
    eventually(lambda: _sent(installation, campaign) and not _waiting(installation, campaign), 90)

    page.goto("/outbox/")
    page.locator("main a[href^='/outbox/']").first.click()
    frame = page.frame_locator("iframe.b2-mail-frame")
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="Tenho interesse", exact=True).click()
    answer = opened.value
    answer.locator("form:has(input[name=answer][value=accept]) button").click()
    expect(answer.get_by_role("heading", level=1)).to_contain_text(
        re.compile("Obrigado|Thank you")
    )  # as the contact prefers

    ((code, passport),) = installation.sql(
        "SELECT c.code, s.passport FROM campaigns_interaction i JOIN accounts_customer c ON c.id = i.customer_id "
        "JOIN campaigns_campaign g ON g.id = i.campaign_id JOIN segments_segment s ON s.id = g.segment_id "
        "WHERE i.kind = 'accept' AND i.origin = 'human'"
    )
    page.goto(f"/customers/{code}/")
    expect(page.get_by_text("Aceitou").first).to_be_visible()
    page.goto(f"/segments/{passport}/")
    tile = page.locator(".b2-kpi").filter(has_text="Aceit").first
    expect(tile.locator(".b2-kpi-value")).to_contain_text("1")
    expect(page.locator("[data-chart=response] [data-chart-canvas] svg")).to_be_visible()  # in a panel loaded later


def test_a_draft_is_rejected_with_a_reason_on_a_phone(sign_in: Callable[..., Page], installation: Installation) -> None:
    page = sign_in("manager", NARROW)
    campaign = _open_draft(page, ordinary=False)
    before = installation.sql("SELECT count(*) FROM campaigns_message WHERE campaign_id = %s", campaign)
    page.locator("details:has(form[action$='/reject/']) summary").click()
    page.locator("#reject-reason").select_option("timing")
    page.locator("form[action$='/reject/'] button").click()
    page.wait_for_load_state()
    assert installation.sql("SELECT status FROM campaigns_campaign WHERE id = %s", campaign) == [("rejected",)]
    assert installation.sql("SELECT count(*) FROM campaigns_message WHERE campaign_id = %s", campaign) == before
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_who_edits_cannot_approve(sign_in: Callable[..., Page], installation: Installation) -> None:
    page = sign_in("manager")
    campaign = _open_draft(page, ordinary=False)
    expect(page.locator("button[name=send_now]")).to_have_count(1)
    page.locator(f"a[href='/campaigns/{campaign}/edit/']").click()
    subject = page.locator("[name=subject]")
    subject.fill(subject.input_value()[:40] + " hoje")
    page.locator("main form:has([name=subject]) button.btn-primary").click()
    page.wait_for_url(f"**/campaigns/{campaign}/")
    expect(page.locator("button[name=send_now]")).to_have_count(0)
    assert installation.sql("SELECT count(*) FROM campaigns_approval WHERE campaign_id = %s", campaign) == [(0,)]


def _sent(installation: Installation, campaign: int) -> int:
    return _count(installation, campaign, "sent")


def _waiting(installation: Installation, campaign: int) -> int:
    return _count(installation, campaign, "queued") + _count(installation, campaign, "dispatching")


def _count(installation: Installation, campaign: int, state: str) -> int:
    query = "SELECT count(*) FROM campaigns_message WHERE campaign_id = %s AND channel = 'email' AND state = %s"
    ((count,),) = installation.sql(query, campaign, state)
    return count
