"""Each vendor by its own public name, over TLS: its token service, its words, its limits, its credentials.

[S]: read in a public source, named beside it; reconstructed: written after a vendor's documentation, not recorded.
"""
from __future__ import annotations

import base64
import json

import pytest

from checks.providers.docker_registry import presets
from checks.providers.docker_registry.credential_lint import hints, own_end, short_lived
from checks.providers.docker_registry.presets import PRESETS, credential_page, image_page, preset_of
from checks.verdict import Cause, Layer, Skip, Status
from tests.checks.providers.registry_run import INDEX, error, manifest, reply, run, said
from tests.peers.registry_script import access, query_of

ECR_HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
# [S] docs.docker.com/docker-hub/usage/pulls: the headers and their values
LIMITS = {"RateLimit_Limit": "100;w=21600", "RateLimit_Remaining": "76;w=21600", "Docker_RateLimit_Source": "a1b2c3"}


LIMITED = manifest(**LIMITS)


def hub(vendor_registry, *, manifest=LIMITED, token=None):
    """Docker Hub's two hosts. The challenge: [S] docs.docker.com."""
    def own_token(seen):
        name = "acme/app" if "acme" in seen.path else "library/redis"
        signed_in = "Authorization" in seen.headers
        return reply(200, {"token": access(name, *(["pull"] if signed_in or "library" in seen.path else []))})
    return vendor_registry("registry-1.docker.io", "auth.docker.io", realm="https://auth.docker.io/token", service="registry.docker.io",
                           manifest=manifest, token=token or own_token)


# --- Docker Hub -----------------------------------------------------------------------------------------------------------
def test_docker_hub_is_asked_at_its_own_hosts_and_tells_the_pulls_that_are_left(vendor_registry):
    host = hub(vendor_registry)
    rows = run("docker.io", "acme", "dckr_pat_x", "acme/app:1")
    assert {slug for slug, v in rows.items() if v.status is Status.PASS} == set(rows) - {"credential_not_expiring"}
    assert rows["pulls_remaining"].evidence == "76 of 100 pulls in 6 hours were left at Docker Hub, counted for a1b2c3."
    assert {seen.headers["Host"] for seen in host.seen} == {"registry-1.docker.io", "auth.docker.io"}
    assert query_of(host.seen[1])["service"] == ["registry.docker.io"]
    assert [method for method, path, _ in host.asked if "/manifests/" in path] == ["HEAD"]
    assert len(host.seen) <= 6


def test_an_official_image_is_asked_for_below_library(vendor_registry):
    host = hub(vendor_registry)
    rows = run("docker.io", "acme", "dckr_pat_x", "redis:7")
    assert "/v2/library/redis/manifests/7" in [path for _, path, _ in host.asked]
    assert rows["pull_permitted"].evidence.endswith("so this proves nothing of the credential.")


@pytest.mark.parametrize(("left", "status"), [("11", Status.PASS), ("10", Status.WARN), ("1", Status.WARN)])
def test_few_pulls_left_are_warned_of(vendor_registry, left, status):
    hub(vendor_registry, manifest=manifest(**{**LIMITS, "RateLimit_Remaining": f"{left};w=21600"}))
    verdict = run("docker.io", "acme", "dckr_pat_x", "acme/app:1")["pulls_remaining"]
    assert (verdict.status, verdict.layer) == (status, Layer.REGISTRY_RATE_LIMIT)
    assert (verdict.facts["remaining"], verdict.facts["limit"], verdict.facts["window_seconds"]) == (int(left), 100, 21600)


