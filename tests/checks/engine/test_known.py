"""What a check may know of the Organisation's other credentials: that they are the same, never what they are."""
from __future__ import annotations

import pytest
from django.utils import timezone

from checks.engine import known
from tests.checks.engine.conftest import TOKEN

pytestmark = pytest.mark.django_db


def test_the_same_credential_and_account_have_the_same_fingerprint(make_integration, people):
    mine, twin = make_integration("mine"), make_integration("twin")
    other = make_integration("other", token="another-token-of-the-tests")
    make_integration("elsewhere", organisation=people.globex)
    gone = make_integration("gone")
    gone.removed_at = timezone.now()
    gone.save()
    facts = known.facts(mine)
    assert set(facts["own"]) == {"token", "address"}
    by_name = {one["integration"]: one for one in facts["others"]}
    assert set(by_name) == {"twin", "other"}
    assert by_name["twin"] == {"integration": "twin", "provisions": False, "fingerprints": facts["own"]}
    assert by_name["other"]["fingerprints"]["token"] != facts["own"]["token"]
    assert by_name["other"]["fingerprints"]["address"] == facts["own"]["address"]
    assert TOKEN not in str(facts)
    assert mine.settings["address"] not in str(facts)
    assert twin.settings == other.settings


def test_an_integration_whose_provider_is_gone_is_still_compared(make_integration):
    mine, other = make_integration("mine"), make_integration("other")
    other.provider = "gone"
    other.save()
    [one] = known.facts(mine)["others"]
    assert one["fingerprints"] == {"token": known.facts(mine)["own"]["token"]}
