"""The pages of the demo's GitHub: an App made from a manifest, installed, asked for, approved, changed and authorised."""
from __future__ import annotations

import json
import re
import time
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.peers.github_host import CLIENT_ID, CLIENT_SECRET, SLUG, signed

pytestmark = pytest.mark.peer("git")

HERE = "https://dflow.example"
MANIFEST = {
    "name": "dFlow at acme", "url": HERE, "redirect_url": f"{HERE}/made", "setup_url": f"{HERE}/installed", "public": False,
    "hook_attributes": {"url": f"{HERE}/webhooks/github/1"}, "callback_urls": [f"{HERE}/back"], "default_events": ["push"],
    "default_permissions": {"contents": "read", "metadata": "read"}, "setup_on_update": True,
}


def get(host, path, **params):
    return requests.get(f"{host.url}{path}", params=params, allow_redirects=False, timeout=60)


def press(host, page, button, **changes):
    """Send the form of a page by the button with this text, with what a person changed in it."""
    action = unescape(re.search(r'<form method=post action="([^"]*)"', page.text)[1])
    sent = {unescape(name): unescape(value) for name, value in re.findall(r'<input type=hidden name="([^"]*)" value="([^"]*)"', page.text)}
    found = re.search(rf'<button type=submit(?: name="([^"]*)" value="([^"]*)")?>{re.escape(button)}</button>', page.text)
    assert found, page.text
    if found[1]:
        sent[found[1]] = found[2]
    return requests.post(f"{host.url}{action}", {**sent, **changes}, allow_redirects=False, timeout=60)


def sent_to(response):
    """Where a browser goes on, without its query, and the query."""
    assert response.status_code == 302, response.text
    where = urlsplit(response.headers["Location"])
    return where._replace(query="").geturl(), {name: values[0] for name, values in parse_qs(where.query).items()}


def propose(host, manifest, path="/organizations/acme/settings/apps/new", **params):
    text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    return requests.post(f"{host.url}{path}", {"manifest": text}, params=params, timeout=60)


def test_an_app_is_made_from_a_manifest_and_its_keys_are_handed_over_once(github_host):
    page = propose(github_host, MANIFEST, state="s1")
    where, query = sent_to(press(github_host, page, "Create GitHub App for acme"))
    assert (where, query["state"]) == (f"{HERE}/made", "s1")
    address = f"{github_host.api_url}/app-manifests/{query['code']}/conversions"
    made = requests.post(address, timeout=60)
    told = made.json()
    assert (made.status_code, told["slug"], told["owner"]["login"], told["events"]) == (201, "dflow-at-acme", "acme", ["push"])
    assert all(told[name] for name in ("id", "client_id", "client_secret", "webhook_secret", "html_url"))
    header = {"Authorization": f"Bearer {signed(told['pem'], iss=str(told['id']))}"}
    itself = requests.get(f"{github_host.api_url}/app", headers=header, timeout=60)
    assert itself.json()["name"] == "dFlow at acme"
    assert requests.post(address, timeout=60).status_code == 404
    assert get(github_host, "/organizations/acme/settings/apps/dflow-at-acme").status_code == 200


def test_the_name_may_be_changed_on_the_page_and_the_code_lives_an_hour(github_hosts):
    ahead = [0.0]
    host = github_hosts(clock=lambda: time.time() + ahead[0])
    page = propose(host, MANIFEST, "/settings/apps/new")
    _, query = sent_to(press(host, page, "Create GitHub App", name="Mine"))
    app = list(host.apps.values())[-1]
    assert (app.slug, app.owner, query.get("state")) == ("mine", "olga", None)
    ahead[0] = 3601
    assert requests.post(f"{host.api_url}/app-manifests/{query['code']}/conversions", timeout=60).status_code == 404


