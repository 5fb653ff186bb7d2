"""Which webhook is believed, and which says that a row may have changed. The payloads are cut from GitHub's own examples
(octokit/webhooks, payload-examples/api.github.com); headers as https://docs.github.com/webhooks names them."""
from __future__ import annotations

import gzip
import hashlib
import hmac
import json

import pytest

from checks.providers.github.events import read
from checks.providers.hook import HookRefused

SECRET = "It's a Secret to Everybody"
ACCOUNT = {"login": "acme", "id": 1, "type": "Organization"}
REPOSITORY = {"id": 7, "full_name": "acme/web", "owner": ACCOUNT}


def sign(body: bytes, secret: str = SECRET, algorithm: str = "sha256") -> str:
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


def headers(body: bytes, event: str = "push", **changes: str) -> dict[str, str]:
    told = {"x-github-event": event, "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "content-type": "application/json", "x-hub-signature-256": sign(body)}
    told.update({name.replace("_", "-"): value for name, value in changes.items()})
    return {name: value for name, value in told.items() if value}


def delivered(event: str, payload: dict) -> object:
    body = json.dumps(payload).encode()
    return read(headers(body, event), body, SECRET)


def test_the_example_of_github_s_documentation_is_believed():
    """https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation"""
    body = b"Hello, World!"
    given = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    with pytest.raises(HookRefused) as refused:
        read(headers(body, x_hub_signature_256=given), body, SECRET)
    assert (refused.value.status, refused.value.reason) == (400, "The body is signed and is no JSON.")


PUSH = json.dumps({"ref": "refs/heads/main", "created": True, "repository": REPOSITORY}).encode()
FORM = b"payload=" + PUSH
GOOD = sign(PUSH)
FORGERIES = {
    "no signature": (PUSH, {"x_hub_signature_256": ""}, "is missing"),
    "sha1 only": (PUSH, {"x_hub_signature_256": "", "x_hub_signature": sign(PUSH, algorithm="sha1")}, "Only a SHA-1"),
    "sha1 in its place": (PUSH, {"x_hub_signature_256": sign(PUSH, algorithm="sha1")}, "is not sha256="),
    "sha512": (PUSH, {"x_hub_signature_256": sign(PUSH, algorithm="sha512")}, "is not sha256="),
    "sha1 called sha256": (PUSH, {"x_hub_signature_256": sign(PUSH, algorithm="sha1").replace("sha1", "sha256")}, "is not"),
    "no algorithm": (PUSH, {"x_hub_signature_256": GOOD.partition("=")[2]}, "is not sha256="),
    "upper-case digits": (PUSH, {"x_hub_signature_256": "sha256=" + GOOD[7:].upper()}, "in lower case"),
    "upper-case name": (PUSH, {"x_hub_signature_256": GOOD.replace("sha256", "SHA256")}, "is not sha256="),
    "blanks around it": (PUSH, {"x_hub_signature_256": f" {GOOD} "}, "is not sha256="),
    "two of them": (PUSH, {"x_hub_signature_256": f"{GOOD},{GOOD}"}, "is not sha256="),
    "cut": (PUSH, {"x_hub_signature_256": GOOD[:-1]}, "is not sha256="),
    "other digits": (PUSH, {"x_hub_signature_256": "sha256=" + "٣" * 64}, "is not sha256="),
    "another secret": (PUSH, {"x_hub_signature_256": sign(PUSH, "another")}, "does not match"),
    "an empty secret": (PUSH, {"x_hub_signature_256": sign(PUSH, "")}, "does not match"),
    "another body": (PUSH + b" ", {"x_hub_signature_256": GOOD}, "does not match"),
    "written anew": (json.dumps(json.loads(PUSH), indent=1).encode(), {"x_hub_signature_256": GOOD}, "does not match"),
    "compressed": (gzip.compress(PUSH), {"x_hub_signature_256": GOOD, "content_encoding": "gzip"}, "does not match"),
    "with a byte order mark": (b"\xef\xbb\xbf" + PUSH, {"x_hub_signature_256": GOOD}, "does not match"),
    "empty": (b"", {"x_hub_signature_256": GOOD}, "does not match"),
    "a form": (FORM, {"content_type": "application/x-www-form-urlencoded"}, "came as a form"),
    "a form with a charset": (FORM, {"content_type": "application/X-WWW-form-urlencoded; charset=utf-8"}, "came as a form"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused_with_401_and_says_why(name):
    body, changes, why = FORGERIES[name]
    with pytest.raises(HookRefused) as refused:
        read(headers(body, **changes), body, SECRET)
    assert refused.value.status == 401
    assert why in refused.value.reason
    assert SECRET not in refused.value.reason


def test_an_empty_secret_signs_nothing():
    with pytest.raises(HookRefused, match="No webhook secret is stored") as refused:
        read(headers(PUSH, x_hub_signature_256=sign(PUSH, "")), PUSH, "")
    assert refused.value.status == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"a"', b"\xff\xfe", b"[" * 100_000])
def test_a_signed_body_that_is_no_object_is_refused_with_400(body):
    with pytest.raises(HookRefused) as refused:
        read(headers(body), body, SECRET)
    assert refused.value.status == 400


@pytest.mark.parametrize(("name", "value"), [
    ("x_github_event", ""), ("x_github_event", "push; drop"), ("x_github_event", "P" * 65), ("x_github_delivery", ""),
    ("x_github_delivery", "a" * 65), ("x_github_delivery", "../../x"),
])
def test_a_header_without_its_form_is_refused_with_400(name, value):
    with pytest.raises(HookRefused, match=r"X-GitHub-(Event|Delivery)") as refused:
        read(headers(PUSH, **{name: value}), PUSH, SECRET)
    assert refused.value.status == 400


def test_of_a_push_its_repository_and_ref_are_kept():
    event = delivered("push", {"ref": "refs/heads/main", "before": "0" * 40, "repository": REPOSITORY, "created": False,
                               "deleted": False, "installation": {"id": 1}})
    assert (event.name, event.repository, event.ref, event.account) == ("push", "acme/web", "refs/heads/main", "acme")
    assert event.delivery == "72d3162e-cc78-11e3-81ab-4c9367dc0958"


ASKS = {
    "push": [({"created": True}, True), ({"deleted": True}, True), ({"created": False, "deleted": False}, False), ({}, False),
             ({"created": "yes"}, False)],
    "ping": [({"zen": "Design for failure."}, False)],
    "installation": [({"action": a}, True) for a in ("created", "deleted", "suspend", "unsuspend", "new_permissions_accepted")],
    "installation_repositories": [({"action": "added"}, True), ({"action": "removed"}, True)],
    "installation_target": [({"action": "renamed"}, True)],
    "repository": [*(({"action": a}, True) for a in ("renamed", "deleted", "archived", "unarchived", "transferred")),
                   ({"action": "created"}, False)],
    "meta": [({"action": "deleted"}, True)],
    "github_app_authorization": [({"action": "revoked"}, False)],
    "pull_request": [({"action": "opened"}, False)],
}


@pytest.mark.parametrize(("event", "payload", "asks"), [(e, p, a) for e, cases in ASKS.items() for p, a in cases])
def test_what_may_have_changed_a_row_asks_again(event, payload, asks):
    assert delivered(event, payload).asks_again is asks


def test_an_installation_names_its_account():
    """suspend, as octokit/webhooks has it: the moment stands in the payload, and the API is asked all the same."""
    event = delivered("installation", {"action": "suspend", "installation": {
        "id": 2, "account": ACCOUNT, "suspended_at": "2021-04-29T02:32:50Z", "created_at": 1567801735}})
    assert (event.action, event.account) == ("suspend", "acme")


@pytest.mark.parametrize("payload", [
    {"action": 5, "repository": "acme", "installation": [], "ref": None}, {"repository": {"full_name": ["x"], "owner": 3}},
    {"repository": {"full_name": "a" * 5000 + "\0\n"}, "ref": "refs/heads/\ud800"},
])
def test_a_payload_of_another_shape_is_kept_as_plain_short_text(payload):
    event = delivered("push", payload)
    kept = (event.action, event.account, event.repository, event.ref)
    assert all(isinstance(text, str) and len(text) <= 255 and text.isprintable() for text in kept)


def test_the_comparison_takes_as_long_whatever_differs(monkeypatch):
    asked = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: asked.append((a, b)) or real(a, b))
    read(headers(PUSH), PUSH, SECRET)
    assert asked == [(GOOD, GOOD)]
    assert hashlib.sha256().digest_size * 2 + 7 == len(GOOD)
