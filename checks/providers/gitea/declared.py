"""The form and the provider, as values. https://docs.gitea.com/development/oauth2-provider#scopes"""
from __future__ import annotations

from django import forms

from checks.clients.git import Git
from checks.clients.http import Http
from checks.providers.base import Guide, JsonMap, Provider, SecretField, Step, Told
from checks.providers.clone_url import normal_base
from checks.providers.git_form import TokenForm
from checks.providers.git_token import About, TokenClient
from checks.providers.gitea.answers import covers, granted_scopes, limited, refused, surplus
from checks.providers.gitea.paths import layout
from checks.providers.gitea.picker import repositories
from checks.providers.guide import Rotation

ANY_USERNAME = "oauth2"  # the host looks at the token alone; Git only wants the user name not to be empty
TOKEN_PAGE = "{base_url}/user/settings/applications"


class GiteaForm(TokenForm):
    base_url = forms.CharField(label="Address", max_length=2000, help_text=(
        "The address of your Gitea or Forgejo, with its sub-path if it has one: https://git.example.com"))
    token = SecretField(label="Access token", help_text=(
        "With the scope read:repository; write:repository if deploys push."))
    username = forms.CharField(label="User name", required=False, max_length=255, help_text=(
        "The user whose token it is. May stay blank: the host looks at the token alone."))
    token_expires_on = forms.DateField(label="Token is to be rotated by", required=False, help_text=(
        "These tokens have no end of their own; with a date here you are reminded in time."))
    pushes = forms.BooleanField(label="Deploys push to the repository", required=False)


def connect(settings: JsonMap, credentials: JsonMap) -> TokenClient:
    base_url, token = normal_base(settings["base_url"]), credentials["token"]
    username = str(settings.get("username") or "") or ANY_USERNAME
    return TokenClient(ABOUT, base_url, Git(base_url, username, token), Http(base_url), token)


LETS = {  # https://docs.gitea.com/development/oauth2-provider#scopes
    "all": "do everything that its user can", "write:repository": "push to every repository that its user can write to",
    "write:user": "change its user's account, and add keys to it", "read:admin": "read about every user of the host",
    "write:admin": "administer the whole host, if its user is an administrator",
    "write:organization": "change organisations and their teams", "write:package": "publish and delete packages",
    "write:issue": "write issues and pull requests in its user's name", "write:notification": "mark notifications as read",
    "write:misc": "change settings of no repository", "write:activitypub": "act for its user in other servers"}

ABOUT = About(
    name="Gitea", layout=layout, token_page=TOKEN_PAGE, reads=("read:repository",), pushes=("write:repository",),
    covers=covers, surplus=surplus, granted=granted_scopes, refused=refused, limited=limited, lets=LETS)

gitea = Provider(
    token_kinds=("gitea-token",),
    slug="gitea", name="Gitea or Forgejo", section="GitLab, Bitbucket, Gitea, Azure DevOps",
    form=GiteaForm, connect=connect, pick=repositories,
    endpoint=lambda settings: normal_base(settings["base_url"]),
    addresses=lambda settings: {"base_url": normal_base(settings["base_url"])},
    summary=lambda settings: normal_base(settings["base_url"]).partition("://")[2],
    reached_at=lambda settings, target: f"{normal_base(settings['base_url'])}/",
    serves=("app",), service_fields={"app": ("repository", "ref")},
    service_help="The HTTPS clone URL, https://git.example.com/OWNER/REPOSITORY.git, and a branch or tag.",
    told=Told("token_accepted", "user"), links={"tokens": TOKEN_PAGE},
    guide=Guide(
        needs="An account on your Gitea or Forgejo that may read the repositories you deploy.", minutes=3,
        least_grant="read:repository",
        rotation=Rotation(
            Step("Under Settings, Applications make a second token with the same permissions and another name.", TOKEN_PAGE),
            Step("Delete the old token in the same list.", TOKEN_PAGE)),
        steps=(
            Step("Sign in as the user whose repositories are deployed; a user of its own with read access is best.",
                 "{base_url}/user/login"),
            Step("Open Settings, Applications, and name a new access token.", TOKEN_PAGE),
            Step("Under “Select permissions”, set repository to Read (Read and Write if deploys push) and the rest to "
                 "No Access. user may be Read, so that the checklist can say whose token it is.", TOKEN_PAGE),
            Step("If the repositories are private, leave “Public only” off under repository access.", TOKEN_PAGE),
            Step("Copy the token, which is shown once, into this form."),
        )))
