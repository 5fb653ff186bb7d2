"""The kinds of credential, what each is called, how each is sent, and what its form tells.

https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/ ·
https://support.atlassian.com/bitbucket-cloud/docs/using-access-tokens/
"""
from __future__ import annotations

API_TOKEN, REPOSITORY = "api_token", "repository_access_token"
PROJECT, WORKSPACE = "project_access_token", "workspace_access_token"
LABELS = {
    API_TOKEN: "API token (of a user)", REPOSITORY: "Repository access token", PROJECT: "Project access token",
    WORKSPACE: "Workspace access token",
}
CALLED = {API_TOKEN: "an API token", REPOSITORY: "a repository access token", PROJECT: "a project access token",
          WORKSPACE: "a workspace access token"}
PREMIUM = (PROJECT, WORKSPACE)

# Git wants a fixed user name for each; the e-mail address of an account is for the REST API alone.
API_TOKEN_USER, ACCESS_TOKEN_USER = "x-bitbucket-api-token-auth", "x-token-auth"

# what the header x-credential-type of an answer says -> the kind
TOLD = {"api_token": API_TOKEN, "repo_access_token": REPOSITORY, "repository_access_token": REPOSITORY,
        "project_access_token": PROJECT, "workspace_access_token": WORKSPACE}


def is_app_password(token: str) -> bool:
    return token.startswith("ATBB")


def family(kind: str) -> str:
    """How a kind is sent: two kinds of one family differ in what they open, not in how they sign in."""
    return "api" if kind == API_TOKEN else "access"


def family_by_form(token: str) -> str:
    """"" where the form does not tell. API tokens begin with ATATT, access tokens of all three kinds with ATCTT."""
    return {"ATATT": "api", "ATCTT": "access"}.get(token[:5], "")


def called_by_form(token: str) -> str:
    return {"api": "an API token", "access": "an access token of a repository, project or workspace"}[family_by_form(token)]
