"""Git's smart HTTP: against the real `git http-backend`, and against a host that answers what a test says."""
from __future__ import annotations

import pytest

from checks.clients.errors import ClientError, Kind
from checks.clients.git import MAX_ADVERTISEMENT, Git, GitRefusal, Refs
from checks.clients.git_packets import packets
from checks.demo.git_repositories import Repository
from tests.peers.git_host import TOKENS

pytestmark = pytest.mark.usefixtures("loopback")
WEB = ("refs/heads/dev", "refs/tags/dev")
OID = "1" * 40
ADVERTISEMENT, RESULT = "application/x-git-upload-pack-advertisement", "application/x-git-upload-pack-result"


def client(host, token="reader"):
    return Git(host.url, "oauth2", TOKENS[token].value)


def pkt(text):
    return f"{len(text.encode()) + 4:04x}{text}".encode()


# --- A real Git ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("options", [{}, {"service_line": False}, {"speaks_v2": False}, {"sub_path": "/gitea"}],
                         ids=["v2 as gitea", "v2 as http-backend", "v0", "sub-path"])
def test_a_branch_is_listed_with_where_head_points(git_hosts, options):
    host = git_hosts(**options)
    refs = client(host).list_refs(host.clone_url("acme/web"), prefixes=WEB)
    assert isinstance(refs, Refs)
    assert refs.has("refs/heads/dev")
    assert not refs.has("refs/heads/main")
    assert refs.default_branch == "main"
    assert refs.protocol == (2 if options.get("speaks_v2", True) else 0)
    assert refs.complete


@pytest.mark.parametrize("speaks_v2", [True, False])
def test_every_branch_and_tag_is_listed(git_hosts, speaks_v2):
    host = git_hosts(speaks_v2=speaks_v2)
    refs = client(host).list_refs(host.clone_url("acme/web"), prefixes=("refs/heads/", "refs/tags/"))
    assert sorted(refs.branches) == ["dev", "develop", "feature/login", "main"]
    assert sorted(refs.tags) == ["v1", "v2"]


def test_a_prefix_is_only_a_prefix(git_host):
    refs = client(git_host).list_refs(git_host.clone_url("acme/web"), prefixes=("refs/heads/dev",))
    assert refs.branches == ["dev", "develop"]


@pytest.mark.parametrize("speaks_v2", [True, False])
def test_an_empty_repository_has_no_refs(git_hosts, speaks_v2):
    host = git_hosts(speaks_v2=speaks_v2)
    refs = client(host).list_refs(host.clone_url("acme/empty"), prefixes=("refs/heads/", "refs/tags/"))
    assert (dict(refs.names), refs.complete) == ({}, True)
    assert refs.default_branch == ("main" if speaks_v2 else "")


@pytest.mark.parametrize("speaks_v2", [True, False])
def test_sha256_object_ids_are_read(git_hosts, speaks_v2):
    host = git_hosts(speaks_v2=speaks_v2)
    refs = client(host).list_refs(host.clone_url("acme/new-hash"), prefixes=("refs/heads/main",))
    assert len(refs.names["refs/heads/main"]) == 64


def test_a_stranger_sends_no_credential_and_a_token_goes_as_basic(git_host):
    url = git_host.clone_url("acme/web")
    no = client(git_host).list_refs(url, prefixes=WEB, anonymous=True)
    assert (no.status, no.message) == (401, "Unauthorized")
    assert all("Authorization" not in seen.headers for seen in git_host.seen)
    client(git_host).list_refs(url, prefixes=WEB)
    assert git_host.seen[-1].headers["Authorization"].startswith("Basic ")
    assert git_host.seen[-1].headers["Git-Protocol"] == "version=2"


@pytest.mark.parametrize(("token", "path", "status", "message"), [
    ("revoked", "acme/web", 401, "Failed to authenticate user"),
    ("issues", "acme/web", 403, "Forbidden"),
    ("disabled", "acme/web", 403, "Your account is disabled."),
    ("reader", "acme/secret", 404, "Repository not found"),
    ("reader", "nobody/web", 404, "Not found."),
])
def test_a_refusal_carries_the_hosts_own_words(git_host, token, path, status, message):
    no = client(git_host, token).list_refs(git_host.clone_url(path), prefixes=WEB)
    assert isinstance(no, GitRefusal)
    assert (no.status, no.message, no.is_page) == (status, message, False)


