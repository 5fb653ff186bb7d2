"""The rows that all Git hosts with a token share: cloning, the branch or tag, the origin that alone gets the token."""
from __future__ import annotations

import pytest

from checks.verdict import Cause, Layer, Skip, Status
from tests.checks.clients.test_git import pkt
from tests.checks.providers.test_gitea import PAGE, VERSION, at, reply, run, said
from tests.peers.git_host import TOKENS

pytestmark = pytest.mark.usefixtures("loopback")


def refs(body):
    return reply(200, body, "application/x-git-upload-pack-advertisement")


def beside(git_host, scripted_host, decide):
    """A host that passes on to the real one what `decide(request)` answers with None."""
    def answer(seen):
        if (own := decide(seen)) is not None:
            return own
        real = git_host.answer(seen)
        return real.status, dict(real.headers), real.body
    return scripted_host(answer)


def clones(seen, *, anonymous):
    return "/info/refs" in seen.path and ("Authorization" not in seen.headers) is anonymous


# --- url_well_formed: another origin gets no byte ---------------------------------------------------------------------
def test_a_clone_url_of_another_origin_fails_and_is_never_asked(git_host, scripted_host):
    other = scripted_host(VERSION)
    rows = run(git_host.url, TOKENS["reader"].value, f"{other.url}/acme/web.git", pushes=True)
    assert said(rows["url_well_formed"]) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert "another port" in rows["url_well_formed"].evidence
    for slug in ("repository_visible", "clone_permitted", "ref_exists", "pushes_permitted"):
        assert (rows[slug].status, rows[slug].skip) == (Status.SKIPPED, Skip.NEED)
    assert other.seen == []


def test_a_clone_url_outside_the_sub_path_is_never_asked(git_hosts):
    host = git_hosts(sub_path="/gitea")
    root = host.url.removesuffix("/gitea")
    rows = run(host.url, TOKENS["reader"].value, f"{root}/acme/web.git")
    assert rows["url_well_formed"].status is Status.FAIL
    assert rows["url_well_formed"].facts["suggested"] == f"{host.url}/acme/web.git"
    assert all(seen.path.startswith("/gitea/") for seen in host.seen)


