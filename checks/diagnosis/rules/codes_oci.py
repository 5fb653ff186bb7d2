"""Error codes of the OCI distribution protocol, and what its clients print around them."""
from __future__ import annotations

from checks.diagnosis.families import FOREIGN, GIT, IMAGE, REGISTRY, STORAGE
from checks.diagnosis.rule import Rule
from checks.diagnosis.rules.registry import GRANT, LOGIN
from checks.diagnosis.rules.registry_host import NAME
from checks.verdict import Layer

AUTH, SPACE, HOST, RATE = Layer.REGISTRY_AUTH, Layer.REGISTRY_NAMESPACE, Layer.REGISTRY_HOST, Layer.REGISTRY_RATE_LIMIT
SPEC = "https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes"


def _coded(*codes: str) -> tuple[str, ...]:
    """How a code stands in a body, and at the begin of a client's sentence."""
    return tuple(f"{before}{code}{after}" for code in codes for before, after in (
        ('"code":"', '"'), ('"code": "', '"'), ("errcode ", ""), ("error code: ", ""), ("code=", "")))


RULES = (
    Rule(
        "oci-absent", (*_coded("manifest_unknown", "manifest_blob_unknown", "blob_unknown", "name_unknown", "repository_unknown"),
        "*manifest_unknown", "*blob_unknown", "*name_unknown", "blob unknown to registry", "manifest blob unknown",
        "no such manifest", "no such image:", "tag not found", "tag does not exist", "no match for platform in manifest",
        "no image found in manifest list", "no image found in image index", "repository…not found in registry",
        "unknown: repository", "unknown: artifact", "artifact…not found", "no matching manifest", "requested image…not found",
        "tag…not found", "image does not exist", "unknown manifest", "manifest for…not found", "image…does not exist",
        "image not known", "no such repository in registry", "does not have pull access", "no pull access", "no such tag",
        "manifest does not exist",
        'fetchreference\" on source', "fetchreference…not found", "on source…not found", "nonexistent or no pull",
        "nonexistent repository"),
        SPACE, "The registry shows no such image, tag or platform to this credential.",
        GRANT, SPEC,
        '{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}',
        also=(AUTH, HOST), far=(GIT, STORAGE, FOREIGN), home=(REGISTRY,), weight=5, unless=("submodule", "no such image: /",
            "git")),
    Rule(
        "oci-denied", ("does not have permission 'storage.", "does not have permission 'artifactregistry", "artifactregistry.",
        "storage.buckets.get", "storage.objects.", "denied: permission_denied", "denied: installation not allowed",
        "permission \"artifactregistry", "resource_exhausted: quota", "project…is read only",
        "access to the requested resource is not",
        "push access denied", "is not allowed to push", "not allowed to push to", "denied: requested access",
        "insufficient_scope",
        "insufficient scope", "has no permission to pull", "has no pull permission", "no permission to push",
        "unable to access the repository…in the registry", "denied: the token", "denied: you do not have", "denied: not a member",
        "denied: the repository", "denied: resource", "denied: quota", "denied: project", "quota exceeded",
        "quota has been exceeded"),
        SPACE, "The registry knows who asks, and does not let them at this repository.",
        GRANT, "Google Artifact Registry, ghcr.io, Harbor and Docker Hub error texts",
        "error checking push permission: DENIED: Token exchange failed. Caller does not have permission 'storage.buckets.get'.",
        also=(AUTH, HOST), near=(REGISTRY,), far=(GIT, FOREIGN), weight=7, unless=("unauthenticated request", "http basic")),
    Rule(
        "oci-forbidden", (*_coded("denied", "forbidden"), "denied: the token does not", "denied: not authorized"),
        SPACE, "The registry knows who asks, and does not let them at this repository.",
        GRANT, SPEC,
        '{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}',
        also=(AUTH, HOST), far=(GIT, STORAGE, FOREIGN), home=(REGISTRY,), weight=-1, beside=("errors", "registry", "denied:",
            "project",
        "requested access")),
    Rule(
        "oci-refused", (*_coded("unauthorized"), "was unable to authenticate the client", "your authorization token has expired",
        "get-login' to fetch a new one", "unsupported status code 401", "authorization token has expired",
        "access token has insufficient scopes", "unauthorized: unauthorized", "no basic auth credentials",
        "failed to fetch anonymous token",
        "failed to fetch oauth token", "unauthorized: not authorized", "unauthorized: authentication",
        "not logged in to registry",
        "failed to authorize: ", "registry credentials", "login to registry failed", "registry login failed", "denied: denied",
        "invalid registry credentials", "unable to log in to the registry", "failed to log in to",
        "docker login' to authenticate",
        "unauthenticated requests", "unauthenticated request", "authorization required", "authentication required for",
        "credentials are incorrect", "confirm your credentials"),
        AUTH, "The registry does not take this credential: wrong, expired, or none was sent.",
        LOGIN, SPEC,
        'Error: Status 403 trying to pull repository app: "Your Authorization Token has expired."',
        also=(SPACE, HOST), near=(REGISTRY, IMAGE), far=(GIT, STORAGE, FOREIGN), weight=6,
        unless=("429", "toomanyrequests", ": 500 ", ": 502 ", ": 503 ", ": 504 ", "i/o timeout", "no such host", "x509",
            "lookup ",
        "connection re")),
    Rule(
        "oci-reference", (*_coded("name_invalid", "tag_invalid", "unsupported"), "name invalid: missing image name",
        "invalid repository name",
        "invalid reference format", "could not parse reference", "couldn't parse image", "failed to parse image reference",
        "invalid image name", "repository name must be lowercase", "repository name…must be lowercase", "invalid tag format",
        "parsing reference", "invalidimagename", "could not parse image", "error parsing http 40", "error parsing http 30",
        "invalid status code from registry 404", "invalid status code from registry 30", "invalid status code from registry 405",
        "not a docker registry", "not a container registry", "is not an oci registry", "does not implement the registry api",
        "dial tcp: lookup https", "dial tcp: lookup http:", "lookup docker.io/", "v2/ returned html", "/v2/…text/html",
        "unexpected status code 404 not found: <", "registry.docker.io: unexpected status code 400", "(not a registry)",
        "no registry at",
        "is not a valid chart repository", "object required", "image reference…malformed", "malformed image",
        "method not allowed", "invalid reference", "reference…invalid", "image name…invalid", "not a valid image",
        "not a valid reference", "not a valid repository"),
        HOST, "The image's name is none, or what answers at its host is no registry.",
        NAME, "distribution reference/reference.go; go-containerregistry pkg/v1/remote/transport",
        'error parsing HTTP 405 response body: unexpected end of JSON input: ""',
        also=(SPACE,), far=(GIT, STORAGE, FOREIGN), home=(REGISTRY,), weight=10,
            unless=("403 response body: invalid character…aws",)),
    Rule(
        "oci-rate", (*_coded("toomanyrequests"), "toomanyrequests", "pulls remain", "ratelimit-remaining: 0", "pull rate limit",
        "pull limit", "unauthenticated pull", "rate exceeded", "data limit exceeded", "rate limit exceeded",
        "pull qps exceeded"),
        RATE, "The registry counts pulls and has had enough for now.",

        "Store a credential of a registry account (anonymous pulls share one limit), wait for the window "
        "to pass, or raise the plan.",
        SPEC,
        "Docker Hub: 0 pulls remain in this window (ratelimit-remaining: 0;w=21600)",
        near=(REGISTRY,), far=(GIT, STORAGE, FOREIGN), weight=11, unless=("throttling", "octokit", "github.com",
            "gitlab.com/api")),
)
