"""A diagnosis joined to the rows of an Organisation: which rows are chosen, and what they say in words."""
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import PermissionDenied

from checks.actions import diagnose as diagnosing
from checks.actions.named import Names, host_in, path
from checks.actions.settled import NAMES, Seen, settle
from checks.engine.keys import keyring
from checks.models import Finding, Integration
from checks.providers import BY_SLUG
from checks.verdict import Layer
from organisations.models import AuditEvent
from tests.checks.pages.conftest import GITHUB, Scene
from tests.peers.git_host import TOKENS

NOT_FOUND = "remote: Repository not found.\nfatal: repository 'https://git.example.com/acme/{}.git/' not found\n"
OTHER = {"base_url": "https://git.other.example", "username": "", "token_expires_on": "", "pushes": False}
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def scene(people):
    return Scene(people.acme)


def ask(people, text, actor=None):
    return diagnosing.diagnose(organisation=people.acme, actor=actor or people.vera, text=text)


def chosen(diagnosed):
    return {(row.integration.name, row.check.slug, row.service.name if row.service else None) for row in diagnosed.rows}


# --- Which rows --------------------------------------------------------------------------------------------------
def test_a_host_picks_its_integration_and_a_repository_its_service(people, scene):
    scene.verified()
    scene.service("shop-web", Integration.objects.get(name="gitea-main"))
    scene.verified("other", "elsewhere", settings=OTHER)
    found = ask(people, NOT_FOUND.format("shop-api"))
    assert {name for name, *_ in chosen(found)} == {"gitea-main"}
    assert {service for *_, service in chosen(found)} == {None, "shop-api"}
    assert ("gitea-main", "clone_permitted", "shop-api") in chosen(found)


def test_a_text_that_names_nothing_gets_every_integration_of_the_kind(people, scene):
    scene.verified()
    scene.verified("other", "elsewhere", settings=OTHER)
    scene.integration("dumps", "backup_storage")
    found = ask(people, "remote: HTTP Basic: Access denied\nfatal: Authentication failed\n")
    assert {name for name, *_ in chosen(found)} == {"gitea-main", "other"}


def test_the_rows_of_the_best_answer_come_first_and_each_once(people, scene):
    scene.verified()
    found = ask(people, NOT_FOUND.format("shop-api"))
    slugs = [row.check.slug for row in found.rows]
    assert slugs[0] in found.causes[0].answer.rows
    assert len(slugs) == len(set(slugs))


def test_a_slug_that_two_kinds_share_is_of_the_kind_that_the_message_is_of(people, scene):
    scene.integration("dumps", "backup_storage")
    scene.integration("node-1", "worker_node", settings={"host": "10.1.2.3", "port": 22, "username": "deploy"})
    found = ask(people, "deploy@10.1.2.3: Permission denied (publickey).")
    assert {(name, slug) for name, slug, _ in chosen(found)} >= {("node-1", "key_accepted")}
    assert "dumps" not in {name for name, *_ in chosen(found)}


def test_a_message_of_a_host_that_is_not_connected_blames_no_other(people, scene):
    scene.verified()
    found = ask(people, NOT_FOUND.replace("git.example.com", "github.com").format("shop"))
    assert found.causes[0].elsewhere == "github.com"
    assert found.rows == []


def test_what_a_row_needs_comes_with_it(people, scene):
    scene.verified()
    assert ("gitea-main", "host_reachable", None) in chosen(ask(people, NOT_FOUND.format("shop-api")))


def test_rows_of_another_organisation_are_never_among_them(people, scene):
    Scene(people.globex).verified("theirs", "their-shop")
    assert ask(people, NOT_FOUND.format("their-shop")).rows == []


def test_what_was_found_before_an_edit_proves_nothing(people, scene):
    made = scene.verified()
    Integration.objects.filter(pk=made.pk).update(generation=2)
    found = ask(people, NOT_FOUND.format("shop-api"))
    assert {row.finding for row in found.rows} == {None}
    assert found.rows[0].document["status"] is None