@pytest.mark.parametrize(("text", "text_of_the_remedy"), [
    ("git@127.0.0.1:acme/web.git", "/acme/web.git."),
    ("{url}/acme/web/src/branch/dev", "/acme/web.git, and its branch to dev."),
    ("https://github.com/acme/web.git", "connect github.com as an integration of its own"),
    ("{url}", "/OWNER/REPOSITORY.git."),
])
def test_a_malformed_url_fails_with_what_to_set(git_host, text, text_of_the_remedy):
    verdict = run(git_host.url, TOKENS["reader"].value, text.format(url=git_host.url))["url_well_formed"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert text_of_the_remedy in verdict.remedy


def test_a_url_without_git_at_its_end_warns_and_is_cloned(git_host):
    rows = run(git_host.url, TOKENS["reader"].value, f"{git_host.url}/acme/web")
    assert said(rows["url_well_formed"]) == (Status.WARN, Cause.YOURS, Layer.CLONE_URL)
    assert rows["url_well_formed"].facts["suggested"] == f"{git_host.url}/acme/web.git"
    assert (rows["clone_permitted"].status, rows["ref_exists"].status) == (Status.PASS, Status.PASS)
    assert any(seen.path.startswith("/acme/web/info/refs") for seen in git_host.seen)


# --- clone_permitted --------------------------------------------------------------------------------------------------
def test_a_public_repository_proves_nothing_of_the_token(git_host):
    verdict = at(git_host, "acme/site")["clone_permitted"]
    assert (verdict.status, verdict.facts["public"]) == (Status.PASS, True)
    assert "this proves nothing of the token" in verdict.evidence


def test_a_public_repository_with_a_bad_token_fails_as_a_deploy_would(git_host):
    verdict = at(git_host, "acme/site", token="revoked")["clone_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert verdict.evidence.startswith("acme/site is public and answered without a token, yet not with this one.")


@pytest.mark.parametrize(("path", "token", "text"), [
    ("acme/web", "revoked", "(HTTP 401): “Failed to authenticate user”"),
    ("acme/web", "issues", "(HTTP 403): “Forbidden”. Granted: read:issue, read:user; required: read:repository."),
    ("acme/secret", "reader", "does not exist, or this token cannot see it (HTTP 404: “Repository not found”)."),
    ("acme/missing", "reader", "does not exist, or this token cannot see it (HTTP 404"),
    ("nobody/web", "reader", "does not exist, or this token cannot see it (HTTP 404"),
])
def test_a_clone_that_is_refused_fails_in_the_hosts_words(git_host, path, token, text):
    verdict = at(git_host, path, token)["clone_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert text in verdict.evidence


def test_the_candidates_of_a_404_come_in_order(git_host):
    verdict = at(git_host, "acme/secret")["clone_permitted"]
    assert verdict.facts["candidates"] == ["clone-url", "git-token", "repo-allow-list"]
    assert verdict.remedy.index("spelled") < verdict.remedy.index("may read it") < verdict.remedy.index("renamed")
    assert verdict.link == f"{git_host.url}/acme/secret"


@pytest.mark.parametrize(("answer", "expected", "text"), [
    (PAGE, (Status.UNKNOWN, Layer.PROVIDER_OUTAGE), "a web page"),
    (reply(403, b"<html>Attention", "text/html"), (Status.UNKNOWN, Layer.NETWORK), "not Gitea's own answer"),
    (reply(403, b"error code: 1020", "text/plain"), (Status.UNKNOWN, Layer.NETWORK), "“error code: 1020”"),
    (reply(401, b"<html>Sign in", "text/html"), (Status.UNKNOWN, Layer.NETWORK), "not Gitea's own answer"),
    ((302, {"Location": "https://sso.example.com/login"}, b""), (Status.UNKNOWN, Layer.NETWORK), "sso.example.com"),
    ((301, {"Location": "https://new.example.com/acme/web.git/info/refs?service=git-upload-pack"}, b""), (Status.FAIL,
     Layer.CLONE_URL), "https://new.example.com/acme/web.git; the token was not sent there"),
    (reply(503, b"", "text/plain"), (Status.UNKNOWN, Layer.PROVIDER_OUTAGE), ""),
    ((429, {"Retry-After": "9"}, b""), (Status.UNKNOWN, Layer.PROVIDER_OUTAGE), ""),
    (reply(400, b"bad", "text/plain"), (Status.UNKNOWN, Layer.PROVIDER_OUTAGE), "HTTP 400: “bad”"),
    (reply(410, b"gone", "text/plain"), (Status.FAIL, Layer.GIT_TOKEN), "HTTP 410: “gone”"),
    (reply(403, b"Interacting with repositories by HTTP protocol is not allowed", "text/plain"), (Status.FAIL,
     Layer.CLONE_URL), "lets nobody clone over HTTP"),
    (reply(401, b"Users with two-factor authentication enabled cannot perform HTTP/HTTPS operations", "text/plain"),
     (Status.FAIL, Layer.GIT_TOKEN), "for a password"),
    (refs(pkt("ERR access denied or no such repository\n")), (Status.FAIL, Layer.GIT_TOKEN), "access denied"),
    (refs(pkt("ERR try again later")), (Status.UNKNOWN, Layer.PROVIDER_OUTAGE), "try again later"),
    (refs(b"001f# service"), (Status.UNKNOWN, Layer.NETWORK), ""),
], ids=["page", "firewall", "firewall in plain text",
        "proxy", "sign-in", "moved", "outage", "rate limit", "400", "gone", "no http", "password",
        "denied", "later", "cut"])
def test_other_answers_to_a_clone_are_told_apart(git_host, scripted_host, answer, expected, text):
    host = beside(git_host, scripted_host, lambda seen: answer if clones(seen, anonymous=False) else None)
    rows = run(host.url, TOKENS["reader"].value, f"{host.url}/acme/web.git")
    verdict = rows["clone_permitted"]
    assert (verdict.status, verdict.layer) == expected
    assert text in verdict.evidence
    assert rows["ref_exists"].status is Status.SKIPPED


@pytest.mark.parametrize("answer", [(429, {"Retry-After": "9"}, b""), PAGE, reply(503, b"")])
def test_a_limit_on_strangers_says_nothing_of_the_token(git_host, scripted_host, answer):
    host = beside(git_host, scripted_host, lambda seen: answer if clones(seen, anonymous=True) else None)
    verdict = run(host.url, TOKENS["reader"].value, f"{host.url}/acme/web.git")["clone_permitted"]
    assert (verdict.status, verdict.facts["public"]) == (Status.PASS, None)
    assert "could not be seen" in verdict.evidence


# --- ref_exists -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("ref", "kind"), [
    ("main", "branch"), ("feature/login", "branch"), ("dev", "branch"), ("v2", "tag")])
@pytest.mark.parametrize("speaks_v2", [True, False], ids=["v2", "v0"])
def test_a_branch_or_tag_that_is_there_passes(git_hosts, ref, kind, speaks_v2):
    verdict = at(git_hosts(speaks_v2=speaks_v2), ref=ref)["ref_exists"]
    assert (verdict.status, verdict.facts["kind"]) == (Status.PASS, kind)
    assert ("its default branch" in verdict.evidence) is (ref == "main")


@pytest.mark.parametrize(("ref", "near", "text"), [
    ("deve", ["dev", "develop"], "no branch and no tag named “deve”"),
    ("Main", ["main"], "Its default branch is main."),
    ("login", ["feature/login"], "named “login”"),
    ("feature/logn", ["feature/login"], ""),
    ("refs/heads/dev", ["dev"], "a ref is written without refs/heads/"),
    ("refs/tags/v1", ["v1"], "a ref is written without refs/tags/"),
    ("origin/dev", ["dev"], "a ref is written without origin/"),
    ("0123456789abcdef0123456789abcdef01234567", [], "the id of a commit cannot be deployed"),
    ("a b", [], "Git can have no such name, because it holds a blank"),
    ("", [], "because it is empty"),
    ("zzz", [], "Its default branch is main."),
])
@pytest.mark.parametrize("speaks_v2", [True, False], ids=["v2", "v0"])
def test_a_missing_ref_names_what_was_probably_meant(git_hosts, ref, near, text, speaks_v2):
    verdict = at(git_hosts(speaks_v2=speaks_v2), ref=ref)["ref_exists"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.BRANCH_MISSING)
    assert verdict.facts["near"] == near
    assert verdict.facts["suggested"] == (near[0] if near else "main")
    assert text in verdict.evidence
    assert verdict.facts["suggested"] in verdict.remedy


def test_a_branch_and_a_tag_of_one_name_are_ambiguous(git_host):
    verdict = at(git_host, "acme/both", ref="v1")["ref_exists"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.BRANCH_MISSING)
    assert "both a branch and a tag named v1" in verdict.evidence


@pytest.mark.parametrize("speaks_v2", [True, False], ids=["v2", "v0"])
def test_an_empty_repository_clones_and_has_no_branch(git_hosts, speaks_v2):
    rows = at(git_hosts(speaks_v2=speaks_v2), "acme/empty")
    assert rows["clone_permitted"].status is Status.PASS
    assert said(rows["ref_exists"]) == (Status.FAIL, Cause.YOURS, Layer.BRANCH_MISSING)
    assert "acme/empty is empty" in rows["ref_exists"].evidence
    assert rows["ref_exists"].facts["empty"] is True


def test_sha256_repositories_are_read(git_host):
    assert at(git_host, "acme/new-hash", ref="v1")["ref_exists"].status is Status.PASS


def test_a_list_that_is_refused_the_second_time_is_unknown(git_host, scripted_host):
    asked = []

    def decide(seen):
        if clones(seen, anonymous=False):
            asked.append(seen)
        return reply(403, b"busy", "text/plain") if len(asked) > 1 and clones(seen, anonymous=False) else None
    host = beside(git_host, scripted_host, decide)
    verdict = run(host.url, TOKENS["reader"].value, f"{host.url}/acme/web.git", "none")["ref_exists"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, Layer.BRANCH_MISSING)


def test_a_list_that_is_too_long_to_read_is_unknown(git_host, scripted_host):
    line = pkt(f"{'1' * 40} refs/heads/{'b' * 170}\n")
    long = refs(pkt(f"{'1' * 40} HEAD\0a\n") + line * 40_000 + b"0000")
    host = beside(git_host, scripted_host, lambda seen: long if clones(seen, anonymous=False) else None)
    verdict = run(host.url, TOKENS["reader"].value, f"{host.url}/acme/web.git", "zzz")["ref_exists"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, Layer.BRANCH_MISSING)
    assert "more refs than were read" in verdict.evidence


def test_a_refused_clone_stands_when_the_scopes_cannot_be_asked(git_host, scripted_host):
    def decide(seen):
        return reply(503, {}) if "/api/" in seen.path and not seen.path.endswith("/version") else None
    host = beside(git_host, scripted_host, decide)
    rows = run(host.url, TOKENS["issues"].value, f"{host.url}/acme/web.git")
    assert rows["token_accepted"].status is Status.UNKNOWN
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "Granted: not told by the host; required: read:repository." in rows["clone_permitted"].evidence
