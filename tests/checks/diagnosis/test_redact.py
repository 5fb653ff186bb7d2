"""The redactor: what is a secret goes, wherever and however it is written; what is none stays."""
from __future__ import annotations

import random
import string
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.diagnosis.redact import MARKER, Match, find, redact
from checks.diagnosis.redact_names import promise
from checks.diagnosis.redact_views import views
from tests.make_redaction_cases import DATA, KINDS, OWN_KINDS, Expansion, cases, rows, unescape

SEEDS = [1, *random.Random(20261123).sample(range(10**9), 20)]
TOKEN = "ghp_" + "a1B2c3D4e5" * 4

# A deployment's log of 40 lines, 20 before the secret and 20 after it.
LOG = [f"2026-11-23T10:00:{i:02d}Z {line}" for i, line in enumerate("""
INFO  deployment x404gscowcgs8k4wo08wow8o started
Cloning https://github.com/acme/shop.git into /builds/acme/shop
remote: Enumerating objects: 1284, done.
HEAD is now at 4f9c2e1d7b6a5c4e3f2d1a0b9c8d7e6f5a4b3c2d Fix the price of shipping
\x1b[32mINFO\x1b[0m Step 1/9 : FROM python:3.11-slim@sha256:456d511a28e648b028180b5c3b0f21b878626c0520647611c543ed075a974b89
 ---> 1cb3ef84a715
Step 2/9 : RUN pip install -r requirements.txt
Collecting django==5.2.19
  Downloading https://files.pythonhosted.org/packages/aa/bb/django-5.2.19-py3-none-any.whl (8.3 MB)
npm WARN deprecated har-validator@5.1.5: this library is no longer supported
added 812 packages in 14s
status code: 403, request id: 0d394442-5c7b-456b-b1f4-45edd2d60b6b
dial tcp 10.0.0.3:443: i/o timeout
Token 'deploy' expires on 2026-12-05
  File "/app/checks/vault.py", line 41, in unseal
GET /api/v4/projects?per_page=1&page=2 404
arn:aws:sts::123456789012:assumed-role/deployer/1731429849551905269
secret "regcred" not found
alice@example.com is not a member
debug1: Trying private key: ./id_rsa
""".strip().split("\n"))]


def in_a_log(text: str) -> str:
    return "\n".join([*LOG, text, *LOG])


@pytest.mark.parametrize("path", [KINDS, OWN_KINDS], ids=["shipped", "own"])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_kind_of_secret_is_left_in_its_text(path, seed):
    left = {kind: piece for kind, case in cases(path, seed) if (piece := case.leaked(redact(case.text).text))}
    assert left == {}


@pytest.mark.parametrize("path", [KINDS, OWN_KINDS], ids=["shipped", "own"])
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_no_kind_of_secret_is_left_in_the_middle_of_a_log_and_the_log_stays(path, seed):
    for kind, case in cases(path, seed):
        redacted = redact(in_a_log(case.text)).text
        assert case.leaked(redacted) is None, kind
        assert redacted.split("\n")[:19] == LOG[:19], kind
        assert redacted.split("\n")[-19:] == LOG[1:], kind


@pytest.mark.parametrize("seed", SEEDS[:5])
def test_a_token_with_a_prefix_of_its_own_needs_no_word_before_it(seed):
    generator = random.Random(seed)
    templates = [(kind, template) for _, kind, template, *_ in rows(KINDS) if template.startswith("error: request failed, token [[")]
    assert len(templates) > 40
    for kind, template in templates:
        case = Expansion(template.removeprefix("error: request failed, token ").removesuffix(" rejected (401)"), generator)
        for text in (case.text, f"({case.text})", f'"{case.text}",', f"x={case.text}&y=1", f"\\n{case.text}\\n", f"got {case.text}."):
            matches = find(text)
            assert case.leaked(redact(text).text) is None, (kind, text)
            assert any(match.provider_token for match in matches), (kind, text)


NEGATIVES = [row for name in ("redaction_negatives.tsv", "redaction_own_negatives.tsv") for row in rows(DATA / name)]


