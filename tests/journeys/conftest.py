"""One installation with a demo company for all journeys, and people in front of real browsers."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.installation import PASSWORD, Installation

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PEOPLE = {
    "manager": "marina.souza@b2shift.example",
    "rep": "ana.ribeiro@b2shift.example",
    "success": "clara.fonseca@b2shift.example",
    "analyst": "rafael.tanaka@b2shift.example",
    "executive": "helena.prado@b2shift.example",
    "admin": "otavio.lima@b2shift.example",
}
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """What ``make run`` starts, with a company of 300 customers."""
    place = Installation(tmp_path_factory.mktemp("home"))
    try:
        place.up(customers=300)
        yield place
    finally:
        place.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium of the machine."""
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert executable, "Journeys need Chromium: install the package chromium (see .ci/run)."
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def open_window(browser: Browser, installation: Installation, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """A new, empty browser window; whatever its pages complain about in the console fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(size: dict[str, int] = WIDE) -> Page:
        context = browser.new_context(base_url=installation.url, viewport=size, accept_downloads=True)
        context.set_default_timeout(15_000)
        contexts.append(context)
        context.on("page", lambda page: _listen(page, complaints))
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert complaints == [], f"{complaints}; the processes said:\n{installation.log()[-4000:]}"


@pytest.fixture
def sign_in(open_window: Callable[..., Page]) -> Callable[..., Page]:
    """Sign in as a person of ``PEOPLE`` through the sign-in page."""

    def make(who: str, size: dict[str, int] = WIDE) -> Page:
        page = open_window(size)
        page.goto("/")
        page.locator("input[name=login]").fill(PEOPLE[who])
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(lambda url: "/auth/" not in url)
        return page

    return make


def _listen(page: Page, complaints: list[str]) -> None:
    def on_console(message) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{page.url}: {message.text}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on(
        "response",
        lambda response: complaints.append(f"{response.url}: {response.status}") if response.status >= 500 else None,
    )
