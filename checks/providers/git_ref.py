"""Whether the branch or tag that a service names is there, and what was probably meant when it is not."""
from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from checks.clients.git import GitRefusal, Refs
from checks.providers.base import Context
from checks.providers.clone_url import CloneUrl, ref_name_problem
from checks.providers.git_token import AGAIN, asked_url, page_of, wanted_refs
from checks.verdict import Cause, Verdict, fail, passed, unknown, warn

ALL = ("refs/heads/", "refs/tags/")
PREFIXES = ("refs/heads/", "refs/tags/", "refs/remotes/origin/", "remotes/origin/", "origin/", "heads/", "tags/")


def ref_exists(ctx: Context) -> Verdict:
    found = asked_url(ctx)
    ref = str(ctx.target.get("ref") or "").strip()
    answer = wanted_refs(ctx, found.url)
    if isinstance(answer, GitRefusal):  # it cloned a moment ago
        return unknown(f"{found.repository} refused its list of refs this time (HTTP {answer.status}).",
                       cause=Cause.PROVIDER, remedy=AGAIN)
    default = answer.default_branch
    facts: dict[str, Any] = {"ref": ref, "default_branch": default}
    branch, tag = answer.has(f"refs/heads/{ref}"), answer.has(f"refs/tags/{ref}")
    if branch and tag:
        remedy = f"Rename the branch or the tag {ref}, or name another one in the service."
        return warn(f"{found.repository} had both a branch and a tag named {ref}: which of them a deploy takes is not "
                    "certain.", remedy=remedy, **facts)
    if branch or tag:
        kind = "branch" if branch else "tag"
        oid = answer.names[f"refs/{'heads' if branch else 'tags'}/{ref}"]
        also = ", its default branch" if ref == default else ""
        facts |= {"kind": kind, "object_id": oid}
        return passed(f"{found.repository} had the {kind} {ref}{also}, at {oid[:12]}.", **facts)
    return _missing(ctx, found, ref, answer, facts)


def _missing(ctx: Context, found: CloneUrl, ref: str, first: Refs, facts: Mapping[str, Any]) -> Verdict:
    every = ctx.once(f"all refs {found.url}", lambda: ctx.client.git.list_refs(found.url, prefixes=ALL))
    if isinstance(every, GitRefusal):
        return unknown(f"{found.repository} did not list its branches and tags (HTTP {every.status}).",
                       cause=Cause.PROVIDER, remedy=AGAIN)
    link, default = page_of(ctx, found.repository), first.default_branch or every.default_branch
    if not every.complete:
        return unknown(f"{found.repository} had more refs than were read; “{ref}” was not among the first "
                       f"{len(every.names)}.", cause=Cause.PROVIDER, remedy=AGAIN, **facts)
    if not every.branches and not every.tags:
        remedy = f"Push a first commit, say to {default or 'main'}, and name that branch in the service."
        return fail(f"{found.repository} is empty: it had no branch and no tag.", remedy=remedy, link=link, empty=True,
                    **facts)
    near = near_misses(ref, every)
    suggested = near[0] if near else default
    if len(near) > 1:
        remedy = f"Set the service's ref to the one that is meant: {', '.join(near)}."
    else:
        remedy = f"Set the service's ref to {suggested or 'a branch or tag of ' + link}."
    end = f" Its default branch is {default}." if default else ""
    return fail(f"{found.repository} had no branch and no tag named “{ref}”{_why(ref, every)}.{end}", link=link,
                remedy=remedy, near=near, suggested=suggested, **facts)


def _why(ref: str, every: Refs) -> str:
    if problem := ref_name_problem(ref):
        return f"; Git can have no such name, because {problem}"
    for prefix in PREFIXES:
        short = ref.removeprefix(prefix)
        if short != ref and short in {*every.branches, *every.tags}:
            return f"; a ref is written without {prefix}"
    looks_like_commit = 7 <= len(ref) <= 64 and all(c in "0123456789abcdef" for c in ref)
    return "; the id of a commit cannot be deployed, only a branch or tag" if looks_like_commit else ""


def near_misses(ref: str, refs: Refs) -> list[str]:
    """At most three names that were probably meant, best first."""
    names: Sequence[str] = [*refs.branches, *refs.tags]
    for prefix in PREFIXES:
        if ref.startswith(prefix) and (short := ref.removeprefix(prefix)) in names:
            return [short]
    alike = [name for name in names if name.casefold() == ref.casefold()]
    tails = [name for name in names if name.rpartition("/")[2].casefold() == ref.casefold()]
    close = difflib.get_close_matches(ref, names[:20_000], n=3, cutoff=0.7)
    return list(dict.fromkeys([*alike, *tails, *close]))[:3]
