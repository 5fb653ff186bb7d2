"""Whether the App is installed and active, and what the installation may do; each verdict by an answer over a socket."""
from __future__ import annotations

import pytest

from checks.demo.github_world import Account, Installation
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.github_run import requested, rows_of, said, turned

pytestmark = pytest.mark.usefixtures("loopback")
FAILED = (Status.FAIL, Cause.YOURS, Layer.GITHUB_APP)
WRITES = {"contents": "write", "metadata": "read"}
# aquasecurity/trivy#10567, with another organisation's name
ALLOW_LIST = {"message": "Although you appear to have the correct authorization credentials, the `acme` organization has an IP "
                         "allow list enabled, and your IP address is not permitted to access this resource."}


def active(host, pem, **options):
    return rows_of(host, pem, None, **options)["installation_active"]


# --- No number yet --------------------------------------------------------------------------------------------------
def test_an_app_that_is_not_installed_anywhere_is_told(github_hosts, github_pem):
    host = github_hosts(installations=[], requests=[])
    verdict = active(host, github_pem, installation="")
    assert said(verdict) == FAILED
    assert verdict.evidence == "The App “dFlow deploys” was not installed anywhere."
    assert verdict.link == f"{host.url}/github-apps/dflow-deploys/installations/new"
    assert verdict.link in verdict.remedy
    assert (verdict.facts["pending"], verdict.facts["installations"]) == (False, [])


def test_a_request_that_waits_for_an_owner_is_told_with_a_message_for_that_owner(github_hosts, github_pem):
    host = github_hosts(installations=[])
    verdict = active(host, github_pem, installation="")
    assert said(verdict) == FAILED
    assert verdict.evidence == "alice asked on 2026-11-19 for it to be installed on waiting, and no owner has approved that yet."
    assert verdict.link == f"{host.url}/organizations/waiting/settings/installations"
    assert {name: verdict.facts[name] for name in ("pending", "account", "requester")} == {
        "pending": True, "account": "waiting", "requester": "alice"}
    message = verdict.facts["message"]
    assert "alice asked to install the GitHub App “dFlow deploys” on waiting" in message
    assert "contents:read, metadata:read" in message
    assert verdict.link in message


@pytest.mark.parametrize("count", [1, 3, 7])
def test_installations_of_which_none_is_chosen_are_listed(github_hosts, github_pem, count):
    host = github_hosts(installations=[Installation(n, f"org{n}") for n in range(1, count + 1)], requests=[])
    verdict = active(host, github_pem, installation="")
    assert said(verdict) == FAILED
    assert verdict.facts["installations"] == [{"id": str(n), "account": f"org{n}"} for n in range(1, count + 1)]
    assert "1 on org1" in verdict.evidence
    assert ("and 2 more" in verdict.evidence) is (count == 7)
    assert "Choose the installation" in verdict.remedy
    assert verdict.facts["pending"] is False


def test_a_request_beside_an_installation_is_told_too(github_host, github_pem):
    verdict = active(github_host, github_pem, installation="")
    assert len(verdict.facts["installations"]) == 3
    assert "alice asked on 2026-11-19 for it to be installed on waiting; no owner has approved that yet." in verdict.evidence
    assert verdict.facts["pending"] is True


def test_more_installations_than_a_page_are_all_listed(github_hosts, github_pem):
    host = github_hosts(installations=[Installation(n, f"org{n}") for n in range(1, 251)], requests=[])
    verdict = active(host, github_pem, installation="")
    assert len(verdict.facts["installations"]) == 250
    assert len(requested(host, "GET", "/app/installations")) == 3


def test_a_list_that_breaks_at_its_second_page_is_unknown(github_hosts, github_pem):
    broken = lambda seen: (200, {}, "[{") if "page=2" in seen.path else None  # noqa: E731 -- a default that reads in place
    host = github_hosts(installations=[Installation(n, f"org{n}") for n in range(1, 150)],
                        failing={"/app/installations": broken})
    assert said(active(host, github_pem, installation="")) == (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE)


def test_a_server_that_knows_no_requests_is_no_trouble(github_hosts, github_pem):
    host = github_hosts(installations=[], failing={"/app/installation-requests": (404, {}, {"message": "Not Found"})})
    assert "was not installed anywhere" in active(host, github_pem, installation="").evidence


# --- With a number --------------------------------------------------------------------------------------------------
def test_an_active_installation_names_its_account(github_host, github_pem):
    verdict = active(github_host, github_pem)
    assert said(verdict) == (Status.PASS, None, Layer.GITHUB_APP)
    assert verdict.evidence == (
        "The App “dFlow deploys” was installed on acme (installation 1), for the repositories chosen for it.")
    assert (verdict.facts["account"], verdict.facts["selection"]) == ("acme", "selected")
    assert "for all its repositories" in active(github_host, github_pem, installation=2).evidence


