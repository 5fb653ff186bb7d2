"""An image reference that names no registry, or a host that is none."""
from __future__ import annotations

from checks.diagnosis.families import REGISTRY
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

HOST = Layer.REGISTRY_HOST
NAME = ("Write the image as HOST/NAMESPACE/NAME:TAG in small letters, without https://, and give the "
    "integration exactly that host.")

RULES = (
    Rule(
        "reference", ("invalid reference format", "is not a valid repository/tag", "repository name must be lowercase",
        "invalid image reference", "could not parse reference", "couldn't parse image reference", "couldn't parse image",
        "invalidimagename", "unsupported: registry host", "invalid image name", "invalid repository name", "must be canonical",
        "cannot parse image", "short-name…did not resolve", "enforced short-name", "no unqualified-search registries",
        "error parsing reference", "parsing image…invalid"),
        HOST, "The image's name is no image reference: a scheme, a blank, a capital letter, or no registry host.",
        NAME,
        "distribution reference/reference.go; containers/image shortnames",
        'Error parsing reference: "Acme/App:latest" is not a valid repository/tag: invalid reference format',
        Confidence.CERTAIN),
    Rule(
        "not-a-registry", ("/v2/ failed with status: 404", "/v2/…404 not found", "/v2/…405", "failed with status: 404",
        "error parsing http 404 response body", "error parsing http 405 response body", "error parsing http 403 response body",
        "error parsing http…response body", "unexpected status code 404", "looking for beginning of value",
        "unexpected content-type…text/html", "does not appear to be a registry", "not a docker registry", "is not a registry",
        "unsupported protocol scheme", "v1 registry", "unknown registry", "missing registry host",
        "pinging container registry…status code 404", "first path segment in url cannot contain colon", "status: 405",
        "unexpected status code from ping…404", "invalid status code from registry 404", "failed with status: 302",
        "failed with status: 301", "not a valid registry", "invalid registry endpoint", "unsupported docker v1",
        "endpoint…does not implement the registry", "invalid registry host"),
        HOST, "What answers at this host is no registry, or not at this address.",
        NAME,
        "moby registry; distribution registry/client/errors.go",
        "login attempt to https://nexus.example.com/v2/ failed with status: 404 Not Found",
        near=(REGISTRY,), weight=3, also=(Layer.REGISTRY_NAMESPACE,)),
)
