"""The hand-off, from the red row to the green page of somebody without an account: over real runs at a Git host."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from checks.actions import connect, verify
from checks.actions import hand_off as handing
from checks.actions import services as serving
from checks.engine import claim, work
from checks.models import Finding, HandOff, Run
from checks.pages.menders import WHO
from checks.providers.backup_storage import backup_storage
from checks.providers.gitea import gitea
from checks.verdict import Layer
from organisations.models import AuditEvent
from tests.checks.pages.conftest import FAIL, SECRET
from tests.peers.git_host import TOKENS

pytestmark = pytest.mark.django_db
NEW = "/o/acme/integrations/git/hand-off/"
LINK = re.compile(r"http://[^\s<\"]+(/h/[\w-]{43}/)")


@pytest.fixture
def git(people, git_host):
    """Acme's Gitea, whose account its administrator has disabled, as a run saw it."""
    token = TOKENS["disabled"]
    row = connect.connect(organisation=people.acme, actor=people.alice, provider=gitea.slug, name="git",
                          settings={"base_url": git_host.url}, credentials={"token": token.value}, notes="of no interest")
    serving.add(organisation=people.acme, actor=people.alice, name="web", kind="app", integration="git",
                target={"repository": git_host.clone_url("acme/web"), "ref": "main"})
    verify.now(organisation=people.acme, actor=people.alice, name="git")
    refused = Finding.objects.get(check_slug="token_accepted")
    assert (refused.status, refused.cause, refused.layer) == ("fail", "yours", "git-token")
    return row


@pytest.fixture
def handed(git, people, alice):
    """The path of a link to the row that fails, made on the page."""
    answer = alice.post(NEW, {"row": "token_accepted", "days": "7", "note": "Please enable <deploy> again."})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return LINK.search(unescape(answer.content.decode()))[1]


def visit(path, client=None, **headers):
    """What somebody without an account sees, and in which browser."""
    client = client or Client()
    answer = client.get(path, follow=True, **headers)
    return answer, answer.content.decode(), client


def test_the_row_offers_it_and_says_who_usually_can(git, people, sees):
    text = sees(people.alice, "/o/acme/integrations/git/").text
    assert "Usually whoever administers the Git host, or owns the token’s account can." in text
    assert f'href="{NEW}?row=token_accepted"' in text
    theirs = sees(people.dora, "/o/acme/integrations/git/").text
    assert "can hand it off by a link" in theirs
    assert NEW not in theirs


def test_the_form_lists_the_rows_that_ask_for_something_and_no_other(git, people, sees):
    text = sees(people.alice, f"{NEW}?row=token_accepted").text
    assert '<option value="token_accepted" selected>' in text
    assert "host_reachable" not in text
    assert '<option value="7" selected>7 days</option>' in text


@pytest.mark.parametrize(("typed", "says"), [
    ({"row": "host_reachable"}, "asks for nothing any more"), ({"row": ""}, "This field is required"),
    ({"days": "365"}, "Select a valid choice"), ({"note": "x" * 501}, "at most 500 characters"),
    ({"note": "token: glpat-" + "x1Y2z3W4v5U6t7S8r9Q0"}, "looks like a secret")])
def test_bad_input_says_what_to_mend(git, alice, typed, says):
    answer = alice.post(NEW, {"row": "token_accepted", "days": "7", "note": "", **typed})
    assert answer.status_code == 200
    assert says in unescape(answer.content.decode())
    assert not HandOff.objects.exists()


def test_the_link_is_shown_once_with_a_message_to_send(git, people, alice):
    text = unescape(alice.post(NEW, {"row": "token_accepted", "days": "1", "note": "Soon, please."}).content.decode())
    path = LINK.search(text)[1]
    assert "Acme asks you to mend one thing: " in text
    for part in ("What was seen on", "What to do:\n1. ", "Soon, please.", "“I have done it: check again”", "mailto:?subject="):
        assert part in text, part
    assert path not in alice.get(NEW).content.decode()
    assert path not in alice.get("/o/acme/integrations/git/").content.decode()


