"""Granted against required, as a table: from hand-made facts, and from real runs of each kind of provider."""

from __future__ import annotations

import html
import re

import pytest

from checks.actions import connect as connecting
from checks.actions import services, verify
from checks.demo.s3_host import FULL, WITHOUT_DELETE
from checks.pages.grants import FOLD_FROM, table
from tests.checks.providers import aws_run, backup_run, gitea_run, github_run, gitlab_run, registry_run
from tests.peers.git_host import TOKENS


def words(facts, proven=()):
    return [(line.name, line.word) for line in table(facts, proven).lines]


# --- The table ----------------------------------------------------------------------------------------------------
def test_missing_first_then_not_told_then_excess_then_what_is_right():
    facts = {"required": ["a", "b", "c"], "granted": ["a", "x", "y"], "missing": ["c"], "told_in_full": False,
             "lets": {"y": "push"}}
    assert words(facts) == [("c", "missing"), ("b", "not told"), ("y", "excess"), ("a", "ok"), ("x", "ok")]


def test_what_a_host_does_not_tell_is_not_called_missing():
    facts = {"required": ["read"], "granted": [], "told_in_full": False}
    assert (words(facts), table(facts).lines[0].granted) == ([("read", "not told")], "not told")


def test_a_grant_that_includes_what_is_required_under_another_name_is_not_missing():
    facts = {"required": ["read:repository"], "granted": ["write:repository"], "covered": ["read:repository"],
             "lets": {"write:repository": "push"}}
    assert words(facts) == [("write:repository", "excess"), ("read:repository", "ok")]


def test_a_long_table_folds_what_is_right():
    names = [f"n{k:02}" for k in range(46)]
    found = table({"required": names, "granted": names[2:], "missing": names[:2]})
    assert [line.name for line in found.shown] == names[:2]
    assert len(found.folded) == 44
    assert found.said == "2 missing, 44 ok"
    assert table({"required": names[:FOLD_FROM - 1], "granted": []}).folded == ()


@pytest.mark.parametrize("facts", [{}, {"granted": ["read"]}, {"required": None}, {"required": "read"}, {"lets": []},
                                   {"required": [], "granted": []}])
def test_without_required_names_there_is_no_table(facts):
    assert table(facts) is None


@pytest.mark.parametrize("facts", [
    {"required": ["a"], "granted": {"a": 1}, "needed_for": ["x"], "lets": "y", "actions": "z", "missing": 3, "covered": None},
    {"required": [None, 4], "granted": [[]], "actions": [None, {"action": None}]}])
def test_facts_of_another_shape_are_read_as_far_as_they_go(facts):
    assert table(facts) is not None


# --- From real answers ---------------------------------------------------------------------------------------------
def test_gitea(git_hosts):
    host = git_hosts()
    rows = gitea_run.at(host, token="issues")
    for slug in ("scopes_sufficient", "clone_permitted"):
        assert words(rows[slug].facts)[0] == ("read:repository", "missing"), slug
        assert table(rows[slug].facts).lines[0].needed == "clone"
    found = table(gitea_run.at(host, token="all")["scopes_not_excessive"].facts)
    assert [(line.name, line.lets) for line in found.excess] == [("read:admin", "read about every user of the host")]
    assert ("read:repository", "ok") in [(line.name, line.word) for line in found.lines]
    found = table(gitea_run.at(host, token="writer")["scopes_not_excessive"].facts)
    assert [(line.name, line.word, line.lets) for line in found.lines] == [
        ("write:repository", "excess", "push to every repository that its user can write to"), ("read:repository", "ok", "")]


def test_gitea_with_pushes(git_hosts):
    found = table(gitea_run.at(git_hosts(), token="writer", pushes=True)["scopes_sufficient"].facts)
    assert [(line.name, line.word, line.needed) for line in found.lines] == [("write:repository", "ok", "clone and push")]


def test_gitlab(gitlab_hosts):
    found = table(gitlab_run.at(gitlab_hosts(), token="api")["scopes_not_excessive"].facts)
    assert [(line.name, line.word) for line in found.lines] == [("api", "excess"), ("read_repository", "ok")]
    assert found.excess[0].lets == "push, merge and change settings in every project that it sees"


