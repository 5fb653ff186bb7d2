"""Whether the host answers, and as what: asked without the token."""
from __future__ import annotations

from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response
from checks.providers import git_token
from checks.providers.base import Context
from checks.providers.bitbucket.client import PROPERTIES, PUBLIC, BitbucketClient, ask, said
from checks.providers.bitbucket.place import API, WEB, is_hosted, place
from checks.verdict import Layer, Verdict, fail

REDIRECTS = (301, 302, 303, 307, 308)


def host_reachable(ctx: Context) -> Verdict:
    """Cloud: GET /2.0/hook_events, which is open to all. Data Center: GET /rest/api/1.0/application-properties.

    https://developer.atlassian.com/cloud/bitbucket/rest/api-group-webhooks/#api-hook-events-get
    """
    client: BitbucketClient = ctx.client
    if is_hosted(client.base_url) and client.base_url != WEB:
        return fail(f"The address of this integration was {client.base_url}, and Bitbucket Cloud is at {WEB}.",
                    layer=Layer.CLONE_URL, remedy=f"Set the address in this integration's settings to {WEB}.", suggested=WEB)
    path = PUBLIC if client.cloud else PROPERTIES
    try:
        response = ask(ctx, path, anonymous=True)
    except ClientError as error:
        if error.kind is not Kind.RATE_LIMITED:
            raise
        # strangers may ask sixty times an hour from one address; a token has a limit of its own
        return git_token.certificate(ctx, f"{client.host} answered, and limited requests without a token")
    if response.status in REDIRECTS:
        return git_token.api_redirected(ctx, response, f"/{path}", setting="API address" if ctx.client.cloud else "address")
    if response.is_html and response.status in (200, 401, 403):
        return git_token.in_front(ctx, f"{client.host} answered with a page (HTTP {response.status})", response.status)
    if response.status in (401, 403) and said(response):
        return git_token.certificate(ctx, f"{client.host} answered, and tells strangers nothing")
    return _answered(ctx, response) or _no_api(ctx, response, path)


def _answered(ctx: Context, response: Response) -> Verdict | None:
    document = response.json() if response.status == 200 else None
    if not isinstance(document, dict):
        return None
    client: BitbucketClient = ctx.client
    if client.cloud and "repository" in document:
        return git_token.certificate(ctx, f"{client.host} answered as Bitbucket Cloud", server="Bitbucket Cloud")
    version = document.get("version")
    if not client.cloud and isinstance(version, str) and document.get("buildNumber"):
        return git_token.certificate(ctx, f"{client.host} answered as Bitbucket Data Center {version[:40]}",
                                     server="Bitbucket Data Center", version=version[:40])
    return None


def _no_api(ctx: Context, response: Response, path: str) -> Verdict:
    client: BitbucketClient = ctx.client
    where = f"{place(ctx.settings).api}/{path}"
    if client.cloud:
        remedy = (f"Set the API address in this integration's settings to {API}; for a Data Center leave it blank and set "
                  "the address to that of the Data Center.")
    else:
        remedy = ("Correct the address in this integration's settings: it is what stands before /projects in the address of "
                  "a repository's page, with the context path if the Data Center has one.")
    return fail(f"There was no API of {client.about.name} at {where} (HTTP {response.status}).", layer=Layer.CLONE_URL,
                link=client.base_url, remedy=remedy)
