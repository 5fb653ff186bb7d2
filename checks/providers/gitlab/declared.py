"""The form and the provider, as values. https://docs.gitlab.com/user/profile/personal_access_tokens/"""
from __future__ import annotations

from django import forms

from checks.clients.git import Git
from checks.clients.http import Http
from checks.providers.base import Guide, JsonMap, Provider, SecretField, Step, Told
from checks.providers.clone_url import normal_base
from checks.providers.deprecations import CLASSIC_TOKENS
from checks.providers.git_form import TokenForm
from checks.providers.git_token import About, TokenClient
from checks.providers.gitlab.answers import covers, refused, surplus
from checks.providers.gitlab.asking import granted_scopes, reported_end
from checks.providers.gitlab.paths import layout
from checks.providers.gitlab.picker import repositories
from checks.providers.guide import Rotation

ANY_USERNAME = "oauth2"  # the host looks at an access token alone; Git only wants the user name not to be empty
TOKENS = "{base_url}/-/user_settings/personal_access_tokens"
TOKEN_PAGE = TOKENS + "?name=dflow-integrations&scopes={scopes}"  # GitLab fills its form from these two
READS, PUSHES = "read_repository,read_api", "write_repository,read_api"


class GitLabForm(TokenForm):
    base_url = forms.CharField(label="Address", max_length=2000, initial="https://gitlab.com", help_text=(
        "https://gitlab.com, or the address of your own GitLab, with its relative path if it has one."))
    token = SecretField(label="Access token", help_text=(
        "With the scope read_repository (write_repository if deploys push); read_api lets this program say more."))
    username = forms.CharField(label="User name", required=False, max_length=255, initial=ANY_USERNAME, help_text=(
        "Any name does for an access token; a deploy token needs the one that GitLab showed beside it."))
    token_expires_on = forms.DateField(label="Token ends on", required=False, help_text=(
        "GitLab tells this of access tokens by itself; needed for deploy tokens only."))
    pushes = forms.BooleanField(label="Deploys push to the repository", required=False)


def connect(settings: JsonMap, credentials: JsonMap) -> TokenClient:
    base_url, token = normal_base(settings["base_url"]), credentials["token"]
    username = str(settings.get("username") or "") or ANY_USERNAME
    fills = {"scopes": PUSHES if settings.get("pushes") else READS}
    return TokenClient(ABOUT, base_url, Git(base_url, username, token), Http(base_url), token, fills)


LETS = {  # https://docs.gitlab.com/security/tokens/#personal-access-token-scopes
    "api": "push, merge and change settings in every project that it sees", "sudo": "act as any user of the host",
    "admin_mode": "administer the whole host", "write_repository": "push to every project that it sees",
    "write_registry": "replace container images, and so run code where they are deployed",
    "write_virtual_registry": "replace what the virtual registry gives out",
    "create_runner": "start runners that see a pipeline's secrets", "manage_runner": "change the runners that see a "
    "pipeline's secrets", "k8s_proxy": "reach the Kubernetes clusters behind GitLab's agent",
    "ai_features": "use paid features in its user's name", "ai_workflows": "push through the workflows of GitLab Duo",
    "write_observability": "write false measurements"}

ABOUT = About(
    name="GitLab", layout=layout, token_page=TOKEN_PAGE, reads=("read_repository",), pushes=("write_repository",),
    covers=covers, surplus=surplus, granted=granted_scopes, refused=refused, reported_expiry=reported_end, lets=LETS,
    expiry="GitLab tells it of access tokens and OAuth tokens, and not of this one", clone_form="GROUP/PROJECT.git")

gitlab = Provider(
    token_kinds=("gitlab-token",),
    slug="gitlab", name="GitLab", section="GitLab, Bitbucket, Gitea, Azure DevOps",
    form=GitLabForm, connect=connect,
    endpoint=lambda settings: normal_base(settings["base_url"]),
    addresses=lambda settings: {"base_url": normal_base(settings["base_url"])},
    summary=lambda settings: normal_base(settings["base_url"]).partition("://")[2],
    reached_at=lambda settings, target: f"{normal_base(settings['base_url'])}/",
    serves=("app",), service_fields={"app": ("repository", "ref")},
    service_help="The HTTPS clone URL, https://gitlab.com/GROUP/PROJECT.git, and a branch or tag.",
    told=Told("token_accepted", "user"), links={"tokens": TOKENS}, pick=repositories, deprecations=(CLASSIC_TOKENS,),
    guide=Guide(
        needs="An account on GitLab with at least the Reporter role in the projects you deploy (Developer if deploys "
              "push). Access tokens of a project or group need Premium or Ultimate on GitLab.com.", minutes=3,
        least_grant="read_repository",
        rotation=Rotation(
            Step("Make a second token with the same scopes and another name. Do not press “Rotate” on the old one: that ends it "
                 "at once.", TOKENS),
            Step("Revoke the old token in the list of active tokens.", TOKENS)),
        steps=(
            Step("Sign in as the user whose projects are deployed; a user of its own, or an access token of the project "
                 "or group, outlives people.", "{base_url}/users/sign_in"),
            Step("Open this page: the name and the scopes read_repository and read_api are filled in. If deploys push, "
                 "tick write_repository instead of read_repository. read_api only lets the checklist and the list of "
                 "repositories say more.", f"{TOKENS}?name=dflow-integrations&scopes={READS}"),
            Step("Set an expiration date, at most a year ahead: this program reads it and reminds you in time."),
            Step("Or use an access token of one project: its Settings, Access tokens, role Reporter, the same scopes."),
            Step("Copy the token, which is shown once, into this form."),
        )))
