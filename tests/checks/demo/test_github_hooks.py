"""The webhooks of the demo's GitHub: really sent, signed over the raw body, logged, listed by the page, and sent again."""
from __future__ import annotations

import hashlib
import hmac
import json
import socket

import pytest
import requests

from tests.peers.github_host import APP_ID, WEBHOOK_SECRET, signed
from tests.peers.ports import free_port

pytestmark = pytest.mark.peer("git")


@pytest.fixture
def hooked(github_hosts, github_key, scripted_host):
    """A GitHub, what receives its webhooks, and how the App asks for its log."""
    receiver = scripted_host((202, {"X-Here": "yes"}, b"taken"), (503, {}, b"busy"))
    host = github_hosts(app={"hook_url": f"{receiver.url}/webhooks/github/1"})

    def ask(path, method="GET"):
        header = {"Authorization": f"Bearer {signed(github_key)}"}
        return requests.request(method, f"{host.api_url}{path}", headers=header, timeout=60)

    return host, receiver, ask


def test_a_webhook_arrives_signed_and_is_logged(hooked):
    host, receiver, ask = hooked
    assert host.deliver("push", host.payloads.push(1, "acme/web", "refs/heads/dev")) == 202
    seen = receiver.seen[0]
    assert seen.headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(WEBHOOK_SECRET.encode(), seen.body, hashlib.sha256).hexdigest()
    assert (seen.headers["X-Github-Event"], seen.headers["X-Github-Hook-Installation-Target-Id"]) == ("push", str(APP_ID))
    assert seen.headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert json.loads(seen.body)["ref"] == "refs/heads/dev"
    line = ask("/app/hook/deliveries").json()[0]
    assert (line["status"], line["status_code"], line["event"], line["installation_id"]) == ("OK", 202, "push", 1)
    assert line["repository_id"] == host.id_of("acme/web")
    whole = ask(f"/app/hook/deliveries/{line['id']}").json()
    assert (whole["request"]["headers"]["X-GitHub-Delivery"], whole["response"]["payload"]) == (line["guid"], "taken")
    assert ask("/app/hook/deliveries/1").status_code == 404


def test_githubs_own_example_of_a_signature(hooked):
    host, receiver, _ = hooked
    host.deliver("ping", b"Hello, World!")
    assert receiver.seen[0].headers["X-Hub-Signature-256"] == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    host.deliver("ping", b"Hello, World!", secret="", guid="g-1")
    assert "X-Hub-Signature-256" not in receiver.seen[1].headers
    assert receiver.seen[1].headers["X-Github-Delivery"] == "g-1"


def test_the_log_tells_why_a_webhook_did_not_arrive(hooked):
    host, _, ask = hooked
    usual = host.hook_timeout
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host.hook_timeout = 0.2
        host.deliver("push", {}, to=f"http://127.0.0.1:{silent.getsockname()[1]}/")
    host.hook_timeout = usual  # what answers may need longer
    assert host.deliver("push", {}, to=f"http://127.0.0.1:{free_port()}/") == 0
    host.deliver("push", {}, to="http://nothing.invalid/")
    host.deliver("push", {})
    host.deliver("push", {})
    told = [(line["status"], line["status_code"]) for line in ask("/app/hook/deliveries").json()]
    assert told == [("Invalid HTTP Response: 503", 503), ("OK", 202), ("couldn't resolve host name", 0),
                    ("failed to connect to host", 0), ("timed out", 0)]


def test_the_log_is_paged_by_cursor_and_filtered_by_status_code(hooked):
    host, _, ask = hooked
    for number, code in enumerate((200, 500, 0, 200, 401)):
        host.record("push", status="x", status_code=code, ago=100 - number)
    first = ask("/app/hook/deliveries?per_page=2")
    second = ask(first.links["next"]["url"].removeprefix(host.api_url))
    third = ask(second.links["next"]["url"].removeprefix(host.api_url))
    assert [[line["status_code"] for line in page.json()] for page in (first, second, third)] == [[401, 200], [0, 500], [200]]
    assert "next" not in third.links
    assert [line["status_code"] for line in ask("/app/hook/deliveries?status=failure").json()] == [401, 500]
    assert [line["status_code"] for line in ask("/app/hook/deliveries?status=success").json()] == [200, 200]


