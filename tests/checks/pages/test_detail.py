"""What stands below an opened row."""

from __future__ import annotations

from checks.pages.blast import Served
from checks.pages.detail import Around, detail
from checks.pages.rows import Row
from checks.pages.seed import elsewhere, why

AROUND = Around((Served("shop-api", "app"), Served("orders-db", "database")))


def test_a_failing_row_has_what_it_breaks_and_where_its_mending_does_not_lie():
    found = detail(Row("token_accepted", "T", "fail", layer="git-token"), AROUND)
    assert [line.name for line in found.blast.lines] == ["shop-api", "orders-db"]
    assert found.elsewhere == "Changing SSH keys on a server will not mend this."


def test_a_right_row_that_proves_one_thing_has_nothing_to_compare():
    one = {"required": ["s3:GetObject"], "granted": ["s3:GetObject"]}
    assert detail(Row("object_readable", "T", "pass", facts=one), AROUND).grants is None
    assert not detail(Row("object_readable", "T", "pass", facts=one), AROUND).opens
    assert detail(Row("object_readable", "T", "fail", facts=one), AROUND).grants is not None
    two = {"required": ["read"], "granted": ["read", "user"]}
    assert detail(Row("scopes_sufficient", "T", "pass", facts=two), AROUND).opens


def test_what_another_row_saw_granted_counts():
    facts = {"required": ["s3:ListBucket", "s3:GetObject"], "granted": [], "missing": ["s3:GetObject"], "told_in_full": False}
    found = detail(Row("object_readable", "T", "fail", facts=facts), Around(proven={"s3:ListBucket"}))
    assert [(line.name, line.word) for line in found.grants.lines] == [("s3:GetObject", "missing"), ("s3:ListBucket", "ok")]


def test_the_seed_says_where_the_mending_does_not_lie():
    assert elsewhere("git-token") == elsewhere("branch-missing") == "Changing SSH keys on a server will not mend this."
    assert elsewhere("ssh-auth") == "A Git or registry token will not mend this."
    assert elsewhere("backup-keys") == "The keys of the AWS integration are not the ones used here."
    assert elsewhere("dns") == elsewhere("") == elsewhere("no-layer") == ""


def test_the_seed_says_why_it_matters():
    assert why("token_not_expiring", "git-token") == "Expired tokens cause clone failures; rotate before expiry."
    assert why("key_accepted", "aws-keys") == "Disabled or deleted keys fail signature validation."
    assert why("nothing_of_the_kind", "") == ""
