"""Guides, search and paper in a real browser: a key leads to the search, pages are accessible, paper has no navigation."""
from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_main_path import OWNER, make_people, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = ("/guides/", "/guides/?q=token", "/guides/github/", "/guides/aws/?organisation=acme", "/guides/layers/git-token/",
         "/guides/layers/backup-bucket-policy/?organisation=acme", "/o/acme/search/?q=token+accepted", "/o/acme/search/?q=zzzz",
         "/o/acme/print/")


@pytest.fixture
def signed_in(site, page):
    make_people(site.installation)
    page.emulate_media(reduced_motion="reduce")
    sign_in(page, site, OWNER)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_fit_a_narrow_screen(site, signed_in, scheme):
    page = signed_in
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for path in PAGES:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(site.url + path)
        for details in page.locator("main details").all()[:3]:
            details.evaluate("element => element.open = true")
        found = Axe().run(page).response["violations"]
        assert not found, (path, [(v["id"], [n["html"] for n in v["nodes"]]) for v in found])
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_a_key_leads_to_the_search_and_is_a_letter_where_one_types(site, signed_in):
    page = signed_in
    page.keyboard.press("/")
    field = page.get_by_role("searchbox")
    expect(field).to_be_focused()
    field.press_sequentially("token/x")
    expect(field).to_have_value("token/x")
    field.fill("scopes sufficient")
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/o/acme/search/\?q=scopes\+sufficient$"))
    expect(page.locator(".hits mark").first).to_be_visible()
    page.locator(".hits a").first.click()
    expect(page.locator("h1")).to_be_visible()


def test_a_hit_leads_to_its_row_of_the_guide_which_opens_by_the_keyboard(site, page):
    page.goto(f"{site.url}/guides/gitea/#asked-token_accepted")
    row = page.locator("#asked-token_accepted")
    expect(row).to_be_in_viewport()
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(row.get_by_text("It was seen to be right")).to_be_visible()


def test_a_policy_is_copied(site, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site.url}/guides/backup_storage/")
    page.locator(".code", has_text="s3:PutObject").get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "s3:PutObject" in page.evaluate("navigator.clipboard.readText()")


def test_the_print_button_prints_and_paper_holds_no_control(site, signed_in):
    page = signed_in
    page.goto(f"{site.url}/o/acme/print/")
    page.evaluate("window.print = () => { document.body.dataset.printed = 'yes' }")
    button = page.get_by_role("button", name="Print")
    button.click()
    assert page.evaluate("document.body.dataset.printed") == "yes"
    page.emulate_media(media="print", color_scheme="dark")
    expect(button).to_be_hidden()
    expect(page.get_by_role("link", name="Back to the checklist")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.v.pass')).color") == "rgb(0, 0, 0)"
    assert page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"


def test_without_javascript_there_is_no_print_button_and_the_search_works(site, chromium):
    make_people(site.installation)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site, OWNER)
    page.goto(f"{site.url}/o/acme/print/")
    expect(page.locator("[data-print]")).to_be_hidden()
    page.goto(f"{site.url}/o/acme/")
    page.get_by_role("searchbox").fill("branch")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator(".hits mark").first).to_be_visible()
    context.close()
