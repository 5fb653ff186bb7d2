"""Diagnose: what a pasted message tells of, who may have it asked again, and that nothing of it stays anywhere."""
from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.test import Client

from checks.models import Heartbeat, Run
from tests.checks.pages.conftest import FAIL, OUTAGE

URL, ROWS = "/o/acme/diagnose/", "/o/acme/diagnose/rows/"
TOKEN = "ghp_" + "Zq3" * 12
NOT_FOUND = "remote: Repository not found.\nfatal: repository 'https://git.example.com/acme/shop-api.git/' not found\n"
MARK = "a-word-of-the-paste-alone"
SSH_GIT = "git@git.example.com: Permission denied (publickey).\nfatal: Could not read from remote repository."


@pytest.fixture
def paste(as_):
    """paste(person, text, **more): the page that answers."""
    def post(user, text, **more):
        return as_(user).post(URL, {"text": text, **more})
    return post


def text_of(answer):
    return answer.content.decode()


def heading(answer):
    return re.search(r"<h1>(.*?)</h1>", text_of(answer))[1]


def rows_in(answer):
    return re.findall(r'id="row-([\w.-]+)"', text_of(answer))


# --- What it answers -----------------------------------------------------------------------------------------------
def test_empty_it_says_what_to_paste_and_shows_no_rows(scene, people, sees):
    page = sees(people.vera, URL)
    assert page.status == 200
    assert 'name="text"' in page.text
    assert "Rows that can tell" not in page.text
    assert 'aria-current="page">Diagnose' in page.text


def test_a_message_gets_its_layer_its_remedy_and_its_rows(scene, people, paste):
    row = scene.integration(status="broken")
    scene.service("shop-api", row)
    scene.found(row, clone_permitted=FAIL | {"layer": "git-token", "evidence": "acme/shop-api was refused."})
    answer = paste(people.vera, NOT_FOUND)
    assert answer.status_code == 200
    assert heading(answer).startswith(("It is", "Most likely", "Perhaps"))
    assert "row-gitea-main-clone_permitted-shop-api" in text_of(answer)
    assert "It is the Git token: “The token can clone the repository” of gitea-main failed" in text_of(answer)
    assert "acme/shop-api was refused." in text_of(answer)
    assert "If it is not that" in text_of(answer)


def test_a_git_error_says_that_ssh_keys_will_not_mend_it_once(scene, people, paste):
    scene.verified()
    assert text_of(paste(people.vera, NOT_FOUND)).count("Changing SSH keys on a server will not mend this.</strong>") == 1


def test_an_ssh_error_says_that_tokens_will_not_mend_it(scene, people, paste):
    answer = paste(people.vera, "deploy@10.1.2.3: Permission denied (publickey).")
    assert "A Git or registry token will not mend this." in text_of(answer)


def test_nothing_recognised_says_so_and_what_to_paste(scene, people, paste):
    answer = paste(people.vera, "The deploy failed.")
    assert heading(answer) == "Nothing in it was recognised"
    assert "Paste the lines around the first error" in text_of(answer)
    assert "The deploy failed.</textarea>" in text_of(answer)


def test_an_outage_is_not_settled(scene, people, paste):
    row = scene.integration(status="unknown")
    scene.service("shop-api", row)
    scene.found(row, clone_permitted=OUTAGE)
    assert "It could not be settled: “The token can clone the repository”" in text_of(paste(people.vera, NOT_FOUND))


def test_old_verdicts_say_when_they_were_asked(scene, people, paste):
    scene.verified()
    answer = text_of(paste(people.vera, NOT_FOUND))
    assert "Every row about this passed when it was last asked, 4 minutes ago" in answer


def test_a_message_of_a_host_that_nothing_is_connected_to_says_so(scene, people, paste):
    scene.verified()
    answer = text_of(paste(people.vera, NOT_FOUND.replace("git.example.com", "github.com")))
    assert "The message is of github.com, and nothing here is connected to it" in answer
    assert "card-gitea-main" not in answer


def test_where_nothing_of_its_kind_is_connected_it_says_who_can(scene, people, paste):
    answer = text_of(paste(people.vera, "remote: HTTP Basic: Access denied\nfatal: Authentication failed"))
    assert "Nothing of this kind is connected here" in answer
    assert "can connect it" in answer


