"""The pickers on the form of a service: plain fields without a script, fragments of buttons with it."""
from __future__ import annotations

import html
import json
import re
from dataclasses import replace

import pytest
from django.core.cache import cache

from checks.providers import BY_SLUG
from checks.providers.pick import Choice, Picked
from tests.peers.git_host import TOKENS

FORM = "/o/acme/services/new/?kind=app"
REPOSITORIES, REFS = "/o/acme/integrations/gitea-main/repositories/", "/o/acme/integrations/gitea-main/refs/"
CHOICES = (Choice("https://git.example.com/acme/shop.git", "acme/shop", "trunk", private=True),
           Choice("https://git.example.com/acme/<b>.git", "acme/<b>", archived=True))


@pytest.fixture(autouse=True)
def nothing_is_kept(db):
    cache.clear()


@pytest.fixture
def picking(monkeypatch):
    def say(answer):
        pick = answer and (lambda client, query, page: answer(query, page) if callable(answer) else answer)
        monkeypatch.setitem(BY_SLUG, "gitea", replace(BY_SLUG["gitea"], pick=pick))
    return say


@pytest.fixture
def real(scene, git_host, people):
    """An integration of the host on loopback, with a token that it knows."""
    from checks.actions import connect
    return connect.connect(organisation=people.acme, actor=people.alice, provider="gitea", name="gitea-main",
                           settings={"base_url": git_host.url}, credentials={"token": TOKENS["reader"].value})


def addresses(text, field):
    return json.loads(html.unescape(re.search(rf'data-picker="{field}" data-addresses="([^"]*)"', text)[1]))


# --- The form ------------------------------------------------------------------------------------------------
def test_the_form_offers_both_for_each_integration_that_can_list(scene, people, sees, picking):
    picking(Picked())
    scene.integration()
    scene.integration("labs")
    text = sees(people.adam, FORM).text
    assert addresses(text, "repository") == {"gitea-main": REPOSITORIES, "labs": REPOSITORIES.replace("gitea-main", "labs")}
    assert addresses(text, "ref")["gitea-main"] == REFS
    assert "Choose a repository</button>" in text
    assert "Choose a branch or tag</button>" in text


def test_a_provider_that_lists_no_repositories_still_lists_branches(scene, people, sees, picking):
    picking(None)
    scene.integration()
    text = sees(people.adam, FORM).text
    assert 'data-picker="repository"' not in text
    assert 'name="repository"' in text
    assert addresses(text, "ref") == {"gitea-main": REFS}


def test_without_a_script_the_fields_are_plain_text(scene, people, sees, picking):
    picking(Picked())
    scene.integration()
    text = sees(people.adam, FORM).text
    assert re.search(r'<input type="text" name="repository"[^>]*id="id_repository"', text)
    for button in re.findall(r"<button[^>]*data-open[^>]*>", text):
        assert button.endswith(" hidden>")
    assert len(re.findall(r'<div class="picks"[^>]* hidden>', text)) == 2


def test_the_edit_form_keeps_its_values_and_errors_beside_the_pickers(scene, people, as_, picking):
    picking(Picked())
    scene.verified()
    text = as_(people.adam).post("/o/acme/services/shop-api/edit/", {"integration": "gitea-main", "repository": "",
                                                                     "ref": "release"}).content.decode()
    assert 'id="id_repository_error"' in text
    assert 'value="release"' in text
    assert addresses(text, "repository") == {"gitea-main": REPOSITORIES}


def test_other_kinds_have_no_picker(scene, people, sees):
    scene.integration("backups", provider="backup_storage")
    assert "data-picker" not in sees(people.adam, "/o/acme/services/new/?kind=database").text


