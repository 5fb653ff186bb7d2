"""The gate in a real browser: asked, landed live, accessible, without JavaScript; and what a pipeline is given to paste."""
from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_main_path import OWNER, make_people, sign_in
from tests.peers.git_host import TOKENS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE = 60_000


@pytest.fixture
def gate(site, git_host):
    """The address of the gate of a service whose branch is missing; it was never asked."""
    make_people(site.installation)
    there = site.installation
    there.json("connect", "acme", "gitea", "git-main",
               stdin={"settings": {"base_url": git_host.url}, "credentials": {"token": TOKENS["reader"].value}})
    there.json("add_service", "acme", "web", stdin={"kind": "app", "integration": "git-main",
                                                    "target": {"repository": git_host.clone_url("acme/web"), "ref": "develp"}})
    return f"{site.url}/o/acme/services/web/gate/"


def accessible(page):
    found = Axe().run(page).response["violations"]
    assert not found, [(v["id"], [n["html"] for n in v["nodes"]]) for v in found]


def test_it_lands_live_and_the_pages_are_accessible(site, page, gate):
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, site, OWNER)
    page.goto(gate)
    heading = page.get_by_role("heading", level=1)
    expect(page.get_by_text("No worker is running")).to_be_visible()
    page.get_by_role("button", name="Ask now").click()
    expect(heading).to_have_text("web is queued: no worker is running")
    accessible(page)
    site.start_worker()
    expect(heading).to_have_text("web would not deploy now: “The branch or tag exists” of git-main fails")
    expect(page.locator("#announce")).to_contain_text("web would not deploy now")
    accessible(page)
    page.get_by_role("link", name="The branch or tag exists").first.click()
    expect(page.locator("[id='row-git-main-ref_exists-web']")).to_be_in_viewport()

    page.goto(f"{site.url}/o/acme/services/web/")
    page.get_by_role("button", name="Make the picture").click()
    assert page.locator("img.badge").evaluate("image => image.complete && image.naturalWidth > 60")
    page.get_by_text("Plain curl").click()
    expect(page.locator("#curl pre")).to_be_visible()
    expect(page.locator("#github-actions pre")).to_be_hidden()
    accessible(page)
    for path in (gate, f"{site.url}/o/acme/services/web/"):
        page.set_viewport_size({"width": 390, "height": 800})
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        accessible(page)


def test_it_works_without_javascript(site, chromium, gate):
    site.start_worker()
    context = chromium.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        sign_in(page, site, OWNER)
        page.goto(gate)
        ask = page.get_by_role("button", name="Ask now")
        if ask.count():  # else the sweep was first, as it is due
            ask.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("web would not deploy now"), timeout=PATIENCE)
        page.goto(f"{site.url}/o/acme/services/web/")
        page.get_by_text("GitLab CI").click()
        expect(page.locator("#gitlab-ci pre")).to_be_visible()
    finally:
        context.close()