@pytest.mark.parametrize(("changes", "words"), [
    ({"url": ""}, '"url" wasn\'t supplied.'), ({"redirect_url": None}, '"redirect_url" wasn\'t supplied.'),
    ({"secret": "x"}, '"secret" is not a permitted key.'),
    ({"default_permissions": {"email_addresses": "read"}}, "Default permission records resource is not included in the list"),
    ({"default_permissions": {"contents": "all"}}, "Default permission records action is not included in the list"),
    ({"default_events": ["installation"]}, "Default events unsupported: installation"),
    ({"default_events": ["push", "issues"]}, "Default events are not supported by permissions: issues"),
    ({"hook_attributes": {"active": False}}, "Hook url cannot be blank"),
    ({"hook_attributes": {"url": HERE, "secret": "x"}}, '"secret" is not a permitted key.'),
    ({"hook_attributes": {"url": "http://127.0.0.1:8000/hook"}}, "Hook url is not supported because it isn't reachable over the public Internet (127.0.0.1)"),
])
def test_a_manifest_is_refused(github_hosts, changes, words):
    host = github_hosts(public_hooks=True)
    refused = propose(host, {**MANIFEST, **changes})
    assert (refused.status_code, f"Error {words}" in unescape(refused.text)) == (422, True), refused.text
    assert len(host.apps) == 1


def test_a_manifest_needs_a_free_name_and_somebody_with_the_right(github_host):
    page = propose(github_host, MANIFEST)
    for name, words in (("x" * 35, "Name is too long (maximum is 34 characters)"), (SLUG, "Name is already taken")):
        assert words in press(github_host, page, "Create GitHub App for acme", name=name).text
    assert propose(github_host, "{").status_code == 422
    assert propose(github_host, {**MANIFEST, "hook_attributes": {"url": "http://127.0.0.1:8000/hook"}}).status_code == 200
    github_host.person = "alice"
    assert propose(github_host, MANIFEST).status_code == 404
    github_host.person = ""
    assert sent_to(get(github_host, "/settings/apps/new"))[0] == f"{github_host.url}/login"


@pytest.mark.parametrize("path", ["apps", "github-apps"])
def test_an_owner_installs_on_selected_repositories(github_hosts, path):
    host = github_hosts(app={"setup_url": f"{HERE}/installed"}, installations=[])
    accounts = get(host, f"/{path}/{SLUG}/installations/new", state="s2")
    assert {"acme", "olga", "waiting"} <= set(re.findall(r">(\w+)</a>", accounts.text))
    form = get(host, f"/{path}/{SLUG}/installations/new", state="s2", suggested_target_id=str(host.account("acme").id))
    chosen = str(host.id_of("acme/web"))
    where, query = sent_to(press(host, form, "Install", selection="selected", repository_ids=[chosen]))
    assert (where, query) == (f"{HERE}/installed", {"installation_id": "1", "setup_action": "install", "state": "s2"})
    one = host.installations[1]
    assert (one.account, one.account_type, one.selection, one.repositories) == ("acme", "Organization", "selected", ["acme/web"])
    again = get(host, f"/{path}/{SLUG}/installations/new", target_id=str(host.account("acme").id))
    assert sent_to(again)[0] == host.page_of(one)


def test_repositories_may_be_suggested(github_hosts):
    host = github_hosts(installations=[], person="alice")
    page = requests.get(f"{host.url}/apps/{SLUG}/installations/new/permissions", timeout=60, params={
        "suggested_target_id": host.account("alice").id, "repository_ids[]": [host.id_of("alice/blog")]})
    assert f'value="{host.id_of("alice/blog")}" checked' in page.text


def test_a_member_asks_and_an_owner_approves(github_hosts):
    host = github_hosts(app={"setup_url": f"{HERE}/installed"}, installations=[], requests=[], person="alice")
    form = get(host, f"/apps/{SLUG}/installations/new", state="s3", target_id=str(host.account("acme").id))
    where, query = sent_to(press(host, form, "Request"))
    assert (where, query) == (f"{HERE}/installed", {"setup_action": "request", "state": "s3"})
    assert ([one.requester for one in host.requests.values()], host.installations) == (["alice"], {})
    assert get(host, "/organizations/acme/settings/installations").status_code == 404
    host.person = "olga"
    sent_to(press(host, get(host, "/organizations/acme/settings/installations"), "Approve"))
    assert (host.requests, host.installations[1].account) == ({}, "acme")


def test_a_private_app_is_installed_on_its_owner_alone(github_hosts):
    host = github_hosts(app={"public": False}, installations=[])
    assert "Install dFlow deploys on acme" in get(host, f"/apps/{SLUG}/installations/new").text
    host.person = "mallory"
    assert get(host, f"/apps/{SLUG}/installations/new").status_code == 404
    assert get(host, "/apps/nothing").status_code == 404


