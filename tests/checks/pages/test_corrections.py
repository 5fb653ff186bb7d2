"""The right value as a button: offered by the row itself, set by one click, put back by one more."""
from __future__ import annotations

import html
import re

import pytest

from checks.actions.corrections import Correction, corrections
from checks.models import Finding, Run, Service
from organisations.models import AuditEvent

SERVICE, POST = "/o/acme/services/shop-api/", "/o/acme/services/shop-api/correct/"
BACK = "/o/acme/services/shop-api/put-back/"
HOME = "https://git.example.com"
RIGHT = f"{HOME}/acme/shop.git"
TYPED = f"{HOME}/acme/shop/src/branch/dev"
WRONG_URL = {"status": "fail", "cause": "yours", "layer": "clone-url", "evidence": "It was a browser page.",
             "remedy": "Set it.", "facts": {"suggested": RIGHT, "ref": "dev", "kind": "branch", "repository": "acme/shop"}}
WRONG_REF = {"status": "fail", "cause": "yours", "layer": "branch-missing", "evidence": "It had no branch “mian”.",
             "remedy": "Set it.", "facts": {"ref": "mian", "near": ["main", "maint"], "suggested": "main"}}


@pytest.fixture
def broken(scene):
    """shop-api, whose row says what its repository should be."""
    integration = scene.integration(status="broken")
    scene.service("shop-api", integration, repository=TYPED, ref="main")
    scene.found(integration, url_well_formed=WRONG_URL)
    return integration


def offer(facts=WRONG_URL["facts"], target=None):
    (found, *_) = corrections(facts, target or {"repository": TYPED, "ref": "main"}, [HOME])
    return found


def use(client, correction=None, row="url_well_formed", **more):
    return client.post(POST, {"row": row, "use": (correction or offer()).key, **more}, follow=True).content.decode()


def test_an_image_is_offered_whole_to_a_service_that_names_one():
    (found,) = corrections({"suggested": "ghcr.io/acme/app:1.4"}, {"image": "acme/app:1.4"}, [])
    assert (found.target, found.words) == ({"image": "ghcr.io/acme/app:1.4"}, "ghcr.io/acme/app:1.4")
    assert corrections({"suggested": "ghcr.io/acme/app:1.4"}, {"image": "ghcr.io/acme/app:1.4"}, []) == ()



# --- What a finding offers ---------------------------------------------------------------------------------
@pytest.mark.parametrize(("facts", "offered"), [
    ({"suggested": RIGHT}, [(RIGHT, "")]),
    ({"suggested": RIGHT, "ref": "dev", "kind": "branch"}, [(RIGHT, "dev")]),
    ({"suggested": RIGHT, "ref": "v1", "kind": "tag"}, [(RIGHT, "v1")]),
    ({"suggested": RIGHT, "ref": "v1", "kind": ""}, [(RIGHT, "v1")]),
    ({"suggested": RIGHT, "ref": "0a1b2c3", "kind": "commit"}, [(RIGHT, "")]),
    ({"suggested": RIGHT, "ref": "of another fact"}, [(RIGHT, "")]),
    ({"suggested": RIGHT, "ref": "main", "kind": "branch"}, [(RIGHT, "")]),
    ({"suggested": "main", "near": ["main", "maint"]}, [("", "maint")]),
    ({"suggested": "dev", "near": []}, [("", "dev")]),
    ({"suggested": "dev", "near": ["dev", "devel", "v1"]}, [("", "dev"), ("", "devel"), ("", "v1")]),
    ({"suggested": TYPED}, []),
    ({"suggested": "https://evil.example/acme/shop.git"}, []),
    ({"suggested": "https://git.example.com.evil.example/x.git"}, []),
    ({"suggested": "https://git.example.com/[secret]/x.git"}, []),
    ({"suggested": ""}, []), ({"suggested": None, "near": None}, []), ({"near": "dev"}, []), ({"near": [7]}, []), ({}, []),
])
def test_what_is_offered_comes_from_the_facts_and_is_of_this_host(facts, offered):
    found = corrections(facts, {"repository": TYPED, "ref": "main"}, [HOME])
    assert [(c.repository, c.ref) for c in found] == offered


