"""What this host's own sentences mean, over Git and in its API.

Git: lib/gitlab/git_access.rb and ee/…/git_access.rb, app/controllers/repositories/git_http_client_controller.rb.
Accounts: lib/gitlab/auth/user_access_denied_reason.rb. Scopes: lib/gitlab/auth.rb, abilities_for_scopes.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from checks.clients.errors import ClientError
from checks.clients.git import GitRefusal
from checks.providers import git_token
from checks.providers.base import Context
from checks.providers.git_token import AGAIN, TokenClient, quoted
from checks.providers.gitlab.asking import LACKS_DOWNLOAD, TELLS_USER, Identity, Kind, ask, identity, is_deploy_token
from checks.verdict import Cause, Layer, Verdict, fail, unknown

COVERS = {  # what one may do over Git with each scope; https://docs.gitlab.com/user/profile/personal_access_tokens/
    "read_repository": {"read_repository", "write_repository", "api", "read_api", "ai_workflows"},
    "write_repository": {"write_repository", "api", "ai_workflows"},
}
SURPLUS = {"api", "sudo", "admin_mode", "write_repository", "write_registry", "write_virtual_registry", "create_runner",
           "manage_runner", "k8s_proxy", "ai_features", "ai_workflows", "write_observability"}
ACCOUNT = ("blocked", "deactivated", "Terms of Service", "not confirmed", "password expired", "internal users",
           "rejected for an unknown reason", "smartcard")
BANNED = "Forbidden"  # Rack::Attack's whole answer to an address that failed to sign in too often
OVER_HTTP = ("Git access over HTTP is not allowed", "Pulling over HTTP is not allowed",
             "Pushing over HTTP is not allowed")
BOT = re.compile(r"(project|group)_\d+_bot")


def covers(granted: Iterable[str], wanted: str) -> bool:
    return bool(COVERS.get(wanted, {wanted}) & set(granted))


def surplus(granted: Iterable[str], pushes: bool) -> list[str]:
    return sorted(SURPLUS & set(granted) - ({"write_repository"} if pushes else set()))


def account_refused(ctx: Context, words: str, status: int = 403) -> Verdict | None:
    """None when these words are not about the user's account."""
    client: TokenClient = ctx.client
    if not any(word.lower() in words.lower() for word in ACCOUNT):
        return None
    return fail(f"{client.host} knew the token and refused its user (HTTP {status}){quoted(words)}.", link=client.base_url,
                remedy=f"Sign in at {client.base_url} as the token's user and do what it asks, have an administrator "
                       "free the account, or enter another user's token.")


def banned(ctx: Context, seen: str) -> Verdict:
    """https://docs.gitlab.com/user/gitlab_com/#git-and-container-registry-failed-authentication-ban"""
    return unknown(f"{seen} (HTTP 403): GitLab says no more to an address that it bars for a while, after too many failed "
                   "sign-ins or by a rule of its administrator.", cause=Cause.PROVIDER, layer=Layer.NETWORK,
                   remedy=f"Wait 15 minutes and check again; if it stays, have whoever runs {ctx.client.host} allow this "
                          "program's address.")


def refused(ctx: Context, refusal: GitRefusal, repository: str) -> Verdict | None:
    """Its refusals of a clone or a push, in the order that it looks; None for what the shared words fit."""
    words = refusal.message
    if refusal.location or refusal.is_page:
        return None
    if refusal.status == 401:
        return _not_known(ctx, refusal, repository)
    if refusal.status == 403:
        return _forbidden(ctx, words, repository)
    if "repository for this project does not exist" in words:
        return fail(f"{repository} is a project without a repository yet{quoted(words)}.", layer=Layer.BRANCH_MISSING,
                    remedy="Push a first commit to it, and name its branch in the service.",
                    link=git_token.page_of(ctx, repository))
    if refusal.status == 404:
        verdict = git_token.not_found(ctx, repository, f"HTTP 404{quoted(words)}")
        also = "; that no IP restriction of its group keeps this program's address out."
        return replace(verdict, remedy=verdict.remedy.removesuffix(".") + also)
    return None


