"""The demo as a newcomer meets it: starts, shows both outcomes, ends on Ctrl-C without a process left, and starts again."""
from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import psutil
import pytest

from tests.installation import ROOT, environment
from tests.peers.git_host import need_git
from tests.peers.ports import end, free_port
from tests.peers.site import static_files

pytestmark = pytest.mark.slow


@contextmanager
def demo(folder):
    """The demo on a folder of its own; yields its address, its process, and what it printed."""
    need_git()
    port, log = free_port(), folder.parent / "demo.log"
    with static_files(), log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "manage.py", "demo", "--folder", str(folder), "--port", str(port)], cwd=ROOT,
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        started = time.monotonic()
        while time.monotonic() < started + 120 and process.poll() is None and not answers(f"http://127.0.0.1:{port}/healthz"):
            time.sleep(0.2)
    try:
        yield f"http://127.0.0.1:{port}", process, log
    finally:
        end(process, 40)


def wait_for(what, seconds=240.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (found := what()):
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come to that in time")


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=2).status == 200
    except OSError:
        return False


def statuses(folder):
    """name -> status of the demo's integrations, read by a command of its own installation."""
    env = environment(f"sqlite:///{folder / 'db.sqlite3'}")
    code = "from checks.models import Integration\nfor i in Integration.objects.all(): print('=', i.name, i.status, i.checked_at is not None)"
    done = subprocess.run([sys.executable, "manage.py", "shell", "-v", "0", "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return {name: status for name, status, checked in re.findall(r"= (\S+) (\S+) (\S+)", done.stdout) if checked == "True"}


EXPECTED = {"git-main": "verified", "gitlab-mobile": "verified", "github-acme": "broken", "backups-eu": "verified",
            "backups-archive": "broken"}


def test_it_starts_proves_and_ends_and_starts_again(tmp_path):
    folder = tmp_path / "demo"
    for start in (1, 2):
        with demo(folder) as (url, process, log):
            wait_for(lambda url=url: answers(f"{url}/accounts/login/"))
            wait_for(lambda: statuses(folder) == EXPECTED)
            family = psutil.Process(process.pid).children(recursive=True)
            assert len(family) >= 4
            process.send_signal(signal.SIGINT)
            assert process.wait(120) == 0, start
            _, alive = psutil.wait_procs(family, timeout=30)
            assert not alive
            said = log.read_text()
        assert url in said
        assert "owner@demo.example" in said
        assert "viewer@demo.example" in said
        assert "loopback" in said


def test_it_refuses_a_database_that_holds_another_organisation(tmp_path):
    folder = tmp_path / "demo"
    folder.mkdir()
    env = environment(f"sqlite:///{folder / 'db.sqlite3'}")
    for words in (["migrate", "-v", "0"], ["create_organisation", "acme", "--owner", "alice@example.com"]):
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=env, check=True, capture_output=True)
    with demo(folder) as (_, process, log):
        assert process.wait(180) == 2
        assert "another Organisation (acme)" in log.read_text()


def test_a_command_that_is_not_the_demos_has_no_loopback_open(tmp_path):
    """The demo opens it in the environment of its own processes; nothing is written where others read."""
    env = {k: v for k, v in environment(f"sqlite:///{tmp_path / 'db.sqlite3'}").items() if not k.startswith("EGRESS")}
    done = subprocess.run([sys.executable, "manage.py", "egress"], cwd=ROOT, env=env, input="http://127.0.0.1:8000/\n",
                          capture_output=True, text=True, check=True)
    assert done.stdout.startswith("blocked\t")
