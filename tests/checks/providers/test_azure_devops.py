"""What an Azure DevOps integration declares, its host, its clone URLs: each verdict by an answer over a socket."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.providers.azure_devops import azure_devops
from checks.providers.base import ServiceFacts
from checks.verdict import Cause, Layer, Skip, Status
from tests.checks.providers.azure_devops_run import AZURE, ROWS, at, at_beside, beside, landed, own, reply, run, said
from tests.faults.plugin import tls_of
from tests.peers.azure_devops_host import OPEN, REPOSITORIES, TOKENS, pat

pytestmark = pytest.mark.usefixtures("loopback")
SIGN_IN = "https://spsprodeus1.vssps.visualstudio.com/_signin?realm=dev.azure.com"
PAGE = b"<!doctype html><html><title>Azure DevOps Services | Sign In</title>"


# --- What it declares ---------------------------------------------------------------------------------------------
def test_the_rows_stand_in_the_order_of_the_checklist():
    assert list(azure_devops.checks) == ROWS
    assert [c.slug for c in azure_devops.rows({"pushes": False})] == ROWS[:-1]


def test_needs_required_and_per_service_are_as_the_checklist_says():
    needs = {slug: set(check.needs) for slug, check in azure_devops.checks.items() if check.needs}
    assert needs == {
        "token_accepted": {"host_reachable"}, "token_not_expiring": {"token_accepted"},
        "token_kind_supported": {"host_reachable"}, "scopes_sufficient": {"token_accepted"},
        "scopes_not_excessive": {"token_accepted"}, "repository_visible": {"token_accepted", "url_well_formed"},
        "clone_permitted": {"url_well_formed", "host_reachable"}, "ref_exists": {"clone_permitted"},
        "pushes_permitted": {"clone_permitted"}}
    assert {s for s, c in azure_devops.checks.items() if not c.required} == {
        "token_not_expiring", "scopes_not_excessive", "repository_visible"}
    assert {s for s, c in azure_devops.checks.items() if c.per_service} == {
        "url_well_formed", "repository_visible", "clone_permitted", "ref_exists", "pushes_permitted"}


@pytest.mark.parametrize(("base_url", "name", "home"), [
    ("https://dev.azure.com", "acme", "https://dev.azure.com/acme"),
    ("HTTPS://Dev.Azure.com/", "acme", "https://dev.azure.com/acme"),
    ("https://dev.azure.com/acme", "acme", "https://dev.azure.com/acme"),
    ("https://tfs.example.com/tfs", "Default Collection", "https://tfs.example.com/tfs/Default%20Collection"),
    ("https://tfs.example.com/tfs", "tfs", "https://tfs.example.com/tfs/tfs"),
])
def test_the_endpoint_is_the_organizations_own_address(base_url, name, home):
    settings = {"base_url": base_url, "azure_organisation": name}
    assert azure_devops.endpoint(settings) == home
    assert azure_devops.addresses(settings) == {"base_url": home}
    assert azure_devops.summary(settings) == home.removeprefix("https://")
    assert azure_devops.connect(settings, {"token": "t"}).token_page == f"{home}/_usersSettings/tokens"


@pytest.mark.parametrize(("typed", "problem"), [
    ("acme", ""), (" Default Collection ", ""), ("https://dev.azure.com/acme/", "Write the name alone: acme"),
    ("acme/shop", "as it stands in"), ("..", "as it stands in"), ("a?b", "as it stands in"), ("a@b", "as it stands in"),
])
def test_the_organization_is_a_name(typed, problem):
    form = azure_devops.form({"base_url": "https://dev.azure.com", "azure_organisation": typed, "token": "t"})
    assert form.is_valid() is (problem == "")
    assert problem in str(form.errors.get("azure_organisation", ""))
    assert set(azure_devops.form.setting_names()) == {"base_url", "azure_organisation", "token_expires_on", "pushes"}
    assert azure_devops.form.base_fields["base_url"].initial == "https://dev.azure.com"


# --- All well -----------------------------------------------------------------------------------------------------
def test_a_fitting_token_passes_every_row_but_the_one_that_no_host_can_tell(azure_host):
    rows = at(azure_host, ref="feature/login")
    assert {slug: v.status for slug, v in rows.items()} == {
        **dict.fromkeys(ROWS[:-1], Status.PASS), "scopes_not_excessive": Status.UNKNOWN}
    assert rows["host_reachable"].evidence.endswith("/acme answered as Azure DevOps Services.")
    assert rows["host_reachable"].facts["tenant"]
    assert rows["token_accepted"].evidence.endswith("authenticated the token as deploy.")
    assert rows["token_not_expiring"].facts["origin"] == "entered by you"
    assert rows["scopes_sufficient"].facts["granted"] == ["Code (Read)"]
    assert rows["clone_permitted"].facts["protocol"] == 0
    assert "the repository is private, so the token was needed" in rows["clone_permitted"].evidence
    assert rows["ref_exists"].evidence.startswith("shop/_git/web had the branch feature/login, at ")


@pytest.mark.parametrize("path", ["My%20Project/web%20app", "tools/tools"])
def test_names_with_blanks_are_asked_quoted(azure_host, path):
    assert at(azure_host, path)["repository_visible"].status is Status.PASS
    assert at(azure_host, path)["ref_exists"].status is Status.PASS


@pytest.mark.parametrize("variant", ["/tools/_git/_full/tools", "/_git/tools", "/_git/_optimized/tools", "/tools/_git/TOOLS"])
def test_the_other_spellings_of_a_clone_url_are_cloned(azure_host, variant):
    rows = run(azure_host.base, TOKENS["reader"].value, azure_host.url + variant)
    assert {rows[slug].status for slug in ("url_well_formed", "repository_visible", "clone_permitted", "ref_exists")} == {
        Status.PASS}


@pytest.mark.parametrize("newest", ["7.1", "7.0", "6.0", "5.1"])
def test_a_server_is_asked_in_the_version_that_it_knows(azure_hosts, newest):
    host = azure_hosts(organisation="tfs/DefaultCollection", hosted=False, newest=newest)
    rows = at(host)
    assert rows["host_reachable"].evidence.endswith("/tfs/DefaultCollection answered as an Azure DevOps Server.")
    assert rows["scopes_sufficient"].status is rows["repository_visible"].status is rows["ref_exists"].status is Status.PASS
    assert "All accessible organizations" not in rows["token_kind_supported"].evidence


def test_one_run_with_five_services_asks_nothing_twice(azure_host):
    services = [ServiceFacts(f"s{n}", "app", {"repository": azure_host.clone_url("shop/web"), "ref": "dev"}) for n in range(5)]
    landed(azure_host.base, "acme", TOKENS["lead"].value, services, pushes=True)
    asked = [(seen.method, seen.path, seen.headers.get("Authorization")) for seen in azure_host.seen
             if "git-receive-pack" not in seen.path]
    assert len(asked) == len(set(asked))


def test_no_evidence_holds_the_token(azure_host):
    for token in TOKENS:
        rows = at(azure_host, token=token, pushes=True)
        assert TOKENS[token].value not in "".join(repr(v) for v in rows.values())


def test_the_user_name_is_empty_for_the_api_and_filled_for_git(azure_host):
    at(azure_host)
    users = {"/_git/" in seen.path: azure_host.authenticate(seen.headers["Authorization"]).user
             for seen in azure_host.seen if "Authorization" in seen.headers}
    assert users == {True: "deploy", False: "deploy"}
    api = [seen for seen in azure_host.seen if "/_apis/" in seen.path]
    assert {seen.headers["X-Tfs-Fedauthredirect"] for seen in api} == {"Suppress"}
    assert {seen.headers["Accept"] for seen in api} == {"application/json"}


# --- host_reachable -----------------------------------------------------------------------------------------------
def test_an_organization_that_is_not_there_fails_and_names_its_field(azure_host):
    verdict = run(azure_host.base, TOKENS["reader"].value, organisation="acne")["host_reachable"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert "There was no organization acne at" in verdict.evidence
    assert "Correct the organization in this integration's settings" in verdict.remedy


@pytest.mark.parametrize(("answer", "status", "layer", "text"), [
    (own(401, {"message": "TF400813: Resource not available for anonymous access."}), Status.PASS, Layer.NETWORK, "answered as"),
    (own(203, PAGE, "text/html"), Status.PASS, Layer.NETWORK, "answered as an Azure DevOps Server"),
    (own(200, {"deploymentType": "hosted"}, X_VSS_ResourceTenant="7a3c"), Status.PASS, Layer.NETWORK, "DevOps Services"),
    (reply(200, {"instanceId": "d1f0"}), Status.PASS, Layer.NETWORK, "answered as"),
    ((302, {"Location": SIGN_IN, **AZURE}, b""), Status.PASS, Layer.NETWORK, "answered as"),
    ((302, {"Location": "https://sso.example.com/login"}, b""), Status.UNKNOWN, Layer.NETWORK, "sso.example.com/login"),
    (reply(203, PAGE, "text/html"), Status.UNKNOWN, Layer.NETWORK, "not Azure DevOps's own answer"),
    (reply(401, b"<html>proxy", "text/html"), Status.UNKNOWN, Layer.NETWORK, "HTTP 401"),
    (reply(403, b"<html>blocked", "text/html"), Status.UNKNOWN, Layer.NETWORK, "HTTP 403"),
    (reply(200, b"<html>captive", "text/html"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "a web page"),
    (reply(200, {"hello": 1}), Status.FAIL, Layer.CLONE_URL, "no API of Azure DevOps"),
    (reply(404, b"<html>nginx", "text/html"), Status.FAIL, Layer.CLONE_URL, "(HTTP 404)."),
    (reply(503, b""), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
], ids=["401", "203", "200", "server 200", "302", "SSO", "proxy 203", "proxy", "firewall", "captive", "JSON", "404", "outage"])
def test_azures_own_answers_are_told_from_those_of_strangers(scripted_host, answer, status, layer, text):
    rows = run(scripted_host(answer).url, pat("z"))
    assert (rows["host_reachable"].status, rows["host_reachable"].layer) == (status, layer)
    assert text in rows["host_reachable"].evidence
    if status is not Status.PASS:
        assert rows["token_accepted"].status is Status.SKIPPED


@pytest.mark.parametrize(("days", "status", "layer", "text"), [
    (20, Status.WARN, Layer.TLS, "its certificate ends in 20 days"), (60, Status.PASS, Layer.NETWORK, "with a certificate until ")])
def test_a_certificate_that_ends_soon_is_warned_of(scripted_host, trusted, days, status, layer, text):
    now = datetime.now(UTC)
    tls = tls_of(trusted, "127.0.0.1", not_after=now + timedelta(days=days, hours=1))
    host = scripted_host(own(401, {"message": "TF400813"}), tls=tls)
    verdict = run(host.url, pat("a"), now=now)["host_reachable"]
    assert (verdict.status, verdict.layer, verdict.facts["certificate_days"]) == (status, layer, days)
    assert text in verdict.evidence


def test_a_certificate_that_nobody_vouches_for_is_unknown_and_gets_no_token(scripted_host, authority):
    host = scripted_host(own(401, {"message": "TF400813"}), tls=tls_of(authority, "127.0.0.1"))
    rows = run(host.url, pat("a"), f"{host.url}/acme/shop/_git/web")
    assert said(rows["host_reachable"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.TLS)
    assert rows["clone_permitted"].status is Status.SKIPPED
    assert host.seen == []


def test_a_closed_port_is_unknown(azure_hosts):
    host = azure_hosts()
    base = host.base
    host.stop()
    assert said(run(base, pat("a"))["host_reachable"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK)


# --- The credential goes nowhere else -----------------------------------------------------------------------------
def test_no_redirect_carries_the_credential_to_another_origin(azure_host, scripted_host):
    other = scripted_host(reply(200, {}))
    away = (302, {"Location": f"{other.url}/acme/shop/_git/web/info/refs"}, b"")
    for kind, slug in (("/_apis/", "token_accepted"), ("/info/refs", "clone_permitted")):
        def decide(seen, kind=kind):
            return away if kind in seen.path and "Authorization" in seen.headers else None
        host = beside(azure_host, scripted_host, decide)
        assert at_beside(host, azure_host, pushes=True)[slug].status in (Status.FAIL, Status.UNKNOWN)
    assert other.seen == []


@pytest.mark.parametrize("text", ["{origin}/other/shop/_git/web", "https://github.com/acme/web.git", "{origin}/shop/_git/web"])
def test_another_organizations_clone_url_fails_and_is_never_asked(azure_host, text):
    rows = run(azure_host.base, TOKENS["reader"].value, text.format(origin=azure_host.origin))
    assert said(rows["url_well_formed"]) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert "as an integration of its own" in rows["url_well_formed"].remedy
    assert (rows["clone_permitted"].status, rows["clone_permitted"].skip) == (Status.SKIPPED, Skip.NEED)
    assert all(seen.path.startswith("/acme/") for seen in azure_host.seen)


def test_a_project_url_asks_for_the_repository(azure_host):
    verdict = run(azure_host.base, TOKENS["reader"].value, f"{azure_host.url}/shop")["url_well_formed"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert verdict.remedy.endswith("/acme/PROJECT/_git/REPOSITORY.")


def test_the_user_name_that_the_clone_button_copies_is_harmless(azure_host):
    typed = azure_host.clone_url("shop/web").replace("http://", "http://acme@")
    rows = run(azure_host.base, TOKENS["reader"].value, typed)
    assert said(rows["url_well_formed"]) == (Status.WARN, Cause.YOURS, Layer.CLONE_URL)
    assert rows["url_well_formed"].facts["suggested"] == azure_host.clone_url("shop/web")
    assert rows["clone_permitted"].status is rows["ref_exists"].status is Status.PASS


def test_an_organization_with_public_projects_answers_strangers(azure_hosts):
    host = azure_hosts(repositories=[*REPOSITORIES, OPEN])
    rows = at(host, "open/site")
    assert rows["host_reachable"].status is Status.PASS
    assert "this proves nothing of the token" in rows["clone_permitted"].evidence
    assert "of a public project" in rows["repository_visible"].evidence
    refused = at(host, "open/site", token="revoked")
    assert refused["token_accepted"].status is Status.FAIL
    assert refused["clone_permitted"].evidence.startswith("open/_git/site is public and answered without a token, yet not")