def _not_known(ctx: Context, refusal: GitRefusal, repository: str) -> Verdict:
    """401: GitLab says the same of a wrong token, and of a project's own token at a project of another."""
    client: TokenClient = ctx.client
    seen = f"{client.host} refused this token for {repository} (HTTP 401){quoted(_short(refusal.message))}"
    if is_deploy_token(ctx):
        return fail(f"{seen}.", link=f"{git_token.page_of(ctx, repository)}/-/settings/repository", remedy=(
            "Check, in this order: that this integration's user name is the one that GitLab showed beside the deploy "
            f"token; that the token is one of {repository} or of its group; that it was not revoked and has not ended."))
    if known_kind(ctx) is not Kind.ACCESS or (owner := whose(ctx)) == "personal":
        return fail(f"{seen}.", link=client.token_page,
                    remedy=f"Make a new token on {client.token_page} and enter it in this integration.")
    what = f"the access token of another {owner}" if owner else "most likely the access token of another project or group"
    page = f"{git_token.page_of(ctx, repository)}/-/settings/access_tokens"
    return fail(f"{seen}, although its API accepted it: it is {what}.", layer=Layer.REPO_ALLOW_LIST, link=page,
                remedy=f"Make an access token of {repository} itself on {page}, or of a group that holds it, and connect "
                       "that as an integration.")


def _forbidden(ctx: Context, words: str, repository: str) -> Verdict | None:
    client: TokenClient = ctx.client
    if words == BANNED:
        return banned(ctx, f"{client.host} refused {repository}")
    if any(text in words for text in OVER_HTTP):
        link = f"{client.base_url}/admin/application_settings/general"
        return fail(f"{client.host} lets nobody reach {repository} over HTTP{quoted(words)}.", layer=Layer.CLONE_URL,
                    link=link, remedy=f"Have an administrator allow HTTP(S) on {link}, under “Visibility and access "
                                      "controls”, “Enabled Git access protocols”, or in its gitlab.rb.")
    if "SSO session" in words:
        return _sign_on(ctx, words, repository)
    if LACKS_DOWNLOAD in words or "not allowed to upload code." in words:
        return git_token.lacking(ctx, f"{client.host} knew this token and refused it {repository} (HTTP 403)"
                                      f"{quoted(words)}")
    if "granular" in words or "fine-grained" in words:
        return git_token.lacking(ctx, f"{repository} wants a fine-grained token with more permissions{quoted(words)}")
    if "not allowed to download code" in words:
        return _no_role(ctx, words, repository)
    if "read-only" in words or "maintenance" in words:
        return unknown(f"{repository} took nothing new for the time being{quoted(words)}.", cause=Cause.PROVIDER,
                       layer=Layer.PROVIDER_OUTAGE, remedy=AGAIN)
    return account_refused(ctx, words)


def _no_role(ctx: Context, words: str, repository: str) -> Verdict:
    """GitLab says the same of a Guest and of a repository that is turned off."""
    page = git_token.page_of(ctx, repository)
    return fail(f"The token's user may see {repository} and not its code{quoted(words)}.", layer=Layer.REPO_ALLOW_LIST,
                link=f"{page}/-/project_members",
                remedy=f"Give the user at least the Reporter role on {page}/-/project_members; if it has that, turn "
                       f"Repository on for its role on {page}/edit, under “Visibility, project features, permissions”.")


def _sign_on(ctx: Context, words: str, repository: str) -> Verdict:
    page = found[0] if (found := re.search(r"https?://[^\s?]+", words)) else git_token.page_of(ctx, repository)
    return fail(f"The group of {repository} wants a living single sign-on session of the token's user"
                f"{quoted(words.partition('?')[0])}.", link=page,
                remedy=f"Enter the token of a service account, or an access token of the project or group, which need no "
                       f"session; signing in on {page} helps until the session ends.")


def known_kind(ctx: Context) -> Kind:
    """What the host knows the token as, beside an answer that stands without it."""
    try:
        return identity(ctx).kind
    except ClientError:
        return Kind.NONE


def whose(ctx: Context) -> str:
    """Whose access token this is, "personal", "project", "group", or "" when the host did not tell."""
    told = identity(ctx)
    if told.kind is not Kind.ACCESS or not TELLS_USER & set(told.scopes or ()):
        return ""
    try:
        user = user_of(ctx, told)
    except ClientError:
        return ""  # beside another answer this one may be missing
    found = BOT.match(str(user.get("username") or ""))
    return found[1] if found else ("personal" if user.get("username") else "")


def user_of(ctx: Context, told: Identity) -> dict[str, object]:
    """GET /user, for those scopes that open it; {} when it does not tell."""
    if told.kind is Kind.ACCESS and not TELLS_USER & set(told.scopes or ()):
        return {}
    response = ask(ctx, "user")
    about = response.json() if response.status == 200 else {}
    return about if isinstance(about, dict) else {}


def _short(words: str) -> str:
    """The first sentence: the rest of this one is GitLab's advice, which holds for all its readers."""
    return words.partition(". ")[0]
