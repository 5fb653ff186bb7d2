"""The checks of a GitHub App, from basic to particular: what each row is called, needs and blames. What they ask and what
the answers mean is in reach, installed, permitted, allowed, webhook_rows and deliveries.
"""
from __future__ import annotations

from checks.providers import git_ref, git_token
from checks.providers.base import Context
from checks.providers.github import allowed, deliveries, installed, permitted, reach, webhook_rows
from checks.providers.github.declared import github
from checks.providers.github.paths import other_host_page
from checks.verdict import Layer, Verdict, fail

__all__ = ["github"]


@github.check("The clone URL is of this host and well formed", layer=Layer.CLONE_URL, per_service=True)
def url_well_formed(ctx: Context) -> Verdict:
    """The shared row; it does not know GitHub's other hosts, from which addresses are copied, too."""
    found = git_token.asked_url(ctx)
    page = other_host_page(str(ctx.target.get("repository") or ""), ctx.client.base_url) if found.other_host else None
    if page is None:
        return git_token.url_well_formed(ctx)
    new = f"{ctx.client.base_url}/{page.repository}.git" if page.repository else ""
    also = f", and its {page.kind or 'ref'} to {page.ref}" if page.ref else ""
    remedy = (f"Set the service's repository to {new}{also}." if new else
              f"Set the service's repository to its HTTPS clone URL, {ctx.client.base_url}/OWNER/REPOSITORY.git.")
    return fail(f"{found.shown} was {page.what}.", remedy=remedy, repository=page.repository, suggested=new, ref=page.ref)


github.check("The host answers as GitHub", layer=Layer.NETWORK)(reach.host_reachable)
github.check("The App's key is accepted", layer=Layer.GITHUB_APP, needs=["host_reachable"])(reach.app_key_accepted)
github.check("The App is installed and active", layer=Layer.GITHUB_APP, needs=["app_key_accepted"])(
    installed.installation_active)
github.check("The installation's permissions are sufficient", layer=Layer.GITHUB_APP, needs=["installation_active"])(
    permitted.permissions_granted)
github.check("The installation's permissions are not excessive", layer=Layer.GITHUB_APP, needs=["installation_active"],
             required=False)(permitted.permissions_not_excessive)
github.check("The repository is on the installation's list", layer=Layer.REPO_ALLOW_LIST, per_service=True,
             needs=["installation_active"])(allowed.repository_allowed)
github.check("The installation can clone the repository", layer=Layer.GITHUB_APP, per_service=True,
             needs=["repository_allowed", "url_well_formed"])(git_token.clone_permitted)
github.check("The branch or tag exists", layer=Layer.BRANCH_MISSING, per_service=True, needs=["clone_permitted"])(
    git_ref.ref_exists)
github.check("The App is subscribed to pushes", layer=Layer.WEBHOOK, needs=["app_key_accepted"], required=False)(
    webhook_rows.push_event_subscribed)
github.check("The webhook is configured", layer=Layer.WEBHOOK, needs=["app_key_accepted"], required=False)(
    webhook_rows.webhook_configured)
github.check("The last push was delivered", layer=Layer.WEBHOOK, needs=["webhook_configured"], required=False)(
    deliveries.webhook_delivered)
github.check("The installation can push to the repository", layer=Layer.GITHUB_APP, needs=["clone_permitted"],
             per_service=True, left_out=lambda settings: not settings.get("pushes"))(permitted.pushes_permitted)
