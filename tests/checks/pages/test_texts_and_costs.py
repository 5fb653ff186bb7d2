"""What a provider says is text, what is sealed stays sealed, and what a page costs does not grow."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from checks.models import Finding, Run
from checks.pages.checklist import FOLD_FROM
from tests.checks.pages.conftest import FAIL, SECRET

PAGE = "/o/acme/"


# --- What a provider says is text -----------------------------------------------------------------------------
def test_hostile_evidence_is_shown_as_text(scene, people, sees):
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7|add:7 }}"
    row = scene.integration(status="broken")
    scene.service("shop-api", row)
    scene.found(
        row,
        token_accepted={
            **FAIL,
            "evidence": hostile,
            "remedy": f"`{hostile}` `odd",
            "link": 'https://x/"onclick="y',
            "facts": {"required": [hostile], "granted": []},
            "last_good_at": scene.now,
            "last_good_evidence": hostile,
        },
    )
    for path in (PAGE, "/o/acme/integrations/gitea-main/", "/o/acme/services/shop-api/"):
        text = sees(people.alice, path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert '"onclick="y' not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_no_page_holds_a_credential_or_its_sealed_form(scene, people, sees):
    row = scene.verified()
    for path in (
        PAGE,
        "/o/acme/integrations/",
        "/o/acme/integrations/gitea-main/",
        "/o/acme/integrations/gitea-main/edit/",
    ):
        text = sees(people.alice, path).text
        assert SECRET not in text
        assert not any(token in text for token in row.sealed.values())
        assert row.credential_facts["token"]["fingerprint"] not in text, "the start is enough"


# --- What it costs ---------------------------------------------------------------------------------------------
def queries(client, path):
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize("who", ["alice", "vera"])
def test_the_number_of_queries_does_not_grow_with_integrations(scene, people, as_, who):
    client = as_(getattr(people, who))
    pages = (
        PAGE,
        "/o/acme/integrations/",
        "/o/acme/services/",
        "/o/acme/integrations/git-000/",
        "/o/acme/services/svc-000/",
    )
    costs = []
    for number in (1, 13, 125):
        made = Run.objects.filter(integration__organisation=people.acme).count()
        for k in range(made, number):
            scene.verified(f"git-{k:03}", f"svc-{k:03}")
        costs.append([queries(client, path) for path in pages])
    assert costs[0] == costs[1] == costs[2]
    assert max(costs[0]) <= 10


def test_a_long_page_folds_the_rows_that_nobody_has_to_read(scene, people, sees):
    for k in range(FOLD_FROM):
        scene.verified(f"git-{k}", f"svc-{k}")
    Finding.objects.filter(integration__name="git-0", check_slug="ref_exists").update(**FAIL)
    text = sees(people.alice, PAGE).text
    card = text.split('id="card-git-0"')[1].split("</article>")[0]
    assert card.index("acme/shop had no branch") < card.index('class="calm"')
    assert "9 pass" in card
