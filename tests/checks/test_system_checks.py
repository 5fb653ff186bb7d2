"""What stops the start, and what only warns: each in one plain sentence that names the variable."""
from __future__ import annotations

import base64

import pytest

from checks import system_checks
from checks.providers.gitea import gitea
from tests.installation import ROOT

KEY = base64.urlsafe_b64encode(b"k" * 32).decode()


@pytest.mark.parametrize(("changed", "check", "id", "says"), [
    ({"SECRET_KEY_IS_MISSING": True}, "secret_key", "dflow.E001", "SECRET_KEY is missing"),
    ({"CREDENTIAL_KEYS": []}, "credential_keys", "dflow.E002", "CREDENTIAL_KEYS is missing"),
    ({"CREDENTIAL_KEYS": [KEY, "abc"]}, "credential_keys", "dflow.E003", "entry 2"),
    ({"CREDENTIAL_KEYS": [base64.urlsafe_b64encode(b"short").decode()]}, "credential_keys", "dflow.E003", "5 bytes where 32"),
    ({"EGRESS_ALLOW_NETWORKS": ["10.0.0.0/8", "10.1.2.3/8"]}, "egress_networks", "dflow.E005", "“10.1.2.3/8”"),
    ({"EGRESS_ALLOW_NETWORKS": ["example.com"]}, "egress_networks", "dflow.E005", "“example.com”"),
    ({"EMAIL_URL": ""}, "mail", "dflow.W001", "EMAIL_URL is missing"),
])
def test_each_problem_is_named(settings, changed, check, id, says):
    for name, value in changed.items():
        setattr(settings, name, value)
    [message] = getattr(system_checks, check)()
    assert message.id == id
    assert says in message.msg


def test_a_malformed_key_is_not_shown(settings):
    settings.CREDENTIAL_KEYS = ["my-secret-typed-badly"]
    assert "my-secret" not in str(system_checks.credential_keys())


@pytest.mark.parametrize(("debug", "id"), [(True, "dflow.W002"), (False, "dflow.E007")])
def test_the_key_that_everybody_knows_is_for_debug_alone(settings, debug, id):
    settings.DEBUG, settings.CREDENTIAL_KEYS = debug, [settings.DEBUG_CREDENTIAL_KEY]
    assert [m.id for m in system_checks.credential_keys()] == [id]


@pytest.mark.parametrize(("retry", "limit", "workers", "right"), [(251, 2, 4, True), (250, 2, 4, False), (370, 4, 2, False), (371, 4, 2, True)])
def test_the_retry_covers_the_wait_in_the_prefetch(settings, retry, limit, workers, right):
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "timeout": 120, "retry": retry, "queue_limit": limit, "workers": workers}
    assert [m.id for m in system_checks.queue()] == ([] if right else ["dflow.E004", "dflow.E004"])


def test_the_products_own_settings_have_no_problem():
    assert [m for check in system_checks.ALL for m in check()] == []


def test_a_provider_that_is_declared_wrongly_is_told(monkeypatch):
    monkeypatch.setattr(gitea, "serves", ("app", "ship"))
    monkeypatch.setattr(gitea, "identity_fields", ("nothing",))
    messages = [m.msg for m in system_checks.providers()]
    assert any("serves ship" in m for m in messages)
    assert any("identity field nothing" in m for m in messages)


@pytest.mark.parametrize(("changed", "says"), [
    ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
    ({"CREDENTIAL_KEYS": ""}, "CREDENTIAL_KEYS is missing"),
    ({"CREDENTIAL_KEYS": "abc"}, "CREDENTIAL_KEYS is malformed"),
    ({"EGRESS_ALLOW_NETWORKS": "10.0.0.1/8"}, "EGRESS_ALLOW_NETWORKS is malformed"),
])
def test_neither_the_web_server_nor_a_worker_starts(installation, changed, says):
    import subprocess
    import sys
    for words in ([sys.executable, "-c", "import dflow_integrations.wsgi"], installation.command("worker")):
        done = subprocess.run(words, env={**installation.env, "PYTHONPATH": str(ROOT), **changed}, cwd=installation.folder,
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1, (words, done.stdout, done.stderr)
        assert says in done.stderr
        assert "Traceback" not in done.stderr