def test_an_uninstalled_one_is_gone_and_others_are_offered(github_host, github_pem):
    del github_host.installations[1]
    verdict = active(github_host, github_pem)
    assert said(verdict) == FAILED
    assert "had no installation 1: it was uninstalled, or the number is that of another App's installation." in verdict.evidence
    assert verdict.facts["installations"] == [{"id": "2", "account": "alice"}, {"id": "3", "account": "sleepy"}]
    assert "Choose one of its installations" in verdict.remedy


def test_githubs_log_may_still_know_that_it_was_uninstalled(github_hosts, github_pem):
    host = github_hosts(installations=[])
    host.record("installation", action="deleted", installation_id=1)
    verdict = active(host, github_pem)
    assert said(verdict) == FAILED
    assert "GitHub's delivery log says that it was uninstalled on 20" in verdict.evidence
    assert verdict.facts["uninstalled_at"]
    assert "Install it on" in verdict.remedy
    host = github_hosts(installations=[], failing={"/app/hook/deliveries": (503, {}, "")})
    assert "it was uninstalled, or the number is" in active(host, github_pem).evidence


def test_another_apps_installation_is_told(github_hosts, github_pem):
    host = github_hosts(failing={"/app/installations/1": (200, {}, {"id": 1, "app_id": 9, "account": {"login": "acme"}})})
    verdict = active(host, github_pem)
    assert said(verdict) == FAILED
    assert verdict.evidence == "The installation 1 on acme was one of another App."


def test_one_that_another_organisation_of_this_program_holds_fails(github_host, github_pem):
    rows = rows_of(github_host, github_pem, known={"held_elsewhere": True, "hook": {}})
    assert said(rows["installation_active"]) == FAILED
    assert "is connected in another Organisation of this program" in rows["installation_active"].evidence
    assert rows["clone_permitted"].status is Status.SKIPPED
    assert active(github_host, github_pem, known={"held_elsewhere": False}).status is Status.PASS


@pytest.mark.parametrize(("account", "by", "owner", "text", "link"), [
    ("sleepy", "olga", "acme", "as an owner of sleepy", "/organizations/sleepy/settings/installations/3"),
    ("alice", "alice", "acme", "Unsuspend it on", "/settings/installations/3"),
    ("sleepy", "mallory", "mallory", "Have mallory, the App's owner", "/settings/apps/dflow-deploys/installations"),
    ("acme", "olga", "acme", "Unsuspend it on", "/organizations/acme/settings/installations/3"),
])
def test_a_suspended_installation_names_who_can_lift_it(github_hosts, github_pem, account, by, owner, text, link):
    kind = "User" if account == "alice" else "Organization"
    host = github_hosts(app={"owner": owner}, installations=[Installation(3, account, kind, suspended_by=by)])
    verdict = active(host, github_pem, installation=3)
    assert said(verdict) == FAILED
    assert f"on {account} was suspended on 2026-11-20 by {by}." in verdict.evidence
    assert text in verdict.remedy
    assert verdict.link.endswith(link)
    assert verdict.facts["suspended_by"] == by


@pytest.mark.parametrize(("answer", "expected", "text"), [
    ((403, {}, ALLOW_LIST), FAILED, "The IP allow list refused this program's address"),
    ((403, {}, {"message": "Forbidden"}), (Status.UNKNOWN, Cause.PROVIDER, Layer.GITHUB_APP), "HTTP 403"),
    ((404, {"Content-Type": "text/html"}, "<html>"), (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK), "not GitHub's own answer"),
    ((200, {}, "[]"), (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE), "the installation was due"),
    ((502, {}, ""), (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE), "HTTP 502"),
])
def test_other_answers_about_an_installation_are_told_apart(github_hosts, github_pem, answer, expected, text):
    rows = rows_of(github_hosts(failing={"/app/installations/1": answer}), github_pem)
    assert said(rows["installation_active"]) == expected
    assert text in rows["installation_active"].evidence
    assert rows["permissions_granted"].status is Status.SKIPPED