def test_a_redirect_within_the_host_is_followed_once_and_told(git_hosts):
    host = git_hosts(moved={"acme/was": "acme/web", "acme/loop": "acme/loop"})
    refs = client(host).list_refs(host.clone_url("acme/was"), prefixes=WEB)
    assert (refs.moved_to, refs.has("refs/heads/dev")) == (host.clone_url("acme/web").removesuffix(".git"), True)
    again = client(host).list_refs(host.clone_url("acme/loop"), prefixes=WEB)
    assert (again.status, len([s for s in host.seen if "loop" in s.path])) == (307, 2)


def test_a_push_is_advertised_to_a_token_that_may_write_and_refused_to_others(git_host):
    url = git_host.clone_url("acme/web")
    assert client(git_host, "writer").advertises_push(url) is None
    assert client(git_host, "reader").advertises_push(url).status == 403
    assert "archived" in client(git_host, "owner").advertises_push(git_host.clone_url("acme/old")).message


def test_a_version_0_list_of_many_refs_is_not_read_to_its_end(git_hosts):
    many = Repository("acme/many", branches=("main", *(f"z{n:05}" for n in range(4_000))), readers=("deploy",))
    host = git_hosts(repositories=[many], speaks_v2=False)
    refs = client(host).list_refs(host.clone_url("acme/many"), prefixes=("refs/heads/main", "refs/tags/main"))
    assert (refs.has("refs/heads/main"), refs.default_branch, refs.complete) == (True, "main", True)
    every = client(host).list_refs(host.clone_url("acme/many"), prefixes=("refs/heads/", "refs/tags/"))
    assert len(every.branches) == 4_001


# --- A host that answers what a test says -------------------------------------------------------------------
def asked(scripted_host, *answers, prefixes=WEB):
    host = scripted_host(*answers)
    return Git(host.url, "oauth2", "t" * 40).list_refs(f"{host.url}/acme/web.git", prefixes=prefixes)


def advertisement(*lines, content_type=ADVERTISEMENT, end=b"0000"):
    return 200, {"Content-Type": content_type}, b"".join(pkt(line) for line in lines) + end


V2 = advertisement("version 2\n", "agent=git/2.45\n", "ls-refs=unborn\n", "object-format=sha1\n")


def test_only_what_was_advertised_is_asked_for(scripted_host):
    host = scripted_host(advertisement("version 2\n", "ls-refs\n"), (200, {"Content-Type": RESULT}, b"0000"))
    Git(host.url, "oauth2", "t" * 40).list_refs(f"{host.url}/acme/web.git", prefixes=WEB)
    body = host.seen[1].body
    assert b"command=ls-refs" in body
    assert b"ref-prefix refs/heads/dev\n" in body
    assert b"object-format" not in body
    assert b"unborn" not in body


def test_unborn_and_object_format_are_sent_where_they_are_known(scripted_host):
    unborn = pkt("unborn HEAD symref-target:refs/heads/trunk\n") + b"0000"
    host = scripted_host(V2, (200, {"Content-Type": RESULT}, unborn))
    refs = Git(host.url, "oauth2", "t" * 40).list_refs(f"{host.url}/acme/web.git", prefixes=WEB)
    assert (refs.default_branch, dict(refs.names)) == ("trunk", {})
    assert b"object-format=sha1\n" in host.seen[1].body
    assert b"unborn\n" in host.seen[1].body


def test_a_host_that_ignores_prefixes_is_filtered(scripted_host):
    names = ("HEAD", "refs/heads/dev", "refs/heads/other", "refs/pull/1/head")
    body = b"".join(pkt(f"{OID} {name}\n") for name in names)
    refs = asked(scripted_host, V2, (200, {"Content-Type": RESULT}, body + b"0000"))
    assert sorted(refs.names) == ["HEAD", "refs/heads/dev"]


def test_version_1_is_read_as_version_0(scripted_host):
    refs = asked(scripted_host, advertisement("version 1\n", f"{OID} HEAD\0symref=HEAD:refs/heads/dev agent=x\n",
                                              f"{OID} refs/heads/dev\n"))
    assert (refs.protocol, refs.default_branch, refs.has("refs/heads/dev")) == (1, "dev", True)


