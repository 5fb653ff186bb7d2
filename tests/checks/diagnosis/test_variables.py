"""A service's variables: what is read of a paste, what each value looks like, what is said of it. No value is ever given back."""
from __future__ import annotations

import json

import pytest

from checks.diagnosis.generated import CHARACTERS, template
from checks.diagnosis.variable_words import REGENERATED, kind_words, told
from checks.diagnosis.variables import Unreadable, examine, judged
from checks.providers import TOKEN_HOLDERS

GITHUB, GITLAB = "ghp_" + "a1B2" * 9, "glpat-x1Y2z3W4v5U6t7S8r9Q0"
PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz\n-----END OPENSSH PRIVATE KEY-----"
GOOD = '{{ secret(64, "abcdefghijklmnopqrstuvwxyz0123456789") }}'


def said(name: str, value: str):
    return told(judged(name, value).stored, TOKEN_HOLDERS)


@pytest.mark.parametrize(("text", "names"), [
    ("A=1\nB=2", ["A", "B"]), ("\ufeffA=1\r\nB=2\r\n", ["A", "B"]), ("export A=1\n# note\n\nB = 2 # remark", ["A", "B"]),
    ("A='one\ntwo=2\nthree'\nB=2", ["A", "B"]), (f"A={PEM}\nB=2", ["A", "B"]), (f'A="{PEM}"\nB=2', ["A", "B"]), ("A=\nA=2", ["A"]),
    ('{"A": "1", "B": 2, "C": {"d": 1}}', ["A", "B", "C"]), ('[{"name": "A", "value": "1"}, {"key": "B", "value": "2"}]', ["A", "B"]),
    ("", []), (" \n\t\r\n", []), ("A='never closed\nB=2", ["A"]),
])
def test_pastes_are_read_as_dflow_takes_them(text, names):
    assert [variable.name for variable in examine(text)] == names


