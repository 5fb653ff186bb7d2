"""A bare HTTP status beside the name of who answered: what it most likely means there."""
from __future__ import annotations

from checks.diagnosis.families import APP, COMPUTE, DATA, FOREIGN, GIT, HOOK, HUB, REGISTRY, SSH, STORAGE
from checks.diagnosis.rule import Rule
from checks.diagnosis.rules.aws_denied import ALLOW as IAM_ALLOW
from checks.diagnosis.rules.git_refused import NEW_TOKEN, REACH
from checks.diagnosis.rules.outage import WAIT
from checks.diagnosis.rules.registry import GRANT, LOGIN
from checks.diagnosis.rules.registry_host import NAME
from checks.diagnosis.rules.storage_access import ALLOW, PAIR
from checks.diagnosis.rules.storage_place import SET
from checks.diagnosis.statuses import spelt
from checks.verdict import Layer

RFC = "RFC 9110 section 15; curl, Go net/http, got, axios, undici, requests and reqwest"
ELSE = (FOREIGN, DATA, HOOK)
DOWN = spelt(500, 502, 503, 504, 520, 521, 522, 523, 524, 529, 530)


def _rule(
    name: str, statuses: tuple[str, ...], layer: Layer, near: tuple[str, ...], why: str, remedy: str, example: str, weight: int,
    *also: Layer, far: tuple[str, ...] = (),
) -> Rule:
    return Rule(f"http-{name}", statuses, layer, why, remedy, RFC, example, also=also, near=near, far=(*ELSE, *far),
        weight=weight,
                unless=('http/1.1" ', 'http/1.0" ', 'http/2.0" ', "hook", "(0)"))


RULES = (
    _rule(
        "git-refused", spelt(401, 403), Layer.GIT_TOKEN, (GIT, HUB),
        "The Git host refused this request: the token, or what it covers.",
        NEW_TOKEN, 'HTTPError: Response code 403 (Forbidden) https://gitlab.com/api/v4/projects/acme%2Fshop', -12,
            Layer.REPO_ALLOW_LIST,
        Layer.GITHUB_APP, far=(REGISTRY, STORAGE)),
    _rule(
        "git-absent", spelt(404, 410), Layer.REPO_ALLOW_LIST, (GIT, HUB),
        "The Git host shows nothing of this name to this credential.",
        REACH, "gitlab: GET https://gitlab.com/api/v4/projects/acme%2Fshop: 404", -14, Layer.GIT_TOKEN, Layer.CLONE_URL,
        far=(REGISTRY, STORAGE)),
    _rule(
        "app-refused", spelt(401, 403, 404), Layer.GITHUB_APP, (APP,), "GitHub gave no token for this installation of the App.",
        "Open the App's settings and its installation at GitHub; compare App ID, key and what was granted.",
        "POST https://api.github.com/app/installations/4711/access_tokens: got 401", -9, Layer.REPO_ALLOW_LIST, far=(REGISTRY,
        STORAGE)),
    _rule(
        "registry-refused", spelt(401, 403), Layer.REGISTRY_AUTH, (REGISTRY,),
        "The registry refused this credential, or had none.",
        LOGIN, "Status 403 trying to pull repository app from registry.example.com", -9, Layer.REGISTRY_NAMESPACE,
            Layer.REGISTRY_HOST,
        far=(STORAGE,)),
    _rule(
        "registry-absent", spelt(404), Layer.REGISTRY_NAMESPACE, (REGISTRY,), "The registry shows nothing of this name.",
        GRANT, "docker: registry.example.com: pulling acme/app: got 404", -12, Layer.REGISTRY_HOST, Layer.REGISTRY_AUTH,
            far=(STORAGE,)),
    _rule(
        "registry-odd", spelt(400, 405), Layer.REGISTRY_HOST, (REGISTRY,),
        "What answers there does not speak a registry's language.",
        NAME, "docker: registry.example.com: got 405", -11, Layer.REGISTRY_NAMESPACE, far=(STORAGE,)),
    _rule(
        "storage-refused", spelt(403), Layer.BACKUP_BUCKET_POLICY, (STORAGE,),
        "The storage knows the request's key and does not allow it.",
        ALLOW, "s3 upload: got 403", -10, Layer.BACKUP_KEYS, Layer.BACKUP_ENDPOINT_REGION, far=(GIT, REGISTRY)),
    _rule(
        "storage-unknown", spelt(401), Layer.BACKUP_KEYS, (STORAGE,), "The storage does not know the key of this request.",
        PAIR, "b2: bucket dumps: Unknown 401 (401 unauthorized)", -10, Layer.BACKUP_BUCKET_POLICY, far=(GIT, REGISTRY)),
    _rule(
        "storage-absent", spelt(404), Layer.BACKUP_BUCKET_POLICY, (STORAGE,), "The storage shows no such bucket to this key.",
        "Compare the bucket's name, the region and the account with the storage's own page.",
        "s3 upload to bucket dumps: got 404", -13,
        Layer.BACKUP_ENDPOINT_REGION, Layer.BACKUP_KEYS, far=(GIT, REGISTRY)),
    _rule(
        "storage-odd", spelt(400, 405, 501), Layer.BACKUP_ENDPOINT_REGION, (STORAGE,),
        "What answers there is not this bucket's S3 API.",
        SET, "s3 upload: got 405", -11, Layer.BACKUP_KEYS, far=(GIT, REGISTRY)),
    _rule(
        "aws-refused", spelt(403), Layer.AWS_IAM, (COMPUTE,), "AWS refused an action of the account that makes servers.",
        IAM_ALLOW, "ec2: RunInstances failed: 403", -12, Layer.AWS_SCP, Layer.AWS_KEYS, far=(GIT, REGISTRY, STORAGE, SSH)),
    _rule(
        "aws-unknown", spelt(401), Layer.AWS_KEYS, (COMPUTE,), "AWS does not know the key of this request.",
        "Make a new access key for the integration's IAM user and store both halves.", "ec2: DescribeRegions: got 401", -12,
        Layer.CLOCK,
        far=(GIT, REGISTRY, STORAGE, SSH)),
    _rule(
        "down", DOWN, Layer.PROVIDER_OUTAGE, (GIT, HUB, REGISTRY, STORAGE, COMPUTE),
        "The provider answered with an error of its own.",
        WAIT, "Unexpected HTTP status 503 from https://api.github.com/repos/acme/shop", -17, Layer.NETWORK),
    _rule(
        "busy", spelt(429), Layer.PROVIDER_OUTAGE, (GIT, HUB, STORAGE, COMPUTE),
        "The provider counts requests and has had enough for now.",
        WAIT, "gitlab answered 429", -3, far=(REGISTRY,)),
    _rule(
        "registry-busy", spelt(429), Layer.REGISTRY_RATE_LIMIT, (REGISTRY,),
        "The registry counts pulls and has had enough for now.",
        "Pull with a credential, and wait for the time that the registry names.", "docker: registry.example.com answered 429", -3,
        Layer.PROVIDER_OUTAGE, far=(STORAGE, GIT)),
)