# --- Where it is shown ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", ["/o/acme/", "/o/acme/integrations/gitea-main/", SERVICE])
def test_the_button_stands_in_the_row_on_every_page(broken, people, sees, page):
    text = html.unescape(sees(people.adam, page).text)
    form = text.split(f'action="{POST}"')[1].split("</form>")[0]
    assert f"Use {RIGHT} and dev<" in form
    assert f'name="use" value="{offer().key}"' in form
    assert RIGHT not in re.findall(r'value="([^"]*)"', form), "a value is named, never sent"
    assert "csrfmiddlewaretoken" in form


@pytest.mark.parametrize("who", ["vera", "dora"])
def test_whoever_may_not_manage_sees_it_as_text_to_copy(broken, people, sees, who):
    for page in ("/o/acme/", "/o/acme/integrations/gitea-main/", SERVICE):
        text = sees(getattr(people, who), page).text
        assert "/correct/" not in text
        assert f"<code>{RIGHT}</code>" in text
        assert "<code>dev</code>" in text


def test_each_near_miss_of_a_branch_has_its_button(scene, people, sees):
    integration = scene.integration(status="broken")
    scene.service("shop-api", integration, repository=RIGHT, ref="mian")
    scene.found(integration, ref_exists=WRONG_REF)
    text = sees(people.adam, SERVICE).text
    assert re.findall(r">Use (\w+)<", text) == ["main", "maint"]


def test_a_row_that_is_asked_again_offers_nothing(broken, scene, people, sees):
    scene.run(broken, state="running")
    assert "/correct/" not in sees(people.adam, SERVICE).text


def test_a_row_of_the_whole_integration_offers_nothing(scene, people, sees):
    row = scene.integration(status="broken")
    scene.service("shop-api", row)
    scene.found(row, host_reachable={**WRONG_URL, "facts": {"suggested": f"{HOME}/gitea/x"}})
    assert "/correct/" not in sees(people.adam, SERVICE).text


# --- Using it -----------------------------------------------------------------------------------------------------
def test_one_click_sets_it_asks_again_and_says_what_it_was(broken, people, as_):
    text = use(as_(people.adam))
    service = Service.objects.get()
    assert service.target == {"repository": RIGHT, "ref": "dev"}
    assert f"shop-api asks for {RIGHT} and dev now; before, it was {TYPED} and main." in html.unescape(text)
    assert ">Put it back</button>" in text
    run = Run.objects.get(integration=broken, state=Run.State.QUEUED)
    assert (run.trigger, run.requested_by) == (Run.Trigger.SERVICE, people.adam)


def test_it_is_audited_with_before_and_after(broken, people, as_):
    use(as_(people.adam))
    event = AuditEvent.objects.get(verb="corrected service")
    assert (event.subject, event.actor) == ("shop-api", people.adam)
    assert event.details == {"before": {"repository": TYPED, "ref": "main"}, "after": {"repository": RIGHT, "ref": "dev"}}


def test_it_supersedes_the_run_that_asks_for_the_old_value(broken, scene, people, as_):
    run = scene.run(broken, state="running")
    use(as_(people.adam))
    run.refresh_from_db()
    assert run.state == Run.State.SUPERSEDED


@pytest.mark.parametrize(("where", "to"), [
    ("checklist", "/o/acme/"), ("integration", "/o/acme/integrations/gitea-main/"), ("service", SERVICE),
    ("https://evil.example/", SERVICE), ("", SERVICE),
])
def test_one_stays_on_the_page_of_the_row(broken, people, as_, where, to):
    answer = as_(people.adam).post(POST, {"row": "url_well_formed", "use": offer().key, "next": where})
    assert answer["Location"] == to


@pytest.mark.parametrize("sent", [
    {}, {"row": "url_well_formed"}, {"row": "url_well_formed", "use": "0" * 16}, {"row": "url_well_formed", "use": RIGHT},
    {"row": "clone_permitted", "use": offer().key}, {"row": "nothing", "use": offer().key},
    {"row": "url_well_formed", "use": Correction("https://evil.example/x.git").key, "repository": "https://evil.example/x.git"},
])
def test_only_what_the_finding_holds_is_accepted(broken, people, as_, sent):
    text = as_(people.adam).post(POST, sent, follow=True).content.decode()
    assert "The row of shop-api no longer offers that: read it again." in text
    assert Service.objects.get().target == {"repository": TYPED, "ref": "main"}
    assert not AuditEvent.objects.exists()