def test_no_pulls_left_judge_neither_the_credential_nor_the_image(vendor_registry):
    """The words: [S] docs.docker.com and many issues."""
    words = "You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit"
    hub(vendor_registry, manifest=error(429, "TOOMANYREQUESTS", words, Retry_After="60"))
    rows = run("docker.io", "acme", "dckr_pat_x", "acme/app:1")
    assert rows["credential_accepted"].status is Status.PASS
    assert said(rows["pull_permitted"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.REGISTRY_RATE_LIMIT)
    assert "registry-1.docker.io limited our requests (HTTP 429)" in rows["pull_permitted"].evidence
    assert rows["image_exists"].status is Status.SKIPPED
    assert rows["push_not_granted"].status is Status.PASS
    assert said(rows["pulls_remaining"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.REGISTRY_RATE_LIMIT)
    assert rows["pulls_remaining"].link.startswith("https://docs.docker.com/")


def test_an_account_without_a_limit_passes(vendor_registry):
    hub(vendor_registry, manifest=manifest())
    assert "told no limit" in run("docker.io", "acme", "dckr_pat_x", "acme/app:1")["pulls_remaining"].evidence


def test_without_a_service_docker_hub_is_not_asked_for_its_limit(vendor_registry):
    hub(vendor_registry)
    verdict = run("docker.io", "acme", "dckr_pat_x")["pulls_remaining"]
    assert (verdict.status, verdict.skip) == (Status.SKIPPED, Skip.NOT_APPLICABLE)


@pytest.mark.parametrize(("known", "methods"), [({}, ["HEAD"]), ({"node_architecture": {"s0": "arm64"}}, ["HEAD", "GET"])])
def test_a_get_that_docker_hub_counts_is_made_for_a_known_worker_alone(vendor_registry, known, methods):
    body = {"manifests": [{"platform": {"os": "linux", "architecture": "amd64"}}]}
    host = hub(vendor_registry, manifest=reply(200, body, INDEX, **LIMITS))
    verdict = run("docker.io", "acme", "dckr_pat_x", "acme/app:1", known=known)["image_exists"]
    assert [method for method, path, _ in host.asked if "/manifests/" in path] == methods
    assert verdict.status is (Status.FAIL if known else Status.PASS)
    if not known:
        assert "which platforms it has was not read" in verdict.evidence
    assert len(host.seen) <= 6


def test_an_e_mail_address_is_named_when_docker_hub_refuses(vendor_registry):
    hub(vendor_registry, token=reply(401, {"details": "incorrect username or password"}))
    verdict = run("docker.io", "me@example.com", "dckr_pat_x", "acme/app:1")["credential_accepted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_AUTH)
    assert "it wants the Docker ID" in verdict.remedy
    assert verdict.link == "https://app.docker.com/settings/personal-access-tokens"


# --- GitHub ---------------------------------------------------------------------------------------------------------------
def ghcr(vendor_registry, **routes):
    """Realm and service: [S] devcontainers/cli#341. A stranger gets no token for a private image, 403 DENIED: [S]
    IronSecCo/ironclaw#583, openai/tunnel-client#75. The form of its tokens is reconstructed: opaque to us."""
    return vendor_registry("ghcr.io", realm="https://ghcr.io/token", service="ghcr.io", **routes)


def ghcr_token(seen):
    return reply(200, {"token": "djE6YWNtZTo="}) if "Authorization" in seen.headers else error(403, "DENIED", "denied")


def test_ghcr_passes_with_an_opaque_token_and_leaves_pushing_open(vendor_registry):
    body = {"manifests": [{"platform": {"os": "linux", "architecture": "amd64"}}]}
    host = ghcr(vendor_registry, token=ghcr_token, manifest=reply(200, body, INDEX))
    rows = run("ghcr.io", "acme", "ghp_" + "a" * 36, "ghcr.io/acme/app:1.4")
    assert rows["pull_permitted"].facts["public"] is False
    assert rows["image_exists"].facts["platforms"] == ["linux/amd64"]
    assert (rows["push_not_granted"].status, rows["push_not_granted"].required) == (Status.UNKNOWN, False)
    assert "read:packages" in rows["push_not_granted"].remedy
    assert len(host.seen) == 6


def test_ghcrs_denial_of_a_fine_grained_token_names_the_classic_one(vendor_registry):
    """[S] docker/login-action#331; the body as in sigstore/scaffolding#127."""
    ghcr(vendor_registry, token=error(403, "DENIED", "denied"))
    verdict = run("ghcr.io", "acme", "github_pat_" + "a" * 70, "ghcr.io/acme/app:1.4")["credential_accepted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_AUTH)
    assert "(HTTP 403): DENIED, “denied”." in verdict.evidence
    assert verdict.remedy.startswith("The password is a fine-grained personal access token")
    assert verdict.link.startswith("https://github.com/settings/tokens/new?scopes=read:packages")


def test_single_sign_on_is_told_with_its_button(vendor_registry):
    """The sentence is GitHub's own for its API ([S] cli/cli#2661); that GHCR says it in this body is reconstructed."""
    words = "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization."
    ghcr(vendor_registry, token=ghcr_token, manifest=error(403, "DENIED", words))
    verdict = run("ghcr.io", "acme", "ghp_" + "a" * 36, "ghcr.io/acme/app:1.4")["pull_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_AUTH)
    assert "Configure SSO" in verdict.remedy
    assert verdict.remedy.endswith("authorise it for acme.")


def test_a_workflow_token_is_named_as_short_lived(vendor_registry):
    ghcr(vendor_registry, token=ghcr_token, manifest=manifest())
    verdict = run("ghcr.io", "acme", "ghs_" + "a" * 36)["credential_not_expiring"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.REGISTRY_AUTH)
    assert "an installation or workflow token of GitHub, which lasts an hour" in verdict.evidence


# --- Google ---------------------------------------------------------------------------------------------------------------
GAR = 'Permission "artifactregistry.repositories.downloadArtifacts" denied on resource "projects/p/locations/europe/repositories/r" (or it may not exist)'


def gar(vendor_registry, may):
    """DENIED comes from the token endpoint: [S] many issues of Google's users. The rest is reconstructed."""
    def token(seen):
        scope = query_of(seen).get("scope", [""])[0]
        if "Authorization" not in seen.headers and scope:
            return error(403, "DENIED", "Unauthenticated requests do not have permission " + GAR.partition(" denied")[0][11:])
        wanted = set(scope.rpartition(":")[2].split(",")) if scope else set()
        return reply(200, {"token": "ya29.opaque"}) if wanted <= may else error(403, "DENIED", GAR)
    return vendor_registry("europe-docker.pkg.dev", realm="https://europe-docker.pkg.dev/v2/token", service="europe-docker.pkg.dev",
                           token=token, manifest=manifest())


def test_a_reader_at_google_is_asked_for_pull_alone(vendor_registry):
    host = gar(vendor_registry, {"pull"})
    rows = run("europe-docker.pkg.dev", "_json_key", '{"type": "service_account"}', "europe-docker.pkg.dev/p/r/app:1")
    assert rows["pull_permitted"].status is rows["push_not_granted"].status is Status.PASS
    assert "refused _json_key a token to push to p/r/app" in rows["push_not_granted"].evidence
    assert len(host.seen) <= 6


def test_a_denial_at_googles_token_service_is_one_of_the_namespace(vendor_registry):
    gar(vendor_registry, set())
    rows = run("europe-docker.pkg.dev", "_json_key", '{"type": "service_account"}', "europe-docker.pkg.dev/p/r/app:1")
    assert rows["credential_accepted"].status is Status.PASS
    assert said(rows["pull_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_NAMESPACE)
    assert GAR in rows["pull_permitted"].evidence
    assert "roles/artifactregistry.reader" in rows["pull_permitted"].remedy


def test_an_access_token_of_google_is_named_as_short_lived(vendor_registry):
    gar(vendor_registry, {"pull"})
    verdict = run("europe-docker.pkg.dev", "oauth2accesstoken", "ya29.x")["credential_not_expiring"]
    assert (verdict.status, "which lasts an hour" in verdict.evidence) == (Status.WARN, True)
    assert "JSON key of a service account" in verdict.remedy


# --- Amazon ---------------------------------------------------------------------------------------------------------------
TOKEN = base64.b64encode(b"AWS:a-token-of-twelve-hours").decode()


def aws(scripted_registry, monkeypatch, answer):
    """ECR's API; the bodies of its refusals are reconstructed after the API reference."""
    host = scripted_registry(lambda seen: answer)
    monkeypatch.setenv("AWS_ENDPOINT_URL", host.url)
    return host


def amz(status, document):
    return reply(status, document, "application/x-amz-json-1.1", X_Amzn_RequestId="REQ-1")


def ecr(vendor_registry, answer):
    """Its registry takes AWS and the token by Basic; the challenge is reconstructed."""
    def images(seen):
        good = "Basic " + base64.b64encode(b"AWS:a-token-of-twelve-hours").decode()
        return answer if seen.headers.get("Authorization") == good else None
    return vendor_registry(ECR_HOST, manifest=images)


def test_an_access_key_is_exchanged_and_its_secret_goes_nowhere(vendor_registry, scripted_registry, monkeypatch):
    api = aws(scripted_registry, monkeypatch, amz(200, {"authorizationData": [{"authorizationToken": TOKEN, "expiresAt": 1}]}))
    host = ecr(vendor_registry, manifest())
    rows = run(ECR_HOST, "AKIA" + "X" * 16, "the-secret-access-key", f"{ECR_HOST}/app:1")
    assert "exchanged the access key AKIA… for a registry token of 12 hours, user AWS" in rows["credential_accepted"].evidence
    assert rows["pull_permitted"].status is rows["image_exists"].status is Status.PASS
    assert (rows["push_not_granted"].status, rows["push_not_granted"].required) == (Status.UNKNOWN, False)
    assert rows["credential_not_expiring"].status is Status.PASS
    assert "AWS4-HMAC-SHA256" in api.seen[0].headers["Authorization"]
    assert api.seen[0].headers["X-Amz-Target"].endswith(".GetAuthorizationToken")
    everything = json.dumps([[dict(s.headers), s.path, s.body.decode()] for s in api.seen + host.seen])
    assert "the-secret-access-key" not in everything
    assert len(api.seen) == 1
    assert len(api.seen) + len(host.seen) <= 6


@pytest.mark.parametrize(("code", "message", "layer", "text"), [
    ("UnrecognizedClientException", "The security token included in the request is invalid.", Layer.REGISTRY_AUTH, "did not accept the access key AKIA… (UnrecognizedClientException, request REQ-1)"),
    ("InvalidSignatureException", "The request signature we calculated does not match", Layer.REGISTRY_AUTH, "InvalidSignatureException"),
    ("AccessDeniedException", "User: arn:aws:iam::1:user/x is not authorized", Layer.AWS_IAM, "denied it ecr:GetAuthorizationToken"),
])
def test_a_refusal_of_aws_fails_and_the_registry_is_not_asked(vendor_registry, scripted_registry, monkeypatch, code, message, layer, text):
    aws(scripted_registry, monkeypatch, amz(400, {"__type": code, "message": message}))
    host = ecr(vendor_registry, manifest())
    rows = run(ECR_HOST, "AKIA" + "X" * 16, "the-secret-access-key", f"{ECR_HOST}/app:1")
    assert said(rows["credential_accepted"]) == (Status.FAIL, Cause.YOURS, layer)
    assert text in rows["credential_accepted"].evidence
    assert rows["pull_permitted"].status is Status.SKIPPED
    assert [path for _, path, _ in host.asked] == ["/v2/"]


def test_trouble_at_aws_is_unknown_everywhere(vendor_registry, scripted_registry, monkeypatch):
    aws(scripted_registry, monkeypatch, amz(400, {"__type": "ServerException", "message": "later"}))
    ecr(vendor_registry, manifest())
    rows = run(ECR_HOST, "AKIA" + "X" * 16, "the-secret-access-key", f"{ECR_HOST}/app:1")
    assert said(rows["credential_accepted"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.REGISTRY_AUTH)
    assert rows["pull_permitted"].status is Status.SKIPPED


def test_a_temporary_key_is_named(vendor_registry, scripted_registry, monkeypatch):
    aws(scripted_registry, monkeypatch, amz(400, {"__type": "UnrecognizedClientException", "message": "no"}))
    ecr(vendor_registry, manifest())
    assert "It is a temporary key" in run(ECR_HOST, "ASIA" + "X" * 16, "secret-of-it")["credential_accepted"].evidence


def test_a_repository_of_ecr_that_is_not_there_fails_with_its_page(vendor_registry, scripted_registry, monkeypatch):
    aws(scripted_registry, monkeypatch, amz(200, {"authorizationData": [{"authorizationToken": TOKEN}]}))
    words = "The repository with name 'app' does not exist in the registry with id '123456789012'"
    ecr(vendor_registry, error(404, "NAME_UNKNOWN", words))
    verdict = run(ECR_HOST, "AKIA" + "X" * 16, "the-secret-access-key", f"{ECR_HOST}/app:1")["pull_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_NAMESPACE)
    assert verdict.link == "https://eu-central-1.console.aws.amazon.com/ecr/repositories/private/123456789012/app"


def test_a_pasted_token_of_ecr_is_used_as_it_is_and_named_as_short_lived(vendor_registry):
    host = ecr(vendor_registry, manifest())
    rows = run(ECR_HOST, "AWS", "a-token-of-twelve-hours", f"{ECR_HOST}/app:1")
    assert rows["pull_permitted"].status is Status.PASS
    verdict = rows["credential_not_expiring"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.REGISTRY_AUTH)
    assert "a pasted token of Amazon ECR, which lasts 12 hours" in verdict.evidence
    assert "Make an access key" in verdict.remedy
    assert len(host.seen) <= 6


def test_ecr_public_wants_no_credential_and_says_so_with_400(vendor_registry):
    """[S] dependabot/proxy#157."""
    def token(seen):
        return error(400, "DENIED", "Your Authorization Token is invalid.") if "Authorization" in seen.headers else reply(200, {"token": "opaque"})
    vendor_registry("public.ecr.aws", realm="https://public.ecr.aws/token/", service="public.ecr.aws", token=token, manifest=manifest())
    rows = run("public.ecr.aws", "AWS", "stale", "public.ecr.aws/docker/library/redis:7")
    assert said(rows["credential_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_AUTH)
    assert "Leave user name and password blank" in rows["credential_accepted"].remedy
    assert run("public.ecr.aws", "", "", "public.ecr.aws/docker/library/redis:7")["pull_permitted"].status is Status.PASS


# --- What is known of vendors ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("host", "service", "name"), [
    ("docker.io", "", "Docker Hub"), ("ghcr.io", "", "GitHub Container Registry"), ("registry.gitlab.com", "", "GitLab Container Registry"),
    ("quay.io", "", "Quay"), (ECR_HOST, "", "Amazon ECR"), ("public.ecr.aws", "", "Amazon ECR Public"), ("acme123.azurecr.io", "", "Azure Container Registry"),
    ("europe-west1-docker.pkg.dev", "", "Google Artifact Registry"), ("eu.gcr.io", "", "Google Artifact Registry"),
    ("registry.digitalocean.com", "", "DigitalOcean Container Registry"), ("harbor.example.com", "harbor-registry", "Harbor"),
    ("git.example.com", "container_registry", "GitLab Container Registry"), ("registry.example.com", "registry", "the registry"),
    ("evil-ghcr.io", "", "the registry"), ("ghcr.io.example.com", "", "the registry"),
])
def test_a_vendor_is_known_by_its_whole_host_or_by_its_token_service(host, service, name):
    assert preset_of(host, service).name == name


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_vendor_has_a_credential_to_make_and_a_least_grant(preset):
    assert preset.make.partition(" ")[0] in ("Make", "Leave")
    assert preset.least
    for page in (credential_page(preset, ECR_HOST, "acme/app"), image_page(preset, ECR_HOST, "acme/app")):
        assert page == "" or (page.startswith("https://") and "{" not in page)


def test_pages_lead_to_the_very_repository():
    assert image_page(presets.DOCKER_HUB, "docker.io", "acme/app") == "https://hub.docker.com/r/acme/app"
    assert image_page(presets.DOCKER_HUB, "docker.io", "library/redis") == "https://hub.docker.com/_/redis"
    assert image_page(presets.QUAY, "quay.io", "acme/app") == "https://quay.io/repository/acme/app?tab=settings"
    assert image_page(presets.GHCR, "ghcr.io", "acme/app") == "https://github.com/acme?tab=packages"
    assert credential_page(presets.GITLAB, "registry.gitlab.com", "acme/app/web") == "https://gitlab.com/acme/app/-/settings/repository"
    assert credential_page(presets.GITLAB, "registry.example.com", "acme/app") == image_page(presets.GITLAB, "registry.example.com", "a/b") == ""
    assert credential_page(presets.QUAY, "quay.io", "acme/app") == "https://quay.io/organization/acme?tab=robots"
    assert credential_page(presets.QUAY, "quay.io") == "https://quay.io/user/?tab=robots"
    assert credential_page(presets.HARBOR, "harbor.example.com") == "https://harbor.example.com/harbor/projects"


@pytest.mark.parametrize(("preset", "username", "password", "text"), [
    (presets.GENERIC, "user", " padded", "blanks or a line break around it"), (presets.GENERIC, "user", "padded\n", "around it"),
    (presets.GENERIC, "user", "in side", "a blank or a line break inside"),
    (presets.DOCKER_HUB, "me@example.com", "x", "e-mail address"), (presets.DOCKER_HUB, "me", "dckr_oat_x", "organisation's name"),
    (presets.DOCKER_HUB, "me", "ghp_" + "a" * 36, "looks like a token of GitHub, and this is Docker Hub"),
    (presets.GHCR, "me", "github_pat_x", "fine-grained"), (presets.GHCR, "me", "ghs_x", "ends within hours"),
    (presets.GHCR, "me", "dckr_pat_x", "looks like a token of Docker Hub"), (presets.QUAY, "me", "x", "no robot account"),
    (presets.HARBOR, "robotpull", "x", "a shell may have swallowed it"), (presets.GAR, "_json_key", "x", "the whole JSON"),
    (presets.GAR, "_json_key_base64", "{}", "this is the JSON itself"), (presets.GAR, "me", "x", "none of _json_key"),
    (presets.DIGITALOCEAN, "me", "dop_v1_x", "the two differ"),
])
def test_what_looks_wrong_in_a_credential_is_a_hint(preset, username, password, text):
    assert any(text in hint for hint in hints(preset, username, password))


@pytest.mark.parametrize(("preset", "username", "password"), [
    (presets.DOCKER_HUB, "acme", "dckr_pat_x"), (presets.GHCR, "acme", "ghp_" + "a" * 36), (presets.GITLAB, "gitlab+deploy-token-1", "gldt-x"),
    (presets.QUAY, "acme+robot", "X" * 64), (presets.QUAY, "$oauthtoken", "x"), (presets.QUAY, "$app", "x"), (presets.HARBOR, "robot$team+pull", "x"),
    (presets.GAR, "_json_key", '{\n "type": "service_account"\n}'), (presets.DIGITALOCEAN, "dop_v1_x", "dop_v1_x"), (presets.ECR, "AKIA", "x"),
    (presets.GENERIC, "user", "ghp_" + "a" * 36), (presets.HARBOR, "user", "a" * 52), (presets.ACR, "user", "0" * 40),
])
def test_a_fitting_credential_has_no_hint(preset, username, password):
    assert hints(preset, username, password) == []


def test_kinds_that_end_by_themselves_are_known_by_name():
    assert short_lived(presets.ACR, "00000000-0000-0000-0000-000000000000", "x")[1] == "three hours"
    assert short_lived(presets.GITLAB, "gitlab-ci-token", "x")[1] == "the end of its job"
    assert short_lived(presets.GENERIC, "AWS", "x") == ("", "")


def test_a_credential_that_tells_its_end_is_read():
    pasted = base64.b64encode(json.dumps({"payload": "x", "expiration": 1_800_000_000}).encode()).decode()
    assert own_end(pasted).isoformat() == "2027-01-15T08:00:00+00:00"
    for text in ("", "x", "eyJ.eyJ.eyJ", "e30=", pasted[:-9], "1" * 40, "WzFd"):
        assert own_end(text) is None
