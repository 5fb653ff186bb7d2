"""GitHub's set-up as people do it, in a real browser under the Content-Security-Policy, with the demo's GitHub behind it."""
from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_main_path import OWNER, make_people, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def acme(site, page, github_hosts):
    """An Organisation with its owner signed in, a worker, and a GitHub whose organisation acme olga owns."""
    github = github_hosts(announces=True)
    make_people(site.installation)
    sign_in(page, site, OWNER)
    return github


def begin(page: Page, site, github, account: str = "acme") -> None:
    """Up to GitHub's own page of the App that is to be made."""
    page.goto(f"{site.url}/o/acme/integrations/new/github/")
    page.get_by_role("link", name="Create a GitHub App").click()
    page.get_by_label("Name", exact=True).fill("git-main")
    page.get_by_label("Organisation at GitHub").fill(account)
    page.get_by_label("Address", exact=True).fill(github.url)
    page.get_by_label(re.compile("belongs to")).check()
    page.get_by_role("button", name="Show what will be made").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This App will be made for acme")
    page.get_by_role("button", name="Create it at").click()


def test_an_app_is_created_installed_and_its_rows_arrive(site, page, acme):
    site.start_worker()
    begin(page, site, acme)
    expect(page.get_by_role("heading", level=1)).to_have_text("Create GitHub App")
    page.get_by_role("button", name="Create GitHub App").click()
    expect(page).to_have_url(f"{site.url}/o/acme/integrations/git-main/install/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Now install the App of git-main")

    page.get_by_role("button", name="Install it at").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("on acme")
    page.get_by_label("Only select repositories").check()
    page.get_by_label("acme/web").check()
    page.get_by_role("button", name="Install", exact=True).click()
    expect(page).to_have_url(f"{site.url}/o/acme/integrations/git-main/")
    expect(page.get_by_text(re.compile("was installed on acme"))).to_be_visible()
    expect(page.locator(".v.pass").first).to_be_visible()
    expect(page.get_by_role("link", name="Change repositories at GitHub")).to_be_visible()

    page.reload()
    expect(page.get_by_role("heading", name="Webhook", exact=True)).to_be_visible()
    expect(page.locator("main")).to_contain_text("installation.created")
    acme.wait()
    assert acme.deliveries[-1].status_code == 202


def test_a_member_asks_and_the_page_turns_once_an_owner_approved(site, page, acme):
    begin(page, site, acme)
    page.get_by_role("button", name="Create GitHub App").click()
    expect(page).to_have_url(f"{site.url}/o/acme/integrations/git-main/install/")
    acme.person = "alice"
    page.get_by_role("button", name="Install it at").click()
    page.get_by_role("button", name="Request").click()
    expect(page.get_by_role("heading", name="Waiting for an owner of acme to approve")).to_be_visible()
    expect(page.locator("#approval pre")).to_contain_text("owner@example.com asked to install the App")

    asked = next(one for one in acme.requests.values() if one.account == "acme")
    acme.person = "olga"
    other = page.context.browser.new_page()
    other.goto(f"{acme.url}/organizations/acme/settings/installations")
    with other.expect_navigation():
        other.get_by_role("button", name="Approve").first.click()
    other.close()
    assert asked.id not in acme.requests
    site.start_worker()
    expect(page.get_by_role("heading", name="Waiting for an owner of acme to approve")).to_be_hidden(timeout=120_000)
    expect(page.get_by_text(re.compile("was installed on acme"))).to_be_visible()


def test_without_a_script_the_same_way_leads_to_the_same_end(site, chromium, acme):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site, OWNER)
    begin(page, site, acme)
    page.get_by_role("button", name="Create GitHub App").click()
    page.get_by_role("button", name="Install it at").click()
    page.get_by_role("button", name="Install", exact=True).click()
    expect(page).to_have_url(f"{site.url}/o/acme/integrations/git-main/")
    context.close()