# --- permissions_granted ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("left", "rows"), [
    ({"metadata": "read"}, {"permissions_granted", "clone_permitted"}),
    ({"contents": "read", "metadata": "read"}, {"permissions_granted", "pushes_permitted"}),
    ({"contents": "write"}, {"permissions_granted"}),  # GitHub gives metadata to every token
], ids=["no contents", "contents read-only", "no metadata"])
def test_taking_away_one_permission_turns_the_rows_that_name_it(github_hosts, github_pem, left, rows):
    host = github_hosts(app={"permissions": dict(WRITES)})
    host.installations[1].permissions = dict(WRITES)
    before = rows_of(host, github_pem, pushes=True)
    host.installations[1].permissions = left
    after = rows_of(host, github_pem, pushes=True)
    assert turned(before, after) == rows
    for slug in rows:
        assert said(after[slug]) == FAILED
        assert after[slug].facts["granted"] == [f"{name}:{level}" for name, level in sorted(left.items())]
        assert after[slug].facts["required"] == ["contents:write", "metadata:read"]
        assert "Granted: " in after[slug].evidence
        assert "required: contents:write, metadata:read." in after[slug].evidence


def test_new_permissions_that_nobody_accepted_are_named_with_their_page(github_hosts, github_pem):
    host = github_hosts(app={"permissions": WRITES})
    verdict = rows_of(host, github_pem, pushes=True)["permissions_granted"]
    assert said(verdict) == FAILED
    assert "The App asks for contents:write, and on acme these new permissions await acceptance." in verdict.evidence
    assert verdict.link == f"{host.url}/organizations/acme/settings/installations/1"
    assert verdict.remedy == f"Have an owner of acme accept the new permissions on {verdict.link}."
    assert verdict.facts["waiting"] == ["contents:write"]


def test_what_the_app_does_not_ask_for_is_mended_on_its_own_page(github_host, github_pem):
    verdict = rows_of(github_host, github_pem, pushes=True)["permissions_granted"]
    assert said(verdict) == FAILED
    assert "and the App does not ask for it" in verdict.evidence
    assert verdict.link == f"{github_host.url}/organizations/acme/settings/apps/dflow-deploys/permissions"


def test_an_update_that_no_deploy_needs_is_a_warning(github_hosts, github_pem):
    host = github_hosts(app={"permissions": {"contents": "read", "metadata": "read", "issues": "write"}})
    verdict = rows_of(host, github_pem)["permissions_granted"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.GITHUB_APP)
    assert "new permissions await acceptance: issues:write." in verdict.evidence
    assert verdict.facts["waiting"] == ["issues:write"]


@pytest.mark.parametrize("level", ["write", "admin"])
def test_more_than_read_covers_reading(github_host, github_pem, level):
    github_host.installations[1].permissions = {"contents": level, "metadata": "read"}
    assert rows_of(github_host, github_pem)["permissions_granted"].status is Status.PASS


# --- permissions_not_excessive ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("granted", "pushes", "surplus"), [
    ({"contents": "write", "metadata": "read"}, False, ["contents:write"]),
    ({"contents": "write", "metadata": "read", "workflows": "write"}, True, ["workflows:write"]),
    ({"contents": "read", "metadata": "read", "administration": "write"}, False, ["administration:write"]),
    ({"contents": "read", "metadata": "read", "secrets": "read", "organization_secrets": "read"}, False,
     ["organization_secrets:read", "secrets:read"]),
    ({"contents": "read", "metadata": "read", "emails": "read", "pull_requests": "write"}, False,
     ["emails:read", "pull_requests:write"]),
])
def test_what_no_deploy_needs_is_warned_of(github_host, github_pem, granted, pushes, surplus):
    github_host.installations[1].permissions = granted
    verdict = rows_of(github_host, github_pem, pushes=pushes)["permissions_not_excessive"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.GITHUB_APP)
    assert verdict.facts["surplus"] == surplus
    assert f"may do more than a deploy needs: {', '.join(surplus)}." in verdict.evidence
    assert "alone on" in verdict.remedy
    assert verdict.link.endswith("/organizations/acme/settings/apps/dflow-deploys/permissions")


def test_the_least_grant_is_not_excessive(github_host, github_pem):
    assert said(rows_of(github_host, github_pem)["permissions_not_excessive"]) == (Status.PASS, None, Layer.GITHUB_APP)


@pytest.mark.parametrize(("owner", "page"), [("acme", "/organizations/acme/settings/apps/"), ("alice", "/settings/apps/")])
def test_the_apps_page_is_below_its_owners_settings(github_hosts, github_pem, owner, page):
    host = github_hosts(app={"owner": owner}, accounts=[Account("acme", "Organization"), Account("alice")])
    verdict = rows_of(host, github_pem, pushes=True)["permissions_granted"]
    assert verdict.link == f"{host.url}{page}dflow-deploys/permissions"
