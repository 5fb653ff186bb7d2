"""Debian's Chromium, driven by Playwright."""
from __future__ import annotations

import shutil

import pytest

from tests.peers.plugin import missing

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
PATIENCE = 60_000  # ms: the machine may be busy with much else; what is expected is looked for all the time


@pytest.fixture(scope="session")
def chromium():
    """A running browser; each test makes a context of its own."""
    path = shutil.which("chromium")
    if path is None:
        missing("Chromium", "apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=3 * PATIENCE)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A fresh page that fails its test when the Content-Security-Policy was broken or a script raised."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    troubles: list[str] = []
    tab.on("console", lambda message: troubles.append(message.text) if "Content Security Policy" in message.text else None)
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    yield tab
    context.close()
    assert not troubles
