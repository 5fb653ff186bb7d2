"""GitHub's own refusals of a clone or a push: of the token that was to be made for it, and over Git.

Over Git: the texts that GitHub sends as of 2026, quoted in many threads; to a token that lacks Contents it says “Write
access to repository not granted.” even where nobody wanted to write.
"""
from __future__ import annotations

import re

from checks.clients.git import GitRefusal
from checks.providers.base import Context
from checks.providers.git_grant import with_grant
from checks.providers.git_token import (
    AGAIN,
    granted_if_told,
    listed,
    page_of,
    quoted,
    required_scopes,
)
from checks.providers.github.answers import ALLOW_LIST, CLOCK, SUSPENDED, allow_list, clock_trouble, page_here
from checks.verdict import Cause, Layer, Verdict, fail, unknown

NO_GRANT = re.compile(r"permissions requested are not granted", re.I)
NOT_GIVEN = re.compile(r"not granted|Permission to .* denied|Resource not accessible", re.I)
CLOSED = re.compile(r"archived|read-only", re.I)
DISABLED = re.compile(r"disabled|blocked|suspended", re.I)


def refused(ctx: Context, refusal: GitRefusal, repository: str) -> Verdict | None:
    """None for what the words shared by all hosts fit: pages, redirects."""
    words, status = refusal.message, refusal.status
    if refusal.is_page or refusal.location:
        return None
    if status == 401:
        return _unauthorised(ctx, repository, words)
    if status == 403 and ALLOW_LIST.search(words):
        return allow_list(ctx, repository.partition("/")[0], words)
    if status == 403 and SUSPENDED.search(words):
        return suspended(ctx, words)
    if status == 403 and CLOSED.search(words):
        page = f"{page_of(ctx, repository)}/settings"
        return fail(f"{repository} takes no push (HTTP 403){quoted(words)}.", link=page,
                    remedy=f"Unarchive it on {page}, or turn pushes off in this integration.")
    if NO_GRANT.search(words) or (status == 403 and NOT_GIVEN.search(words)):
        return lacking(ctx, f"{ctx.client.host} refused {repository} to this installation (HTTP {status}){quoted(words)}")
    if status == 403:
        return _closed(ctx, repository, words)
    if status == 422:
        return not_listed(ctx, repository, f"HTTP 422{quoted(words)}")
    if status in (404, 410) or "not found" in words.lower():
        return _missing(ctx, repository, status, words)
    return None


def _unauthorised(ctx: Context, repository: str, words: str) -> Verdict:
    if CLOCK.search(words):
        raise clock_trouble(ctx, words)
    return unknown(f"{ctx.client.host} did not take the token that its API had just made for {repository} (HTTP 401)"
                   f"{quoted(words)}.", cause=Cause.PROVIDER, layer=Layer.PROVIDER_OUTAGE,
                   remedy="Check again; if it stays, see that address and API address in this integration's settings belong "
                          "to the same GitHub.")


def suspended(ctx: Context, words: str) -> Verdict:
    page = page_here(ctx)
    return fail(f"The installation is suspended{quoted(words)}.", layer=Layer.GITHUB_APP, link=page,
                remedy=f"Unsuspend it on {page}; if the App's owner suspended it, only that owner can.")


def lacking(ctx: Context, seen: str) -> Verdict:
    """The installation's permissions against what is needed."""
    need, told = required_scopes(ctx), granted_if_told(ctx)
    have = listed(told) or ("none" if told.complete else "not told")
    page = page_here(ctx)
    verdict = fail(f"{seen.rstrip('.')}. Granted: {have}; required: {', '.join(need)}.", layer=Layer.GITHUB_APP, link=page,
                   remedy=f"Give the App {' and '.join(need)} under Permissions & events on its own page, and have an owner of "
                          f"the account accept that on {page}.")
    return with_grant(ctx, verdict, told, need)


def not_listed(ctx: Context, repository: str, how: str) -> Verdict:
    page = page_here(ctx)
    return fail(f"{repository} is not among the repositories of this installation, or does not exist ({how}).", link=page,
                layer=Layer.REPO_ALLOW_LIST, candidates=["repo-allow-list", "clone-url"],
                remedy=f"Add {repository} under Repository access on {page}, or correct its spelling in the service.")


def _closed(ctx: Context, repository: str, words: str) -> Verdict:
    page = page_of(ctx, repository)
    if DISABLED.search(words):
        return fail(f"GitHub closed {repository} (HTTP 403){quoted(words)}.", layer=Layer.GITHUB_APP, link=page,
                    remedy=f"Open {page} as its owner and do what GitHub asks there.")
    return unknown(f"{ctx.client.host} refused {repository} (HTTP 403){quoted(words)}.", cause=Cause.PROVIDER, remedy=AGAIN)


def _missing(ctx: Context, repository: str, status: int, words: str) -> Verdict:
    page, installed = page_of(ctx, repository), page_here(ctx)
    if status == 404 and words == "Not Found":  # of the API: the token could not be made
        return fail(f"The installation {ctx.client.installation_id} was no longer there (HTTP 404){quoted(words)}.",
                    layer=Layer.GITHUB_APP, link=installed,
                    remedy="Install the App again, and choose the new installation in this integration's settings.")
    return fail(f"{repository} does not exist, or this installation cannot see it (HTTP {status}{quoted(words)}).", link=page,
                candidates=["repo-allow-list", "clone-url", "github-app"], layer=Layer.REPO_ALLOW_LIST,
                remedy=f"Check, in this order: that {repository} is under Repository access on {installed}; that it is spelled "
                       f"as on its page, {page}; that it was not renamed, moved or deleted.")
