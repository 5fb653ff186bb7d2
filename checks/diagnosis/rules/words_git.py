"""Words of trouble that mean one thing where a repository is spoken of on the same line, and nothing anywhere else."""
from __future__ import annotations

from checks.diagnosis.families import APP, DATA, FOREIGN, GIT, HOOK, HUB, REGISTRY, REPO, SSH, STORAGE
from checks.diagnosis.rule import Rule
from checks.diagnosis.rules.app import INSTALL, KEY
from checks.diagnosis.rules.fallback import TROUBLE
from checks.diagnosis.rules.git_refused import NEW_TOKEN, REACH, SCOPE
from checks.diagnosis.rules.git_url import COPY, NAME
from checks.verdict import Layer

TOKEN, ALLOWED, HUB_APP, URL, BRANCH = (
    Layer.GIT_TOKEN, Layer.REPO_ALLOW_LIST, Layer.GITHUB_APP, Layer.CLONE_URL, Layer.BRANCH_MISSING)
SOURCE = "words of Git, its libraries, its hosts' APIs and the tools that clone, beside the repository that they name"


def _rule(
    name: str, words: tuple[str, ...], layer: Layer, near: tuple[str, ...], why: str, remedy: str, example: str, weight: int,
    *also: Layer, far: tuple[str, ...] = (REGISTRY, STORAGE), unless: tuple[str, ...] = (),
) -> Rule:
    return Rule(f"words-{name}", words, layer, why, remedy, SOURCE, example, also=also, near=near, far=(FOREIGN, DATA, HOOK,
        *far),
                here=True, beside=TROUBLE, weight=weight - 16, unless=("django", "relation ", "column ", "foreign key",
                    "nameerror", "typeerror", "keyerror", "attributeerror", "recordnotfound",
                        "referenceerror", "valueerror", "indexerror", "nullpointer", "nomethoderror", "bean", "validation",
                        *unless))