def test_a_github_app_stands_in_for_a_token(people, scene):
    made = scene.integration("app", "github", settings=GITHUB)
    scene.service("shop-api", made, repository="https://github.example.com/acme/shop-api.git", ref="main")
    scene.found(made)
    found = ask(people, "fatal: Authentication failed for 'https://github.example.com/acme/shop-api.git/'")
    assert ("app", "app_key_accepted", None) in chosen(found)


def test_nothing_recognised_has_no_rows(people, scene):
    scene.verified()
    found = ask(people, "it is a fine day")
    assert (found.causes, found.rows) == ((), [])


def test_it_costs_three_reads_and_the_right_to_read(people, scene, django_assert_num_queries):
    for number in range(4):
        scene.verified(f"git-{number}", f"service-{number}")
    with django_assert_num_queries(3):
        diagnosing.diagnose(organisation=people.acme, actor=None, text=NOT_FOUND.format("service-1"))
    with pytest.raises(PermissionDenied):
        ask(people, "anything", people.bob)


# --- Asking again ------------------------------------------------------------------------------------------------
def test_a_viewer_may_diagnose_and_not_ask_again(people, scene):
    scene.verified()
    found = ask(people, NOT_FOUND.format("shop-api"))
    for ask_again in (diagnosing.recheck_soon, diagnosing.recheck_now):
        with pytest.raises(PermissionDenied):
            ask_again(organisation=people.acme, actor=people.vera, diagnosed=found)


def test_asking_again_queues_the_integrations_behind_the_rows_and_no_other(people, scene):
    scene.verified()
    scene.verified("other", "elsewhere", settings=OTHER)
    found = ask(people, NOT_FOUND.format("shop-api"))
    assert diagnosing.recheck_soon(organisation=people.acme, actor=people.dora, diagnosed=found) == {}
    assert [i.name for i in Integration.objects.filter(runs__state="queued")] == ["gitea-main"]
    assert "Repository not found" not in str(AuditEvent.objects.values_list("verb", "details"))


def test_what_cannot_be_asked_is_said(people, scene):
    row = scene.integration(status="needs_credential")
    scene.service("shop-api", row)
    found = ask(people, NOT_FOUND.format("shop-api"))
    left_out = diagnosing.recheck_soon(organisation=people.acme, actor=people.dora, diagnosed=found)
    assert "give it again" in left_out["gitea-main"]


@pytest.mark.django_db(transaction=True)
def test_a_pasted_repository_not_found_is_settled_by_asking(people, loopback, git_host):
    scene = Scene(people.acme)
    settings = {"base_url": git_host.url, "username": "", "token_expires_on": "", "pushes": False}
    made = scene.integration("git", settings=settings)
    made.seal({"token": TOKENS["reader"].value}, BY_SLUG["gitea"].endpoint(settings), keyring())
    made.save()
    scene.service("web", made, repository=git_host.clone_url("acme/secret"), ref="main")
    text = f"remote: Repository not found.\nfatal: repository '{git_host.clone_url('acme/secret')}/' not found"
    found = ask(people, text)
    assert found.settled.fine == ()
    again = diagnosing.recheck_now(organisation=people.acme, actor=people.dora, diagnosed=found)
    assert Finding.objects.filter(integration=made, status="fail").exists()
    said = again.settled.sentences("just now")
    assert said[0] == "The clone URL is fine: every row about it passed just now."
    assert said[1].startswith("It is the Git token: “The token can clone the repository” of git failed just now. acme/secret")


# --- In words ----------------------------------------------------------------------------------------------------
def seen(status, about, *, layer="", title="The row", evidence="It was seen.", required=True):
    return Seen("git", title, status, about, layer or about, evidence, NOW, "", required)


def test_every_layer_has_a_name():
    assert set(NAMES) == set(Layer)


def test_a_token_is_ruled_out_and_the_allow_list_is_named():
    rows = [seen("pass", "git-token"), seen("warn", "git-token"),
            seen("fail", "repo-allow-list", title="The repository is on the list", evidence="acme/shop was not on it.")]
    found = settle([Layer.GIT_TOKEN, Layer.REPO_ALLOW_LIST], rows)
    assert (found.status, found.fine) == ("fail", (Layer.GIT_TOKEN,))
    assert found.sentences("just now") == [
        "The Git token is fine: every row about it passed just now.",
        "It is the repository allow-list: “The repository is on the list” of git failed just now. acme/shop was not on it."]


