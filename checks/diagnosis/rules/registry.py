"""Registries: who one is, what one may pull, and how often."""
from __future__ import annotations

from checks.diagnosis.families import FOREIGN, GIT, REGISTRY, STORAGE
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

AUTH, SPACE, HOST, RATE = Layer.REGISTRY_AUTH, Layer.REGISTRY_NAMESPACE, Layer.REGISTRY_HOST, Layer.REGISTRY_RATE_LIMIT
LOGIN = ("Make a new read-only token at the registry, store it with its exact user name on the integration, and "
    "run “The credential is accepted” again.")
GRANT = ("Give the token's account read access to this image (or its namespace), check the image's full name "
    "and tag, and run “The credential can pull the image” again.")
CODES = "https://distribution.github.io/distribution/spec/api/"

RULES = (
    Rule(
        "registry-rate", ("toomanyrequests", "pull rate limit", "increase-rate-limit", "too many requests to the registry",
        "exceeded…pull limit", "unauthenticated pull limit"),
        RATE, "The registry limits how often this address or account may pull. The credential is not at fault.",
        "Store a credential of a registry account (anonymous pulls share one limit), wait for the window to "
        "pass, or raise the plan.",
        "https://docs.docker.com/docker-hub/usage/",
        "toomanyrequests: You have reached your unauthenticated pull rate limit.",
        Confidence.CERTAIN, unless=("octokit", "github.com", "gitlab.", "::toomanyrequests", "errors::", "api rate limit")),
    Rule(
        "registry-429", ("429 too many requests", "status code 429", "status: 429", "too many requests", "rate exceeded",
        "rate limit exceeded", "http code 429",
        "429 too many", "http 429", "too many pulls",
        "pull qps exceeded", "qps exceeded"),
        RATE, "The registry answered 429: too many pulls in a short time.",
        "Wait for the time that the registry names, and pull with a credential.",
        CODES,
        "failed to copy: unexpected status code https://registry.example.com/v2/acme/app/blobs/sha256:0f: 429 "
        "Too Many Requests",
        near=(REGISTRY,), far=(GIT, STORAGE, FOREIGN)),
    Rule(
        "registry-login", ("incorrect username or password", "authorization token has expired",
        "user cannot be authenticated with the token provided", "registry authentication failed",
        "unauthenticated requests do not have permission", "invalid username/password", "access token has insufficient scopes",
        "aka.ms/acr/authorization", "cannot perform an interactive login", "error getting credentials",
        "error saving credentials", "error storing credentials", "docker-credential-", "unable to retrieve auth token",
        "unauthorized: http basic: access denied", "error logging in to", "personal access token is expired",
        "login attempt to…401", "malformed http authorization header", "invalid robot account", "could not find robot with",
        "unauthorized: authentication failed", "password is invalid", "account…has been disabled…registry",
        "docker login failed", "invalid token…registry", "error login",
        "login did not succeed, error: error response from daemon", "unauthorized: personal access token",
        "error authenticating creds for", "invalid docker credentials", "failed to login to registry",
        "logging into…invalid username", "2fa…docker login", "invalid credentials…registry",
        "must log in with a personal access token", "email must be verified", "unauthorized: access token",
        "invalid bearer token format", "credentials store"),
        AUTH, "The registry did not accept the user name and password.",
        LOGIN,
        "Docker Hub, GitLab, Quay and ECR error texts; containers/image docker_client.go",
        'Error response from daemon: Get "https://registry-1.docker.io/v2/": unauthorized: incorrect username ' "or password",
        weight=8, far=(STORAGE, FOREIGN)),
    Rule(
        "registry-none", ("no basic auth credentials",),
        AUTH, "No credential is stored for exactly this registry host, so none was sent.",
        "Store a credential for the host that stands before the first slash of the image, spelt the same.",
        "moby registry/auth.go; containerd resolver",
        'Head "https://registry.example.com/v2/acme/app/manifests/latest": no basic auth credentials',
        also=(HOST, SPACE), weight=6),
    Rule(
        "registry-unauthorized", ("manifests/…unauthorized", "/v2/…unauthorized", "*unauthorized: authentication required",
        '*"code":"unauthorized"', '*"code": "unauthorized"', "error response from daemon: unauthorized", "authorization failed",
        "*unauthorized on image pull", "*push failed…unauthorized", "unauthorized: unauthorized to access repository",
        "401 unauthorized", "unauthorized: access to the requested resource", "*failed to fetch anonymous token",
        "*failed to fetch oauth token", "unexpected status code 401", "status code 401", "authentication required",
        "error: unauthorized", "failed to authorize", "unauthorized: not authorized", "authentication is required",
        "unauthorized$", "http 401", "errcode unauthorized", "unauthorized: invalid",
        "unauthorized: the client does not have permission", "auth failed", "invalid status code from registry 401",
        "requesting bearer token: invalid status code from registry 403", "image pull…unauthorized", "pull…unauthorized"),
        AUTH, "The registry wants a credential, and took none or not this one.",
        LOGIN,
        CODES,
        'Head "https://ghcr.io/v2/acme/app/manifests/1.4": unauthorized',
        also=(SPACE, HOST), near=(REGISTRY,), far=(STORAGE, FOREIGN)),
    Rule(
        "registry-package", ("*permission_denied: read_package", "*permission_denied: write_package",
        "*installation not allowed to", "*artifactregistry.repositories.", "*denied: access forbidden", "*push access denied",
        "*denied: resource not accessible", "token provided does not match expected scopes", "failed to solve…: not found",
        "*failed to process request: project", "project…not found", "name unknown", "*name_unknown",
        "*repository name not known to registry", "*manifest unknown", "*manifest_unknown", "not found: manifest",
        "no matching manifest", "manifest…not found", "the repository with name…does not exist in the registry",
        "requested image not found", "image…not found", "failed to resolve reference…not found", "denied: permission",
        "*denied: the organization", "denied: user", "*insufficient_scope: authorization failed", "image…not found in registry",
        "saml…package", "requested access to the resource is denied…push", "action: push", "storage.objects.get",
        "imagenotfoundexception", "repositorynotfoundexception", "manifests/…: not found", "project…not found…harbor",
        "*error: image…:latest not found", "no pull access", "reading manifest…in…: manifest", "not allowed to pull",
        "cannot be overwritten because the repository is immutable", "projectpolicyviolation", "due to configured policy",
        "configured upper limit", "api has not been used in project", "cannot be used on this platform",
        "is no longer supported…manifest", "manifest.v1+prettyjws", "frozen state", "plan does not include"),
        SPACE, "The registry knows the credential, and it does not cover this image (or the image or tag is not there).",
        GRANT,
        "ghcr.io, GitLab, Google Artifact Registry and distribution error texts",
        "denied: permission_denied: read_package",
        also=(AUTH, HOST), near=(REGISTRY,), far=(STORAGE,), weight=4),
    Rule(
        "registry-pull-denied", ("pull access denied", "requested access to the resource is denied",
        "repository does not exist or may require"),
        SPACE, "The registry shows no such image to this credential: another namespace, no credential for it, or a "
        "name without its registry host.",
        GRANT,
        "moby distribution/errors.go",
        "pull access denied for acme/app, repository does not exist or may require 'docker login': denied: "
        "requested access to the resource is denied",
        also=(AUTH, HOST), weight=3, unless=("no basic auth", "authorization failed: no")),
    Rule(
        "registry-harbor", ("unauthorized to access repository:",),
        AUTH, "The registry refuses this account the repository.",
        LOGIN,
        "goharbor/harbor#13988",
        "unauthorized: unauthorized to access repository: shop/app, action: pull: unauthorized to access "
        "repository: shop/app, action: pull",
        also=(SPACE,), weight=6),
    Rule(
        "registry-denied", ("*denied: denied", "manifests/…: denied", "/v2/…: denied", "error response from daemon: denied",
        "403 (forbidden)", "403 forbidden", "status code 403", "/v2/: forbidden", "/v2/…forbidden", '*"code":"denied"',
        '*"code": "denied"', "unexpected status code 403", "denied$", "unexpected status…403", "http 403", "access denied"),
        AUTH, "The registry refused this pull: an expired token, or one that does not cover the image.",
        LOGIN,
        CODES,
        'Head "https://ghcr.io/v2/acme/app/manifests/1.4": denied: denied',
        also=(SPACE, HOST), near=(REGISTRY,), far=(STORAGE, FOREIGN), weight=-6, unless=("permission denied", "docker.sock")),
    Rule(
        "registry-backoff", ("*imagepullbackoff", "*errimagepull", "failed to pull image", "failed to pull helper image",
        "image pull failed", "pull failed", "error pulling image", "image can't be pulled", "unable to pull"),
        AUTH, "An image could not be pulled; the line that says why is not in this text.",

        "Paste the whole message of the pull; meanwhile run “The credential is accepted” and "
        "“The credential can pull the image”.",
        "kubelet image manager",
        'Back-off pulling image "ghcr.io/acme/app:1.4": ImagePullBackOff',
        Confidence.POSSIBLE, also=(SPACE, HOST), near=(REGISTRY,), far=(GIT,)),
)