def test_a_delivery_is_sent_again_as_it_was(hooked):
    host, receiver, ask = hooked
    host.deliver("push", host.payloads.push(1, "acme/web"))
    assert ask(f"/app/hook/deliveries/{host.deliveries[0].id}/attempts", "POST").status_code == 202
    host.wait()
    assert receiver.seen[1].body == receiver.seen[0].body
    assert receiver.seen[1].headers["X-Hub-Signature-256"] == receiver.seen[0].headers["X-Hub-Signature-256"]
    again = ask("/app/hook/deliveries").json()[0]
    assert (again["redelivery"], again["guid"], again["status_code"]) == (True, host.deliveries[0].guid, 503)
    assert ask("/app/hook/deliveries/1/attempts", "POST").status_code == 404


def test_the_configuration_of_the_hook(hooked):
    host, receiver, ask = hooked
    assert ask("/app/hook/config").json() == {"content_type": "json", "insecure_ssl": "0", "secret": "********",
                                              "url": f"{receiver.url}/webhooks/github/1"}
    host.app.webhook_secret, host.app.insecure_ssl = "", True
    assert "secret" not in ask("/app/hook/config").json()
    assert ask("/app/hook/config").json()["insecure_ssl"] == "1"
    host.app.hook_url = ""
    assert ask("/app/hook/config").status_code == 404


def test_what_is_done_on_the_pages_is_announced(hooked):
    host, receiver, _ = hooked
    host.announces = True
    form = {"do": "save", "selection": "selected", "repository_ids": [str(host.id_of(name)) for name in ("acme/web", "acme/hidden")]}
    place = f"{host.url}/organizations/acme/settings/installations/1"
    for sent in (form, {"do": "suspend"}, {"do": "suspend"}, {"do": "accept"}, {"do": "uninstall"}):
        requests.post(place, sent, allow_redirects=False, timeout=60)
        host.wait()
    told = [(seen.headers["X-Github-Event"], json.loads(seen.body)["action"]) for seen in receiver.seen]
    assert sorted(told[:2]) == [("installation_repositories", "added"), ("installation_repositories", "removed")]
    assert told[2:] == [("installation", action) for action in ("suspend", "unsuspend", "new_permissions_accepted", "deleted")]
    changed = {action: json.loads(seen.body) for (_, action), seen in zip(told[:2], receiver.seen[:2], strict=True)}
    assert [one["full_name"] for one in changed["added"]["repositories_added"]] == ["acme/hidden"]
    assert "acme/old" in [one["full_name"] for one in changed["removed"]["repositories_removed"]]
    assert json.loads(receiver.seen[2].body)["installation"]["suspended_by"]["login"] == "olga"


def test_a_hook_that_is_off_announces_nothing(hooked):
    host, receiver, _ = hooked
    host.announces, host.app.hook_active = True, False
    requests.post(f"{host.url}/organizations/acme/settings/installations/1", {"do": "suspend"}, allow_redirects=False, timeout=60)
    host.wait()
    assert (receiver.seen, host.deliveries) == ([], [])


def test_the_other_payloads(hooked):
    host, _, _ = hooked
    ping = host.payloads.ping()
    assert (ping["hook"]["app_id"], ping["hook"]["events"], ping["hook_id"]) == (APP_ID, ["push"], host.app.hook_id)
    created = host.payloads.installation(1, "created", requester="alice")
    assert (created["requester"]["login"], created["repositories"][0]["full_name"]) == ("alice", "acme/web")
    gone = host.payloads.push(1, "acme/web", "refs/tags/v1", deleted=True)
    assert (gone["after"], gone["head_commit"], gone["installation"]["id"]) == ("0" * 40, None, 1)
