"""The gate of a database with external backups, through the commands, on a real server that enforces IAM."""
from __future__ import annotations

import uuid

import pytest

from checks.demo.s3_host import FULL, WITHOUT_DELETE


@pytest.fixture
def acme(installation):
    installation.json("create_organisation", "acme", "--owner", "alice@example.com")
    return installation


@pytest.fixture
def orders(acme, s3_host):
    """Connects a bucket of its own with a key of these actions, and a database that backs up there."""
    def make(actions, **settings):
        bucket = f"orders-{uuid.uuid4().hex[:8]}"
        s3_host.make_bucket(bucket)
        key_id, secret = s3_host.make_user(bucket, bucket, actions)
        acme.json("connect", "acme", "backup_storage", "backups", stdin={
            "settings": {"endpoint": s3_host.url, "region": "us-east-1", "bucket": bucket, "access_key_id": key_id, **settings},
            "credentials": {"secret_access_key": secret}})
        serve(acme, "orders-db")
        return bucket
    return make


def serve(acme, name):
    acme.json("add_service", "acme", name, stdin={"kind": "database", "integration": "backups",
                                                  "target": {"engine": "postgres", "backups": "external"}})


def test_a_verified_integration_lets_it_go_on(acme, orders, s3_host):
    bucket = orders(FULL)
    assert acme.json("verify", "acme", "backups")["integration_status"] == "verified"
    assert acme.json("preflight", "acme", "orders-db")["ready"] is True
    assert "orders-db: would deploy now." in acme.run("preflight", "acme", "orders-db").stdout
    assert (s3_host.keys_in(bucket), s3_host.uploads_in(bucket)) == ([], [])


def test_one_that_was_changed_since_its_rows_were_asked_is_asked_again(acme, orders):
    orders(FULL)
    acme.json("verify", "acme", "backups")
    serve(acme, "invoices-db")  # its integration claims nothing from now on, however fresh its rows are
    assert acme.json("preflight", "acme", "orders-db")["ready"] is True
    assert acme.json("preflight", "acme", "invoices-db")["ready"] is True


def test_a_key_that_may_not_delete_stops_it_and_the_row_is_named(acme, orders, s3_host):
    bucket = orders(WITHOUT_DELETE)
    document = acme.json("preflight", "acme", "orders-db", expect=1)
    assert (document["ready"], document["status"]) == (False, "fail")
    row = next(f for f in document["findings"] if f["check"] == "object_deletable")
    assert row["facts"]["left_behind"] == s3_host.keys_in(bucket)
    said = acme.run("preflight", "acme", "orders-db")
    assert said.returncode == 1
    assert "orders-db: would not deploy now. “The key can delete” of backups stands in the way." in said.stdout


def test_declared_write_once_the_same_key_is_verified(acme, orders):
    orders(WITHOUT_DELETE, intent="write_once")
    assert acme.json("preflight", "acme", "orders-db")["ready"] is True