def test_a_failing_clone_blames_the_layer_that_its_verdict_names():
    found = settle([Layer.GIT_TOKEN], [seen("pass", "git-token"), seen("fail", "git-token", layer="repo-allow-list")])
    assert found.fine == ()
    assert "It is the repository allow-list" in found.sentences("just now")[-1]


def test_a_skipped_row_says_nothing_against_its_layer():
    found = settle([Layer.GITHUB_APP], [seen("pass", "github-app"), seen("skipped", "github-app"), seen("fail", "repo-allow-list")])
    assert found.sentences("just now")[0] == "The GitHub App is fine: every row about it that could be tried passed just now."


def test_when_all_passes_the_message_is_of_the_past_or_of_elsewhere():
    found = settle([Layer.GIT_TOKEN], [seen("pass", "git-token")])
    assert (found.status, len(found.sentences("just now"))) == ("pass", 1)
    assert "mended since" in found.sentences("just now")[0]


def test_what_could_not_be_checked_settles_nothing():
    found = settle([Layer.GIT_TOKEN], [seen("unknown", "git-token", evidence="git answered HTTP 503.")])
    assert (found.status, found.fine) == ("unknown", ())
    assert found.sentences("just now") == ["It could not be settled: “The row” of git could not be checked. git answered HTTP 503."]


def test_a_row_that_was_never_asked_settles_nothing():
    assert "was not asked yet" in settle([Layer.GIT_TOKEN], [seen("", "git-token")]).sentences("just now")[0]


def test_a_required_row_is_named_before_one_that_is_not():
    rows = [seen("fail", "git-token", title="Less", required=False), seen("fail", "git-token", title="More")]
    said = settle([Layer.GIT_TOKEN], rows).sentences("just now")
    assert "“More”" in said[0]
    assert said[1] == "1 more row is wrong."


# --- Names -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "name", "says"), [
    ("https://git.example.com/acme/shop.git/", "acme/shop", True), ("acme/shop-api", "acme/shop", False),
    ("git@git.example.com:acme/shop.git", "acme/shop", True), ("other-acme/shop", "acme/shop", False),
    ("image ghcr.io/acme/app:1.4 not found", "acme/app", True), ("ACME/Shop.", "acme/shop", True),
    ("/repos/acme/shop/git/refs", "acme/shop", True), ("acme/shop.gitea", "acme/shop", False),
])
def test_a_name_is_found_as_a_whole_one(text, name, says):
    assert Names(text).says(name) is says


@pytest.mark.parametrize(("text", "named"), [
    ("https://git.example.com/a", True), ("git@git.example.com:acme/shop.git", True), ("api.git.example.com said", True),
    ("https://git.example.com:443/a", True), ("https://git.example.com.evil.example/", False), ("mygit.example.com", False),
    ("example.com", False),
])
def test_a_host_is_named_by_itself_or_by_one_below_it(people, scene, text, named):
    assert Names(text).host_of(scene.integration()) is named


def test_two_ports_of_one_host_are_two_hosts(people, scene):
    made = scene.integration(settings={**OTHER, "base_url": "https://git.example.com:8443"})
    assert [Names(f"https://git.example.com{port}/a").host_of(made) for port in (":8443", ":9443", "")] == [True, False, True]


@pytest.mark.parametrize(("value", "name"), [
    ("https://git.example.com/acme/shop.git", "acme/shop"), ("ghcr.io/acme/app:1.4", "acme/app"),
    ("registry.example.com:5000/acme/app@sha256:00", "acme/app"), ("library/nginx:1", "library/nginx"),
])
def test_a_target_is_named_by_its_path(value, name):
    assert path(value) == name


def test_the_host_of_a_url_is_read_past_its_user():
    assert host_in("fatal: unable to access 'https://x:[REDACTED]@GitHub.com/a/b'") == "github.com"
    assert host_in("no address here") == ""
    assert host_in("You have reached your pull rate limit: https://www.docker.com/increase-rate-limit") == ""


def test_a_long_hostile_text_is_read_to_its_end():
    names = Names("a." * 200_000 + "x" * 200_000 + ":" * 200_000)
    assert names.says("acme/shop") is False
