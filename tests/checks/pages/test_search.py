"""Search: every word, whatever its case and accents; titles before text; bounded; nothing of another Organisation."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from checks.pages.catalogue import Entry, guides, look
from checks.pages.folded import excerpt, fold, marked, words
from checks.pages.search import SHOWN
from tests.checks.pages.conftest import FAIL, SECRET, Scene

PAGE = "/o/acme/search/"
TOKEN = "ghp_" + "Zq3" * 12


# --- Folding ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "folded"), [
    ("Zürich", "zurich"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("Łódź", "lodz"), ("smørrebrød", "smorrebrod"),
    ("ﬁle", "file"), ("İzmir", "izmir"), ("registry’s", "registry's"), ("e\u0301tat", "etat"), ("plain", "plain"), ("日本", "日本"),
])
def test_case_and_accents_are_folded(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(("text", "query", "marks"), [
    ("Straße nach Zürich", "strasse zurich", ["Straße", "Zürich"]),
    ("The token is accepted", "token TOKEN tok", ["token"]),
    ("abab", "ab", ["abab"]),
    ("e\u0301tat civil", "etat", ["e\u0301tat"]),
    ("nothing", "x", []),
    ("ﬁle and file", "il", ["ﬁl", "il"]),
])
def test_what_is_marked_is_the_text_s_own_words(text, query, marks):
    pieces = marked(text, words(query))
    assert [piece for piece, is_word in pieces if is_word] == marks
    assert "".join(piece for piece, _ in pieces) == text


def test_an_excerpt_surrounds_the_first_word_and_is_short():
    text = "far away " * 100 + "the token expired " + "and so on " * 100
    assert "token" in excerpt(text, ["token"])
    assert len(excerpt(text, ["token"])) < 190
    assert excerpt("short", ["token"]) == "short"
    assert excerpt("x" * 1000, ["y"]).endswith("…")


# --- Order ---------------------------------------------------------------------------------------------------------
def entry(title, text="", own=False):
    return Entry("Row", title, text, "/", own=own)


def test_titles_come_before_text_and_the_own_before_the_guides():
    entries = [entry("Text alone", "token end"), entry("Own text", "token end", own=True), entry("The broken ends"),
               entry("The token ends"), entry("The token ends here", own=True), entry("Half", "end"), entry("Token", "end")]
    found = [hit.entry.title for hit in look(entries, ("token", "end"))]
    assert found == ["The token ends here", "The token ends", "Own text", "Token", "Text alone"]


def test_a_word_at_its_beginning_comes_before_one_within_another():
    found = [hit.entry.title for hit in look([entry("misguided"), entry("Guide")], ("guide",))]
    assert found == ["Guide", "misguided"]


# --- The page of an Organisation --------------------------------------------------------------------------------------
def test_integrations_services_rows_and_guides_are_found_marked_and_linked(scene, people, sees):
    row = scene.integration("zürich-git", status="broken")
    scene.service("shop-api", row)
    scene.found(row, ref_exists=FAIL)
    text = sees(people.vera, f"{PAGE}?q=ZURICH").text
    assert '<a href="/o/acme/integrations/z%C3%BCrich-git/"><mark>zürich</mark>-git</a>' in text
    assert "Broken" in text
    text = sees(people.vera, f"{PAGE}?q=shop-api").text
    assert '<a href="/o/acme/services/shop-api/"><mark>shop-api</mark></a>' in text
    text = sees(people.vera, f"{PAGE}?q=branch+release").text
    hit = text.split('class="card hits"')[1]
    assert "Row of zürich-git" in hit
    assert "had no <mark>branch</mark> “<mark>release</mark>”" in hit
    assert "#row-zürich-git-ref_exists-shop-api" in hit
    assert '<a href="/guides/gitea/"><mark>Gitea</mark> or Forgejo</a>' in sees(people.vera, f"{PAGE}?q=gitea").text


def test_every_word_has_to_stand_in_it(scene, people, sees):
    scene.verified()
    assert "#row-gitea-main-token_accepted" in sees(people.vera, f"{PAGE}?q=accepted+token").text
    text = sees(people.vera, f"{PAGE}?q=accepted+token+qqqq").text
    assert "Nothing holds “accepted token qqqq”" in text
    assert "Every word has to stand in it" in text
    assert "<mark>" not in text


@pytest.mark.parametrize("query", ["", "   ", "%00"])
def test_without_words_it_asks_for_some(scene, people, sees, query):
    answer = sees(people.vera, f"{PAGE}?q={query}")
    assert answer.status == 200
    assert "<h1>Search Acme</h1>" in answer.text
    assert "hits" not in answer.text


def test_nothing_of_another_organisation_is_found(scene, people, sees):
    scene.verified()
    Scene(people.globex).verified("their-gitea", "their-shop")
    text = sees(people.alice, f"{PAGE}?q=their").text
    assert "their-gitea" not in text
    assert "their-shop" not in text
    assert sees(people.bob, f"{PAGE}?q=gitea-main").status == 404


def test_markup_in_what_is_typed_and_in_what_is_found_is_text(scene, people, sees):
    row = scene.integration(status="broken")
    scene.found(row, token_accepted={**FAIL, "evidence": "<img src=x onerror=alert(1)> was seen."})
    text = sees(people.alice, f"{PAGE}?q=%3Cimg+onerror%22").text
    assert "“&lt;img onerror&quot;”" in text
    text = sees(people.alice, f"{PAGE}?q=onerror").text
    assert "<img" not in text
    assert "&lt;img src=x <mark>onerror</mark>" in text


def test_what_is_too_long_is_refused_kept_and_sent_to_diagnose(people, sees):
    answer = sees(people.alice, f"{PAGE}?q={'a' * 101}")
    assert answer.status == 400
    assert "Search takes up to 100 characters, and this has 101." in answer.text
    assert f'value="{"a" * 101}"' in answer.text
    assert 'aria-describedby="q-error"' in answer.text
    assert sees(people.alice, f"{PAGE}?q={'a' * 100}").status == 200


def test_a_secret_is_refused_and_not_shown_again(people, sees):
    for path in (f"{PAGE}?q={TOKEN}", f"{PAGE}?q=password%3D{SECRET}", f"/guides/?q={TOKEN}"):
        answer = sees(people.alice, path)
        assert answer.status == 400
        assert "stands in the page’s address" in answer.text.replace("&#x27;", "’")
        assert TOKEN not in answer.text
        assert SECRET not in answer.text
    assert sees(people.alice, f"{PAGE}?q=token+expired").status == 200


def test_fifty_are_shown_and_the_rest_a_step_away(scene, people, sees):
    for number in range(SHOWN + 7):
        scene.integration(f"needle-{number:02}")
    first = sees(people.alice, f"{PAGE}?q=needle").text
    assert "<h1>57 answers to “needle”</h1>" in first
    assert first.count("<li><p class=\"kind\">") == SHOWN
    assert "Show the 7 more" in first
    rest = sees(people.alice, f"{PAGE}?q=needle&from=50").text
    assert rest.count("<li><p class=\"kind\">") == 7
    assert "51 to 57 of 57" in rest
    assert "more</a>" not in rest
    for odd in ("-1", "x", "99999999999", "57", "５"):
        assert sees(people.alice, f"{PAGE}?q=needle&from={odd}").text.count("<li><p class=\"kind\">") == SHOWN


def test_the_number_of_queries_does_not_grow(scene, people, as_):
    client, costs = as_(people.vera), []
    for number in (1, 13, 60):
        for k in range(number):
            if not scene.organisation.integrations.filter(name=f"git-{k:03}").exists():
                scene.verified(f"git-{k:03}", f"svc-{k:03}")
        client.get(f"{PAGE}?q=token")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"{PAGE}?q=token").status_code == 200
        costs.append(len(captured))
    assert costs[0] == costs[1] == costs[2] <= 8


# --- The guides' own ----------------------------------------------------------------------------------------------------
def test_the_guides_are_searched_by_everybody_and_hold_nothing_of_an_organisation(client, scene, people):
    scene.verified()
    text = client.get("/guides/?q=token+scope").content.decode()
    assert "<mark>" in text
    assert "/guides/layers/git-token/" in text
    client.force_login(people.alice)
    text = client.get("/guides/?q=gitea-main&organisation=acme").content.decode()
    assert "Nothing holds “gitea-main”" in text
    assert "/o/acme/integrations/gitea-main/" not in text


def test_a_message_is_found_by_its_words_and_leads_to_its_place(client, db):
    text = client.get("/guides/?q=SignatureDoesNotMatch").content.decode()
    assert 'href="/guides/layers/backup-keys/#message-storage-signature"' in text


def test_every_place_that_the_guides_lead_to_is_there(client, db):
    pages: dict[str, str] = {}
    for one in guides():
        path, _, anchor = one.url.partition("#")
        if path not in pages:
            answer = client.get(path)
            assert answer.status_code == 200, path
            pages[path] = answer.content.decode()
        assert not anchor or f'id="{anchor}"' in pages[path], one.url


def test_the_head_of_an_organisation_s_pages_holds_the_search_but_for_the_search_itself(scene, people, sees):
    field = 'action="/o/acme/search/"'
    assert sees(people.vera, "/o/acme/").text.count(field) == 1
    assert sees(people.vera, PAGE).text.count(field) == 1
    assert field not in sees(people.vera, "/guides/").text
