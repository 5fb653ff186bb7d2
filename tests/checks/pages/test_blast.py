"""What a row breaks, by its check's place: every declared check of every provider against what it must and must not stop."""

from __future__ import annotations

import pytest

from checks.pages.blast import BY_HAND, EXPOSES, NODE_STAYS, NODES_GO_ON, SERVES, Served, blast
from checks.pages.rows import Row
from checks.providers import PROVIDERS

APP, HOOKED, IMAGE, DATABASE = (
    Served("shop-api", "app"), Served("shop-web", "app", is_hooked=True), Served("shop-img", "docker"),
    Served("orders-db", "database"))
ON_NODE = (Served("shop-api", "app", on_node=True), Served("orders-db", "database", on_node=True))


def cells(found):
    """{service: {column: cell}} without what a service does not have."""
    return {line.name: {str(c): cell for c, cell in zip(found.columns, line.cells, strict=True) if cell} for line in found.lines}


def struck(row, services, **more):
    found = blast(row, services, **more)
    return cells(found) if found else None


def test_a_credential_breaks_the_deploy_of_each_service_and_all_of_a_databases_backups():
    found = blast(Row("token_accepted", "T", "fail"), [APP, IMAGE, DATABASE])
    stops = dict.fromkeys(("Backups", "Restore", "Pruning"), "stops")
    assert cells(found) == {"shop-api": {"Deploy": "stops"}, "shop-img": {"Deploy": "stops"}, "orders-db": stops}
    assert found.title == "What it breaks"


def test_a_webhook_breaks_auto_deploy_alone():
    found = blast(Row("webhook_configured", "T", "fail", required=False, layer="webhook"), [APP, HOOKED])
    assert cells(found) == {"shop-web": {"Deploy": "goes on", "Auto-deploy": "stops"}}
    assert found.note == BY_HAND
    assert struck(Row("clone_permitted", "T", "fail"), [HOOKED]) == {"shop-web": {"Deploy": "stops", "Auto-deploy": "stops"}}


def test_a_row_of_one_service_names_that_one_alone():
    assert set(struck(Row("ref_exists", "T", "fail", service="shop-api"), [APP, HOOKED])) == {"shop-api"}


@pytest.mark.parametrize(("slug", "stops"), [
    ("object_writable", {"Backups"}), ("multipart_supported", {"Backups"}), ("object_readable", {"Restore"}),
    ("prefix_listable", {"Restore", "Pruning"}), ("object_deletable", {"Pruning"}),
    ("key_accepted", {"Backups", "Restore", "Pruning"})])
def test_each_storage_row_breaks_its_own_part_of_backups(slug, stops):
    mine = struck(Row(slug, "T", "fail"), [DATABASE])["orders-db"]
    assert {name for name, cell in mine.items() if cell == "stops"} == stops
    assert {cell for name, cell in mine.items() if name not in stops} <= {"goes on"}


def test_a_node_breaks_deploys_to_it_and_its_way_to_a_host_what_that_service_does():
    found = blast(Row("docker_running", "T", "fail"), ON_NODE)
    assert (cells(found), found.note) == ({"shop-api": {"Deploy": "stops"}, "orders-db": {"Deploy": "stops"}}, NODE_STAYS)
    mine = struck(Row("reaches_host", "T", "fail", service="orders-db"), ON_NODE)
    assert mine == {"orders-db": dict.fromkeys(("Backups", "Restore", "Pruning"), "stops")}


def test_what_provisions_breaks_new_nodes_and_no_service():
    found = blast(Row("actions_allowed", "T", "fail"), [], provisions=True)
    assert (cells(found), found.note) == ({"New worker nodes": {"Provisioning": "stops"}}, NODES_GO_ON)
    assert not found.lines[0].is_service
    assert struck(Row("ports_open", "T", "fail", required=False), [], provisions=True) == {
        "New worker nodes": {"Provisioning": "at risk"}}


@pytest.mark.parametrize("status", ["pass", "unknown", "skipped", "running", "queued", "unverified"])
def test_only_what_is_wrong_breaks_anything(status):
    assert blast(Row("token_accepted", "T", status), [APP]) is None


def test_a_warning_puts_at_risk_and_an_end_says_when():
    found = blast(Row("clone_permitted", "T", "warn"), [APP])
    assert (cells(found), found.title) == ({"shop-api": {"Deploy": "at risk"}}, "What it puts at risk")
    ends = Row("token_not_expiring", "T", "warn", required=False, facts={"expires_on": "2026-12-05"})
    assert struck(ends, [APP]) == {"shop-api": {"Deploy": "stops after 5 December 2026"}}
    ends.facts = {"expires_on": "nonsense"}
    assert struck(ends, [APP]) == {"shop-api": {"Deploy": "at risk"}}


@pytest.mark.parametrize("slug", sorted(EXPOSES))
def test_what_gives_too_much_away_stops_nothing(slug):
    for status in ("warn", "fail"):
        assert blast(Row(slug, "T", status, required=False), [APP, DATABASE]) is None


def test_write_once_storage_whose_key_may_delete_stops_nothing():
    row = Row("object_deletable", "T", "warn", required=False, facts={"required": [], "lets": {"s3:DeleteObject": "delete"}})
    assert blast(row, [DATABASE]) is None


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.slug)
def test_every_required_check_of_every_provider_breaks_something(provider):
    kinds = provider.serves or ("app", "docker", "database")
    services = [Served(kind, kind, bool(provider.hook), provider.is_node) for kind in kinds]
    for check in provider.checks.values():
        found = blast(Row(check.slug, check.title, "fail", layer=check.layer or "", required=check.required), services,
                      provisions=provider.provisions)
        assert (found is not None) is (check.slug not in EXPOSES), check.slug


def test_the_tables_name_checks_that_there_are():
    assert {*SERVES, *EXPOSES} <= {slug for provider in PROVIDERS for slug in provider.checks}