def test_whoever_follows_it_sees_that_row_and_nothing_else(git, handed, people, git_host):
    first = Client().get(handed)
    assert first.status_code == 302
    assert handed.strip("/").split("/")[1] not in first["Location"]
    assert first["Referrer-Policy"] == "no-referrer"
    answer, text, _ = visit(handed)
    text = unescape(text)
    assert (answer.status_code, answer["X-Robots-Tag"]) == (200, "noindex, nofollow")
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"
    finding = Finding.objects.get(check_slug="token_accepted")
    for part in ("Acme asks you to mend one thing", "This has to be true at Gitea or Forgejo", finding.title, finding.evidence, "alice@example.com",
                 "Please enable <deploy> again.", "I have done it: check again", f"{git_host.url}/user/settings/applications",
                 "read:repository", 'name="robots" content="noindex'):
        assert part in text, part
    assert handed not in text
    for other in ("acme/", "/o/", "/guides/", "/accounts/", "web", "of no interest", SECRET, TOKENS["disabled"].value, "Dora",
                  *Finding.objects.exclude(pk=finding.pk).values_list("title", flat=True)):
        assert other not in text, other


def test_it_turns_green_once_it_is_mended_there(git, handed, git_host):
    answer, text, client = visit(handed)
    page = answer.redirect_chain[-1][0]
    seen = unescape(re.search(r'hx-get="([^"]+)"', text)[1])
    assert client.get(seen).status_code == 204, "nothing new"
    Run.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    git_host.tokens[TOKENS["disabled"].value] = replace(TOKENS["disabled"], disabled=False)
    assert client.post(f"{page}check/")["Location"] == page
    running = client.get(seen)
    assert running.status_code == 200
    assert "It is queued" in running.content.decode()
    assert 'hx-trigger="every 1s"' in running.content.decode()
    assert "What to do" in running.content.decode()
    assert Finding.objects.get(check_slug="token_accepted").remedy[:20] in unescape(running.content.decode())
    work.perform(claim.take(Run.objects.get(state="queued").pk))
    seen = unescape(re.search(r'hx-get="([^"]+)"', running.content.decode())[1])
    green = client.get(seen).content.decode()
    assert "It is right now: nothing is left to do" in green
    assert 'class="v pass"' in green
    assert "I have done it" not in green
    assert client.get(page).status_code == 200


def test_asking_again_at_once_is_answered_in_words(git, handed):
    answer, _, client = visit(handed)
    page = answer.redirect_chain[-1][0]
    answer = client.post(f"{page}check/", follow=True)
    assert "less than a minute ago" in answer.content.decode()
    assert not Run.objects.filter(state__in=Run.ACTIVE).exists()


def test_every_opening_is_on_record_once_an_hour_for_a_browser(git, handed, people, sees):
    _, _, client = visit(handed, REMOTE_ADDR="192.0.2.7")
    visit(handed, client)
    link = HandOff.objects.get()
    assert (link.opened, link.last_opened_at is not None) == (1, True)
    event = AuditEvent.objects.get(verb="opened a hand-off of")
    assert (event.actor, event.actor_name, event.subject) == (None, handing.SOMEBODY, "git")
    assert event.details == {"row": "token_accepted", "service": "", "made_by": "alice@example.com", "address": "192.0.2.7"}
    session = client.session
    held = session["hand_offs"]
    session["hand_offs"] = {key: {**value, "opened": (timezone.now() - timedelta(minutes=61)).isoformat()} for key, value in held.items()}
    session.save()
    visit(handed, client)
    visit(handed)
    assert HandOff.objects.get().opened == 3
    assert AuditEvent.objects.filter(verb="opened a hand-off of").count() == 3
    assert "Opened 3 times" in sees(people.adam, "/o/acme/integrations/git/").text
    assert "Opened" not in sees(people.dora, "/o/acme/integrations/git/").text, "it is the business of who may revoke it"
    assert "192.0.2.7" in sees(people.alice, "/o/acme/activity/").text
    assert "opened a hand-off" not in sees(people.vera, "/o/acme/activity/").text


def test_the_session_holds_no_token(git, handed):
    _, _, client = visit(handed)
    assert handed.split("/")[2] not in str(dict(client.session))