RULES = (
    _rule(
        "token", ("token has expired", "token expired", "token is expired", "token has been revoked", "token was revoked",
        "expired token",
        "invalid token", "token is invalid", "token is not valid", "token rejected", "token was rejected", "token not accepted",
        "bad token",
        "wrong password", "password is incorrect", "incorrect password", "invalid password", "incorrect username or password",
        "invalid username or password", "account is suspended", "account has been suspended", "account is blocked",
        "user is blocked",
        "authentication failed", "auth failed", "unauthenticated", "not authenticated", "not logged in", "login failed",
        "invalid credentials", "bad credentials", "credentials are invalid", "credentials are incorrect", "no credentials",
        "credentials not found", "missing credentials", "credentials required", "requires credentials", "authentication required",
        "requires authentication", "unauthorized", "anonymous access", "access token", "deploy token", "sso", "two-factor",
        "client authentication required"),
        TOKEN, (GIT, HUB, REPO), "The Git host does not take this credential.", NEW_TOKEN,
        "error: failed to clone repository: token has expired", 4, ALLOWED, HUB_APP, far=(REGISTRY, STORAGE, SSH)),
    _rule(
        "scope", ("missing scope", "missing the scope", "missing scopes", "insufficient scope", "required scope",
        "scope is required",
        "lacks the scope", "lacks scope", "needs the scope", "not have the scope", "does not have sufficient scope",
        "scope…not granted", "insufficient_scope",
        "api scope", "read_api", "read_repository", "code (read)", "vso.code", "repository:read", "read:repository",
        "missing permission",
        "insufficient permission", "insufficient privileges", "requires one of the following scopes", "scopes do not include"),
        TOKEN, (GIT, HUB), "The token is known to the Git host and lacks a scope that this request needs.", SCOPE,
        "error: gitlab refused: read_repository is missing", 6, ALLOWED, far=(REGISTRY, STORAGE, SSH)),
    _rule(
        "hidden", ("repository not found", "repository…not found", "repo not found", "repo…not found", "project not found",
        "project…not found", "repository does not exist", "repository…does not exist", "repo…does not exist",
        "project…does not exist",
        "no such repository", "no such repo", "no such project", "unknown repository", "repository is unknown",
        "not accessible", "cannot access repository", "cannot access the repository", "cannot access this repository",
        "unable to access repository", "could not access repository", "no access to", "no permission to", "not have access to",
        "not have permission to", "not permitted to", "not allowed to access", "no read access", "archived", "has been disabled",
        "is disabled", "was moved", "has moved", "allow-list", "allow list", "allowlist", "not selected", "repository access",
        "not visible", "not in the list", "list of repositories", "renamed or deleted", "been renamed", "been deleted",
        "is private or", "can still see", "could not access",
        "cannot see", "can not see", "can't see", "do not have access", "does not have access", "not on the list",
        "not granted to"),
        ALLOWED, (GIT, HUB, REPO), "The Git host shows no such repository to this credential, or does not let it in.", REACH,
        '{"type":"error","error":{"message":"Repository acme/shopp not found"}}', 5, TOKEN, URL, HUB_APP,
        unless=("docker", "image", "chart", "package", "npm", "restic", "snapshot repository", "apt", ".repo'", "yum", "maven")),
    _rule(
        "app", ("uninstalled", "not installed", "suspended", "installation", "was deleted", "approval", "not approved", "app id",
        "app_id", "permission",
        "client id", "jwt", "json web token", "issuer"),
        HUB_APP, (APP,), "The GitHub App, its key or its installation is at fault.", INSTALL,
        "error: the github app is not approved in acme", 6, ALLOWED, TOKEN, far=(REGISTRY,)),
    _rule(
        "app-key", ("private key", "pem", "asn1", "rsa key", "decode key", "decoder", "pkcs"),
        HUB_APP, (APP,), "The App's private key is damaged, or belongs to another App.", KEY,
        "error: the github app's pem is odd", 9, far=(REGISTRY,)),
    _rule(
        "url", ("must start with https://", "must start with http", "must end with .git", "invalid url", "url is invalid",
        "invalid repository url",
        "invalid repo url", "invalid clone url", "malformed url", "url is malformed", "malformed input", "unsupported scheme",
        "unsupported url",
        "unknown scheme", "unsupported protocol", "unknown protocol", "first path segment in url", "cannot parse url",
        "could not parse url",
        "unable to parse url", "failed to parse url", "parse repository url", "parsing repository url", "url rejected", "no url",
        "url is empty",
        "not a valid url", "not a valid repo", "not a valid git", "not a git url", "url is not", "missing protocol",
        "missing scheme",
        "not a git repository", "is not a repository", "not a repository", "wrong url", "url must", "use https", "bad url",
        "illegal url", "clone url", "repository address", "repository url", "repo url", "git url", "/tree/main"),
        URL, (GIT, HUB, REPO), "The clone URL is none, or is not the HTTPS one of the repository.", COPY,
        "failed to clone repo: repository URL must start with https:// or git@", 8, ALLOWED, TOKEN,
        unless=("git@github.com: permission",)),
    _rule(
        "branch", ("branch not found", "branch…not found", "branch…does not exist", "no branch", "no such branch",
        "unknown branch",
        "branch is missing", "missing branch", "branch…could not be found", "branch…was deleted", "branch…deleted",
        "branch…no longer",
        "tag not found", "tag…not found", "tag…does not exist", "no such tag", "unknown tag", "revision not found",
        "revision…not found",
        "unknown revision", "bad revision", "no such revision", "revision…does not exist", "commit not found", "commit…not found",
        "no such commit", "unknown commit", "commit…does not exist", "no commit", "ref not found", "ref…not found",
        "ref…does not exist",
        "no such ref", "unknown ref", "invalid ref", "bad ref", "reference not found", "reference…not found",
        "reference does not exist",
        "resolve ref", "resolve revision", "resolve reference", "resolve branch", "resolve tag", "find branch", "find ref",
        "find tag",
        "find revision", "checkout branch", "default branch", "empty repository", "heads/", "on origin", "on the remote",
        "on remote", "force-pushed", "no branch or tag", "branch or tag", "branch", " tag "),
        BRANCH, (GIT, HUB, REPO), "The repository has no branch, tag or commit of this name.", NAME,
        "error: Revision v2.3 not found: no commit, branch or tag of that name", 7, ALLOWED,
        unless=("docker", "image", "resolve reference", "xml tag", "html tag", "release tag", "protected branch", "no commit yet",
            "not reachable",
        "repository not found", "push")),
)
