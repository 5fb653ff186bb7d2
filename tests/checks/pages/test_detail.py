"""What stands below an opened row."""

from __future__ import annotations

import pytest

from checks.pages.detail import detail, grants
from checks.pages.rows import Row
from checks.pages.seed import elsewhere, why

SERVES = [("shop-api", "the next deploy of"), ("orders-db", "the backups of")]


def test_a_shared_row_breaks_every_service_and_an_own_row_its_service():
    assert detail(Row("token_accepted", "T", "fail"), SERVES).breaks == (
        ("the next deploy of", "shop-api"),
        ("the backups of", "orders-db"),
    )
    assert detail(Row("ref_exists", "T", "fail", service="shop-api"), SERVES).breaks == (
        ("the next deploy of", "shop-api"),
    )


@pytest.mark.parametrize(
    "row", [Row("a", "A", "pass"), Row("a", "A", "unknown"), Row("a", "A", "fail", required=False)]
)
def test_only_a_required_failure_breaks_anything(row):
    assert detail(row, SERVES).breaks == ()


def test_granted_against_required_names_what_is_missing_and_what_is_too_much():
    lines = grants({"required": ["read", "delete"], "granted": ["read", "admin"]})
    assert [(g.name, g.needed, g.granted, g.is_missing) for g in lines] == [
        ("read", True, True, False),
        ("delete", True, False, True),
        ("admin", False, True, False),
    ]


def test_what_a_host_does_not_tell_is_not_called_missing():
    (line,) = grants({"required": ["read"], "granted": [], "told_in_full": False})
    assert (line.granted, line.is_missing) == (None, False)


@pytest.mark.parametrize("facts", [{}, {"granted": ["read"]}, {"required": None}, {"required": "read"}])
def test_without_required_names_there_is_no_table(facts):
    assert grants(facts) == ()


def test_the_seed_says_where_the_mending_does_not_lie():
    assert elsewhere("git-token") == elsewhere("branch-missing") == "Changing SSH keys on a server will not mend this."
    assert elsewhere("ssh-auth") == "A Git or registry token will not mend this."
    assert elsewhere("backup-keys") == "The keys of the AWS integration are not the ones used here."
    assert elsewhere("dns") == elsewhere("") == elsewhere("no-layer") == ""


def test_the_seed_says_why_it_matters():
    assert why("token_not_expiring", "git-token") == "Expired tokens cause clone failures; rotate before expiry."
    assert why("key_accepted", "aws-keys") == "Disabled or deleted keys fail signature validation."
    assert why("nothing_of_the_kind", "") == ""
