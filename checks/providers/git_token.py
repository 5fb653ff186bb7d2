"""The rows that every Git host with a token shares, as plain functions: a provider registers each with its own
`@provider.check(…)`. What differs from host to host is declared in an `About`, never asked by a provider's name.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from checks.clients.errors import ClientError, Kind
from checks.clients.git import Git, GitRefusal, Refs
from checks.clients.http import Http, Response, redirect_target
from checks.providers.base import Context
from checks.providers.clone_url import CloneUrl, Layout, read, ref_name_problem
from checks.providers.git_grant import with_grant
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

CERTIFICATE_DAYS = 21
FIREWALL = re.compile(r"error code: 1\d{3}")  # Cloudflare's, where the client does not accept a page
AGAIN = "Check again once the host answers for itself."


@dataclass(frozen=True)
class Granted:
    """What the host told of a token's scopes. complete: that is the whole list. lacking: what it refused for want of.

    complete False and both empty: this host does not tell.
    """

    scopes: tuple[str, ...] = ()
    complete: bool = False
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class About:
    """One kind of Git host, as the shared rows need to know it.

    name: as texts call it. layout, dot_git: see clone_url. token_page: where its tokens are made, {base_url} and the
    client's `fills` filled in. page(base_url, repository): a repository's page, where that is not its clone URL.
    reads, pushes: the scopes that a deploy needs, the second with `pushes`. covers(granted, wanted): whether a list of
    scopes grants one. surplus(granted, pushes): those that a deploy has no use for. granted(ctx): asks for the list.
    limited(granted): what narrows the whole list, as in "but …", "" for nothing. needs: what a required scope is for, where
    that is not cloning or pushing. lets: what a scope that no deploy needs would let somebody do, as in "could …".
    refused(ctx, refusal, repository): this host's own refusals of a clone, None for what the shared words fit.
    expiry: "" when tokens of this host have no end date of their own; else why the date is not known.
    read_url(typed, base_url): where a host has spellings of its own that the shared reader does not know.
    clone_form: what a clone URL looks like below the base URL.
    """

    name: str
    layout: Layout
    token_page: str
    reads: tuple[str, ...]
    pushes: tuple[str, ...]
    covers: Callable[[Iterable[str], str], bool]
    surplus: Callable[[Iterable[str], bool], list[str]]
    granted: Callable[[Context], Granted]
    limited: Callable[[Iterable[str]], str] = lambda granted: ""  # most hosts have no such limit
    needs: Mapping[str, str] = field(default_factory=dict)
    lets: Mapping[str, str] = field(default_factory=dict)
    refused: Callable[[Context, GitRefusal, str], Verdict | None] | None = None
    reported_expiry: Callable[[Context], date | None] | None = None
    expiry: str = ""
    dot_git: bool = True
    page: Callable[[str, str], str] | None = None
    read_url: Callable[[str, str], CloneUrl] | None = None
    clone_form: str = "OWNER/REPOSITORY.git"


@dataclass(frozen=True)
class TokenClient:
    """What `connect` makes: both ways to the host with one token: Git below the base URL, and its API.

    fills: what {names} in the token page's address stand for, besides base_url.
    """

    about: About
    base_url: str
    git: Git
    api: Http
    token: str = field(repr=False)
    fills: Mapping[str, str] = field(default_factory=dict)

    @property
    def token_page(self) -> str:
        return self.about.token_page.format(base_url=self.base_url, **self.fills)

    @property
    def host(self) -> str:
        return self.base_url.partition("://")[2]


def quoted(message: str) -> str:
    """The host's own words, for the end of a sentence."""
    return f": “{message.rstrip('.')}”" if message else ""


def required_scopes(ctx: Context) -> tuple[str, ...]:
    about: About = ctx.client.about
    return about.pushes if ctx.settings.get("pushes") else about.reads


def granted(ctx: Context) -> Granted:
    """Asked for once in a run, however many rows want it."""
    return ctx.once("granted scopes", lambda: ctx.client.about.granted(ctx))


def granted_if_told(ctx: Context) -> Granted:
    """The same, beside a refusal that stands without it: trouble in asking must not make that one uncertain."""
    try:
        return granted(ctx)
    except ClientError:
        return Granted()


def listed(told: Granted) -> str:
    """The scopes for a sentence; "" for none."""
    return ("" if told.complete or not told.scopes else "at least ") + ", ".join(told.scopes)


def asked_url(ctx: Context) -> CloneUrl:
    return read_as_of(ctx.client, str(ctx.target.get("repository") or ""))


def read_as_of(client: Any, typed: str) -> CloneUrl:
    """What was typed as a repository, as the host of this client spells them."""
    about: About = client.about
    if about.read_url:
        return about.read_url(typed, client.base_url)
    return read(typed, client.base_url, about.layout, dot_git=about.dot_git)