def test_what_somebody_pasted_is_text(scene, people, paste):
    hostile = NOT_FOUND + "</textarea><script>alert(1)</script>{{ 7|add:7 }}"
    answer = text_of(paste(people.vera, hostile))
    assert "<script>alert" not in answer
    assert "&lt;/textarea&gt;&lt;script&gt;" in answer


def test_passing_rows_are_folded_where_they_are_many(scene, people, paste):
    scene.verified()
    answer = text_of(paste(people.vera, NOT_FOUND))
    assert re.search(r'<details class="calm" id="rows-gitea-main"><summary>\d+ passed<', answer)


# --- Secrets, and what stays ---------------------------------------------------------------------------------------
def test_secrets_are_taken_out_and_counted_by_kind(scene, people, paste):
    answer = text_of(paste(people.vera, f"Authorization: Bearer {TOKEN}\n{NOT_FOUND}{TOKEN}"))
    assert TOKEN not in answer
    assert "2 × github-token" in answer
    assert "[REDACTED:github-token]" in answer


def test_nothing_of_the_text_is_stored(scene, people, as_):
    scene.verified()
    client = as_(people.alice)
    before = dict(client.session.items())
    for more in ({}, {"recheck": "1"}):
        answer = client.post(URL, {"text": f"{NOT_FOUND}{MARK} {TOKEN}", **more})
        assert answer.status_code == 200
        assert MARK in text_of(answer)
        assert "no-store" in answer["Cache-Control"]
        assert MARK not in answer.cookies.output()
    assert dict(client.session.items()) == before
    for model in apps.get_models():
        for row in model.objects.all():
            kept = " ".join(str(getattr(row, field.attname)) for field in model._meta.concrete_fields)
            assert MARK not in kept, model
            assert TOKEN not in kept, model


def test_the_address_never_holds_the_text(scene, people, sees, paste):
    scene.verified()
    page = sees(people.alice, f"{URL}?text={MARK}")
    assert MARK not in page.text
    asked = text_of(paste(people.alice, f"{NOT_FOUND}{MARK}", recheck="1"))
    address = re.search(r'hx-get="(/o/acme/diagnose/rows/[^"]*)"', asked)[1]
    assert MARK not in address
    assert "not%20found" not in address.lower()


def test_the_body_is_hidden_from_an_error_report(scene, people, as_):
    request = as_(people.alice).post(URL, {"text": NOT_FOUND}).wsgi_request
    assert request.sensitive_post_parameters == ("text",)


# --- What cannot be read -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [1_048_577, 10_000_000])
def test_a_text_that_is_too_long_gets_a_sentence(scene, people, paste, size):
    answer = paste(people.vera, "x" * size)
    assert answer.status_code == 400
    assert "longer than 1 MiB" in text_of(answer)
    assert len(answer.content) < 100_000


def test_a_text_of_nearly_1_mib_is_read(scene, people, paste):
    scene.verified()
    filler = "a plain line of a log\n" * 47_000
    answer = paste(people.vera, filler[:1_040_000] + "\n" + NOT_FOUND)
    assert answer.status_code == 200
    assert "card-gitea-main" in text_of(answer)


@pytest.mark.parametrize("binary", ["MZ\x00\x00\x03", "\ufffd\ufffd\ufffd text", "\x7fELF\x02\x01\x01\x00"])
def test_a_file_that_is_no_text_gets_a_sentence(scene, people, paste, binary):
    answer = paste(people.vera, binary)
    assert answer.status_code == 400
    assert "That is not text" in text_of(answer)
    assert binary not in text_of(answer)


def test_a_utf_16_log_whose_zeros_came_along_is_read(scene, people, paste):
    scene.verified()
    answer = paste(people.vera, "\0".join(NOT_FOUND) + "\0")
    assert answer.status_code == 200
    assert "card-gitea-main" in text_of(answer)