def test_an_offer_of_another_service_s_row_is_not_taken(broken, scene, people, as_):
    other = scene.service("web", broken, repository=f"{HOME}/acme/web", ref="main")
    Finding.objects.filter(check_slug="url_well_formed").update(service=other)
    use(as_(people.adam))
    assert Service.objects.get(name="shop-api").target["repository"] == TYPED


def test_an_offer_that_a_new_verdict_replaced_is_not_taken(broken, people, as_):
    key = offer()
    Finding.objects.filter(check_slug="url_well_formed").update(facts={"suggested": f"{HOME}/other/one.git"})
    use(as_(people.adam), key)
    assert Service.objects.get().target["repository"] == TYPED


def test_a_service_without_its_integration_is_left_alone(broken, people, as_):
    Service.objects.update(integration=None)
    assert "no longer offers that" in use(as_(people.adam))


# --- Putting it back -------------------------------------------------------------------------------------------------
def put_back(client, **more):
    event = AuditEvent.objects.filter(verb="corrected service").first()
    return html.unescape(client.post(BACK, {"event": event.pk if event else "", **more}, follow=True).content.decode())


def test_it_can_be_put_back(broken, people, as_):
    client = as_(people.adam)
    text = use(client, next="integration")
    form = text.split(f'action="{BACK}"')[1].split("</form>")[0]
    assert f'name="event" value="{AuditEvent.objects.get(verb="corrected service").pk}"' in form
    assert 'name="next" value="integration"' in form
    text = put_back(client)
    assert f"shop-api asks for {TYPED} and main again." in text
    assert Service.objects.get().target == {"repository": TYPED, "ref": "main"}
    event = AuditEvent.objects.get(verb="put back service")
    assert event.details["after"] == {"repository": TYPED, "ref": "main"}


def test_what_was_changed_since_stays(broken, people, as_):
    client = as_(people.adam)
    use(client)
    Service.objects.update(target={"repository": RIGHT, "ref": "release"})
    assert "shop-api was changed since, so nothing was put back." in put_back(client)
    assert Service.objects.get().target["ref"] == "release"


@pytest.mark.parametrize("event", ["", "0", "x", "-1", "9" * 40, "²"])
def test_an_event_that_is_no_correction_puts_nothing_back(broken, people, as_, event):
    client = as_(people.adam)
    use(client)
    assert "There is no such correction of shop-api." in put_back(client, event=event)
    assert Service.objects.get().target["repository"] == RIGHT


def test_the_message_shows_names_as_text(scene, people, as_):
    integration = scene.integration(status="broken")
    scene.service("shop-api", integration, repository="<script>alert(1)</script>", ref="main")
    scene.found(integration, url_well_formed=WRONG_URL)
    text = use(as_(people.adam), offer(target={"repository": "<script>alert(1)</script>", "ref": "main"}))
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


# --- Settings of the integration -----------------------------------------------------------------------------------
WRONG_REGION = {"status": "fail", "cause": "yours", "layer": "backup-endpoint-region", "evidence": "It was another region.",
                "remedy": "Set it.", "facts": {"suggested": {"region": "eu-central-1", "secret_access_key": "x", "other": "y"}}}
EDIT = "/o/acme/integrations/backups/edit/?row=region_matches"


def test_a_row_offers_settings_as_an_edit_that_is_filled_in(scene, people, sees):
    integration = scene.integration("backups", "backup_storage", status="broken")
    scene.found(integration, region_matches=WRONG_REGION)
    page = sees(people.alice, "/o/acme/integrations/backups/").text
    assert "Edit with eu-central-1 filled in" in page
    assert html.escape(EDIT) in page
    form = sees(people.alice, EDIT).text
    assert 'value="eu-central-1"' in form
    assert "Filled in as the row offers, not saved yet: Region eu-central-1." in form
    assert "filled in</a>" not in sees(people.vera, "/o/acme/integrations/backups/").text


def test_an_edit_takes_nothing_from_its_address_but_the_row_s_name(scene, people, sees):
    scene.integration("backups", "backup_storage", status="broken")
    form = sees(people.alice, EDIT + "&region=us-west-9").text
    assert "Filled in as the row offers" not in form
    assert "us-west-9" not in form
