"""What holds for every Git host alike, run over the loopback host of each (tests/peers/git_stands.py)."""
from __future__ import annotations

import csv
from collections import Counter

import pytest

from checks.actions.pickers import is_git
from checks.demo.git_repositories import Answer
from checks.providers import BY_SLUG, PROVIDERS
from checks.verdict import Status
from tests.installation import ROOT
from tests.peers.git_host import need_git
from tests.peers.git_stands import STANDS

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture(params=sorted(STANDS), ids=str)
def stand(request, loopback, tmp_path):
    need_git()
    there = STANDS[request.param](tmp_path)
    with there.host:
        yield there


def asked(host):
    """What makes two requests the same question."""
    return [(seen.method, seen.path, seen.headers.get("Authorization", ""), seen.body) for seen in host.seen]


def table(slug):
    """The rows that the checklist promises: check -> ({"R", "S"}, needs)."""
    with (ROOT / "tests/data/checklist.tsv").open() as file:
        lines = csv.reader((line for line in file if not line.startswith("#")), delimiter="\t")
        return {check: (set(flags.split()), [n for n in needs.split(", ") if n])
                for provider, check, flags, needs in lines if provider == slug}


def sent(host):
    """Everything that a host was sent, as text."""
    return repr([(seen.path, dict(seen.headers), seen.body) for seen in host.seen])


# --- The table -------------------------------------------------------------------------------------------------
def test_every_git_host_has_its_stand():
    assert {provider.slug for provider in PROVIDERS if is_git(provider)} == set(STANDS)


@pytest.mark.parametrize("slug", sorted(STANDS))
def test_its_rows_are_those_of_the_checklist_in_their_order(slug):
    declared = {check.slug: ({*("R" * check.required), *("S" * check.per_service)}, list(check.needs))
                for check in BY_SLUG[slug].checks.values()}
    assert declared == table(slug)
    assert list(declared) == list(table(slug))


def test_a_run_answers_every_row_for_each_service_and_all_is_well(stand):
    verdicts = stand.run()
    assert not {key: (v.status, v.evidence) for key, v in verdicts.items()
                if v.status in (Status.FAIL, Status.SKIPPED)}
    rows = table(stand.provider.slug)
    assert Counter(slug for slug, _ in verdicts) == {slug: 5 if "S" in flags else 1 for slug, (flags, _) in rows.items()}


def test_without_pushes_nothing_about_a_push_is_asked(stand):
    verdicts = stand.run(pushes=False)
    assert "pushes_permitted" not in {slug for slug, _ in verdicts}
    assert not [seen.path for seen in stand.host.seen if "git-receive-pack" in seen.path]


# --- What is asked -----------------------------------------------------------------------------------------------
def test_nothing_is_asked_twice_in_a_run_with_five_services(stand):
    stand.run()
    assert not {question: times for question, times in Counter(asked(stand.host)).items() if times > 1}


def test_the_proxies_and_the_netrc_of_the_machine_are_not_used(stand, scripted_host, monkeypatch, tmp_path):
    before = {key: v.status for key, v in stand.run().items()}
    trap = scripted_host((502, {}, b"a proxy"))
    for name in PROXIES:
        monkeypatch.setenv(name, trap.url)
        monkeypatch.setenv(name.lower(), trap.url)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    netrc = tmp_path / "netrc"
    netrc.write_text("default login netrc-user password netrc-password\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text(netrc.read_text())
    stand.host.seen.clear()
    assert {key: v.status for key, v in stand.run().items()} == before
    assert not trap.seen
    import base64
    assert base64.b64encode(b"netrc-user:netrc-password").decode() not in sent(stand.host)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_host_that_redirects_everything_elsewhere_gives_no_credential_away(stand, scripted_host, status):
    trap = scripted_host((200, {"Content-Type": "application/json"}, b"{}"))
    host = scripted_host(lambda seen: (status, {"Location": f"{trap.url}{seen.path}"}, b""))
    verdicts = stand.run(["one"], origin=host.url)
    assert host.seen
    assert not trap.seen
    assert verdicts["host_reachable", ""].status is not Status.PASS


def test_no_single_redirect_carries_a_credential_to_another_origin(stand, scripted_host):
    stand.run(["one"])
    questions = list(dict.fromkeys((seen.method, seen.path) for seen in stand.host.seen))
    assert questions
    trap = scripted_host((200, {"Content-Type": "application/json"}, b"{}"))
    honest = stand.host.answer
    for question in questions:
        def lead_away(seen, question=question):
            if (seen.method, seen.path) == question:
                return Answer(307, {"Location": f"{trap.url}{seen.path}"}, b"")
            return honest(seen)
        stand.host.answer = lead_away
        stand.run(["one"])
        assert not trap.seen, question


def test_no_verdict_holds_a_credential(stand):
    verdicts = stand.run()
    for secret in stand.secrets:
        assert secret not in repr(verdicts)
