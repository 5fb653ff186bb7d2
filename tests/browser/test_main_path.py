"""The main job as people do it, in a real browser: sign in, connect, watch the rows arrive; a viewer sees no control."""
from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OWNER, VIEWER = "owner@example.com", "viewer@example.com"


def make_people(installation) -> None:
    """An Organisation with an owner and a viewer who can sign in."""
    done = installation.run("create_organisation", "acme", "--owner", OWNER, "--password-stdin", stdin=PASSWORD)
    assert done.returncode == 0, done.stderr
    code = ("from tests.people import make_user; from organisations.models import Membership, Organisation; "
            f"Membership.objects.create(user=make_user({VIEWER!r}), organisation=Organisation.objects.get(slug='acme'), role='viewer')")
    done = installation.run("shell", "-c", code)
    assert done.returncode == 0, done.stderr


def sign_in(page: Page, site, email: str) -> None:
    page.goto(f"{site.url}/")
    page.get_by_label(re.compile("e-?mail", re.I)).fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.url}/o/acme/")


def test_sign_in_connect_and_watch_the_rows_arrive(site, page, git_host):
    make_people(site.installation)
    site.start_worker()
    sign_in(page, site, OWNER)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nothing is connected yet")

    page.goto(f"{site.url}/o/acme/integrations/new/gitea/")
    page.get_by_label("Name", exact=True).fill("git-main")
    page.get_by_label(re.compile("address|URL", re.I)).first.fill(git_host.url)
    page.get_by_label(re.compile("token", re.I)).first.fill(next(iter(git_host.tokens)))
    page.get_by_label(re.compile("belongs to", re.I)).check()
    page.get_by_role("button", name="Connect to").click()
    expect(page).to_have_url(f"{site.url}/o/acme/integrations/git-main/")
    expect(page.locator(".v.pass").first).to_be_visible()
    expect(page.get_by_text("No service uses this yet").first).to_be_visible()

    sign_in_again = page.context.browser.new_context()
    viewer = sign_in_again.new_page()
    sign_in(viewer, site, VIEWER)
    viewer.goto(f"{site.url}/o/acme/integrations/git-main/")
    expect(viewer.locator(".v.pass").first).to_be_visible()
    assert viewer.locator("main form[method=post]").count() == 0
    assert viewer.get_by_role("link", name=re.compile("edit|disconnect|connect", re.I)).count() == 0
    sign_in_again.close()


def test_without_a_worker_the_page_says_queued_and_shows_no_verdict(site, page, git_host):
    make_people(site.installation)
    token = next(iter(git_host.tokens))
    site.installation.json("connect", "acme", "gitea", "git-main",
                           stdin={"settings": {"base_url": git_host.url}, "credentials": {"token": token}})
    sign_in(page, site, OWNER)
    page.goto(f"{site.url}/o/acme/integrations/git-main/")
    page.get_by_role("button", name=re.compile("check", re.I)).first.click()
    expect(page.locator("main")).to_contain_text(re.compile("queued", re.I))
    page.wait_for_timeout(1500)
    assert page.locator(".v.pass, .v.fail, .v.warn").count() == 0


def test_a_malformed_form_keeps_what_was_typed_and_echoes_no_secret(site, page):
    make_people(site.installation)
    sign_in(page, site, OWNER)
    page.goto(f"{site.url}/o/acme/integrations/new/gitea/")
    page.get_by_label("Name", exact=True).fill("Git Main")
    page.get_by_label(re.compile("address|URL", re.I)).first.fill("https://10.0.0.300")
    secret = "a-secret-that-must-not-come-back"
    page.get_by_label(re.compile("token", re.I)).first.fill(secret)
    page.get_by_role("button", name="Connect to").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Git Main")
    expect(page.locator("main")).to_contain_text("lower-case")
    assert secret not in page.content()
