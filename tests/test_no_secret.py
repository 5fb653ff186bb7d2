"""T7, T8: after every kind of run no credential stands anywhere in the clear: not in the database, nor in a log or an answer."""
from __future__ import annotations

import base64
import pickle
import sqlite3
import zlib
from urllib.parse import quote

import pytest

from tests.peers.git_host import TOKENS

S3_SECRET = "Zq9+canary/Secret=that+must/not_be+seen0123"


def spellings(secret: str) -> set[bytes]:
    raw = secret.encode()
    found = {raw, quote(secret, safe="").encode(), raw.hex().encode(), raw.hex().upper().encode()}
    for before in (b"", b"oauth2:", b"acme:", b"x:"):
        found.add(base64.b64encode(before + raw).rstrip(b"=")[len(before) + 2:-4])
    return found


@pytest.mark.slow
def test_no_credential_is_left_in_the_clear(site, git_host, s3_host):
    there, url = site.installation, s3_host.url
    said = []
    there.json("create_organisation", "acme", "--owner", "alice@example.com")
    backup = {"endpoint": url, "region": "us-east-1", "bucket": "nowhere", "access_key_id": "AKIAIOSFODNN7EXAMPLE"}
    tokens = {"good": TOKENS["reader"].value, "bad": TOKENS["revoked"].value, "narrow": TOKENS["issues"].value}
    for name, token in tokens.items():
        said.append(there.run("connect", "acme", "gitea", name, stdin={"settings": {"base_url": git_host.url}, "credentials": {"token": token}}))
        said.append(there.run("add_service", "acme", f"web-{name}", stdin={
            "kind": "app", "integration": name, "target": {"repository": git_host.clone_url("acme/web"), "ref": "main"}}))
    said.append(there.run("connect", "acme", "backup_storage", "backups", stdin={"settings": backup, "credentials": {"secret_access_key": S3_SECRET}}))
    said += [there.run("verify", "acme", name, "--json") for name in (*tokens, "backups")]
    site.start_worker()
    said += [there.run("preflight", "acme", f"web-{name}", "--max-age", "0") for name in tokens]
    git_host.stop()
    said += [there.run("verify", "acme", name) for name in tokens]
    site.stop()
    sinks = {str(path.relative_to(there.folder)): path.read_bytes() for path in there.folder.rglob("*") if path.is_file()}
    sinks["answers"] = "".join(done.stdout + done.stderr for done in said).encode()
    assert len(sinks) >= 4
    for secret in (*tokens.values(), S3_SECRET):
        for spelling in spellings(secret):
            assert not [name for name, held in sinks.items() if spelling in held], spelling[:6]


@pytest.mark.slow
def test_the_queue_holds_ids_and_nothing_else(installation, git_host):
    """Without a worker, what was rung for is still there to be read."""
    installation.json("create_organisation", "acme", "--owner", "alice@example.com")
    installation.json("connect", "acme", "gitea", "git", stdin={"settings": {"base_url": git_host.url}, "credentials": {"token": TOKENS["reader"].value}})
    done = installation.run("shell", "-c", "from checks.models import Integration; from checks.actions import verify; "
                            "verify.ask(integration=Integration.objects.get(), actor=None)")
    assert done.returncode == 0, done.stderr
    rows = sqlite3.connect(installation.folder / "db.sqlite3").execute("select payload from django_q_ormq").fetchall()
    assert len(rows) == 1
    payload = rows[0][0].split(":")[0].lstrip(".")
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    task = pickle.loads(zlib.decompress(raw) if rows[0][0].startswith(".") else raw)
    assert task["func"] == "checks.engine.tasks.perform_run"
    assert len(task["args"]) == 1
    assert len(task["args"][0]) == 36
    assert not task["kwargs"]
