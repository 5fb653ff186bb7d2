"""The webhook rows of a GitHub App: subscribed, configured, delivered; GitHub's log beside what came here, over a socket."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.verdict import Cause, Layer, Status
from tests.checks.providers.github_run import HOOK, requested, rows_of, said
from tests.peers.github_host import SLUG

pytestmark = pytest.mark.usefixtures("loopback")
FAILED = (Status.FAIL, Cause.YOURS, Layer.WEBHOOK)
PASSED = (Status.PASS, None, Layer.WEBHOOK)
PUBLIC = "https://checks.dflow.sh/webhooks/github/1"


def row(host, pem, slug, **options):
    return rows_of(host, pem, None, **options)[slug]


def came(guid, *, minutes=5, name="push", repository="acme/web", ref="refs/heads/main", text=False):
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    return {"delivery": guid, "name": name, "action": "", "repository": repository, "ref": ref, "at": at.isoformat() if text else at}


def known(*received, refused=None, url=HOOK):
    return {"hook": {"url": url, "received": list(received), "refused": refused}}


def delivered(host, pem, *received, refused=None, **options):
    return row(host, pem, "webhook_delivered", known=known(*received, refused=refused), **options)


# --- push_event_subscribed --------------------------------------------------------------------------------------------
def test_an_app_that_listens_to_pushes_passes(github_host, github_pem):
    assert said(row(github_host, github_pem, "push_event_subscribed")) == PASSED


@pytest.mark.parametrize(("events", "text"), [([], "subscribed to no event"), (["issues", "star"], "subscribed only to issues, star")])
def test_an_app_that_does_not_is_told_where_to_tick_it(github_hosts, github_pem, events, text):
    host = github_hosts(app={"events": events})
    rows = rows_of(host, github_pem)
    verdict = rows["push_event_subscribed"]
    assert said(verdict) == FAILED
    assert text in verdict.evidence
    assert verdict.link == f"{host.url}/organizations/acme/settings/apps/{SLUG}/permissions"
    assert "Tick Push" in verdict.remedy
    assert verdict.facts["events"] == events
    assert said(rows["webhook_delivered"]) == FAILED
    assert rows["webhook_delivered"].facts["reason"] == "not subscribed"


# --- webhook_configured -----------------------------------------------------------------------------------------------
def test_a_webhook_that_comes_here_passes(github_host, github_pem):
    verdict = row(github_host, github_pem, "webhook_configured")
    assert said(verdict) == PASSED
    assert verdict.evidence == f"The App's webhook went to this integration's address, {HOOK}, with a secret."


def test_a_public_address_is_verified_by_tls(github_hosts, github_pem):
    host = github_hosts(app={"hook_url": PUBLIC})
    for base in (host.url, "https://github.com"):
        verdict = row(host, github_pem, "webhook_configured", known=known(url=PUBLIC), base_url=base)
        assert said(verdict) == PASSED
        assert "with a secret and with TLS verified" in verdict.evidence


@pytest.mark.parametrize(("changes", "text", "remedy"), [
    ({"hook_url": ""}, "The App had no webhook.", HOOK),
    ({"hook_url": "https://old.example.com/api/deploy/github?key=abc"}, "went to https://old.example.com/api/deploy/github, and", HOOK),
    ({"hook_url": HOOK.replace("/1", "/2")}, "and this integration's address is", HOOK),
    ({"webhook_secret": ""}, "had no secret", "webhook secret"), ({"insecure_ssl": True}, "did not verify TLS", "SSL verification"),
])
def test_a_webhook_that_is_set_up_otherwise_is_told(github_hosts, github_pem, changes, text, remedy):
    host = github_hosts(app=changes)
    rows = rows_of(host, github_pem, None)
    verdict = rows["webhook_configured"]
    assert said(verdict) == FAILED
    assert text in verdict.evidence
    assert remedy in verdict.remedy
    assert "key=abc" not in verdict.evidence
    assert verdict.link == f"{host.url}/organizations/acme/settings/apps/{SLUG}"
    assert rows["webhook_delivered"].status is Status.SKIPPED


def test_a_webhook_that_sends_forms_is_told(github_hosts, github_pem):
    told = {"content_type": "form", "insecure_ssl": "0", "secret": "********", "url": HOOK}  # docs.github.com/rest/apps/webhooks
    verdict = row(github_hosts(failing={"/app/hook/config": (200, {}, told)}), github_pem, "webhook_configured")
    assert said(verdict) == FAILED
    assert "application/json" in verdict.remedy


@pytest.mark.parametrize("url", [HOOK, HOOK + "/", HOOK.replace("http:", "HTTP:")])
def test_an_address_is_the_same_however_it_is_spelled(github_hosts, github_pem, url):
    assert said(row(github_hosts(app={"hook_url": url}), github_pem, "webhook_configured")) == PASSED


@pytest.mark.parametrize(("url", "why"), [
    (HOOK, "is not a public address"), ("http://localhost:8000/webhooks/github/1", "is not a public address"),
    ("https://checks.internal/webhooks/github/1", "is not a public address"),
    ("https://10.0.0.7/webhooks/github/1", "is not a public address"), ("http://checks.dflow.sh/webhooks/github/1", "is not https"),
])
def test_an_address_that_github_cannot_reach_is_ours_to_change(github_hosts, github_pem, url, why):
    host = github_hosts(app={"hook_url": url})
    verdict = row(host, github_pem, "webhook_configured", known=known(url=url), base_url="https://github.com")
    assert said(verdict) == (Status.UNKNOWN, Cause.OURS, Layer.WEBHOOK)
    assert f"{url} {why}" in verdict.evidence
    assert "BASE_URL" in verdict.remedy


def test_where_our_address_is_not_known_nothing_is_compared(github_host, github_pem):
    verdict = row(github_host, github_pem, "webhook_configured", known={})
    assert said(verdict) == (Status.UNKNOWN, Cause.OURS, Layer.WEBHOOK)


@pytest.mark.parametrize(("answer", "expected"), [
    ((403, {}, {"message": "Forbidden"}), (Status.UNKNOWN, Cause.PROVIDER, Layer.WEBHOOK)),
    ((404, {"Content-Type": "text/html"}, "<html>"), (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK)),
    ((200, {}, "[]"), (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE)),
    ((503, {}, ""), (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE)),
])
@pytest.mark.parametrize(("path", "slug"), [("/app/hook/config", "webhook_configured"), ("/app/hook/deliveries", "webhook_delivered")])
def test_trouble_in_asking_is_unknown(github_hosts, github_pem, path, slug, answer, expected):
    if path.endswith("deliveries") and answer[2] == "[]":
        answer = (200, {}, "{}")
        expected = (Status.UNKNOWN, Cause.PROVIDER, Layer.WEBHOOK)
    assert said(row(github_hosts(failing={path: answer}), github_pem, slug)) == expected


# --- webhook_delivered: never sent ------------------------------------------------------------------------------------
def test_an_app_that_never_sent_anything_had_no_push_yet(github_host, github_pem):
    verdict = delivered(github_host, github_pem)
    assert said(verdict) == (Status.UNKNOWN, Cause.YOURS, Layer.WEBHOOK)
    assert "held no push of this installation, and nothing else either" in verdict.evidence
    assert "Push a commit" in verdict.remedy
    assert verdict.link == f"{github_host.url}/organizations/acme/settings/apps/{SLUG}/advanced"
    assert verdict.facts["reason"] == "no push"


def test_what_was_sent_beside_pushes_is_named(github_host, github_pem):
    github_host.record("ping")
    github_host.record("installation", action="created", installation_id=1)
    github_host.record("push", installation_id=2)  # another account's
    verdict = delivered(github_host, github_pem)
    assert verdict.status is Status.UNKNOWN
    assert "; it sent installation, ping, push: none was due" in verdict.evidence


def test_a_log_that_is_full_of_others_says_how_far_it_goes(github_host, github_pem):
    for _ in range(120):
        github_host.record("push", installation_id=2)
    assert "among the last 100 deliveries" in delivered(github_host, github_pem).evidence
    assert len(requested(github_host, "GET", "/app/hook/deliveries")) == 1


def test_a_push_that_came_before_githubs_log_begins_is_remembered(github_host, github_pem):
    verdict = delivered(github_host, github_pem, came("old", minutes=60 * 24 * 9))
    assert said(verdict) == PASSED
    assert "The last push that came was 9 days ago, for acme/web, main; GitHub's own log no longer held it." in verdict.evidence


# --- Sent, and what became of it --------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", [True, False])
@pytest.mark.parametrize(("ref", "shown"), [("refs/heads/feature/x", "feature/x"), ("refs/tags/v1", "tags/v1"), ("", "no branch named")])
def test_a_push_that_came_says_what_it_was_for_and_how_long_ago(github_host, github_pem, text, ref, shown):
    github_host.record("push", installation_id=1, guid="g1", ago=3 * 3600)
    verdict = delivered(github_host, github_pem, came("g1", minutes=180, repository="acme/site", ref=ref, text=text))
    assert said(verdict) == PASSED
    assert f"The last push that GitHub sent came 3 hours ago, for acme/site, {shown}." in verdict.evidence
    assert "A service on another repository or branch is not deployed by it." in verdict.evidence
    assert {name: verdict.facts[name] for name in ("repository", "ref", "delivery")} == {
        "repository": "acme/site", "ref": ref, "delivery": "g1"}


@pytest.mark.parametrize(("seconds", "text"), [(5, "less than a minute ago"), (70, "1 minute ago"), (4000, "1 hour ago"),
                                               (100_000, "1 day ago"), (-300, "less than a minute ago")])
def test_how_long_ago_is_told_in_plain_words(github_host, github_pem, seconds, text):
    github_host.record("push", installation_id=1, guid="g1", ago=seconds)
    assert text in delivered(github_host, github_pem, came("g1", minutes=seconds / 60)).evidence


@pytest.mark.parametrize(("status", "text", "remedy"), [
    ("timed out", "it waited ten seconds and nothing answered", "firewall"),
    ("failed to connect to host", "it could not connect", "port is open"),
    ("couldn't resolve host name", "could not resolve the host name", "DNS record"),
    ("SSL peer certificate or SSH remote key was not OK", "did not trust the certificate", "certificate"),
    ("no idea", "it got no response", "from outside"),
])
def test_a_push_that_got_no_response_is_told_by_githubs_own_words(github_host, github_pem, status, text, remedy):
    line = github_host.record("push", status=status, status_code=0, installation_id=1)
    verdict = delivered(github_host, github_pem, came("earlier", minutes=600))
    assert said(verdict) == FAILED
    assert text in verdict.evidence
    assert f"(“{status}”)" in verdict.evidence
    assert remedy in verdict.remedy
    assert verdict.facts["redeliver"] == line.id
    assert verdict.link in verdict.remedy


def test_a_push_that_was_really_sent_to_a_closed_port_is_told(github_host, github_pem):
    assert github_host.deliver("push", {"ref": "refs/heads/main", "installation": {"id": 1}}) == 0
    verdict = delivered(github_host, github_pem)
    assert said(verdict) == FAILED
    assert "it could not connect (“failed to connect to host”)" in verdict.evidence


def test_a_signature_that_was_refused_here_means_another_secret(github_host, github_pem):
    line = github_host.record("push", status="Invalid HTTP Response: 401", status_code=401, installation_id=1)
    refused = {"at": datetime.now(UTC), "why": "The signature does not match: the webhook secret at GitHub differs."}
    verdict = delivered(github_host, github_pem, refused=refused)
    assert said(verdict) == FAILED
    assert "it was refused here (HTTP 401): “The signature does not match: the webhook secret at GitHub differs”." in verdict.evidence
    assert "Enter the same webhook secret" in verdict.remedy
    assert verdict.link == f"{github_host.url}/organizations/acme/settings/apps/{SLUG}"
    assert (verdict.facts["redeliver"], verdict.facts["reason"]) == (line.id, "refused")


@pytest.mark.parametrize("refused", [None, {"at": datetime(2026, 1, 1, tzinfo=UTC).isoformat(), "why": "Long ago."}])
def test_a_refusal_that_was_not_ours_came_from_before_this_program(github_host, github_pem, refused):
    github_host.record("push", status="Invalid HTTP Response: 401", status_code=401, installation_id=1)
    verdict = delivered(github_host, github_pem, refused=refused)
    assert said(verdict) == FAILED
    assert "something before this program refused it (HTTP 401)" in verdict.evidence
    assert verdict.facts["reason"] == "refused before us"


@pytest.mark.parametrize(("code", "reason", "text"), [
    (302, "redirected", "answered with a redirect"), (404, "refused", "it was not accepted (HTTP 404)"),
    (413, "refused", "HTTP 413"), (502, "error", "this program was down, or failed"), (500, "error", "HTTP 500"),
])
def test_every_other_answer_to_a_push_is_told(github_host, github_pem, code, reason, text):
    line = github_host.record("push", status=f"Invalid HTTP Response: {code}", status_code=code, installation_id=1)
    verdict = delivered(github_host, github_pem)
    assert said(verdict) == FAILED
    assert text in verdict.evidence
    assert (verdict.facts["reason"], verdict.facts["redeliver"], verdict.facts["status_code"]) == (reason, line.id, code)


def test_a_push_that_github_calls_delivered_and_nobody_saw_went_to_another_program(github_host, github_pem):
    line = github_host.record("push", installation_id=1, ago=60)
    for received in ([], [came("earlier", minutes=600)]):
        verdict = delivered(github_host, github_pem, *received)
        assert said(verdict) == FAILED
        assert "and nothing came here: another program answers at that address." in verdict.evidence
        assert (verdict.facts["reason"], verdict.facts["redeliver"]) == ("another program", line.id)


def test_what_came_before_our_own_memory_begins_is_taken_at_githubs_word(github_host, github_pem):
    github_host.record("push", installation_id=1, ago=7200)
    verdict = delivered(github_host, github_pem, came("later", minutes=3, name="installation"))
    assert said(verdict) == PASSED
    assert "it was accepted (HTTP 200); what came so long ago is no longer kept here." in verdict.evidence


def test_the_newest_delivery_decides_and_a_redelivery_is_one(github_host, github_pem):
    github_host.record("push", status="timed out", status_code=0, installation_id=1, guid="g1", ago=900)
    github_host.record("push", installation_id=1, guid="g1", ago=60, redelivery=True)
    verdict = delivered(github_host, github_pem, came("g1", minutes=1))
    assert said(verdict) == PASSED
    assert "(on a redelivery)" in verdict.evidence


def test_without_an_installation_every_push_of_the_app_counts(github_host, github_pem):
    github_host.record("push", installation_id=2, guid="g2")
    assert said(delivered(github_host, github_pem, came("g2"), installation="")) == PASSED


def test_a_log_in_a_strange_form_is_read_as_far_as_it_goes(github_hosts, github_pem):
    lines = [None, {"event": "push", "status_code": None, "delivered_at": "yesterday"}]
    verdict = delivered(github_hosts(failing={"/app/hook/deliveries": lambda seen: (200, {}, str(lines).replace("None", "null")
                                                                                    .replace("'", '"'))}), github_pem)
    assert said(verdict) == FAILED
    assert "at a time that was not told" in verdict.evidence