# --- Repositories ----------------------------------------------------------------------------------------------
def test_repositories_are_buttons_that_carry_their_url_and_default_branch(scene, people, sees, picking):
    picking(Picked(CHOICES))
    scene.integration()
    text = sees(people.adam, f"{REPOSITORIES}?q=").text
    assert ('<button type="button" class="pick" data-value="https://git.example.com/acme/shop.git" data-ref="trunk">'
            "<b>acme/shop</b><span>private · default branch trunk</span></button>") in text
    assert "acme/&lt;b&gt;" in text
    assert "archived" in text
    assert "<html" not in text


def test_more_repositories_are_one_click_away_with_the_same_search(scene, people, sees, picking):
    picking(lambda query, page: Picked(CHOICES[:1], more=page == 1))
    scene.integration()
    text = sees(people.adam, f"{REPOSITORIES}?q=a%26b").text
    (more,) = re.findall(r'hx-get="([^"]*)"', text)
    assert html.unescape(more) == f"{REPOSITORIES}?q=a%26b&page=2"
    assert "hx-get" not in sees(people.adam, html.unescape(more)).text


@pytest.mark.parametrize(("query", "said"), [
    ("", "The credential can list no repository. Type its address instead."),
    ("zz", "The credential can list no repository whose name holds “zz”. Type its address instead."),
])
def test_an_empty_list_says_what_to_do(scene, people, sees, picking, query, said):
    picking(Picked())
    scene.integration()
    assert said in sees(people.adam, f"{REPOSITORIES}?q={query}").text


def test_a_note_stands_below_what_was_found(scene, people, sees, picking):
    picking(Picked(CHOICES[:1], note="The token lists its own workspace only."))
    scene.integration()
    text = sees(people.adam, f"{REPOSITORIES}?q=").text
    assert text.index("acme/shop") < text.index("The token lists its own workspace only.")


def test_without_a_search_nobody_is_asked(scene, people, sees, picking):
    def never(query, page):
        raise AssertionError("must not be asked")
    picking(never)
    scene.integration()
    assert "Type a part of its name." in sees(people.adam, REPOSITORIES).text
    assert "Type a part of its name." in sees(people.adam, REFS).text


@pytest.mark.parametrize("page", ["0", "-4", "x", "99999999999999999999", ""])
def test_an_odd_page_number_is_a_page(scene, people, sees, picking, page):
    picking(Picked(CHOICES))
    scene.integration()
    assert sees(people.adam, f"{REPOSITORIES}?q=&page={page}").status == 200


def test_an_integration_that_is_no_git_host_has_neither(scene, people, sees):
    scene.integration("backups", provider="backup_storage")
    for what in ("repositories", "refs"):
        assert sees(people.adam, f"/o/acme/integrations/backups/{what}/?q=").status == 404


# --- Branches and tags -------------------------------------------------------------------------------------------
def test_branches_are_buttons_with_the_default_one_first(real, git_host, people, sees):
    text = sees(people.adam, f"{REFS}?q=&repository={git_host.clone_url('acme/web')}").text
    assert re.findall(r"<b>([^<]*)</b><span>([^<]*)</span>", text) == [
        ("main", "default branch"), ("dev", "branch"), ("develop", "branch"), ("feature/login", "branch"),
        ("v2", "tag"), ("v1", "tag")]


def test_without_a_repository_it_says_to_name_one_first(real, git_host, people, sees):
    assert "Type or choose the repository first" in sees(people.adam, f"{REFS}?q=&repository=").text
    assert not git_host.seen


def test_hostile_names_are_shown_as_text(real, people, sees, git_host):
    text = sees(people.adam, f"{REFS}?q=&repository=%22%3E%3Cscript%3E").text
    assert "<script" not in text


def test_repositories_of_the_host_itself_are_listed(real, people, sees, git_host):
    text = sees(people.adam, f"{REPOSITORIES}?q=we").text
    assert f'data-value="{git_host.clone_url("acme/web")}" data-ref="main"' in text
    assert "acme/secret" not in sees(people.adam, f"{REPOSITORIES}?q=").text