def test_of_a_long_text_it_is_said_what_was_read_and_one_endless_line_is_read_too(scene, people, paste):
    answer = paste(people.vera, "x" * 1_040_000 + "\n" + NOT_FOUND)
    assert answer.status_code == 200
    assert "KiB of it were read: its end" in text_of(answer)
    assert "KiB of it were read" not in text_of(paste(people.vera, NOT_FOUND))


@pytest.mark.parametrize("blank", ["", " \r\n\t"])
def test_nothing_pasted_gets_a_sentence(scene, people, paste, blank):
    answer = paste(people.vera, blank)
    assert "Paste a message or a log first." in text_of(answer)
    assert 'aria-invalid="true"' in text_of(answer)


def test_a_post_without_the_form_s_token_is_refused(people):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people.alice)
    assert strict.post(URL, {"text": NOT_FOUND}).status_code == 403


# --- Who may ask again ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("who", "may"), [("vera", False), ("dora", True), ("adam", True), ("alice", True)])
def test_whoever_may_check_gets_the_button_and_the_others_are_told_who_can(scene, people, paste, who, may):
    scene.verified()
    answer = text_of(paste(getattr(people, who), NOT_FOUND))
    assert ('name="recheck"' in answer) is may
    assert ("can check it again" in answer) is not may
    assert ("dora@example.com" in answer) or may
    assert paste(getattr(people, who), NOT_FOUND, recheck="1").status_code == (200 if may else 403)
    assert Run.objects.filter(state="queued").exists() is may


@pytest.mark.parametrize("who", ["bob", "sam"])
def test_a_stranger_finds_no_page(scene, people, paste, sees, who):
    assert paste(getattr(people, who), NOT_FOUND).status_code == 404
    assert sees(getattr(people, who), URL).status == 404
    assert sees(getattr(people, who), f"{ROWS}?i=gitea-main&c=clone_permitted").status == 404


# --- Asking again --------------------------------------------------------------------------------------------------
def asked_for(answer):
    return re.search(r'hx-get="([^"]*diagnose/rows/[^"]*)"', text_of(answer))[1].replace("&amp;", "&")


def test_asking_again_queues_a_run_and_the_rows_follow_it(scene, people, paste, sees):
    made = scene.verified()
    answer = paste(people.dora, NOT_FOUND, recheck="1")
    assert "Being asked now: 0 of" in text_of(answer)
    assert 'name="look"' in text_of(answer)
    address = asked_for(answer)
    assert set(parse_qs(urlsplit(address).query)) == {"i", "c", "s", "l", "seen"}
    assert sees(people.vera, address).status == 204, "nothing new"
    Run.objects.filter(integration=made, state="queued").update(state="finished", finished_at=scene.now)
    after = sees(people.vera, address)
    assert after.status == 286
    assert 'id="announce" hx-swap-oob' in after.text
    assert "1 integration checked. Every row about this passed" in after.text


def test_without_a_worker_it_says_queued(scene, people, paste):
    scene.verified()
    Heartbeat.objects.all().delete()
    assert "Queued: no worker is running" in text_of(paste(people.dora, NOT_FOUND, recheck="1"))


def test_what_lacks_its_credential_is_said_and_not_asked(scene, people, paste):
    row = scene.integration(status="needs_credential")
    scene.service("shop-api", row)
    answer = text_of(paste(people.dora, NOT_FOUND, recheck="1"))
    assert "gitea-main was not asked" in answer
    assert not Run.objects.exists()


@pytest.mark.parametrize("query", ["", "i=nowhere&c=clone_permitted", "i=their-gitea&c=clone_permitted", "l=no-such-layer&i=%00&c=%ff"])
def test_the_fragment_answers_whatever_it_is_asked_with(scene, people, sees, query):
    type(scene)(people.globex).verified("their-gitea", "their-shop")
    page = sees(people.vera, f"{ROWS}?{query}")
    assert page.status == 286
    assert "their-" not in page.text


def test_a_red_row_leads_here_and_not_from_here(scene, people, sees, paste):
    row = scene.integration(status="broken")
    scene.service("shop-api", row)
    scene.found(row, clone_permitted=FAIL)
    offered = "Have an error message? Diagnose it"
    assert offered in sees(people.vera, "/o/acme/").text
    assert offered not in text_of(paste(people.vera, NOT_FOUND))
