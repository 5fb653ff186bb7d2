"""Every verdict of the registry rows against the real docker-registry: htpasswd, a token service, open, and over TLS."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import trustme

from checks.providers.docker_registry import docker_registry
from checks.verdict import Cause, Layer, Skip, Status
from tests.checks.providers.registry_run import ROWS, at, run, said, verdicts
from tests.peers.registry import IMAGES
from tests.peers.registry_tokens import password_of

MOST_REQUESTS = 6  # of a run with one service
ABSENT = "sha256:" + "0" * 64


def statuses(rows):
    return {slug: str(verdict.status) for slug, verdict in rows.items() if verdict.status is not Status.PASS}


# --- What it declares -----------------------------------------------------------------------------------------------------
def test_the_rows_are_those_of_the_checklist():
    assert list(docker_registry.checks) == ROWS
    assert {slug: set(check.needs) for slug, check in docker_registry.checks.items() if check.needs} == {
        "credential_accepted": {"host_is_registry"}, "pull_permitted": {"host_is_registry", "image_host_matches"},
        "image_exists": {"pull_permitted"}, "push_not_granted": {"credential_accepted"}, "pulls_remaining": {"credential_accepted"}}
    assert {slug for slug, check in docker_registry.checks.items() if not check.required} == {
        "credential_not_expiring", "push_not_granted", "pulls_remaining"}
    assert {slug for slug, check in docker_registry.checks.items() if check.per_service} == {
        "image_host_matches", "pull_permitted", "image_exists", "push_not_granted"}


def test_the_account_is_the_user_at_the_host():
    settings = {"host": "https://index.docker.io/v1/", "username": "acme"}
    assert docker_registry.account(settings) == docker_registry.summary(settings) == "acme at docker.io"
    assert docker_registry.account({"host": "ghcr.io", "username": ""}) == ""
    assert docker_registry.summary({"host": "ghcr.io", "username": ""}) == "public images of ghcr.io"
    assert docker_registry.endpoint({"host": ""}) == "https://registry-1.docker.io"
    assert docker_registry.addresses({"host": "ghcr.io:5000"}) == {"host": "https://ghcr.io:5000"}


# --- A token service ------------------------------------------------------------------------------------------------------
def test_a_user_who_may_pull_alone_passes_every_row(token_registry):
    rows = at(token_registry, "puller")
    assert statuses(rows) == {"credential_not_expiring": "unknown", "pulls_remaining": "skipped"}
    assert rows["host_is_registry"].facts["auth"] == "token"
    assert rows["pull_permitted"].evidence.endswith("; a stranger was refused, so the credential was needed.")
    assert rows["pull_permitted"].facts["granted"] == rows["pull_permitted"].facts["required"] == ["pull"]
    assert rows["push_not_granted"].evidence == "The credential of puller was granted pull on team/app, and no push."
    assert rows["image_exists"].facts["digest"].startswith("sha256:")
    assert "which its configuration names" in rows["image_exists"].evidence


def test_a_user_who_may_push_is_warned_of(token_registry):
    rows = at(token_registry, "pusher")
    assert statuses(rows) == {"credential_not_expiring": "unknown", "pulls_remaining": "skipped", "push_not_granted": "warn"}
    verdict = rows["push_not_granted"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.REGISTRY_AUTH)
    assert "more with team/app than a deploy needs: pull, push." in verdict.evidence
    assert (verdict.facts["granted"], verdict.facts["required"], verdict.facts["excess"]) == (["pull", "push"], ["pull"], ["push"])


def test_nothing_is_ever_uploaded(token_registry, basic_registry):
    at(token_registry, "pusher")
    at(basic_registry, "puller")
    assert {method for method, _ in token_registry.asked() + basic_registry.asked()} == {"GET", "HEAD"}


def test_a_login_that_succeeds_proves_no_right_to_the_image(token_registry):
    rows = at(token_registry, "outsider")
    assert rows["credential_accepted"].status is Status.PASS
    verdict = rows["pull_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_NAMESPACE)
    assert "does not exist, or the credential of outsider may not pull it (HTTP 401: UNAUTHORIZED, “authentication required”)" in verdict.evidence
    assert "Granted: none; required: pull." in verdict.evidence
    assert verdict.facts["candidates"] == ["registry-namespace", "registry-auth"]
    assert rows["image_exists"].skip is Skip.NEED


def test_a_wrong_password_fails_in_the_token_services_words_and_is_not_tried_again(token_registry):
    rows = at(token_registry, "puller", password="not-the-password")
    assert said(rows["credential_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_AUTH)
    assert "refused the credential of puller (HTTP 401): “incorrect username or password”." in rows["credential_accepted"].evidence
    assert (rows["pull_permitted"].status, rows["pull_permitted"].skip) == (Status.SKIPPED, Skip.NEED)
    assert "a refused credential is not asked again" in rows["pull_permitted"].evidence
    assert len(token_registry.tokens.seen) == 1
    assert token_registry.asked() == [("GET", "/v2/")]


def test_an_unknown_tag_fails_with_the_nearest(token_registry):
    rows = at(token_registry, "puller", "team/app:1.00")
    assert rows["pull_permitted"].status is Status.PASS
    verdict = rows["image_exists"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_NAMESPACE)
    assert verdict.evidence.startswith("team/app has no tag 1.00 (HTTP 404): MANIFEST_UNKNOWN, “manifest unknown”. Its tags: ")
    assert verdict.facts["suggested"] == f"{token_registry.host}/team/app:1.0"
    assert set(IMAGES["team/app"]) <= set(verdict.facts["tags"])


def test_an_unknown_digest_fails_and_one_that_is_there_passes(token_registry):
    verdict = at(token_registry, "puller", f"team/app:1.0@{ABSENT}")["image_exists"]
    assert (verdict.status, f"has no digest {ABSENT}" in verdict.evidence) == (Status.FAIL, True)
    digest = at(token_registry, "puller")["image_exists"].facts["digest"]
    assert at(token_registry, "puller", f"team/app@{digest}")["image_exists"].status is Status.PASS
    decided = at(token_registry, "puller", f"team/app:no-such-tag@{digest}")["image_exists"]
    assert decided.status is Status.PASS


def test_no_tag_means_latest(token_registry):
    assert at(token_registry, "puller", "team/app")["image_exists"].evidence.startswith(f"{token_registry.host}/team/app:latest was there")
    assert "no tag was written, which means latest" in at(token_registry, "puller", "team/app")["image_exists"].evidence


def test_a_public_image_proves_nothing_of_the_credential(token_registry):
    rows = at(token_registry, "outsider", "public/site:1.0")
    assert rows["pull_permitted"].status is Status.PASS
    assert rows["pull_permitted"].facts["public"] is True
    assert rows["pull_permitted"].evidence.endswith("so this proves nothing of the credential.")


def test_without_a_credential_a_public_image_passes_and_is_asked_for_once(token_registry):
    rows = at(token_registry, "", "public/site:1.0")
    assert statuses(rows) == dict.fromkeys(["credential_accepted", "credential_not_expiring", "push_not_granted", "pulls_remaining"], "skipped")
    assert rows["credential_accepted"].skip is Skip.NOT_APPLICABLE
    assert rows["pull_permitted"].evidence == f"{token_registry.host}/public/site:1.0 is public, and a stranger could pull it."
    assert token_registry.asked() == [("GET", "/v2/"), ("HEAD", "/v2/public/site/manifests/1.0")]
    assert all("Authorization" not in seen.headers for seen in token_registry.tokens.seen)
    assert len(token_registry.tokens.seen) == 1


def test_without_a_credential_a_private_image_fails(token_registry):
    verdict = at(token_registry, "")["pull_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_NAMESPACE)
    assert "does not exist, or is not public (HTTP 401" in verdict.evidence
    assert "enter a credential in this integration" in verdict.remedy


def test_a_user_name_whose_password_was_dropped_fails_and_asks_nobody_as_a_stranger(token_registry):
    rows = run(token_registry.url, "puller", "", f"{token_registry.host}/public/site:1.0")
    assert said(rows["credential_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_AUTH)
    assert "there is no password to it" in rows["credential_accepted"].evidence
    assert rows["pull_permitted"].status is Status.SKIPPED
    assert token_registry.asked() == [("GET", "/v2/")]


def test_a_token_of_a_clock_that_is_ahead_is_not_believed_and_the_clock_is_named(token_registry):
    token_registry.tokens.skew = 3600
    verdict = at(token_registry, "puller")["pull_permitted"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, Layer.CLOCK)
    assert "(invalid_token): their clocks were 3" in verdict.evidence


def test_a_token_of_another_issuer_is_not_believed(token_registry):
    token_registry.tokens.issuer = "somebody-else"
    verdict = at(token_registry, "puller")["pull_permitted"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, Layer.REGISTRY_AUTH)
    assert "did not believe the token that its own token service had just given" in verdict.evidence


def test_a_service_that_refuses_what_it_cannot_grant_whole_is_asked_for_pull_alone(token_registry):
    token_registry.tokens.refuses_push = True
    rows = at(token_registry, "puller")
    assert rows["pull_permitted"].status is rows["image_exists"].status is Status.PASS
    assert rows["push_not_granted"].evidence.endswith("refused puller a token to push to team/app.")
    assert at(token_registry, "pusher")["push_not_granted"].status is Status.WARN
    outsider = at(token_registry, "outsider")
    assert said(outsider["pull_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_NAMESPACE)
    assert "DENIED, “denied on team/app”" in outsider["pull_permitted"].evidence
    assert "gave outsider no token for team/app" in outsider["push_not_granted"].evidence


def test_a_token_service_that_looks_at_no_password_is_not_taken_for_a_yes(token_registry):
    token_registry.tokens.ignores = True
    rows = at(token_registry, "puller", "public/site:1.0")
    assert said(rows["credential_accepted"])[:2] == (Status.UNKNOWN, Cause.PROVIDER)
    assert rows["credential_accepted"].required is False
    assert rows["pull_permitted"].status is Status.PASS


# --- Platforms ------------------------------------------------------------------------------------------------------------
def test_the_platforms_of_an_index_are_told(token_registry):
    verdict = at(token_registry, "puller", "team/app:multi")["image_exists"]
    assert (verdict.status, verdict.facts["platforms"]) == (Status.PASS, ["linux/amd64", "linux/arm64"])


@pytest.mark.parametrize(("told", "status"), [("amd64", Status.PASS), ("aarch64", Status.PASS), ("x86_64", Status.PASS), ("s390x", Status.FAIL)])
def test_an_index_is_held_against_the_worker_node(token_registry, told, status):
    verdict = at(token_registry, "puller", "team/app:multi", known={"node_architecture": {"s0": told}})["image_exists"]
    assert verdict.status is status
    if status is Status.FAIL:
        assert "has nothing for the worker node, linux/s390x: it is for linux/amd64, linux/arm64." in verdict.evidence
        assert "--platform linux/s390x" in verdict.remedy
        assert verdict.cause is Cause.YOURS
    else:
        assert "the worker node's linux/a" in verdict.evidence


def test_the_architecture_of_another_service_says_nothing(token_registry):
    known = {"node_architecture": {"other": "s390x"}}
    assert at(token_registry, "puller", "team/app:multi", known=known)["image_exists"].status is Status.PASS


def test_services_with_the_same_image_are_each_held_against_their_own_node(token_registry):
    image = f"{token_registry.host}/team/app:multi"
    found = verdicts(token_registry.url, "puller", password_of("puller"), [image, image, image],
                     known={"node_architecture": {"s1": "arm64", "s2": "s390x"}})
    assert [str(found["image_exists", f"s{n}"].status) for n in range(3)] == ["pass", "pass", "fail"]
    assert len([path for _, path in token_registry.asked() if "manifests" in path]) == 2


# --- htpasswd -------------------------------------------------------------------------------------------------------------
def test_a_basic_registry_passes_and_cannot_tell_of_pushing(basic_registry):
    rows = at(basic_registry, "puller", "team/app:multi")
    assert statuses(rows) == {"credential_not_expiring": "unknown", "push_not_granted": "unknown", "pulls_remaining": "skipped"}
    assert rows["host_is_registry"].facts["auth"] == "basic"
    assert rows["pull_permitted"].facts["public"] is False
    verdict = rows["push_not_granted"]
    assert (verdict.cause, verdict.required, verdict.facts["told_in_full"]) == (Cause.PROVIDER, False, False)


def test_a_wrong_password_of_basic_fails_once(basic_registry):
    rows = at(basic_registry, "puller", password="not-the-password")
    assert said(rows["credential_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_AUTH)
    assert rows["pull_permitted"].status is Status.SKIPPED
    assert basic_registry.asked() == [("GET", "/v2/"), ("GET", "/v2/")]


def test_a_repository_that_is_not_there_is_told_apart_from_a_tag_that_is_not(basic_registry):
    nowhere = at(basic_registry, "puller", "team/nowhere:1.0")["image_exists"]
    assert "has no repository team/nowhere (HTTP 404): NAME_UNKNOWN" in nowhere.evidence
    assert nowhere.facts["repository_exists"] is False
    tag = at(basic_registry, "puller", "team/app:nope")["image_exists"]
    assert "team/app has no tag nope (HTTP 404): MANIFEST_UNKNOWN" in tag.evidence
    assert (tag.facts["repository_exists"], tag.facts["suggested"]) == (True, "")
    assert said(nowhere) == said(tag) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_NAMESPACE)


# --- Open to everyone -----------------------------------------------------------------------------------------------------
def test_a_registry_that_asks_for_nothing_says_nothing_of_a_credential(open_registry):
    rows = at(open_registry, "puller")
    assert rows["host_is_registry"].facts["auth"] == "none"
    assert (rows["credential_accepted"].status, rows["credential_accepted"].required) == (Status.UNKNOWN, False)
    assert rows["pull_permitted"].evidence.endswith("was not used and nothing of it is proven.")
    assert rows["push_not_granted"].status is Status.SKIPPED
    stranger = at(open_registry, "", "team/app:multi")
    assert stranger["image_exists"].facts["platforms"] == ["linux/amd64", "linux/arm64"]
    assert at(open_registry, "", "team/app:nope")["image_exists"].status is Status.FAIL


# --- Requests -------------------------------------------------------------------------------------------------------------
CASES = [(user, image) for user in ("puller", "pusher", "outsider", "")
         for image in ("team/app:1.0", "team/app:multi", "team/app:nope", "team/nowhere:1", "public/site:1.0", "public/site:multi")]


@pytest.mark.parametrize(("user", "image"), CASES, ids=lambda value: value or "stranger")
@pytest.mark.parametrize("refuses_push", [False, True], ids=["drops", "refuses"])
def test_a_run_with_one_service_asks_little_and_nothing_twice(token_registry, user, image, refuses_push):
    token_registry.tokens.refuses_push = refuses_push
    at(token_registry, user, image, known={"node_architecture": {"s0": "amd64"}})
    asked = [(s.method, s.path, s.headers.get("Authorization")) for s in token_registry.tokens.seen]
    log = token_registry.asked()
    assert len(asked) + len(log) <= MOST_REQUESTS
    assert len(set(asked)) == len(asked)
    assert len(set(log)) == len(log)


@pytest.mark.parametrize("image", ["team/app:1.0", "team/app:multi", "team/app:nope", "team/nowhere:1"])
def test_a_basic_registry_is_asked_as_little(basic_registry, open_registry, image):
    at(basic_registry, "puller", image)
    assert len(basic_registry.asked()) <= MOST_REQUESTS
    at(open_registry, "puller", image)
    assert len(open_registry.asked()) <= MOST_REQUESTS


def test_services_share_what_they_have_in_common(token_registry):
    images = [f"{token_registry.host}/team/app:{tag}" for tag in ("1.0", "1.0", "1.1", "nope", "none")]
    found = verdicts(token_registry.url, "puller", password_of("puller"), images)
    assert [str(found["image_exists", f"s{n}"].status) for n in range(5)] == ["pass", "pass", "pass", "fail", "fail"]
    log = token_registry.asked()
    assert len(set(log)) == len(log)
    assert log.count(("GET", "/v2/")) == log.count(("GET", "/v2/team/app/tags/list?n=100")) == 1
    mine = [s.path for s in token_registry.tokens.seen if "Authorization" in s.headers]
    assert len(mine) == len(set(mine)) == 2


def test_without_a_service_the_rows_of_images_wait_for_one(token_registry):
    rows = run(token_registry.url, "puller", password_of("puller"))
    assert {slug for slug, v in rows.items() if v.skip is Skip.NO_SERVICE} == {
        "image_host_matches", "pull_permitted", "image_exists", "push_not_granted"}
    assert rows["credential_accepted"].status is Status.PASS


# --- TLS ------------------------------------------------------------------------------------------------------------------
def test_a_registry_over_tls_passes_and_its_certificate_is_watched(tls_registry, trusted):
    now = datetime.now(UTC)
    fresh = tls_registry(not_after=now + timedelta(days=90))
    image = f"{fresh.host}/nothing:1"
    rows = run(f"localhost:{fresh.port}", image=image, now=now)
    assert (rows["host_is_registry"].status, "with a certificate until" in rows["host_is_registry"].evidence) == (Status.PASS, True)
    assert rows["image_exists"].status is Status.FAIL
    old = tls_registry(not_after=now + timedelta(days=5, minutes=5))
    verdict = run(f"localhost:{old.port}", now=now)["host_is_registry"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.TLS)
    assert "its certificate ends in 5 days" in verdict.evidence


@pytest.mark.parametrize(("case", "words"), [
    ("expired", "its certificate has expired"), ("other host", "its certificate is for another host name"),
    ("unknown authority", "an authority that is not trusted here"),
])
def test_a_certificate_that_cannot_be_trusted_is_unknown_and_gets_no_credential(tls_registry, trusted, case, words):
    now = datetime.now(UTC)
    registry = {
        "expired": lambda: tls_registry(not_before=now - timedelta(days=9), not_after=now - timedelta(days=1)),
        "other host": lambda: tls_registry("registry.example.com"),
        "unknown authority": lambda: tls_registry(signed_by=trustme.CA()),
    }[case]()
    rows = run(f"localhost:{registry.port}", "puller", "a-password", f"{registry.host}/team/app:1.0")
    assert said(rows["host_is_registry"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.TLS)
    assert words in rows["host_is_registry"].evidence
    assert {rows[slug].status for slug in ("credential_accepted", "pull_permitted", "image_exists")} == {Status.SKIPPED}
    assert registry.asked() == []


def test_a_registry_of_plain_http_that_is_asked_over_tls_is_told(basic_registry):
    rows = run(basic_registry.host, "puller", password_of("puller"), f"{basic_registry.host}/team/app:1.0")
    verdict = rows["host_is_registry"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, Layer.TLS)
    assert "does not speak TLS on this port (plain HTTP" in verdict.evidence
    assert "insecure-registries" in verdict.remedy


def test_a_registry_of_tls_that_is_asked_in_plain_http_is_told(tls_registry, trusted):
    registry = tls_registry()
    verdict = run(f"http://localhost:{registry.port}")["host_is_registry"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_HOST)
    assert "Client sent an HTTP request to an HTTPS server" in verdict.evidence
    assert verdict.remedy.endswith("without http://.")


def test_plain_http_is_refused_where_it_is_not_allowed(basic_registry, settings):
    settings.EGRESS_ALLOW_PLAIN_HTTP = False
    verdict = at(basic_registry, "puller")["host_is_registry"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.NETWORK)
    assert basic_registry.asked() == []