@pytest.mark.parametrize("answers", [
    [advertisement("ERR access denied: acme/web\n")],
    [V2, (200, {"Content-Type": RESULT}, pkt("ERR access denied: acme/web\n"))],
], ids=["advertisement", "ls-refs"])
def test_an_err_packet_is_a_refusal(scripted_host, answers):
    no = asked(scripted_host, *answers)
    assert (no.status, no.message) == (200, "access denied: acme/web")


@pytest.mark.parametrize(("answers", "kind", "text"), [
    ([(200, {"Content-Type": "text/html"}, b"<html>Sign in")], Kind.NOT_PROTOCOL, "a web page"),
    ([(200, {"Content-Type": "application/json"}, b"{}")], Kind.NOT_PROTOCOL, "application/json"),
    ([(418, {"Content-Type": "text/plain"}, b"teapot")], Kind.NOT_PROTOCOL, "HTTP 418"),
    ([(200, {"Content-Type": ADVERTISEMENT}, b"")], Kind.TRUNCATED, "before its end"),
    ([(200, {"Content-Type": ADVERTISEMENT}, b"hello world")], Kind.NOT_PROTOCOL, "not Git's protocol"),
    ([(200, {"Content-Type": ADVERTISEMENT}, b"0003")], Kind.NOT_PROTOCOL, "impossible length"),
    ([(200, {"Content-Type": ADVERTISEMENT}, b"003f" + OID.encode())], Kind.TRUNCATED, "middle of a line"),
    ([advertisement(f"{OID} HEAD\n", end=b"")], Kind.TRUNCATED, "before its end"),
    ([advertisement("good morning\n")], Kind.NOT_PROTOCOL, "names no ref"),
    ([V2, (200, {"Content-Type": "text/html"}, b"<html>")], Kind.NOT_PROTOCOL, "a web page"),
    ([V2, (200, {"Content-Type": RESULT}, pkt(f"{OID} refs/heads/dev\n"))], Kind.TRUNCATED, "before its end"),
    ([(503, {"Content-Type": "text/html"}, b"<html>")], Kind.OUTAGE, ""),
], ids=lambda value: value if isinstance(value, str) else None)
def test_what_is_no_answer_of_git_raises(scripted_host, answers, kind, text):
    with pytest.raises(ClientError) as raised:
        asked(scripted_host, *answers)
    assert raised.value.kind is kind
    assert text in raised.value.detail


def test_a_page_with_a_refusal_is_marked_as_one(scripted_host):
    no = asked(scripted_host, (403, {"Content-Type": "text/html"}, b"<html><title>Attention required"))
    assert (no.status, no.message, no.is_page) == (403, "", True)


def test_a_json_refusal_gives_its_sentence(scripted_host):
    no = asked(scripted_host, (404, {"Content-Type": "application/json"}, b'{"message": "not found", "url": "x"}'))
    assert (no.status, no.message) == (404, "not found")


def test_a_redirect_to_another_origin_is_named_and_gets_no_byte(scripted_host):
    other = scripted_host()
    no = asked(scripted_host, (302, {"Location": f"{other.url}/acme/web.git/info/refs?service=git-upload-pack"}, b""))
    assert (no.status, no.location) == (302, f"{other.url}/acme/web.git/info/refs?service=git-upload-pack")
    assert other.seen == []


def test_a_list_without_an_end_is_cut_and_said_to_be_incomplete(scripted_host):
    line = pkt(f"{OID} refs/heads/" + "a" * 200 + "\n")
    body = pkt(f"{OID} HEAD\0symref=HEAD:refs/heads/main\n") + line * (MAX_ADVERTISEMENT // len(line) + 10)
    refs = asked(scripted_host, (200, {"Content-Type": ADVERTISEMENT}, body + b"0000"), prefixes=("refs/heads/",))
    assert (refs.complete, refs.default_branch) == (False, "main")


def test_pkt_lines_name_their_special_packets():
    assert list(packets(b"0008abcd" b"0001" b"0002" b"0004" b"0000")) == [
        b"abcd", "delimiter", "response-end", b"", "flush"]
