"""The page of each layer is made of the rules: nothing that a diagnosis says is missing from it."""

from __future__ import annotations

import pytest
from django.utils.html import escape

from checks.diagnosis.remedies import ROWS
from checks.diagnosis.rules import RULES
from checks.pages.guides import FAMILIES
from checks.pages.layer_words import ABOUT, name
from checks.pages.messages import SPOKEN, Message, guide_to, readable, titled
from checks.providers import PROVIDERS
from checks.verdict import Layer
from organisations.models import Membership, Organisation, Role
from tests.people import make_user

pytestmark = pytest.mark.django_db


def page(client, layer, query=""):
    answer = client.get(f"/guides/layers/{layer.value}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("layer", Layer, ids=lambda one: one.value)
def test_a_layer_is_said_in_words_with_who_mends_it_its_messages_and_its_rows(client, layer):
    text = page(client, layer)
    assert escape(ABOUT[layer].what) in text
    assert escape(ABOUT[layer].who) in text
    for rule in (rule for rule in RULES if rule.layer is layer):
        told = text.split(f'id="message-{rule.name}"')[1].split('id="message-')[0]
        assert escape(rule.example) in told
        assert escape(rule.why) in told
        assert rule.confidence.word in told
        assert escape(rule.source.removeprefix("https://")) in told
        for remedy in titled(rule.remedy, layer).split("`"):
            assert escape(remedy) in text
    rows = text.split('id="rows-title"')[1].split("</section>")[0]
    titles = {check.slug: check.title for provider in PROVIDERS for check in provider.checks.values() if check.layer == layer}
    for slug, title in titles.items():
        assert f"#asked-{slug}" in rows
        assert escape(title) in rows
    assert "#asked-" in rows, "no row tests it"


def test_an_unknown_layer_is_not_found(client):
    for path in ("nothing", "git_token", "GIT-TOKEN", "layers"):
        assert client.get(f"/guides/layers/{path}/").status_code == 404
    assert client.get("/guides/layers/").status_code == 404


def test_the_listing_names_every_provider_and_every_layer_once(client):
    text = client.get("/guides/").content.decode()
    for provider in PROVIDERS:
        assert text.count(f'href="/guides/{provider.slug}/"') == 1
    for layer in Layer:
        assert text.count(f'href="/guides/layers/{layer.value}/"') == 1
        assert f"<b>{escape(name(layer))}</b>" in text
    assert sorted(layer for layers in FAMILIES.values() for layer in layers) == sorted(Layer)
    assert set(ABOUT) == set(Layer)


def test_every_word_for_what_is_spoken_of_is_known():
    families = {family for rule in RULES for family in (*rule.near, *rule.far, *rule.home)}
    assert families <= set(SPOKEN)


# --- Readable ---------------------------------------------------------------------------------------------------
def test_a_pattern_reads_without_its_signs_and_a_message_shows_each_wording_once():
    assert readable("*^remote branch…not found$") == "remote branch … not found"
    for rule in RULES:
        wordings = Message(rule).wordings
        assert len(set(wordings)) == len(wordings)
        assert all(wordings)


def test_each_remedy_of_a_layer_stands_once_and_rows_are_called_by_their_titles(client):
    for layer in Layer:
        remedies = guide_to(layer).remedies
        assert len({one.text for one in remedies}) == len(remedies)
    text = page(client, Layer.GIT_TOKEN)
    assert "“scopes_sufficient”" not in text
    assert "“The token&#x27;s scopes are sufficient”" in text
    assert "The access key is accepted" in page(client, Layer.BACKUP_KEYS) + page(client, Layer.BACKUP_BUCKET_POLICY)


# --- Look-alikes --------------------------------------------------------------------------------------------------
def test_a_look_alike_names_the_words_they_share_and_what_tells_them_apart(client):
    text = page(client, Layer.BACKUP_BUCKET_POLICY).split('id="alike-title"')[1].split("</section>")[0]
    other = text.split('href="/guides/layers/aws-iam/"')[1].split("</li>")[0]
    assert "<code>accessdenied</code>" in other
    assert "where the text speaks of a bucket, and the other where it speaks of EC2" in other


def test_look_alikes_are_mutual():
    for layer in Layer:
        for one in guide_to(layer).look_alikes:
            back = next(other for other in guide_to(one.layer).look_alikes if other.layer is layer)
            assert set(back.shared) == set(one.shared)


def test_the_seed_s_warning_stands_on_the_layers_it_is_about(client):
    assert "Changing SSH keys on a server will not mend this." in page(client, Layer.GIT_TOKEN)
    assert "A Git or registry token will not mend this." in page(client, Layer.SSH_AUTH)


def test_rows_of_a_layer_are_of_the_providers_that_can_have_it():
    slugs = {provider.slug for provider, _ in guide_to(Layer.GITHUB_APP).tested_by}
    assert slugs == {"github"}
    assert len(guide_to(Layer.DNS).tested_by) > len(ROWS[Layer.DNS][0])


# --- A message of one's own -----------------------------------------------------------------------------------------
def test_a_message_is_diagnosed_with_the_rows_of_the_person_s_organisation(client, people, scene):
    scene.verified()
    client.force_login(people.vera)
    assert '<form class="panel" method="post" action="/o/acme/diagnose/"' in page(client, Layer.GIT_TOKEN)
    answer = client.post("/o/acme/diagnose/", {"text": "remote: HTTP Basic: Access denied. The provided password or token is incorrect"})
    text = answer.content.decode()
    assert "It is the Git token" in text
    assert 'href="/guides/layers/git-token/?organisation=acme"' in text


def test_the_organisation_that_one_came_from_is_the_first_of_several(client, people):
    other = Organisation.objects.create(slug="aaa", name="Aaa")
    Membership.objects.create(organisation=other, user=people.alice, role=Role.VIEWER)
    client.force_login(people.alice)
    assert 'action="/o/aaa/diagnose/"' in page(client, Layer.DNS)
    text = page(client, Layer.DNS, "?organisation=acme")
    assert 'method="post" action="/o/acme/diagnose/"' in text
    assert 'formaction="/o/aaa/diagnose/"' in text
    assert "?organisation=acme" in text.split('class="crumbs"')[1].split("</nav>")[0]


def test_who_is_not_signed_in_signs_in_and_who_belongs_nowhere_makes_an_organisation(client, db):
    text = page(client, Layer.TLS)
    assert 'href="/accounts/login/?next=/guides/layers/tls/"' in text
    assert "<textarea" not in text
    client.force_login(make_user("new@example.com"))
    text = page(client, Layer.TLS)
    assert 'href="/o/new/"' in text
    assert "<textarea" not in text


def test_the_number_of_queries_is_that_of_the_reader_alone(client, people, django_assert_num_queries):
    with django_assert_num_queries(0):
        page(client, Layer.GIT_TOKEN)
    client.force_login(people.alice)
    with django_assert_num_queries(3):  # the session, the person, the memberships
        page(client, Layer.GIT_TOKEN)