@pytest.mark.parametrize(("text", "piece"), [tuple(map(unescape, row[1:3])) for row in NEGATIVES], ids=[row[0] for row in NEGATIVES])
def test_what_is_no_secret_stays(text, piece):
    assert piece in redact(text).text
    assert redact(text).text == text
    assert redact(text).removed == []


@pytest.mark.parametrize("sentence", [
    "The token of reader was accepted.",
    "Token 'deploy' expires on 2026-12-05.",
    "acme/app.git, main at 4f9c2e1.",
    "DeleteObject on dflow/backups/.dflow-probe/0d394442-5c7b-456b-b1f4-45edd2d60b6b was denied (AccessDenied).",
    "The token of reader lacks the scope read:packages.",
    "Allow s3:DeleteObject on arn:aws:s3:::dumps/dflow/backups/*.",
    "The secret key of the pair was not accepted (SignatureDoesNotMatch); set a new one under Settings > Credentials.",
    "The host key of git.example.com is ssh-ed25519 SHA256:uNiVztksCsDhcc0u9e8BrUJrvsxkpYkvqvNPmwwmTcQ.",
    "registry.example.com:5000 asked for a password; the robot account robot$ci has none.",
    "GET https://api.github.com/user answered 401 (Bad credentials, request 07C0:1215:12ABBB:3E1C26:628324BC).",
    "Webhook secret: set. Deploy key: read-only. Access key: not shown.",
    "",
])
def test_sentences_of_evidence_are_left_alone(sentence):
    assert redact(sentence).text == sentence


def test_removed_says_what_and_how_many_in_order_of_appearance():
    redacted = redact(f"password=hunter2hunter2 {TOKEN} then {TOKEN[:-1]}9")
    assert redacted.removed == [("password", 1), ("github-token", 2)]
    assert redacted.text == "password=[REDACTED:password] [REDACTED:github-token] then [REDACTED:github-token]"


def test_matches_are_in_order_and_say_where_and_whether_they_are_tokens():
    text = f"password=hunter2hunter2 {TOKEN}"
    assert find(text) == [Match("password", 9, 23, provider_token=False),
                          Match("github-token", 24, len(text), provider_token=True)]


def test_a_token_behind_a_name_is_reported_once_as_the_token_that_it_is():
    assert find(f"GITHUB_TOKEN={TOKEN}") == [Match("github-token", 13, 13 + len(TOKEN), provider_token=True)]


def test_both_marks_of_a_private_key_stay_and_nothing_between_them_does():
    body = "\n".join("".join(random.Random(i).choices(string.ascii_letters + string.digits + "+/", k=64)) for i in range(9))
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    assert redact(f"{begin}\n{body}\n{end}\ndone").text == f"{begin}\n[REDACTED:private-key]\n{end}\ndone"


def test_a_key_that_was_cut_ends_where_the_log_goes_on():
    body = "".join(random.Random(3).choices(string.ascii_letters + string.digits, k=64))
    text = f"-----BEGIN EC PRIVATE KEY-----\n{body}\n{body[::-1]}\n2026-11-23T10:00:00Z done in 14s\n{'4f9c2e1d' * 5}"
    assert redact(text).text == ("-----BEGIN EC PRIVATE KEY-----\n[REDACTED:private-key]\n2026-11-23T10:00:00Z done in 14s\n"
                                 + "4f9c2e1d" * 5)


def test_two_keys_one_cut_one_whole_leave_what_stands_between_them():
    line = "".join(random.Random(4).choices(string.ascii_letters + string.digits, k=64))
    text = (f"-----BEGIN PRIVATE KEY-----\n{line}\nloading the next one\n"
            f"-----BEGIN PRIVATE KEY-----\n{line[::-1]}\n-----END PRIVATE KEY-----")
    redacted = redact(text).text
    assert "loading the next one" in redacted
    assert line not in redacted
    assert line[::-1] not in redacted


def test_an_end_mark_far_from_its_begin_does_not_take_the_log_between_with_it():
    text = "-----BEGIN PRIVATE KEY-----\n" + "a line of the log\n" * 3000 + "-----END PRIVATE KEY-----"
    assert redact(text).text == text


