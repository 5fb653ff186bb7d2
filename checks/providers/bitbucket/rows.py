"""The checks of Bitbucket Cloud and Data Center, from basic to particular."""
from __future__ import annotations

from checks.providers import git_ref, git_scopes, git_token
from checks.providers.bitbucket.declared import bitbucket
from checks.providers.bitbucket.host_rows import host_reachable
from checks.providers.bitbucket.repository_rows import clone_permitted, pushes_permitted, repository_visible
from checks.providers.bitbucket.token_rows import token_accepted, token_kind_supported
from checks.verdict import Layer

check = bitbucket.check

check("The clone URL is of this host and well formed", layer=Layer.CLONE_URL, per_service=True)(git_token.url_well_formed)
check("The host answers as Bitbucket", layer=Layer.NETWORK)(host_reachable)
check("The token is accepted", layer=Layer.GIT_TOKEN, needs=["host_reachable"])(token_accepted)
check("The token is not about to end", layer=Layer.GIT_TOKEN, needs=["token_accepted"], required=False)(
    git_scopes.token_not_expiring)
check("The kind of token is one that the host supports", layer=Layer.GIT_TOKEN, needs=["host_reachable"])(
    token_kind_supported)
check("The token's scopes are sufficient", layer=Layer.GIT_TOKEN, needs=["token_accepted"])(git_scopes.scopes_sufficient)
check("The token's scopes are not excessive", layer=Layer.GIT_TOKEN, needs=["token_accepted"], required=False)(
    git_scopes.scopes_not_excessive)
check("The repository is visible to the token", layer=Layer.GIT_TOKEN, required=False, per_service=True,
      needs=["token_accepted", "url_well_formed"])(repository_visible)
check("The token can clone the repository", layer=Layer.GIT_TOKEN, per_service=True,
      needs=["url_well_formed", "host_reachable"])(clone_permitted)
check("The branch or tag exists", layer=Layer.BRANCH_MISSING, per_service=True, needs=["clone_permitted"])(
    git_ref.ref_exists)
check("The token can push to the repository", layer=Layer.GIT_TOKEN, needs=["clone_permitted"], per_service=True,
      left_out=lambda settings: not settings.get("pushes"))(pushes_permitted)

__all__ = ["bitbucket"]
