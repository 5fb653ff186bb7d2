"""What a form may choose from: who may ask, what is asked, what is kept, and what trouble is turned into."""
from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied

from checks.actions import connect, pickers
from checks.clients.errors import ClientError, Kind
from checks.models import Integration
from checks.providers import BY_SLUG
from checks.providers.gitea import gitea
from checks.providers.pick import Choice, Picked
from tests.peers.git_host import TOKENS

READER = TOKENS["reader"].value
SHOP = Choice("https://git.example.com/acme/shop.git", "acme/shop", "main", private=True)


@pytest.fixture(autouse=True)
def nothing_is_kept(db):
    cache.clear()


@pytest.fixture
def git(people, git_host):
    return connected(people, git_host.url)


def connected(people, base_url, name="git"):
    return connect.connect(organisation=people.acme, actor=people.alice, provider=gitea.slug, name=name,
                           settings={"base_url": base_url}, credentials={"token": READER})


@pytest.fixture
def picking(monkeypatch):
    """A provider that lists what a test says: picking(answer), an error or a Picked; .asked is what it was asked."""
    def say(answer):
        asked = []

        def pick(client, query, page):
            asked.append((query, page))
            if isinstance(answer, Exception):
                raise answer
            return answer
        monkeypatch.setitem(BY_SLUG, gitea.slug, replace(gitea, pick=pick))
        return asked
    return say


def refs(people, git, path="acme/web", query="", page=1, actor=None):
    where = f"{git.settings['base_url']}/{path}.git" if "://" not in path else path
    return pickers.refs(integration=git, actor=actor or people.alice, repository=where, query=query, page=page)


def names(page):
    return [choice.name for choice in page.choices]


# --- Branches and tags, of the host itself -------------------------------------------------------------------
def test_the_default_branch_comes_first_then_branches_then_tags(people, git):
    page = refs(people, git)
    assert names(page) == ["main", "dev", "develop", "feature/login", "v2", "v1"]
    assert [c.is_default for c in page.choices] == [True, *[False] * 5]
    assert [c.kind for c in page.choices] == [*["branch"] * 4, *["tag"] * 2]
    assert (page.more, page.note) == (False, "")


def test_a_search_keeps_what_holds_it_and_begins_with_what_begins_with_it(people, git):
    assert names(refs(people, git, query="DEV")) == ["dev", "develop"]
    assert names(refs(people, git, query="log")) == ["feature/login"]
    assert names(refs(people, git, query="nothing of it")) == []


def test_typing_on_asks_the_host_no_second_time(people, git, git_host):
    refs(people, git)
    asked = len(git_host.seen)
    refs(people, git, query="d")
    refs(people, git, query="de", page=2)
    assert len(git_host.seen) == asked


def test_another_person_and_another_version_of_the_integration_are_asked_for_anew(people, git, git_host):
    refs(people, git)
    asked = len(git_host.seen)
    refs(people, git, actor=people.adam)
    assert len(git_host.seen) == 2 * asked
    Integration.objects.update(generation=9)
    git.refresh_from_db()
    refs(people, git)
    assert len(git_host.seen) == 3 * asked


def test_a_browser_page_lists_the_branches_of_its_repository(people, git):
    assert "develop" in names(refs(people, git, f"{git.settings['base_url']}/acme/web/src/branch/dev"))


@pytest.mark.parametrize("typed", ["https://evil.example/acme/web.git", "ssh://git@evil.example/acme/web", "acme", "",
                                   "https://a:b@evil.example/x/y.git"])
def test_what_is_of_no_repository_of_this_host_is_never_asked_for(people, git, git_host, typed):
    page = pickers.refs(integration=git, actor=people.alice, repository=typed)
    assert page.choices == ()
    assert page.note
    assert not git_host.seen


def test_an_empty_repository_says_so(people, git):
    assert refs(people, git, "acme/empty").note == "acme/empty is empty: it has no branch and no tag yet."


def test_what_the_token_cannot_see_says_so_and_is_asked_again_at_once(people, git, git_host):
    page = refs(people, git, "acme/secret")
    assert page.note == "acme/secret does not exist, or this credential cannot see it (HTTP 404). Type it instead."
    asked = len(git_host.seen)
    refs(people, git, "acme/secret")
    assert len(git_host.seen) == 2 * asked