def test_a_secret_that_is_said_again_without_its_name_goes_too():
    assert redact("password=q7Rw9Zt2Lp\nlogin as bob with q7Rw9Zt2Lp failed").text == (
        "password=[REDACTED:password]\nlogin as bob with [REDACTED:password] failed")


def test_a_token_that_a_terminal_broke_off_goes_whole_but_the_next_line_of_a_log_stays():
    container = "1cb3ef84a715e0da5b0d5ab89664f5f61399bced87ddaae43e7776df467060d5"
    assert redact(f"token: {TOKEN[:20]}\n{TOKEN[20:]}\ndone").text == "token: [REDACTED:github-token]\n[REDACTED:github-token]\ndone"
    for line in ("postgresql", container, "added 812 packages"):
        assert redact(f"docker run -e TOKEN={TOKEN} app\n{line}\n").text == f"docker run -e TOKEN=[REDACTED:github-token] app\n{line}\n"
        assert redact(f"TOKEN={TOKEN}\n{line}\n").text == f"TOKEN=[REDACTED:github-token]\n{line}\n"


def test_a_cursor_in_base64_is_no_credential_and_a_docker_configuration_is_one():
    cursor = "eyJpZCI6MTIzNDU2Nzg5MCwicGFnZSI6MiwicGVyX3BhZ2UiOjUwfQ"
    config = "eyJhdXRocyI6eyJnaGNyLmlvIjp7ImF1dGgiOiJZV3hwWTJVNmMyVmpjbVYwIn19fQ=="
    assert redact(f"cursor {cursor}").text == f"cursor {cursor}"
    assert redact(f"config {config}").text == "config [REDACTED:encoded-credentials]"


def test_a_secret_of_kubernetes_is_emptied_in_json_too():
    text = '{"kind": "Secret", "data": {"a": "cGFzc3dvcmQ=", "b": "null"}, "metadata": {"name": "regcred"}}'
    assert redact(text).text == text.replace("cGFzc3dvcmQ=", "[REDACTED:secret]")
    assert redact(text.replace("Secret", "ConfigMap")).text == text.replace("Secret", "ConfigMap")


def test_what_stands_beside_an_access_key_id_is_its_secret_unless_it_is_a_digest():
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    assert redact(f"AKIAIOSFODNN7EXAMPLE {secret}").text == "[REDACTED:aws-access-key-id] [REDACTED:aws-secret-key]"
    assert redact(f"AKIAIOSFODNN7EXAMPLE {'4f9c2e1d' * 5}").text == f"[REDACTED:aws-access-key-id] {'4f9c2e1d' * 5}"


def test_colon_lists_that_are_no_password_file_stay():
    text = "main.go:1024:5:undefined:foo\ndb:5432:dflow:dflow:hunter2"
    assert redact(text).text == "main.go:1024:5:undefined:foo\ndb:5432:dflow:dflow:[REDACTED:password]"


def test_a_version_or_a_variable_is_no_value():
    for text in ("PyJWT==2.15.1", "self.password = raw_password", "&#xD800;token = true"):
        assert redact(text).text == text


def test_a_marker_is_never_taken_for_a_value():
    for text in ("password=[REDACTED:password]", "https://bob:[REDACTED]@host/x", "Authorization: Bearer [REDACTED:token]",
                 "[secret]", "token=[secret]", "docker login -u a -p [REDACTED:password] ghcr.io"):
        assert redact(text).text == text


def test_bytes_that_are_no_text_stay_as_they_are():
    text = b"token=\xff\xfe " .decode("utf-8", "surrogateescape") + TOKEN
    assert redact(text).text.encode("utf-8", "surrogateescape").startswith(b"token=")
    assert TOKEN not in redact(text).text


def test_a_capital_that_becomes_two_small_letters_moves_nothing():
    assert redact("İİİ token q7Rw9Zt2LpXc41 expired").text == "İİİ token [REDACTED:token] expired"