def test_an_installation_is_changed_suspended_and_removed(github_hosts):
    host = github_hosts(app={"setup_url": f"{HERE}/installed", "setup_on_update": True})
    short = get(host, "/settings/installations/1")
    assert sent_to(short)[0] == host.page_of(host.installations[1])
    place = "/organizations/acme/settings/installations/1"
    where, query = sent_to(press(host, get(host, place), "Save", selection="all"))
    assert (where, query, host.installations[1].selection) == (
        f"{HERE}/installed", {"installation_id": "1", "setup_action": "update"}, "all")
    press(host, get(host, place), "Suspend")
    assert host.installations[1].suspended_by == "olga"
    press(host, get(host, place), "Unsuspend")
    host.app.permissions["contents"] = "write"
    press(host, get(host, place), "Accept new permissions")
    assert (host.installations[1].suspended_by, host.installations[1].permissions["contents"]) == ("", "write")
    press(host, get(host, place), "Uninstall")
    assert 1 not in host.installations
    host.person = "mallory"
    assert get(host, "/settings/installations/2").status_code == 404


@pytest.fixture
def authorising(github_hosts):
    """A GitHub whose App has people authorise it as they install it."""
    return github_hosts(app={"callback_urls": [f"{HERE}/back"], "request_oauth_on_install": True}, person="alice")


def exchange(host, code, **changes):
    return requests.post(f"{host.url}/login/oauth/access_token", timeout=60, headers={"Accept": "application/json"}, data={
        "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "code": code, **changes})


def test_who_installs_is_told_by_the_code_that_comes_along(authorising):
    del authorising.installations[2]
    form = get(authorising, f"/apps/{SLUG}/installations/new", state="s4", target_id=str(authorising.account("alice").id))
    where, query = sent_to(press(authorising, form, "Install"))
    assert (where, query["installation_id"], query["setup_action"], query["state"]) == (f"{HERE}/back", "4", "install", "s4")
    token = exchange(authorising, query["code"]).json()["access_token"]
    header = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{authorising.api_url}/user", headers=header, timeout=60).json()["login"] == "alice"
    told = requests.get(f"{authorising.api_url}/user/installations", headers=header, timeout=60).json()
    assert {one["id"] for one in told["installations"]} == {1, 4}


def test_a_person_authorises_once_and_may_refuse(authorising):
    asked = {"client_id": CLIENT_ID, "redirect_uri": f"{HERE}/back", "state": "s5"}
    page = get(authorising, "/login/oauth/authorize", **asked)
    assert sent_to(press(authorising, page, "Cancel"))[1]["error"] == "access_denied"
    assert sent_to(press(authorising, page, "Authorize dFlow deploys"))[1]["state"] == "s5"
    assert "code" in sent_to(get(authorising, "/login/oauth/authorize", **asked))[1]
    elsewhere = get(authorising, "/login/oauth/authorize", **{**asked, "redirect_uri": "https://evil.example"})
    assert sent_to(elsewhere)[0] == f"{HERE}/back"
    assert sent_to(elsewhere)[1]["error"] == "redirect_uri_mismatch"
    assert get(authorising, "/login/oauth/authorize", client_id="Iv0").status_code == 404


def test_a_code_is_good_once_and_with_the_right_secret(authorising):
    page = get(authorising, "/login/oauth/authorize", client_id=CLIENT_ID)
    code = sent_to(press(authorising, page, "Authorize dFlow deploys"))[1]["code"]
    wrong = exchange(authorising, code, client_secret="no")
    assert (wrong.status_code, wrong.json()["error"]) == (200, "incorrect_client_credentials")
    assert exchange(authorising, code).json()["token_type"] == "bearer"
    used = exchange(authorising, code)
    assert (used.status_code, used.json()["error"]) == (200, "bad_verification_code")
    assert used.json()["error_description"] == "The code passed is incorrect or expired."
    assert exchange(authorising, code, client_id="Iv0").status_code == 404
    nobody = requests.get(f"{authorising.api_url}/user", headers={"Authorization": "Bearer ghu_no"}, timeout=60)
    assert (nobody.status_code, nobody.json()["message"]) == (401, "Bad credentials")