def page_of(ctx: Context, repository: str) -> str:
    own = ctx.client.about.page
    return own(ctx.client.base_url, repository) if own else f"{ctx.client.base_url}/{repository}"


# --- The clone URL, offline ------------------------------------------------------------------------------
def url_well_formed(ctx: Context) -> Verdict:
    found = asked_url(ctx)
    if not found.problem:
        return passed(f"{found.url} was a clone URL of this integration's own host.", repository=found.repository)
    facts: dict[str, Any] = {"repository": found.repository, "suggested": found.suggested, "ref": found.ref,
                             "kind": found.kind}
    shown = f"“{found.shown}” " if found.shown else "The service's repository "
    also = f", and its {found.kind or 'ref'} to {found.ref}" if found.ref and found.kind != "commit" else ""
    if found.suggested:
        remedy = f"Set the service's repository to {found.suggested}{also}."
    elif found.other_host:
        remedy = (f"Set the service's repository to a clone URL below {ctx.client.base_url}, or connect "
                  f"{found.other_host} as an integration of its own and have the service use that.")
    else:
        form = f"{ctx.client.base_url}/{ctx.client.about.clone_form}"
        remedy = f"Set the service's repository to its HTTPS clone URL, {form}."
    if found.url:
        return warn(f"{shown}{found.problem}; the host answers it all the same.", remedy=remedy, **facts)
    return fail(f"{shown}{found.problem}.", remedy=remedy, **facts)


# --- Cloning ---------------------------------------------------------------------------------------------
def prefixes_for(ref: str) -> tuple[str, ...]:
    return () if ref_name_problem(ref) else (f"refs/heads/{ref}", f"refs/tags/{ref}")


def wanted_refs(ctx: Context, url: str, *, anonymous: bool = False) -> Refs | GitRefusal:
    """What the host answers to a clone of this service's repository and ref; asked once in a run."""
    ref = str(ctx.target.get("ref") or "").strip()
    key = f"refs {'anonymous ' if anonymous else ''}{url} {ref}"
    return ctx.once(key, lambda: ctx.client.git.list_refs(url, prefixes=prefixes_for(ref), anonymous=anonymous))


def is_public(ctx: Context, url: str) -> bool | None:
    """Whether the repository answers without a credential; None when that could not be seen."""
    try:
        return isinstance(wanted_refs(ctx, url, anonymous=True), Refs)
    except ClientError as error:
        if error.kind in (Kind.RATE_LIMITED, Kind.NOT_PROTOCOL, Kind.OUTAGE):
            return None  # strangers are limited sooner than tokens: the token's own answer is what counts
        raise


def clone_permitted(ctx: Context) -> Verdict:
    """Exactly what a deploy would send decides; the stranger's answer only says what that proves."""
    found = asked_url(ctx)
    public = is_public(ctx, found.url)
    answer = wanted_refs(ctx, found.url)
    facts: dict[str, Any] = {"repository": found.repository, "public": public}
    if isinstance(answer, GitRefusal):
        own = ctx.client.about.refused
        verdict = (own and own(ctx, answer, found.repository)) or refused(ctx, answer, found.repository)
        return _although_public(verdict, found.repository) if public else verdict
    facts |= {"default_branch": answer.default_branch, "protocol": answer.protocol}
    proves = {True: "the repository is public and answered without the token too, so this proves nothing of the token",
              False: "the repository is private, so the token was needed",
              None: "whether it also answers without the token could not be seen"}[public]
    head = f", default branch {answer.default_branch}" if answer.default_branch else ""
    if answer.moved_to.removesuffix(".git") not in ("", found.url.removesuffix(".git")):  # GitLab only adds .git so
        new = answer.moved_to.removesuffix(".git") + (".git" if ctx.client.about.dot_git else "")
        return warn(f"{found.repository} was moved, and answered at {new}{head}; {proves}.", layer=Layer.CLONE_URL,
                    remedy=f"Set the service's repository to {new}.", suggested=new, **facts)
    return passed(f"{found.repository} let this token clone it{head}; {proves}.", **facts)


def _although_public(verdict: Verdict, repository: str) -> Verdict:
    told = f"{repository} is public and answered without a token, yet not with this one. {verdict.evidence}"
    return replace(verdict, evidence=told, facts={**verdict.facts, "public": True})


