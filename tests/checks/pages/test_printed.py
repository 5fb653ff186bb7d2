"""The checklist on paper holds all that the checklist holds, and says who printed it when."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from checks.models import Service
from checks.providers import BY_SLUG, PROVIDERS
from tests.checks.pages.conftest import FAIL, OUTAGE, SECRET

PAGE = "/o/acme/print/"


def plain(text):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_every_row_stands_there_with_sign_word_evidence_remedy_address_and_moment(scene, people, sees):
    row = scene.integration(status="broken")
    scene.service("shop-api", row)
    scene.found(row, ref_exists=FAIL, host_reachable=OUTAGE)
    text = sees(people.vera, PAGE).text
    card = text.split('id="name-gitea-main"')[1].split("</article>")[0]
    titles = [escape(check.title) for check in BY_SLUG["gitea"].rows(row.settings)]
    places = [card.index(title) for title in titles]
    assert places == sorted(places)
    failing = card.split('class="is-fail"')[1].split("</tr>")[0]
    assert '<use href="#fail"/></svg>Fail</span>' in failing
    assert "acme/shop had no branch “release”." in failing
    assert "Push the branch release." in failing
    assert ">https://git.example.com/acme/shop/branches</a>" in failing, "paper has no links: the address is the text"
    assert "for shop-api" in failing
    assert scene.now.strftime("%Y") in failing
    assert "Could not check" in card.split('class="is-unknown"')[1].split("</tr>")[0]


def test_sections_stand_in_the_seed_s_order_empty_ones_with_what_they_need(scene, people, sees):
    scene.verified()
    text = sees(people.vera, PAGE).text
    wanted = ["Services", "Your Organisation and roles", *dict.fromkeys(p.section.partition(" (")[0] for p in PROVIDERS)]
    places = [text.index(f">{title}") for title in wanted]
    assert places == sorted(places)
    assert text.count("Nothing connected.") == len({p.section for p in PROVIDERS}) - 1


def test_services_say_whether_they_would_deploy_and_what_is_in_the_way(scene, people, sees):
    scene.verified()
    broken = scene.integration("git-2", status="broken")
    scene.service("shop-web", broken)
    scene.found(broken, ref_exists=FAIL)
    text = plain(sees(people.vera, PAGE).text.split('id="services"')[1].split("</section>")[0])
    assert re.search(r"Would deploy shop-api .* gitea-main —", text)
    assert re.search(r"Would not deploy shop-web .* git-2 The branch or tag exists \(git-2\)", text)


def test_it_says_who_printed_it_when_and_that_something_is_under_way(scene, people, sees):
    row = scene.verified()
    assert "Printed by vera@example.com on " in sees(people.vera, PAGE).text
    assert "at that moment" not in sees(people.vera, PAGE).text
    scene.run(row, state="queued")
    assert "1 integration was being checked at that moment." in sees(people.vera, PAGE).text


def test_unproven_rows_have_a_box_and_proven_ones_have_none_and_it_can_be_left_out(scene, people, sees):
    row = scene.integration(status="broken")
    scene.found(row, token_accepted=FAIL)
    text = sees(people.vera, PAGE).text
    assert text.count("to be filled in") == 1, "neither passes nor rows that wait for a service"
    assert "Without boxes to fill in" in text
    without = sees(people.vera, f"{PAGE}?boxes=no").text
    assert "to be filled in" not in without
    assert "Done by" not in without
    scene.integration("new")
    assert sees(people.vera, PAGE).text.count("to be filled in") == 1 + len(BY_SLUG["gitea"].rows(row.settings))


def test_it_has_no_navigation_no_form_and_no_secret(scene, people, sees):
    row = scene.verified()
    text = sees(people.alice, PAGE).text
    for absent in ("<form", 'class="tabs"', "<footer", 'class="menu', SECRET, *row.sealed.values()):
        assert absent not in text
    assert '<button class="button primary" type="button" data-print hidden>Print</button>' in text
    assert 'href="/o/acme/print/"' in sees(people.vera, "/o/acme/").text


def test_an_empty_organisation_prints_what_it_needs(people, sees):
    answer = sees(people.vera, PAGE)
    assert answer.status == 200
    assert "Nothing is connected yet" in answer.text
    assert "No service is named yet." in answer.text


def test_hostile_evidence_is_text_on_paper_too(scene, people, sees):
    row = scene.integration(status="broken")
    scene.found(row, token_accepted={**FAIL, "evidence": "<script>alert(1)</script>", "link": "javascript:alert(1)"})
    text = sees(people.alice, PAGE).text
    assert "<script>alert" not in text
    assert "javascript:" not in text


def test_a_service_without_its_integration_is_told(scene, people, sees):
    row = scene.verified()
    Service.objects.filter(integration=row).update(integration=None)
    text = plain(sees(people.vera, PAGE).text.split('id="services"')[1].split("</section>")[0])
    assert re.search(r"Would not deploy shop-api .* nothing —", text)


@pytest.mark.parametrize("who", ["alice", "vera"])
def test_the_number_of_queries_does_not_grow(scene, people, as_, who):
    client, costs, made = as_(getattr(people, who)), [], 0
    for number in (1, 13):
        for k in range(made, number):
            scene.verified(f"git-{k:03}", f"svc-{k:03}")
        made = number
        client.get(PAGE)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        costs.append(len(captured))
    assert costs[0] == costs[1] <= 8
