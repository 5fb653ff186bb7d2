"""Diagnose in a real browser: settled live, accessible, without JavaScript, and with far too much pasted."""
from __future__ import annotations

import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_main_path import OWNER, VIEWER, make_people, sign_in
from tests.peers.git_host import TOKENS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TOKEN = "ghp_" + "Zq3" * 12


@pytest.fixture
def connected(site, git_host):
    """A site with a worker, a Git host that is connected, and a service whose repository its token cannot see."""
    make_people(site.installation)
    there, address = site.installation, git_host.clone_url("acme/secret")
    there.json("connect", "acme", "gitea", "git-main",
               stdin={"settings": {"base_url": git_host.url}, "credentials": {"token": TOKENS["reader"].value}})
    there.json("add_service", "acme", "web", stdin={"kind": "app", "integration": "git-main",
                                                    "target": {"repository": address, "ref": "main"}})
    site.start_worker()
    return f"remote: Repository not found.\nfatal: repository '{address}/' not found\ntoken={TOKEN}"


def test_a_paste_is_settled_live_and_the_page_is_accessible(site, page, connected):
    def accessible():
        found = Axe().run(page).response["violations"]
        assert not found, [(v["id"], [n["html"] for n in v["nodes"]]) for v in found]

    page.emulate_media(reduced_motion="reduce")
    sign_in(page, site, OWNER)
    page.get_by_role("link", name="Diagnose", exact=True).click()
    accessible()
    page.get_by_label("Message or log").fill(connected)
    page.get_by_role("button", name="Diagnose").click()
    expect(page.get_by_label("The text without its secrets")).to_have_value(re.compile("REDACTED"))
    assert TOKEN not in page.content()
    page.get_by_role("button", name="Check it again now").click()
    expect(page.locator("#diagnosed .notice.fail")).to_contain_text("failed just now")
    expect(page.locator("#announce")).to_contain_text("1 integration checked.")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    accessible()
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    accessible()


def press(page, name):
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def look_until_over(page):
    until = time.monotonic() + 120
    while page.get_by_role("button", name="Look again").count():
        assert time.monotonic() < until, "It is still being asked."
        press(page, "Look again")


def test_it_works_without_javascript(site, chromium, connected):
    context = chromium.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        sign_in(page, site, OWNER)
        page.goto(f"{site.url}/o/acme/diagnose/")
        page.get_by_label("Message or log").fill(connected)
        press(page, "Diagnose")
        look_until_over(page)
        press(page, "Check it again now")
        look_until_over(page)
        expect(page.locator("#diagnosed .notice.fail")).to_contain_text("failed just now")
    finally:
        context.close()


def test_10_mb_pasted_in_a_browser_gets_a_sentence(site, page):
    make_people(site.installation)
    sign_in(page, site, VIEWER)
    page.goto(f"{site.url}/o/acme/diagnose/")
    page.evaluate("""() => {
        const field = document.getElementById("text");
        field.hidden = true;  // laying out so long a text is the browser's own affair, and slow
        field.value = "a line of a log\\n".repeat(650000);
        field.form.requestSubmit();
    }""")
    expect(page.locator("main")).to_contain_text("longer than 1 MiB")
