"""`make pictures`: starts the demo, waits until its rows have landed, and photographs every page: light and dark, wide and
narrow, as the owner and as the viewer. The README's own picture is one of them."""
from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.installation import ROOT
from tests.peers.browser import FLAGS
from tests.peers.ports import free_port

OUT = ROOT / ".data" / "pictures"
README_PICTURE = ROOT / ".github" / "pictures" / "checklist.png"
PAGES = {
    "checklist": "/o/demo/", "integrations": "/o/demo/integrations/", "integration-broken": "/o/demo/integrations/backups-archive/",
    "integration": "/o/demo/integrations/git-main/", "choose": "/o/demo/integrations/new/", "connect": "/o/demo/integrations/new/gitea/",
    "connect-backup": "/o/demo/integrations/new/backup_storage/", "edit": "/o/demo/integrations/git-main/edit/",
    "disconnect": "/o/demo/integrations/git-main/disconnect/", "services": "/o/demo/services/", "service": "/o/demo/services/shop-api/",
    "service-new": "/o/demo/services/new/", "service-form": "/o/demo/services/new/?kind=app", "diagnose": "/o/demo/diagnose/", "activity": "/o/demo/activity/", "members": "/o/demo/members/", "settings": "/o/demo/settings/",
    "guides": "/guides/", "guide": "/guides/gitea/", "layer": "/guides/layers/backup-bucket-policy/?organisation=demo", "search": "/o/demo/search/?q=bucket+denied",
    "print": "/o/demo/print/", "new-organisation": "/o/new/", "admin": "/admin/", "admin-integrations": "/admin/checks/integration/",
    "missing": "/o/nowhere/",
}
VIEWER_PAGES = ("checklist", "integration-broken", "services", "diagnose", "members")
LOOKS = [("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390)]


@contextlib.contextmanager
def demo(port: int):
    """The demo as `make run` starts it, ended as Ctrl-C ends it."""
    process = subprocess.Popen([sys.executable, "manage.py", "demo", "--fresh", "--port", str(port)], cwd=ROOT, start_new_session=True)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).read()
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.kill(process.pid, signal.SIGINT)
        process.wait(40)


def sign_in(page: Page, url: str, email: str) -> None:
    page.goto(f"{url}/accounts/login/")
    page.get_by_label(re.compile("e-?mail", re.I)).fill(email)
    page.get_by_label("Password").fill("demo-password")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/o/demo/")


def settled(page: Page, url: str) -> None:
    """Until no card says that it is being checked."""
    until = time.monotonic() + 40
    while time.monotonic() < until:
        page.goto(f"{url}/o/demo/")
        if page.locator(".v.running, .v.queued").count() == 0:
            return
        time.sleep(0.5)


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with demo(free_port()) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for scheme, width in LOOKS:
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
            page = context.new_page()
            page.goto(f"{url}/accounts/login/")
            page.screenshot(path=OUT / f"login-{scheme}-{width}.png", full_page=True)
            sign_in(page, url, "owner@demo.example")
            settled(page, url)
            for name, path in PAGES.items():
                page.goto(url + path)
                page.screenshot(path=OUT / f"{name}-{scheme}-{width}.png", full_page=True)
            context.close()
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        sign_in(page, url, "viewer@demo.example")
        for name in VIEWER_PAGES:
            page.goto(url + PAGES[name])
            page.screenshot(path=OUT / f"viewer-{name}.png", full_page=True)
        page = browser.new_context(viewport={"width": 1200, "height": 1000}, device_scale_factor=1).new_page()
        sign_in(page, url, "owner@demo.example")
        README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=README_PICTURE)
        page.locator("#card-backups-archive details[open]").first.screenshot(path=README_PICTURE.with_name("broken-row.png"))
        browser.close()
    print(f"{len(list(Path(OUT).iterdir()))} pictures in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