@pytest.mark.parametrize(("text", "words"), [
    ("hello", "no line of the form NAME=value"), ("A=\x00", "is not text"), ('{"A":', "begins as JSON and ends as none: look at line 1"),
    ("[1]", "no line of the form NAME=value"), ("\n".join(f"A{i}=1" for i in range(501)), "501 variables; at most 500"),
    ("[" * 100_000, "begins as JSON and ends as none"),
])
def test_what_cannot_be_read_is_said_without_quoting_it(text, words):
    with pytest.raises(Unreadable) as caught:
        examine(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(("name", "value", "status", "sentence", "provider"), [
    ("GITHUB_TOKEN", GITHUB, "fail", "GITHUB_TOKEN holds a GitHub token: give it to a GitHub integration", "github"),
    ("CI", GITLAB, "fail", "CI holds a GitLab token: give it to a GitLab integration", "gitlab"),
    ("ID", "AKIAIOSFODNN7EXAMPLE", "fail", "ID holds an AWS access key ID: give it to an AWS (EC2) integration", "aws"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "fail", "holds an AWS secret key: give it to an AWS", "aws"),
    ("HUB", "dckr_pat_" + "a1B2" * 7, "fail", "holds a Docker token: give it to a Docker registry integration", "docker_registry"),
    ("REGISTRY_PASSWORD", "hunter2hunter2", "fail", "holds a password of a registry", "docker_registry"),
    ("SSH_KEY", PEM, "fail", "holds a private key: give it to a Worker node integration", "worker_node"),
    ("GITHUB_APP_KEY", PEM, "fail", "holds a private key: give it to a GitHub integration", "github"),
    ("DATABASE_URL", "postgres://u:hunter22@db:5432/x", "warn", "holds a URL with the database’s password", ""),
    ("MQ", "amqp://a:hunter22@h/x", "warn", "Give the password a variable of its own", ""),
    ("JWT_SECRET", "9fA8s7d6f5g4h3j2k1l0q9w8e7r6t5y4", "skipped", "let dFlow draw it", ""),
    ("STRIPE_KEY", "sk_live_aaaaaaaa1111BBBBcccc2222", "skipped", "holds a Stripe key. No integration here takes it", ""),
    ("DB_PASSWORD", "correcthorse", "skipped", "holds a password", ""),
    ("API_TOKEN", "q7Rw9Zt2LpXc41Vb88", "skipped", "a credential whose form is nobody’s in particular", ""),
    ("MODE", "live", "pass", "Nothing in it looks like a secret", ""),
    ("TOKEN", "${GITHUB_TOKEN}", "pass", "Nothing in it looks like a secret", ""),
    ("URL", "postgres://${USER}:${PASS}@h/d", "pass", "Nothing in it looks like a secret", ""),
    ("SITE", "https://shop.example.com/", "pass", "Nothing in it looks like a secret", ""),
])
def test_each_kind_is_named_with_where_it_belongs(name, value, status, sentence, provider):
    found = said(name, value)
    assert (found.status, found.provider) == (status, provider)
    assert sentence in found.sentence
    assert value not in repr(judged(name, value))


def test_a_databases_url_gets_the_reference_that_replaces_it():
    assert [said("U", f"{scheme}://u:hunter22@h/x").fix for scheme in ("postgres", "postgresql+psycopg", "mysql", "mongodb+srv", "rediss", "amqp")] == [
        "{{ database.POSTGRES_URI }}", "{{ database.POSTGRES_URI }}", "{{ database.MYSQL_URI }}", "{{ database.MONGO_URI }}",
        "{{ database.REDIS_URI }}", ""]


@pytest.mark.parametrize(("value", "looks_like", "problem"), [
    (GOOD, "generator", ""), ("{{secret( 64, 'abcdefghijklmnop' )}}", "generator", ""), ("{{ secret(32) }}", "wrong", "one-argument"),
    ("{{ secret() }}", "wrong", "one-argument"), ("{{ secret(32, \"ab'c\") }}", "wrong", "quotes"), ("{{ secret(32 , \"abcdefghijkl\") }}", "wrong", "arguments"),
    ("{{ secret(64, abc) }}", "wrong", "arguments"), ("{{ secret }}", "wrong", "unknown"), ("{{ postgres }}", "wrong", "unknown"),
    ("{{ secret(64, \"abcdefghijkl\")", "wrong", "braces"), ("}} {{", "wrong", "braces"), ("secret(64)", "wrong", "no-braces"),
    ('{{ secret(8, "abcdefghijklmnop") }}', "generator", "weak"), ('{{ secret(64, "ab") }}', "generator", "weak"),
    ('{{ secret(99999999999999999999, "abcdefghijklmnop") }}', "generator", "weak"),
    ("{{ db.POSTGRES_URI }}", "reference", ""), ("{{ my-db.MARIADB_PASSWORD }}", "reference", ""), ("{{ web.DFLOW_PUBLIC_DOMAIN }}", "reference", ""),
    ("{{ db.MARIA_URI }}", "reference", "spelling"), ("{{ db.POSTGRES_PUBLIC_URL }}", "reference", "spelling"), ("{{ db.REDIS_URL }}", "reference", "spelling"),
    ("{{ web.MY_VAR }}", "reference", "not-known"), ("http://{{ web.DFLOW_PUBLIC_DOMAIN }}/x", "combination", ""),
    ("{{ a.MYSQL_HOST }}:{{ a.MYSQL_PORT }}", "combination", ""), ("x{{ a.MARIA_HOST }}", "combination", "spelling"), ("x{{ secret(3) }}", "wrong", "one-argument"),
    ("a{{ 1db.POSTGRES_URI }}", "wrong", "unknown"),
])
def test_templates_are_classed_as_dflow_classes_them(value, looks_like, problem):
    found = template(value)
    assert (found.looks_like, found.problem) == (looks_like, problem)


@pytest.mark.parametrize(("value", "fix"), [
    ("{{ secret(32) }}", f'{{{{ secret(32, "{CHARACTERS}") }}}}'), ("{{ secret(3) }}", f'{{{{ secret(64, "{CHARACTERS}") }}}}'),
    ("{{ db.MARIA_URI }}", "{{ db.MARIADB_URI }}"), ("{{ db.POSTGRES_PUBLIC_URL }}", "{{ db.POSTGRES_PUBLIC_URI }}"), ("{{ db.REDIS_URL }}", "{{ db.REDIS_URI }}"),
])
def test_the_corrected_text_is_one_that_dflow_takes(value, fix):
    assert template(value).fix == fix
    assert template(fix).problem == ""


def test_plain_text_is_no_template():
    assert template("live") is None
    assert template("${{ x") is not None


def test_that_secret_is_drawn_anew_at_every_save_is_said():
    assert REGENERATED in said("SEED", GOOD).sentence


@pytest.mark.parametrize(("name", "better"), [("PAYLOAD-SECRET", "PAYLOAD_SECRET"), ("1X", "_1X"), ("a.b", "a_b")])
def test_a_name_that_dflow_refuses_is_told_with_one_that_it_takes(name, better):
    found = said(name, GOOD)
    assert (found.status, found.word, found.fix) == ("warn", "Name is refused", better)


def test_a_refused_name_does_not_hide_a_token():
    found = said("GITHUB-TOKEN", GITHUB)
    assert found.status == "fail"
    assert "holds a GitHub token" in found.sentence
    assert "refuses the name" in found.sentence


def test_a_token_that_is_a_name_or_stands_in_a_template_is_not_kept():
    stored = json.dumps([v.stored for v in examine(f"{GITHUB}=1\nA={{{{ {GITHUB} }}}}\nB={{{{ {GITHUB}.MARIA_URI }}}}")])
    assert GITHUB not in stored


def test_rows_of_an_older_version_are_still_told_of():
    assert told({"name": "A", "looks_like": "token"}, TOKEN_HOLDERS).sentence.startswith("A holds a provider’s token")
    assert told({"name": "A"}, {}).status == "pass"


def test_every_kind_that_a_provider_claims_is_one_that_can_be_said():
    assert all(kind_words(kind).startswith(("a ", "an ")) for kind in TOKEN_HOLDERS)