def test_views_map_back_to_the_text_they_were_made_from():
    text = '\x1b[1m{\\"a\\u003d%2522b&quot;\x1b[0m'
    seen = [view.text for view in views(text)]
    assert seen == [text, '{\\"a\\u003d%2522b&quot;', '{"a="b"']
    decoded = list(views(text))[-1]
    at = decoded.text.index("=")
    start, end = decoded.original(at, at + 1)
    assert text[start:end] == "\\u003d"
    start, end = decoded.original(0, len(decoded.text))
    assert text[start:end] == '{\\"a\\u003d%2522b&quot;'


@pytest.mark.parametrize(("name", "kind"), [
    ("DB_PASSWORD", "password"), ("dbPassword", "password"), ("PASSWORD_2", "password"), ("PassWord", "password"),
    ("STRIPE_SECRET_PROD", "secret"), ("X-Gitlab-Token", "token"), ("_authToken", "token"), ("SecretAccessKey", "secret-key"),
    ("X-API-Key", "secret-key"), ("accessKeyId", "access-key-id"), ("PHPSESSID", "session"), ("Authorization", "credentials"),
    ("Set-Cookie", "cookie"), ("sessionId", "session"),
    ("applicationKeyId", "access-key-id"), ("oauth_code", "token"), ("pat", "token"), ("appkey", "secret-key"), ("auth", "credentials"),
    ("password_for_x", "secret"), ("пароль", "password"),
    ("token_url", None), ("passwordPolicy", None), ("secretName", None), ("token_type", None), ("public_key", None),
    ("nextPageToken", None), ("keyId", None), ("max_tokens_count", None), ("compass", None), ("monkey", None), ("", None), ("-", None),
    ("pagination_token_x", None), ("status_code", None),
])
def test_a_name_promises_what_it_says(name, kind):
    promised = promise(name)
    assert (promised.kind if promised else None) == kind


SECRETLIKE = st.one_of(
    st.text(), st.sampled_from([
        "token", "password=", "secret: ", '"', "'", "\\", "\n", "\r\n", "=", ":", " ", "://", "@", "bob:", "-p ", "docker login ", "curl -u ",
        "Authorization: Bearer ", "Cookie: ", "[REDACTED:x]", "[REDACTED", "]", "\x1b[1m", "\u200b", "%3D", "&quot;", "eyJ", ".", TOKEN, "AKIA",
        "AKIAIOSFODNN7EXAMPLE", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "q7Rw9Zt2LpXc41Vb88", "kind: Secret\ndata:\n a: ",
        "Private-Lines: 2\n", "<password>", "</", "name: token\n value: ", "https://", " -> ", "|", ",", "mc alias set a b c ", "İ", "key",
    ]))


@settings(max_examples=400, deadline=None)
@given(st.lists(SECRETLIKE, max_size=14).map("".join))
def test_any_text_is_redacted_without_an_error_and_a_second_time_changes_nothing(text):
    redacted = redact(text)
    assert redact(redacted.text) == type(redacted)(redacted.text, [])
    if not redacted.removed:
        assert redacted.text == text


@settings(max_examples=300, deadline=None)
@given(st.lists(SECRETLIKE, max_size=14).map("".join))
def test_only_what_was_found_is_replaced(text):
    matches = find(text)
    assert all(0 <= match.start < match.end <= len(text) for match in matches)
    assert all(a.end <= b.start for a, b in pairwise(matches))
    rest = redact(text).text
    first = matches[0].start if matches else len(text)
    assert rest[:first] == text[:first]


@settings(max_examples=150, deadline=None)
@given(before=st.text(alphabet=" \t\n\"'=,;:()[]{}<>|&", max_size=12), after=st.text(alphabet=" \t\n\"'=,;:()[]{}<>|&", max_size=12))
def test_a_token_is_found_between_any_punctuation(before, after):
    assert TOKEN not in redact(before + TOKEN + after).text
    assert MARKER.search(redact(before + TOKEN + after).text)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_every_kind_stays_redacted(seed):
    for path in (KINDS, OWN_KINDS):
        for kind, case in cases(path, seed):
            redacted = redact(case.text).text
            assert redact(redacted).text == redacted, kind
