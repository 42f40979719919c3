"""Take the pictures of the README from a running demo: ``python scripts/screenshots.py http://localhost:8000``."""

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

OUT = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
SIGN_IN = ("marina.souza@b2shift.example", "demo-b2shift")
SIZE = {"width": 1440, "height": 960}


def main(base: str) -> None:
    """Sign in as the demo's marketing manager and photograph the main pages in Portuguese."""
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        page = browser.new_context(viewport=SIZE, base_url=base).new_page()
        page.goto("/auth/login/")
        page.locator("input[name=login]").fill(SIGN_IN[0])
        page.locator("input[name=password]").fill(SIGN_IN[1])
        page.locator("#b2-login button[type=submit]").click()
        page.wait_for_url(f"{base}/")
        for name, address in {"home": "/", "segments": "/segments/", "executive": "/executive/"}.items():
            _picture(page, name, address)
        _picture(page, "customer", _first(page, "/customers/?sort=-mrr", r"^/customers/\w+/$"))
        _picture(page, "campaign", _first(page, "/approvals/", r"^/campaigns/\d+/$"))
        browser.close()


def _picture(page: Page, name: str, address: str) -> None:
    page.goto(address)
    page.wait_for_timeout(1500)  # charts and panels load after the page
    page.screenshot(path=OUT / f"{name}.png")


def _first(page: Page, address: str, pattern: str) -> str:
    page.goto(address)
    links = page.locator("main a").evaluate_all("all => all.map(link => link.getAttribute('href') || '')")
    return next(link for link in links if re.search(pattern, link))


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