def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(git, handed, people):
    link = HandOff.objects.get()
    answer, _, client = visit(handed)
    page = answer.redirect_chain[-1][0]
    texts = {visit("/h/no-such-token/")[:2][1], visit("/h/row/nothing/")[1], visit(page)[1]}
    handing.revoke(integration=git, actor=people.alice, link=link)
    texts.add(visit(handed)[1])
    assert len(texts) == 1
    for path in (page, f"{page}live/"):
        gone = client.get(path)
        assert (gone.status_code, gone["HX-Refresh"]) == (404, "true")
    assert client.post(f"{page}check/").status_code == 404
    assert "This link does not open" in texts.pop()
    assert HandOff.objects.get().opened == 1


@pytest.mark.parametrize("method", ["post", "put", "delete", "options", "head"])
def test_no_way_of_asking_puts_the_token_into_a_log(git, handed, caplog, method):
    answer = getattr(Client(enforce_csrf_checks=True), method)(handed)
    assert answer.status_code == 302
    assert handed.split("/")[2] not in caplog.text


def test_two_links_in_one_browser_stay_apart(git, handed, people):
    _, token = handing.make(integration=git, actor=people.alice, check="host_reachable")
    one, _, client = visit(handed)
    other, text, _ = visit(f"/h/{token}/", client)
    assert "It is right now" in text
    assert one.redirect_chain[-1][0] != other.redirect_chain[-1][0]
    assert "mend one thing" in client.get(one.redirect_chain[-1][0]).content.decode()


def test_a_row_that_waits_for_another_does_not_say_which(git, people):
    waits = Finding.objects.filter(skip="need", service=None).first()
    assert "“" in waits.evidence
    _, token = handing.make(integration=git, actor=people.alice, check=waits.check_slug)
    text = visit(f"/h/{token}/")[1]
    assert "something else comes first" in text
    assert Finding.objects.get(check_slug="token_accepted").title not in text


def test_revoking_on_the_page_ends_it(git, handed, alice):
    link = HandOff.objects.get()
    answer = alice.post(f"{NEW}{link.pk}/revoke/", follow=True)
    assert "The link was revoked" in answer.content.decode()
    assert visit(handed)[0].status_code == 404
    assert "was not open any more" in alice.post(f"{NEW}{link.pk}/revoke/", follow=True).content.decode()


def test_a_policy_to_copy_comes_with_a_row_that_it_decides(scene, people):
    row = scene.integration("backups", backup_storage.slug, status="broken")
    row.settings = {**row.settings, "endpoint": "", "region": "eu-central-1"}
    row.save()
    scene.found(row, object_deletable={
        **FAIL, "layer": "backup-bucket-policy", "evidence": "DeleteObject was denied.", "link": "", "facts": {
            "required": ["s3:PutObject", "s3:DeleteObject"], "granted": ["s3:PutObject"], "missing": ["s3:DeleteObject"],
            "needed_for": {"s3:DeleteObject": "backups"}}})
    _, token = handing.make(integration=row, actor=people.alice, check="object_deletable")
    text = unescape(visit(f"/h/{token}/")[1])
    assert "for whoever administers the bucket" in text
    assert '"s3:DeleteObject"' in text
    assert "arn:aws:s3:::dumps/dflow/backups/*" in text
    assert re.search(r'<th scope="row">s3:DeleteObject</th><td data-label="For:">backups</td><td class="lacks"', text)


def test_hostile_words_are_text(scene, people):
    hostile = "<script>alert(1)</script>"
    row = scene.integration(status="broken")
    scene.found(row, token_accepted={**FAIL, "evidence": hostile, "remedy": f"`{hostile}`", "link": "javascript:alert(1)",
                                     "facts": {"required": [hostile], "granted": 7, "needed_for": "x"}})
    _, token = handing.make(integration=row, actor=people.alice, check="token_accepted")
    text = visit(f"/h/{token}/")[1]
    assert "<script>alert" not in text
    assert "javascript:" not in text
    assert "&lt;script&gt;" in text


def test_somebody_outside_is_named_for_every_layer_that_is_not_our_own():
    assert set(WHO) == set(Layer) - {Layer.CLOCK, Layer.PROVIDER_OUTAGE}
