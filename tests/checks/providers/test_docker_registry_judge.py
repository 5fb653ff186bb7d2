"""skopeo beside our verdict on the same registries: the same pass or fail in every case, and what ours adds."""
from __future__ import annotations

import shutil
import subprocess

import pytest

from checks.verdict import Status
from tests.checks.providers.registry_run import run
from tests.peers.plugin import missing
from tests.peers.registry_tokens import password_of

PULL = ("host_is_registry", "credential_accepted", "pull_permitted", "image_exists")
CASES = [  # what it is, registry, user, password, image, over TLS
    ("puller", "token", "puller", None, "team/app:1.0", False), ("pusher", "token", "pusher", None, "team/app:1.0", False),
    ("outsider", "token", "outsider", None, "team/app:1.0", False), ("bad password", "token", "puller", "wrong", "team/app:1.0", False),
    ("absent tag", "token", "puller", None, "team/app:nope", False), ("absent repository", "token", "pusher", None, "team/none:1", False),
    ("an index", "token", "puller", None, "team/app:multi", False), ("public, stranger", "token", "", None, "public/site:1.0", False),
    ("private, stranger", "token", "", None, "team/app:1.0", False), ("puller, Basic", "basic", "puller", None, "team/app:1.0", False),
    ("bad password, Basic", "basic", "puller", "wrong", "team/app:1.0", False), ("absent tag, Basic", "basic", "puller", None, "team/app:nope", False),
    ("plain HTTP asked over TLS", "basic", "puller", None, "team/app:1.0", True), ("open, stranger", "open", "", None, "team/app:1.0", False),
]


def skopeo(folder, *words):
    if shutil.which("skopeo") is None:
        missing("skopeo", "apt-get install skopeo")
    policy = folder / "policy.json"
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    (folder / "registries.d").mkdir(exist_ok=True)
    return subprocess.run(["skopeo", "--policy", policy, "--registries.d", folder / "registries.d", *words], capture_output=True,
                          text=True, timeout=30, check=False)


@pytest.fixture
def judged(token_registry, basic_registry, open_registry, tmp_path):
    """[(what, skopeo's rc, its words, our first row that does not pass, our status)]"""
    registries = {"token": token_registry, "basic": basic_registry, "open": open_registry}
    rows = []
    for what, kind, user, password, image, tls in CASES:
        registry, secret = registries[kind], (password or password_of(user)) if user else ""
        done = skopeo(tmp_path, "inspect", "--raw", f"--tls-verify={'true' if tls else 'false'}",
                      *(["--creds", f"{user}:{secret}"] if user else ["--no-creds"]), f"docker://{registry.host}/{image}")
        host = registry.host if tls else registry.url
        ours = run(host, user, secret, f"{registry.host}/{image}")
        bad = next((slug for slug in PULL if ours[slug].status in (Status.FAIL, Status.UNKNOWN) and ours[slug].required is not False), "")
        rows.append((what, done.returncode, done.stderr.strip().rpartition("msg=")[2][:150], bad, ours[bad] if bad else ours["pull_permitted"]))
    return rows


def test_skopeo_and_we_agree_in_every_case(judged, capsys):
    with capsys.disabled():
        print(f"\n\n{'case':27} {'skopeo':>6}  {'ours':7} {'row':20} {'layer':19} skopeo's words")
        for what, code, words, bad, verdict in judged:
            print(f"{what:27} {code:6}  {verdict.status:7} {bad or '-':20} {verdict.layer!s:19} {words}")
    assert {what: code == 0 for what, code, *_ in judged} == {what: not bad for what, _, _, bad, _ in judged}


def test_a_login_that_skopeo_calls_a_success_is_no_proof_and_ours_says_so(token_registry, tmp_path):
    done = skopeo(tmp_path, "login", "--tls-verify=false", "--authfile", tmp_path / "auth.json", "-u", "outsider", "-p", password_of("outsider"),
                  token_registry.host)
    assert "Login Succeeded!" in done.stdout
    rows = run(token_registry.url, "outsider", password_of("outsider"), f"{token_registry.host}/team/app:1.0")
    assert (rows["credential_accepted"].status, rows["pull_permitted"].status) == (Status.PASS, Status.FAIL)


@pytest.mark.parametrize(("user", "may"), [("puller", False), ("pusher", True)])
def test_what_skopeo_can_push_is_what_we_read_from_the_token(token_registry, tmp_path, user, may):
    pair = f"{user}:{password_of(user)}"
    done = skopeo(tmp_path, "copy", "--src-tls-verify=false", "--dest-tls-verify=false", "--src-creds", pair, "--dest-creds", pair,
                  f"docker://{token_registry.host}/team/app:1.0", f"docker://{token_registry.host}/team/app:pushed")
    rows = run(token_registry.url, user, password_of(user), f"{token_registry.host}/team/app:1.0")
    assert (done.returncode == 0, rows["push_not_granted"].status) == (may, Status.WARN if may else Status.PASS)