def test_many_refs_come_in_pages(people, scripted_host):
    lines = b"".join(_packet(f"{'a' * 40} refs/heads/b{n:03}\n".encode()) for n in range(100))
    v0 = _packet(b"# service=git-upload-pack\n") + b"0000" + _packet(
        b"a" * 40 + b" HEAD\0symref=HEAD:refs/heads/b050 agent=git/2\n") + lines + b"0000"
    host = scripted_host((200, {"Content-Type": "application/x-git-upload-pack-advertisement"}, v0))
    git = connected(people, host.url)
    first, last = refs(people, git), refs(people, git, page=3)
    assert (len(first.choices), first.more, first.choices[0].name) == (pickers.REFS_A_PAGE, True, "b050")
    assert (len(last.choices), last.more) == (100 - 2 * pickers.REFS_A_PAGE, False)
    assert len(host.seen) == 1


def _packet(payload: bytes) -> bytes:
    return f"{len(payload) + 4:04x}".encode() + payload


def test_an_outage_is_one_sentence_that_says_to_type(people, scripted_host):
    git = connected(people, scripted_host((503, {}, b"down")).url)
    page = refs(people, git)
    assert page.choices == ()
    assert page.note.endswith("answered HTTP 503 (Service Unavailable). Type it instead.")


# --- Repositories, by the contract of a provider's `pick` -----------------------------------------------------
def test_a_page_of_repositories_is_what_the_provider_lists(people, git, picking):
    asked = picking(Picked((SHOP,), more=True))
    page = pickers.repositories(integration=git, actor=people.adam, query=" shop ", page=2)
    assert page == Picked((SHOP,), more=True)
    assert asked == [("shop", 2)]
    pickers.repositories(integration=git, actor=people.adam, query="shop", page=2)
    pickers.repositories(integration=git, actor=people.adam, query="shop", page=1)
    assert asked == [("shop", 2), ("shop", 1)]


def test_trouble_is_a_sentence_and_is_not_kept(people, git, picking):
    asked = picking(ClientError(Kind.OUTAGE, "git.example.com answered HTTP 502 (Bad Gateway)."))
    for _ in range(2):
        page = pickers.repositories(integration=git, actor=people.alice, query="")
        assert page == Picked(note="git.example.com answered HTTP 502 (Bad Gateway). Type it instead.")
    assert len(asked) == 2


def test_no_text_of_the_provider_carries_the_credential(people, git, picking):
    picking(Picked((Choice(f"https://x/{READER}", READER, READER),), note=f"{READER} said so."))
    page = pickers.repositories(integration=git, actor=people.alice, query="")
    assert READER not in repr(page)


def test_the_credential_is_in_no_kept_answer_and_no_key(people, git, django_assert_num_queries):
    refs(people, git)
    from django.db import connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM dflow_cache")
        rows = cursor.fetchall()
    assert len(rows) == 1
    assert READER not in str(rows)


def test_a_provider_that_lists_nothing_says_to_type(people, git, monkeypatch):
    monkeypatch.setitem(BY_SLUG, gitea.slug, replace(gitea, pick=None))
    note = pickers.repositories(integration=git, actor=people.alice, query="").note
    assert note == "Gitea or Forgejo does not list repositories. Type it instead."


def test_without_its_credential_nobody_is_asked(people, git, git_host, picking):
    asked = picking(Picked((SHOP,)))
    git.drop_credentials()
    git.save()
    for page in (pickers.repositories(integration=git, actor=people.alice, query=""), refs(people, git)):
        assert page.note == "git lacks its credential, so nothing can be listed. Type it instead."
    assert not asked
    assert not git_host.seen


def test_a_credential_that_does_not_open_says_so(people, git, git_host):
    Integration.objects.update(settings={"base_url": f"{git_host.url}/elsewhere"})
    git.refresh_from_db()
    assert refs(people, git).note == "The credential of git cannot be opened now. Type it instead."
    assert not git_host.seen


@pytest.mark.parametrize("who", ["dora", "vera", "bob", "sam"])
def test_only_those_who_manage_may_ask(people, git, git_host, picking, who):
    picking(Picked((SHOP,)))
    with pytest.raises(PermissionDenied):
        pickers.repositories(integration=git, actor=getattr(people, who), query="")
    with pytest.raises(PermissionDenied):
        refs(people, git, actor=getattr(people, who))
    assert not git_host.seen