def refused(ctx: Context, refusal: GitRefusal, repository: str) -> Verdict:
    """A refusal of a clone in words that fit every host."""
    client: TokenClient = ctx.client
    if refusal.location:
        return _led_away(ctx, refusal, repository)
    if refusal.status in (401, 403) and (refusal.is_page or FIREWALL.fullmatch(refusal.message)):
        what = "a web page" if refusal.is_page else f"“{refusal.message}”"
        return in_front(ctx, f"{repository} answered HTTP {refusal.status} with {what}", refusal.status)
    words = quoted(refusal.message)
    if refusal.status == 401:
        return fail(f"{client.host} refused this token for {repository} (HTTP 401){words}.", link=client.token_page,
                    remedy=f"Make a new token on {client.token_page} and enter it in this integration.")
    if refusal.status == 403:
        return lacking(ctx, f"{client.host} knew this token and refused it {repository} (HTTP 403){words}.")
    if refusal.status in (404, 410):
        return not_found(ctx, repository, f"HTTP {refusal.status}{words}")
    denied = any(word in refusal.message.lower() for word in ("denied", "not found", "permission", "not exist"))
    if refusal.status == 200 and denied:
        return not_found(ctx, repository, f"Git's own error{words}")
    return unknown(f"{client.host} answered the clone of {repository} with HTTP {refusal.status}{words}.",
                   cause=Cause.PROVIDER, layer=Layer.PROVIDER_OUTAGE, remedy=AGAIN)


def _led_away(ctx: Context, refusal: GitRefusal, repository: str) -> Verdict:
    elsewhere = refusal.location.partition("?")[0]
    if elsewhere.endswith("/info/refs"):
        new = elsewhere.removesuffix("/info/refs")
        return fail(f"{repository} was redirected to another address, {new}; the token was not sent there.",
                    layer=Layer.CLONE_URL, suggested=new,
                    remedy=f"Set the service's repository to {new}, through an integration of that host.")
    return in_front(ctx, f"{repository} was redirected to {elsewhere}, which was not followed", refusal.status)


def in_front(ctx: Context, seen: str, status: int) -> Verdict:
    """Something before the host answered in its place: a sign-in page, a proxy, a firewall, an address policy."""
    return unknown(f"{seen}: not {ctx.client.about.name}'s own answer, but that of a sign-in page, proxy or firewall "
                   "before it.", cause=Cause.PROVIDER, layer=Layer.NETWORK, http_status=status, remedy=(
                       f"Have whoever runs {ctx.client.host} let this program's address and Git through without a "
                       "sign-in page; the token is probably not at fault."))


def api_redirected(ctx: Context, response: Response, path: str, *, setting: str = "address") -> Verdict:
    """The host pointed elsewhere for `path` of its API: to itself under another address, or to a page before it."""
    client: TokenClient = ctx.client
    target = redirect_target(response)
    elsewhere = target.partition("?")[0]
    if elsewhere.endswith(path):
        new = elsewhere.removesuffix(path)
        return fail(f"{client.host} redirected its API to {new}, which was not followed.", layer=Layer.CLONE_URL,
                    remedy=f"Set the {setting} in this integration's settings to {new}.", suggested=new)
    where = urlsplit(target).hostname or client.host
    return in_front(ctx, f"{client.host} redirected to {where} (HTTP {response.status})", response.status)


def certificate(ctx: Context, seen: str, **facts: Any) -> Verdict:
    """The host answered; its certificate is warned of from three weeks before its end: most renew at four or more."""
    ends = ctx.client.api.peer_certificate_expiry
    if ends is None:
        return passed(f"{seen}.", **facts)
    days = (ends - ctx.now).days
    facts |= {"certificate_expires_at": ends.isoformat(), "certificate_days": days}
    if days <= CERTIFICATE_DAYS:
        return warn(f"{seen}, and its certificate ends in {days} days, on {ends:%Y-%m-%d}.", layer=Layer.TLS,
                    remedy=f"Renew the certificate of {ctx.client.host}: an ended one stops every clone.", **facts)
    return passed(f"{seen}, with a certificate until {ends:%Y-%m-%d}.", **facts)


def lacking(ctx: Context, seen: str) -> Verdict:
    """A token that the host knows and that may not do this: granted against required."""
    client, need = ctx.client, required_scopes(ctx)
    told = granted_if_told(ctx)
    have = listed(told) or ("none" if told.complete else "not told by the host")
    remedy = f"Make a token with {' and '.join(need)} on {client.token_page} and enter it in this integration."
    verdict = fail(f"{seen.rstrip('.')}. Granted: {have}; required: {', '.join(need)}.", remedy=remedy,
                   link=client.token_page)
    return with_grant(ctx, verdict, told, need)


def not_found(ctx: Context, repository: str, how: str) -> Verdict:
    """A private host says the same of what is missing and of what one may not see: candidates in their order."""
    page = page_of(ctx, repository)
    return fail(f"{repository} does not exist, or this token cannot see it ({how}).", link=page, remedy=(
        f"Check, in this order: that {repository} is spelled as on its page, {page}; that the token's user may read it "
        "(its collaborators or team); that it was not renamed, moved or deleted."),
        candidates=["clone-url", "git-token", "repo-allow-list"])
