"""The gate's page: its heading is the answer, what stands in the way comes first, and asking is for those who may."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from checks.actions import services
from checks.engine import claim, work
from checks.models import Finding, Heartbeat, Integration, Run
from tests.checks.engine.conftest import (  # noqa: F401 -- fixtures
    integration,
    make_integration,
    make_service,
    provider,
    server,
)
from tests.checks.pages.conftest import FAIL, OUTAGE
from tests.checks.pages.test_checklist import title

PAGE, ASK = "/o/acme/services/shop-api/gate/", "/o/acme/services/shop-api/gate/ask/"
STOPS = "What stands in the way"


def body(page):
    return page.text.split("<main", 1)[1]


# --- The answer -------------------------------------------------------------------------------------------------
def test_ready_says_so_with_each_row_its_evidence_its_age_and_its_place(scene, people, sees):
    scene.verified()
    page = sees(people.vera, PAGE)
    assert title(page.text) == "shop-api would deploy now"
    assert STOPS not in page.text
    assert "Every answer is fresh enough: the oldest was given 4 minutes ago, and 5 minutes is the limit." in page.text
    row = next(row for row in body(page).split('<div class="row">') if "ref_exists was right." in row)
    assert ">Pass</span>" in row
    assert "4 minutes ago</time>" in row
    assert 'href="/o/acme/integrations/gitea-main/#row-gitea-main-ref_exists-shop-api"' in row


def test_the_link_of_a_row_leads_to_that_row(scene, people, sees):
    broken = scene.integration(status="broken")
    scene.service("shop-api", broken)
    scene.found(broken, ref_exists=FAIL)
    place = re.search(r'href="/o/acme/integrations/gitea-main/#(row-[^"]*ref_exists[^"]*)"', sees(people.vera, PAGE).text)[1]
    assert f'id="{place}"' in sees(people.vera, "/o/acme/integrations/gitea-main/").text


def test_what_stands_in_the_way_is_the_heading_and_comes_first(scene, people, sees):
    broken = scene.integration(status="broken")
    scene.service("shop-api", broken)
    scene.found(broken, ref_exists=FAIL, clone_permitted=OUTAGE)
    page = sees(people.vera, PAGE)
    assert title(page.text) == "shop-api would not deploy now: “The branch or tag exists” of gitea-main fails"
    first = body(page).split(STOPS)[1].split("What it rests on")[0]
    assert first.index("acme/shop had no branch “release”.") < first.index("git.example.com answered HTTP 503.")
    assert "Push the branch release." in first
    assert 'href="https://git.example.com/acme/shop/branches"' in first
    assert "It is the provider’s turn" in first


def test_what_could_not_be_seen_is_no_refusal(scene, people, sees):
    row = scene.integration(status="unknown")
    scene.service("shop-api", row)
    scene.found(row, clone_permitted=OUTAGE)
    page = sees(people.vera, PAGE)
    assert title(page.text) == "Whether shop-api would deploy could not be checked"
    assert "git.example.com answered HTTP 503." in body(page).split(STOPS)[1].split("What it rests on")[0]


def test_what_was_never_asked_is_not_proven(scene, people, sees):
    scene.service("shop-api", scene.integration())
    page = sees(people.dora, PAGE)
    assert title(page.text) == "shop-api is not proven yet"
    assert "A deploy would ask gitea-main again first" in page.text
    assert STOPS not in page.text


def test_a_row_that_does_not_stop_a_deploy_does_not_stand_in_the_way(scene, people, sees):
    row = scene.integration(status="verified")
    scene.service("shop-api", row)
    scene.found(row, scopes_not_excessive=FAIL)
    page = sees(people.vera, PAGE)
    assert title(page.text) == "shop-api would deploy now"
    assert STOPS not in page.text


def test_rows_of_before_an_edit_of_the_service_say_nothing_of_now(scene, people, sees):
    row = scene.verified()
    services.correct(service=row.services.get(), actor=people.alice, target={"ref": "release"})
    page = sees(people.vera, PAGE)
    assert title(page.text) == "shop-api is not proven yet"
    assert "Not asked since the last change. Before it: ref_exists was right." in page.text
    assert "Before it: token_accepted was right." not in page.text


def test_rows_of_an_older_generation_say_nothing_of_now(scene, people, sees):
    row = scene.verified()
    Integration.objects.update(generation=row.generation + 1)
    assert title(sees(people.vera, PAGE).text) == "shop-api is not proven yet"


def test_another_service_s_rows_do_not_stand_here(scene, people, sees):
    row = scene.integration(status="broken")
    scene.service("shop-api", row)
    scene.service("web", row)
    scene.found(row)
    Finding.objects.filter(service__name="web").update(**FAIL)
    page = sees(people.vera, PAGE)
    assert title(page.text) == "shop-api would deploy now"
    assert "#row-gitea-main-ref_exists-web" not in page.text


def test_its_node_is_a_group_of_its_own(scene, people, sees):
    row = scene.verified()
    node = scene.integration("node-1", "worker_node", settings={"host": "10.1.2.3", "port": 22, "username": "deploy"})
    row.services.update(node=node)
    text = body(sees(people.vera, PAGE))
    assert text.index(">gitea-main</a>") < text.index(">node-1</a>")
    assert "its worker node" in text
    assert title(sees(people.vera, PAGE).text) == "shop-api is not proven yet"


@pytest.mark.parametrize(("change", "heading", "said"), [
    ({"removed_at": timezone.now}, "shop-api would not deploy now: “An integration serves it” of gitea-main fails", "gitea-main was disconnected."),
    ({"provider": lambda: "svn"}, "Whether shop-api would deploy could not be checked", "does not know the provider “svn”"),
    ({"credential_facts": dict, "status": lambda: "needs_credential"},
     "shop-api would not deploy now: “The integration has its credential” of gitea-main fails", "The credential of gitea-main is missing"),
])
def test_what_cannot_be_asked_is_told_in_words_and_offers_no_button(scene, people, sees, change, heading, said):
    scene.verified()
    Integration.objects.update(**{name: make() for name, make in change.items()})
    page = sees(people.alice, PAGE)
    assert title(page.text) == heading
    assert said in page.text
    assert "Nothing that it rests on can be asked." in page.text
    assert ASK not in page.text


def test_an_erased_integration_is_told_with_who_can_choose_one(scene, people, sees):
    scene.verified().delete()
    page = sees(people.vera, PAGE)
    assert title(page.text) == "shop-api would not deploy now: “An integration serves it” fails"
    assert "alice@example.com and adam@example.com can choose one" in page.text


def test_a_paused_integration_can_be_asked_and_says_that_it_is_paused(scene, people, sees):
    scene.verified()
    Integration.objects.update(status="paused", paused_at=scene.now)
    page = sees(people.dora, PAGE)
    assert title(page.text) == "shop-api would deploy now"
    assert "it is not checked by itself" in page.text
    assert ASK in page.text


def test_text_of_a_provider_is_text(scene, people, sees):
    row = scene.integration(status="broken")
    scene.service("shop-api", row)
    hostile = "<script>alert(1)</script>"
    scene.found(row, ref_exists={**FAIL, "evidence": hostile, "remedy": f"`{hostile}`", "link": "javascript:alert(1)"})
    text = sees(people.vera, PAGE).text
    assert hostile not in text
    assert "javascript:" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


# --- Who may ask, and what is asked ---------------------------------------------------------------------------
def test_a_viewer_reads_who_can_ask(scene, people, sees):
    scene.service("shop-api", scene.integration())
    page = sees(people.vera, PAGE)
    assert ASK not in page.text
    assert "alice@example.com, adam@example.com and dora@example.com can ask now" in page.text


def test_asking_queues_what_is_stale_alone(scene, people, as_):
    row = scene.verified()
    node = scene.integration("node-1", "worker_node", settings={"host": "10.1.2.3", "port": 22, "username": "deploy"})
    row.services.update(node=node)
    answer = as_(people.dora).post(ASK)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    run = Run.objects.get(state="queued")
    assert (run.integration.name, run.trigger, run.requested_by) == ("node-1", "gate", people.dora)


def test_where_all_is_fresh_nothing_is_asked_unless_one_asks_for_all(scene, people, as_):
    scene.verified()
    text = as_(people.dora).get(PAGE).content.decode()
    assert "Ask again</button>" in text
    assert "Nothing was asked" in as_(people.dora).post(ASK, follow=True).content.decode()
    assert not Run.objects.filter(state="queued").exists()
    as_(people.dora).post(ASK, {"all": "1"})
    assert Run.objects.get(state="queued").integration.name == "gitea-main"


def test_a_stale_answer_offers_to_ask_now(scene, people, sees):
    scene.verified()
    Finding.objects.update(checked_at=scene.now - timedelta(minutes=6))
    page = sees(people.dora, PAGE)
    assert title(page.text) == "shop-api would deploy now"
    assert "A deploy would ask gitea-main again first: an answer counts for 5 minutes." in page.text
    assert "Ask now</button>" in page.text


# --- While it is asked ----------------------------------------------------------------------------------------
def test_it_polls_until_every_run_has_landed(scene, people, as_):
    row = scene.verified()
    client = as_(people.dora)
    client.post(ASK, {"all": "1"})
    text = client.get(PAGE).content.decode()
    assert title(text) == "Whether shop-api would deploy is being asked"
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in text
    live = re.search(r'hx-get="([^"]+)"', text)[1].replace("&amp;", "&")
    assert client.get(live).status_code == 204
    run = Run.objects.get(state="queued")
    assert claim.take(run.pk)
    assert client.get(live).status_code == 200
    Finding.objects.filter(integration=row).update(run=run, checked_at=timezone.now())
    Run.objects.filter(pk=run.pk).update(state="finished", finished_at=timezone.now())
    over = client.get(live)
    assert over.status_code == 286
    text = over.content.decode()
    assert title(text) == "shop-api would deploy now"
    assert "hx-get" not in text
    assert '<p id="announce" hx-swap-oob="innerHTML">shop-api would deploy now.</p>' in text
    assert "<html" not in text


def test_a_real_run_lands_on_the_page(people, make_integration, make_service, server, as_, scene):  # noqa: F811
    make_service(make_integration(), "shop-api")
    client = as_(people.dora)
    client.post(ASK)
    work.perform(claim.take(Run.objects.get(state="queued").pk))
    assert title(client.get(PAGE).content.decode()) == "shop-api would deploy now"
    server.tokens.clear()
    client.post(ASK, {"all": "1"})
    work.perform(claim.take(Run.objects.get(state="queued").pk))
    text = client.get(PAGE).content.decode()
    assert title(text) == "shop-api would not deploy now: “The token is accepted” of main fails"
    assert "refused the token." in text


def test_without_a_worker_it_says_so_before_and_after(scene, people, as_):
    scene.verified()
    Heartbeat.objects.all().delete()
    client = as_(people.dora)
    assert "No worker is running: what is asked here waits" in client.get(PAGE).content.decode()
    client.post(ASK, {"all": "1"})
    text = client.get(PAGE).content.decode()
    assert title(text) == "shop-api is queued: no worker is running"
    assert "Nothing is asked until the operator of this program starts a worker." in text


# --- What it costs ---------------------------------------------------------------------------------------------
def test_the_number_of_queries_is_fixed(scene, people, as_):
    costs = []
    for number in (1, 9, 40):
        for k in range(Integration.objects.count(), number):
            scene.verified("gitea-main" if not k else f"git-{k}", "shop-api" if not k else f"svc-{k}")
        for who in (people.alice, people.vera):
            client = as_(who)
            client.get(PAGE)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(PAGE).status_code == 200
            costs.append(len(captured))
    assert costs[:2] == costs[2:4] == costs[4:]
    assert max(costs) <= 11
    sealed = [q["sql"] for q in captured if '"sealed"' in q["sql"]]
    assert not sealed