def test_github(github_host, github_pem):
    host = github_host
    host.installations[github_run.SELECTED].permissions = {"metadata": "read", "contents": "write", "administration": "write"}
    rows = github_run.rows_of(host, github_pem)
    found = table(rows["permissions_not_excessive"].facts)
    assert {line.name: line.lets for line in found.excess} == {
        "contents:write": "push to every repository of the installation",
        "administration:write": "delete every repository of the installation, and change who gets in"}
    host.installations[github_run.SELECTED].permissions = {"metadata": "read"}
    found = table(github_run.rows_of(host, github_pem)["permissions_granted"].facts)
    assert (found.lines[0].name, found.lines[0].word) == ("contents:read", "missing")
    assert found.lines[0].needed == "clone, and the webhook's pushes"


def test_backup_storage_names_every_operation_and_what_was_not_tried(s3_host, loopback):
    s3_host.make_bucket("grants")
    key = s3_host.make_user("grants-user", "grants", WITHOUT_DELETE)
    rows = backup_run.look(s3_host.url, "grants", key)
    facts = rows["object_deletable"].facts
    assert words(facts) == [("s3:DeleteObject", "missing"), *((f"s3:{name}", "ok") for name in (
        "ListBucket", "PutObject", "GetObject", "AbortMultipartUpload"))]
    assert table(facts).lines[0].needed == "prune old backups"
    facts = backup_run.look(s3_host.url, "grants", s3_host.make_user("grants-none", "grants", ("s3:ListBucket",)))[
        "object_writable"].facts
    assert words(facts)[0] == ("s3:PutObject", "missing")
    assert {word for _, word in words(facts)[1:]} == {"not told"}
    assert dict(words(facts, {"s3:ListBucket"}))["s3:ListBucket"] == "ok"


def test_backup_storage_that_is_write_once_has_delete_as_an_excess(s3_host, loopback):
    s3_host.make_bucket("grants-once")
    key = s3_host.make_user("grants-once-user", "grants-once", FULL)
    facts = backup_run.look(s3_host.url, "grants-once", key, intent="write_once")["object_deletable"].facts
    assert words(facts) == [("s3:DeleteObject", "excess")]
    assert table(facts).excess[0].lets == "delete every backup below the prefix"


def test_a_registry(token_registry):
    found = table(registry_run.at(token_registry, "pusher")["push_not_granted"].facts)
    assert [(line.name, line.word) for line in found.lines] == [("push", "excess"), ("pull", "ok")]
    assert found.excess[0].lets == "replace the image that a deploy pulls, and so run code of its own on the worker nodes"


def test_aws_shows_what_is_denied_and_by_whom_and_folds_the_rest(aws_script):
    aws_script(denied=["ec2:RunInstances", "ec2:ReleaseAddress"])
    found = table(aws_run.look()["actions_allowed"].facts)
    assert [(line.name, line.word, line.needed) for line in found.shown[:2]] == [
        ("ec2:RunInstances", "missing", "start a node"), ("ec2:ReleaseAddress", "missing", "a fixed address")]
    assert found.shown[0].how.startswith("dry run, by identity policy")
    assert len(found.lines) == 46
    assert {line.word for line in found.folded} == {"ok"}
    assert all(line.needed for line in found.lines)


# --- On the page ---------------------------------------------------------------------------------------------------
def test_the_page_says_what_is_missing_and_what_somebody_could_do_with_what_is_too_much(git_hosts, people, sees):
    host = git_hosts()
    for name, token in (("narrow", "issues"), ("wide", "writer")):
        connecting.connect(organisation=people.acme, actor=people.alice, provider="gitea", name=name,
                           settings={"base_url": host.url}, credentials={"token": TOKENS[token].value})
        services.add(organisation=people.acme, actor=people.alice, name=f"{name}-web", kind="app", integration=name,
                     target={"repository": host.clone_url("acme/web"), "ref": "main"})
        verify.now(organisation=people.acme, actor=None, name=name)
    narrow, wide = (said(sees(people.vera, f"/o/acme/integrations/{name}/").text, f"{name}-{row}") for name, row in (
        ("narrow", "scopes_sufficient"), ("wide", "scopes_not_excessive")))
    assert "Granted against required Grant Result Granted Required for read:repository missing no clone" in narrow
    assert "What it breaks Service Deploy narrow-web stops" in narrow
    assert "write:repository excess yes not required" in wide
    assert ("Somebody who got hold of this credential could: push to every repository that its user can write to (write:repository)"
            in wide)
    assert "What it breaks" not in wide
    assert "What it puts at risk" not in wide


def said(text, row):
    more = text.partition(f'id="row-{row}"')[2].partition("</li>\n")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", more.partition('<div class="more">')[2])).split())
