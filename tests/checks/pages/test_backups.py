"""External backups need a verified integration: said on the service's page, on the checklist and by the gate; the least policy."""

from __future__ import annotations

import pytest

from checks.actions.preflight import in_the_way, preflight
from tests.checks.pages.test_checklist import title

SERVICE, CHECKLIST, PAGE = "/o/acme/services/orders-db/", "/o/acme/", "/o/acme/integrations/backups/"
DENIED = {"status": "fail", "cause": "yours", "layer": "backup-bucket-policy", "remedy": "Allow s3:DeleteObject on arn:aws:s3:::dumps/*.",
          "evidence": "DeleteObject on dflow/backups/.dflow-probe/1 was denied (AccessDenied)."}
OUTAGE = {"status": "unknown", "cause": "provider", "layer": "provider-outage", "evidence": "s3.example.com answered HTTP 503 (SlowDown)."}
IN_THE_WAY = "The external backups of orders-db need this to be verified: “The key can delete” stands in the way."


@pytest.fixture
def stored(scene):
    """An integration of this status whose rows are a pass but for `different`, and a database that backs up to it."""
    def make(status, backups="external", **different):
        paused = {"paused_at": scene.now} if status == "paused" else {}
        integration = scene.integration("backups", provider="backup_storage", status=status, **paused)
        scene.service("orders-db", integration, kind="database", engine="postgres", backups=backups)
        scene.found(integration, **different)
        return integration
    return make


def gate(scene, people, name="orders-db"):
    return preflight(organisation=scene.organisation, actor=people.alice, service=name)


def test_a_verified_integration_makes_it_ready(scene, stored, people, sees):
    stored("verified")
    assert title(sees(people.vera, SERVICE).text) == "orders-db would deploy now"
    assert "need this to be verified" not in sees(people.vera, CHECKLIST).text
    assert gate(scene, people)["ready"] is True


def test_a_warning_does_not_stand_in_the_way(scene, stored, people, sees):
    stored("verified", object_writable={"status": "warn", "cause": "yours", "remedy": "Set it."})
    assert title(sees(people.vera, SERVICE).text) == "orders-db would deploy now"
    assert gate(scene, people)["ready"] is True


def test_the_row_that_stands_in_the_way_is_named_everywhere(scene, stored, people, sees):
    stored("broken", object_deletable=DENIED, bucket_not_public=OUTAGE)
    page = sees(people.vera, SERVICE).text
    assert title(page) == "orders-db would not deploy now"
    for text in (page, sees(people.vera, CHECKLIST).text, sees(people.vera, PAGE).text):
        assert IN_THE_WAY in text
    document = gate(scene, people)
    assert (document["ready"], document["status"]) == (False, "fail")
    assert in_the_way(document["findings"])["check"] == "object_deletable"


def test_what_could_not_be_seen_is_named_too_unless_a_wrong_row_is_there(scene, stored, people, sees):
    stored("unknown", object_readable=OUTAGE)
    page = sees(people.vera, SERVICE).text
    assert title(page) == "Whether orders-db would deploy could not be checked"
    assert "“The key can read back what it wrote” stands in the way." in page
    document = gate(scene, people)
    assert (document["ready"], document["status"]) == (False, "unknown")
    assert in_the_way([*document["findings"], {"required": True, "status": "fail", "check": "x"}])["check"] == "x"


def test_a_paused_integration_is_not_a_verified_one_whatever_its_rows_say(scene, stored, people, sees):
    stored("paused")
    page = sees(people.vera, SERVICE).text
    assert title(page) == "orders-db is not proven yet"
    assert "The external backups of orders-db need this to be verified: it is paused." in page
    document = gate(scene, people)
    assert (document["ready"], document["status"]) == (False, "unknown")
    stops = in_the_way(document["findings"])
    assert (stops["check"], stops["cause"], stops["integration"]) == ("verified", "yours", "backups")
    assert "backups is paused, and external backups need a verified integration." in stops["evidence"]
    assert stops["remedy"].startswith("Resume backups")


def test_one_that_was_changed_since_is_not_proven_until_it_is_asked_again(stored, people, sees):
    stored("unverified")
    page = sees(people.vera, SERVICE).text
    assert title(page) == "orders-db is not proven yet"
    assert "it was changed since it was checked, and is asked again." in page


def test_one_that_was_never_asked_names_its_first_row(scene, people, sees):
    scene.service("orders-db", scene.integration("backups", provider="backup_storage"), kind="database", engine="postgres", backups="external")
    page = sees(people.vera, SERVICE).text
    assert title(page) == "orders-db is not proven yet"
    assert "“The endpoint is an S3 endpoint” stands in the way until it is asked." in page


@pytest.mark.parametrize("backups", ["internal", "Internal"])
def test_internal_backups_do_not_ask_for_it(scene, stored, people, sees, backups):
    stored("paused", backups=backups)
    assert "need this to be verified" not in sees(people.vera, SERVICE).text
    assert gate(scene, people)["ready"] is True


def test_the_list_of_services_and_the_figure_count_it_as_not_ready(stored, people, sees):
    stored("paused")
    assert title(sees(people.vera, "/o/acme/services/").text) == "0 of 1 service would deploy now"
    assert "0 of 1 service" in sees(people.vera, CHECKLIST).text


# --- The least policy ------------------------------------------------------------------------------------------
def test_the_integration_s_page_shows_the_policy_for_its_own_bucket(stored, people, sees):
    stored("verified")
    text = sees(people.vera, PAGE).text
    assert ">The least policy</h2>" in text
    assert "All that the key needs is to write, read, list and delete below dflow/backups/ of the bucket dumps." in text
    assert "arn:aws:s3:::dumps/dflow/backups/*" in text
    assert "data &quot;aws_iam_policy_document&quot; &quot;backups&quot; {" in text
    assert 'class="code"><pre' in text, "the script adds the copy button there"
    assert "DeleteObjectVersion" not in text


def test_what_the_last_run_saw_is_in_it(stored, people, sees):
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    stored("verified", object_writable={"facts": {"version_id": "v1", "kms_key": key}})
    text = sees(people.vera, PAGE).text
    assert "s3:DeleteObjectVersion" in text
    assert key in text
    assert "As the last run saw, it keeps versions" in text


def test_another_provider_s_page_has_none(scene, people, sees):
    scene.verified()
    assert "The least policy" not in sees(people.vera, "/o/acme/integrations/gitea-main/").text


def test_the_guide_has_one_to_fill_in(people, sees):
    assert "arn:aws:s3:::BUCKET/PREFIX/*" in sees(people.vera, "/guides/backup_storage/").text
