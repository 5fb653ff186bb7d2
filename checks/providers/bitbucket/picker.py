"""What a token can list. Cloud has no list across workspaces any more: each is asked for its own.

https://developer.atlassian.com/cloud/bitbucket/rest/api-group-workspaces/#api-user-workspaces-get ·
https://developer.atlassian.com/cloud/bitbucket/rest/api-group-repositories/#api-repositories-workspace-get ·
https://developer.atlassian.com/server/bitbucket/rest/ (GET /rest/api/1.0/repos)
"""
from __future__ import annotations

from typing import Any
from urllib.parse import quote

from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response
from checks.providers.bitbucket.client import WORKSPACES, BitbucketClient, said
from checks.providers.git_token import quoted
from checks.providers.pick import PAGE_SIZE, Choice, Picked

MOST = 5  # workspaces that one page looks into
JSON = {"Accept": "application/json"}
NAME_ONE = ("This token cannot tell its workspaces. Type WORKSPACE/ or WORKSPACE/name to look into one, or paste the clone "
            "URL.")


def repositories(client: BitbucketClient, query: str, page: int) -> Picked:
    """query: a part of the name, or WORKSPACE/part (at Cloud) to look into one workspace alone."""
    if not client.cloud:
        return _of_data_center(client, query, page)
    workspace, slash, name = query.strip().partition("/")
    if slash:
        return _of_workspaces(client, [workspace], name, page)
    answer = client.api.get(WORKSPACES, headers=JSON, params={"pagelen": "100"})
    if answer.status in (401, 403, 404, 410):
        return Picked(note=NAME_ONE)
    found = [entry.get("workspace") for entry in _values(answer)[0]]
    slugs = [str(entry["slug"]) for entry in found if isinstance(entry, dict) and entry.get("slug")]
    if not slugs:
        return Picked(note="This token's user is in no workspace.")
    picked = _of_workspaces(client, slugs[:MOST], query.strip(), page)
    if len(slugs) > MOST:
        note = f"Only the first {MOST} of {len(slugs)} workspaces were looked into: type WORKSPACE/name for another."
        return Picked(picked.choices, picked.more, picked.note or note)
    return picked


def _of_workspaces(client: BitbucketClient, slugs: list[str], name: str, page: int) -> Picked:
    choices: list[Choice] = []
    more, refusals = False, []
    params = {"pagelen": str(PAGE_SIZE // len(slugs)), "page": str(page), "sort": "-updated_on"}
    if name:
        literal = name.replace("\\", "\\\\").replace('"', '\\"')
        params["q"] = f'name~"{literal}"'
    for slug in slugs:
        answer = client.api.get(f"2.0/repositories/{quote(slug, safe='')}", headers=JSON, params=params)
        if answer.status != 200:
            refusals.append(f"The workspace {slug} was not listed (HTTP {answer.status}){quoted(said(answer))}.")
            continue
        values, following = _values(answer)
        more = more or following
        choices += [_choice(client, value) for value in values if value.get("full_name")]
    return Picked(tuple(choices), more, " ".join(refusals))


def _choice(client: BitbucketClient, about: dict[str, Any]) -> Choice:
    """The clone URL is built: the one of the API has a user name in it."""
    main, name = about.get("mainbranch"), str(about["full_name"])
    ref = str(main.get("name") or "") if isinstance(main, dict) else ""
    private = about.get("is_private")
    return Choice(f"{client.base_url}/{name}.git", name, ref, private if isinstance(private, bool) else None)


def _of_data_center(client: BitbucketClient, query: str, page: int) -> Picked:
    params = {"limit": str(PAGE_SIZE), "start": str(PAGE_SIZE * (page - 1))}
    if query.strip():
        params["name"] = query.strip().rpartition("/")[2]
    answer = client.api.get("rest/api/1.0/repos", headers=JSON, params=params)
    if answer.status != 200:
        return Picked(note=f"This token could not list repositories (HTTP {answer.status}){quoted(said(answer))}. Paste the "
                           "clone URL.")
    values, more = _values(answer)
    choices = []
    for about in values:
        project = about.get("project")
        if isinstance(project, dict) and project.get("key") and about.get("slug"):
            path = f"{project['key']}/{about['slug']}"
            public = about.get("public")
            choices.append(Choice(f"{client.base_url}/scm/{path}.git", path, archived=bool(about.get("archived")),
                                  private=not public if isinstance(public, bool) else None))
    return Picked(tuple(choices), more)


def _values(answer: Response) -> tuple[list[dict[str, Any]], bool]:
    """The entries of a page, and whether there is another. Cloud names the next one, Data Center says which is last."""
    document = answer.json()
    values = document.get("values") if isinstance(document, dict) else None
    if not isinstance(values, list):
        raise ClientError(Kind.NOT_PROTOCOL, "The host answered something else where a list was due.", status=answer.status)
    more = bool(document.get("next")) or document.get("isLastPage") is False
    return [value for value in values if isinstance(value, dict)], more
