"""A service as people name it: chosen by keyboard from what the credential lists, or typed; and mended by one click."""
from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_main_path import OWNER, make_people, sign_in
from tests.peers.git_host import TOKENS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FORM = "/o/acme/services/new/?kind=app"


@pytest.fixture
def connected(site, git_host):
    make_people(site.installation)
    site.installation.json("connect", "acme", "gitea", "git-main", stdin={
        "settings": {"base_url": git_host.url}, "credentials": {"token": TOKENS["reader"].value}})
    return site


def test_repository_and_branch_are_chosen_with_the_keyboard_alone(connected, page, git_host):
    sign_in(page, connected, OWNER)
    page.goto(f"{connected.url}{FORM}")
    page.get_by_role("button", name="Choose a repository").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Search the repositories that the credential can list")).to_be_focused()
    expect(page.locator(".pick", has_text="acme/web")).to_be_visible()
    expect(page.locator(".pick", has_text="acme/secret")).to_have_count(0)
    page.keyboard.type("web")
    expect(page.locator(".pick")).to_have_count(1)
    page.keyboard.press("Enter")  # in the search: on to the first, and the form is not sent
    expect(page.locator(".pick").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Repository", exact=True)).to_have_value(git_host.clone_url("acme/web"))
    expect(page.get_by_label("Repository", exact=True)).to_be_focused()
    expect(page.get_by_label("Branch or tag", exact=True)).to_have_value("main")

    page.get_by_role("button", name="Choose a branch or tag").press("Enter")
    expect(page.locator(".pick").first).to_have_text(re.compile("main.*default branch"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Branch or tag", exact=True)).to_have_value("dev")
    page.get_by_role("button", name="Choose a branch or tag").press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator(".picks:visible")).to_have_count(0)
    expect(page.get_by_role("button", name="Choose a branch or tag")).to_be_focused()
    page.get_by_label("Name", exact=True).fill("web")
    page.get_by_role("button", name="Add to").click()
    expect(page).to_have_url(f"{connected.url}/o/acme/services/web/")


def test_more_branches_than_a_page_holds_come_by_one_more_click_that_keeps_the_focus(connected, page, git_hosts):
    from checks.demo.git_repositories import Repository
    many = [f"b{number:03}" for number in range(60)]
    host = git_hosts(own=True, repositories=[Repository("acme/many", branches=("main", *many), readers=("deploy",))])
    connected.installation.json("connect", "acme", "gitea", "many", stdin={
        "settings": {"base_url": host.url}, "credentials": {"token": TOKENS["reader"].value}})
    sign_in(page, connected, OWNER)
    page.goto(f"{connected.url}{FORM}&integration=many")
    page.get_by_label("Repository", exact=True).fill(host.clone_url("acme/many"))
    page.get_by_role("button", name="Choose a branch or tag").click()
    expect(page.locator(".pick")).to_have_count(40)
    page.get_by_role("button", name="Show more").press("Enter")
    expect(page.locator(".pick")).to_have_count(61)
    expect(page.locator(".pick").nth(40)).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_without_javascript_the_fields_are_plain_and_the_form_works(connected, chromium, git_host):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, connected, OWNER)
    page.goto(f"{connected.url}{FORM}")
    expect(page.get_by_role("button", name="Choose a repository")).to_have_count(0)
    expect(page.locator(".picks:visible")).to_have_count(0)
    page.get_by_label("Name", exact=True).fill("web")
    page.get_by_label("Repository", exact=True).fill(git_host.clone_url("acme/web"))
    page.get_by_role("button", name="Add to").click()
    expect(page).to_have_url(f"{connected.url}/o/acme/services/web/")
    context.close()


def test_a_page_pasted_in_place_of_the_clone_url_is_mended_by_one_click_and_put_back_by_one_more(connected, page, git_host):
    there = connected.installation
    there.json("add_service", "acme", "web", stdin={"kind": "app", "integration": "git-main", "target": {
        "repository": f"{git_host.url}/acme/web/src/branch/develop", "ref": "main"}})
    there.json("verify", "acme", "git-main", expect=1)
    sign_in(page, connected, OWNER)
    page.goto(f"{connected.url}/o/acme/services/web/")
    page.get_by_role("button", name=f"Use {git_host.clone_url('acme/web')} and develop").click()
    asked = page.locator("section", has=page.get_by_role("heading", name="What it asks for")).last
    expect(asked).to_contain_text(git_host.clone_url("acme/web"))
    expect(asked).to_contain_text("develop")
    page.get_by_role("button", name="Put it back").click()
    expect(asked).to_contain_text("/acme/web/src/branch/develop")
    expect(page.locator("#messages")).to_contain_text("asks for")
