"""Who asks GitHub's API, by the Authorization header: an App with its signed JWT, an installation, a person, nobody.

The bodies are those that people reported: `A JSON web token could not be decoded` (backstage/backstage#12887),
`'Expiration time' claim ('exp') is too far in the future` (octokit/auth-app.js#698), `… must be a numeric value …`
(PyGithub's replay data GithubIntegration.testGetAccessTokenWithExpiredJWT), `'Issued at' claim …` (octokit/auth-app.js
src/hook.ts), `Integration not found` (octokit/rest.js#218), `Bad credentials` (PyGithub's replay data).
Reconstructed: `Integration must generate a public key` (seen in others' tests only), the `iss` sentence, `Requires
authentication`, that an iat of this very second is fine, and the order in which a JWT is judged.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

import jwt

from checks.demo.git_repositories import Answer
from checks.demo.github_json import refuse
from checks.demo.github_world import App, InstallationToken

if TYPE_CHECKING:
    from checks.demo.github_host import GitHubHost

LIMIT = 600  # seconds that exp may be ahead
NOT_DECODED = "A JSON web token could not be decoded"
EXPIRED = ("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion "
           "expires")
TOO_FAR = "'Expiration time' claim ('exp') is too far in the future"
ISSUED = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
ISSUER = "'Issuer' claim ('iss') must be an Integer"


def app_of(host: GitHubHost, authorization: str) -> App | Answer:
    """The App whose key signed the header's JWT; `Bearer` alone will do for a JWT."""
    kind, _, token = authorization.partition(" ")
    if kind.lower() != "bearer":
        return refuse(401, NOT_DECODED if authorization else "Requires authentication")
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return refuse(401, NOT_DECODED)
    issuer = str(claims.get("iss", ""))
    if not issuer:
        return refuse(401, ISSUER)
    app = next((app for app in host.apps.values() if issuer in (str(app.id), app.client_id)), None)
    if app is None:
        return refuse(404, "Integration not found")
    return _signed(host, app, token) or app


def _signed(host: GitHubHost, app: App, token: str) -> Answer | None:
    key = app.verifying_key()
    if key is None:
        return refuse(401, "Integration must generate a public key")
    try:  # the times are judged below, by this host's own clock
        claims = jwt.decode(token, key, algorithms=["RS256"], options={
            "verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False})
    except jwt.InvalidTokenError:
        return refuse(401, NOT_DECODED)
    now, issued, expires = host.now(), claims.get("iat"), claims.get("exp")
    if not isinstance(expires, (int, float)) or expires <= now:
        return refuse(401, EXPIRED)
    if expires > now + LIMIT:
        return refuse(401, TOO_FAR)
    if not isinstance(issued, int) or issued > now:
        return refuse(401, ISSUED)
    return None


def installation_token(host: GitHubHost, authorization: str) -> InstallationToken | Answer:
    kind, _, value = authorization.partition(" ")
    if kind.lower() not in ("bearer", "token"):
        return refuse(401, "Requires authentication")
    token = host.living_token(value.strip())
    if token is None:
        return refuse(401, "Bad credentials")
    return host.blocked(token) or token


def person(host: GitHubHost, authorization: str) -> tuple[App, str] | Answer:
    """The App that a person authorised, and the person's login."""
    kind, _, value = authorization.partition(" ")
    if kind.lower() not in ("bearer", "token"):
        return refuse(401, "Requires authentication")
    found = host.user_tokens.get(value.strip())
    return found if found and found[0].id in host.apps else refuse(401, "Bad credentials")
