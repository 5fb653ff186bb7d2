"""A worker node connected by its form, its host key compared and trusted by one click, in a real browser."""
from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_main_path import OWNER, make_people, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_node_is_connected_and_its_host_key_is_trusted_by_one_click(site, page, sshd, ssh_keys):
    make_people(site.installation)
    site.start_worker()
    sign_in(page, site, OWNER)
    page.goto(f"{site.url}/o/acme/integrations/new/worker_node/")
    page.get_by_label("Name", exact=True).fill("node-1")
    page.get_by_label("Host", exact=True).fill("127.0.0.1")
    page.get_by_label(re.compile("^Port")).fill(str(sshd.port))
    page.get_by_label("User name", exact=True).fill(sshd.user("ready"))
    page.get_by_label("Private key", exact=True).fill(ssh_keys.text("good"))
    page.get_by_label(re.compile("belongs to", re.I)).check()
    page.get_by_role("button", name="Connect to").click()
    expect(page).to_have_url(f"{site.url}/o/acme/integrations/node-1/")
    trust = page.get_by_role("button", name="Trust this host key")
    expect(trust).to_be_visible()
    expect(page.locator(".host-key")).to_contain_text(ssh_keys.fingerprint("host_ed25519"))
    sshd.settled()
    assert sshd.attempts == []
    trust.click()
    expect(page.get_by_text("accepted the key", exact=False).first).to_be_visible()
    expect(page.get_by_role("button", name="Trust this host key")).to_have_count(0)
