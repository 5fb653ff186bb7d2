"""The checks of an image: that it can be pulled, that it is there, that the credential cannot push, and what pulls are left."""
from __future__ import annotations

import difflib
from dataclasses import replace
from typing import Any

from checks.clients.ecr import EcrRefusal
from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response
from checks.clients.oci import OLD_TYPES, Budget, media_type
from checks.clients.oci_reference import Reference
from checks.providers.base import Context
from checks.providers.docker_registry.answers import (
    Grant,
    challenge_of,
    grant,
    image,
    in_front,
    is_in_front,
    limits_told,
    rate_limited,
    said,
    vendor,
    with_grant,
)
from checks.providers.docker_registry.declared import RegistryClient, docker_registry
from checks.providers.docker_registry.look import Look, architecture, look
from checks.providers.docker_registry.presets import credential_page, image_page
from checks.providers.docker_registry.refusals import pull_refused
from checks.verdict import Cause, Layer, Skip, Status, Verdict, fail, passed, skipped, unknown, warn

TAGS_SHOWN = 5
FEW = 0.1  # of the limit
IMAGE_CODES = {"MANIFEST_UNKNOWN", "TAG_INVALID", "MANIFEST_INVALID", "MANIFEST_BLOB_UNKNOWN"}
NO_REPOSITORY = {"NAME_UNKNOWN", "NAME_INVALID"}
HUB_LIMITS = "https://docs.docker.com/docker-hub/usage/pulls/"


def _is_absent(seen: Look) -> bool:
    """The registry let us look and has no such image: a 404 about the manifest, not about the repository."""
    answer = seen.answer
    if answer is None or answer.status != 404 or is_in_front(answer):
        return False
    codes = set(said(answer).codes)
    return bool(codes & IMAGE_CODES) and not codes & NO_REPOSITORY


@docker_registry.check("The credential can pull the image", layer=Layer.REGISTRY_NAMESPACE, per_service=True,
                       needs=["host_is_registry", "image_host_matches"], after=["credential_accepted"])
@limits_told
def pull_permitted(ctx: Context) -> Verdict:
    """What a pull asks first, HEAD of this very manifest with a token for this repository, decides. The same as a stranger
    only says what that proves."""
    before = ctx.seen.get("credential_accepted")
    if before is not None and before.status is Status.FAIL:
        return skipped("Not tried: “The credential is accepted” failed, and a refused credential is not asked again.",
                       skip=Skip.NEED, needs="credential_accepted")
    found = image(ctx)
    try:
        seen = look(ctx)
    except EcrRefusal as refusal:
        return skipped(f"Not tried: AWS did not exchange the access key ({refusal.code}).", skip=Skip.NEED,
                       needs="credential_accepted")
    if seen.is_found:
        return _pulled(ctx, found, seen)
    if seen.grant.refused is None and seen.answer is not None and seen.answer.status == 200:
        return in_front(ctx, f"{ctx.client.host} answered for {found.path} with something that is no manifest", 200)
    if _is_absent(seen):
        return passed(f"{ctx.client.host} let {_who(ctx)} look into {found.path}; whether {found.identifier} is there is the "
                      "next row's question.", repository=found.path, public=seen.public)
    return pull_refused(ctx, found, seen)


def _who(ctx: Context) -> str:
    client: RegistryClient = ctx.client
    return "a stranger" if client.is_strangers else f"the credential of {client.credential.username}"


def _pulled(ctx: Context, found: Reference, seen: Look) -> Verdict:
    facts: dict[str, Any] = {"repository": found.path, "public": True if ctx.client.is_strangers else seen.public}
    if ctx.client.is_strangers:
        return passed(f"{found.full} is public, and a stranger could pull it.", **facts)
    if not seen.grant.authorization:
        return passed(f"{found.full} was given without a credential, for the registry asked for none: that of "
                      f"{ctx.client.credential.username} was not used and nothing of it is proven.", **facts)
    proves = {True: "the image is public and was given to a stranger too, so this proves nothing of the credential",
              False: "a stranger was refused, so the credential was needed",
              None: "whether a stranger could pull it too was not seen"}[seen.public]
    verdict = passed(f"The credential of {ctx.client.credential.username} could pull {found.full}; {proves}.", **facts)
    return with_grant(verdict, seen.grant.actions(found.path))


@docker_registry.check("The tag or digest exists", layer=Layer.REGISTRY_NAMESPACE, per_service=True, needs=["pull_permitted"])
@limits_told
def image_exists(ctx: Context) -> Verdict:
    found = image(ctx)
    seen = look(ctx)
    if not seen.is_found:
        return _absent(ctx, found, seen)
    assert seen.answer is not None
    digest = seen.answer.headers.get("docker-content-digest", "")[:160]
    facts: dict[str, Any] = {"image": found.full, "digest": digest, "media_type": media_type(seen.answer)}
    at = f" at {digest}" if digest and digest != found.digest else ""
    note = "" if found.tag or found.digest else "; no tag was written, which means latest"
    if media_type(seen.answer) in OLD_TYPES:
        return warn(f"{found.full} was there{at}, in the old format (schema 1) that present engines no longer pull.",
                    remedy="Push the image again with a present version of Docker.", **facts)
    platforms = _platforms(seen.body) if seen.body is not None else None
    return _on_platform(ctx, found, f"{found.full} was there{at}{note}", platforms, {**facts, "platforms": platforms}, seen)


def _on_platform(ctx: Context, found: Reference, there: str, platforms: list[str] | None, facts: dict[str, Any],
                 seen: Look) -> Verdict:
    wanted = architecture(ctx)
    if platforms is None:
        why = ("which platforms it has was not read" if seen.is_index else
               "it is for one platform, which its configuration names and a manifest does not")
        return passed(f"{there}; {why}.", **facts)
    listed = ", ".join(platforms) or "none"
    if wanted and not any(one.split("/")[:2] == ["linux", wanted] for one in platforms):
        return fail(f"{there}, and has nothing for the worker node, linux/{wanted}: it is for {listed}.", **facts,
                    architecture=wanted,
                    remedy=f"Build and push it for the node too (docker buildx build --platform linux/{wanted} --push), or run "
                           "the service on a node of a platform that it has.", link=_page(ctx, found.path))
    fits = f", the worker node's linux/{wanted} among them" if wanted else ""
    return passed(f"{there}, for {listed}{fits}.", **facts)


def _platforms(index: Response) -> list[str]:
    """Of an index or a manifest list; what is no image (an attestation: unknown/unknown) is left out."""
    document = index.json()
    rows = document.get("manifests") if isinstance(document, dict) else None
    found: list[str] = []
    for row in rows if isinstance(rows, list) else []:
        platform = row.get("platform") if isinstance(row, dict) else None
        if isinstance(platform, dict) and platform.get("os") not in (None, "unknown"):
            parts = [platform.get("os"), platform.get("architecture"), platform.get("variant")]
            found.append("/".join(str(part)[:30] for part in parts if part))
    return list(dict.fromkeys(found))


def _page(ctx: Context, path: str) -> str:
    return image_page(vendor(ctx), ctx.client.place.hostname, path)


def _absent(ctx: Context, found: Reference, seen: Look) -> Verdict:
    """An unknown tag, told apart from a repository that is not there: some registries say the same of both."""
    assert seen.answer is not None
    client: RegistryClient = ctx.client
    words, page = said(seen.answer), _page(ctx, found.path)
    answer = _tags(ctx, found, seen)
    if answer is not None and "NAME_UNKNOWN" in said(answer).codes:
        return fail(f"{client.host} has no repository {found.path} (HTTP {answer.status}){said(answer).quoted}.", link=page,
                    remedy=f"Correct the service's image, or push {found.full} first.", repository_exists=False)
    tags = _listed(answer) if answer is not None else []
    what = "digest" if found.digest else "tag"
    near = difflib.get_close_matches(found.identifier, tags, n=1, cutoff=0.5) if what == "tag" else []
    suggested = found.tagged(near[0]).full if near else ""
    have = f" Its tags: {', '.join(tags[:TAGS_SHOWN])}{', …' if len(tags) > TAGS_SHOWN else ''}." if tags else ""
    remedy = f"Set the service's image to {suggested}" if suggested else f"Set the service's image to a {what} that is there"
    return fail(f"{found.path} has no {what} {found.identifier} (HTTP {seen.answer.status}){words.quoted}.{have}", link=page,
                remedy=f"{remedy}, or push {found.full} first.", tags=tags[:20], suggested=suggested,
                repository_exists=True if tags else None)


def _tags(ctx: Context, found: Reference, seen: Look) -> Response | None:
    """The list of tags, where there is room to ask and no trouble in asking: the verdict stands without it."""
    if not seen.has_room:
        return None
    ask = lambda: ctx.client.registry.tags(found.path, seen.grant.authorization)  # noqa: E731 -- once for the repository
    try:
        return ctx.once(f"tags {found.path}", ask)
    except ClientError as error:
        if error.kind is Kind.CLOSED:
            raise
        return None


def _listed(answer: Response) -> list[str]:
    if answer.status != 200 or answer.is_html:
        return []
    try:
        document = answer.json()
    except ClientError:
        return []
    tags = document.get("tags") if isinstance(document, dict) else None
    return [str(tag)[:128] for tag in tags] if isinstance(tags, list) else []


# --- What a deploy has no use for ------------------------------------------------------------------------
@docker_registry.check("The credential cannot push", layer=Layer.REGISTRY_AUTH, needs=["credential_accepted"],
                       after=["image_host_matches"], required=False, per_service=True)
@limits_told
def push_not_granted(ctx: Context) -> Verdict:
    """By the granted actions in the token, for nothing is ever uploaded; an opaque token and Basic do not tell."""
    matches = ctx.seen.get("image_host_matches")
    if matches is not None and matches.status is Status.FAIL:
        return skipped("Not tried: “The image is of this registry” failed.", skip=Skip.NEED, needs="image_host_matches")
    client: RegistryClient = ctx.client
    found, asked = image(ctx), challenge_of(ctx)
    page = credential_page(vendor(ctx), client.place.hostname, found.path)
    user = client.credential.username
    if asked is None or not asked.is_bearer:
        return _not_told(ctx, f"{client.host} takes a password as it is (Basic), which tells nothing of what it may do, so "
                              f"whether {user} can push was not seen.", page)
    return _by_grant(ctx, found, grant(ctx, found.path), page)


def _by_grant(ctx: Context, found: Reference, given: Grant, page: str) -> Verdict:
    client: RegistryClient = ctx.client
    user, service = client.credential.username, f"The token service of {client.host}"
    actions, no = given.actions(found.path), given.refused
    if no is not None:
        if is_in_front(no) or no.status not in (401, 403):
            return in_front(ctx, f"{service} answered HTTP {no.status}", no.status)
        return with_grant(passed(f"{service} gave {user} no token for {found.path}, so none to push with."), ())
    if given.pull_alone and "push" not in (actions or ()):
        return with_grant(passed(f"{service} refused {user} a token to push to {found.path}."), actions or ("pull",))
    if actions is None:
        return _not_told(ctx, f"The token of {client.host} does not tell what it was granted, so whether {user} can push to "
                              f"{found.path} was not seen.", page)
    if excess := [action for action in actions if action != "pull"]:
        remedy = f"{vendor(ctx).make}, enter that here, and leave the one that pushes to the pipeline alone."
        seen = f"The credential of {user} may do more with {found.path} than a deploy needs: {', '.join(actions)}."
        return with_grant(warn(seen, link=page, remedy=remedy, excess=excess), actions)
    have = ", ".join(actions) or "nothing"
    return with_grant(passed(f"The credential of {user} was granted {have} on {found.path}, and no push."), actions)


def _not_told(ctx: Context, seen: str, page: str) -> Verdict:
    preset = vendor(ctx)
    remedy = (f"See{f' on {page}' if page else ''} that it has no more than {preset.least}, and that the pipeline pushes with a "
              "credential of its own.")
    return with_grant(unknown(seen, cause=Cause.PROVIDER, required=False, link=page, remedy=remedy), None)


@docker_registry.check("Pulls are left", layer=Layer.REGISTRY_RATE_LIMIT, needs=["credential_accepted"],
                       after=["pull_permitted"], required=False)
@limits_told
def pulls_remaining(ctx: Context) -> Verdict:
    """Read from the answers that the images got anyway; nothing is asked. https://docs.docker.com/docker-hub/usage/pulls/"""
    client: RegistryClient = ctx.client
    registry = client.registry
    if registry.budgets:
        return _budget(ctx, min(registry.budgets, key=lambda budget: budget.remaining))
    if registry.spent:
        error = ClientError(Kind.RATE_LIMITED, "", host=client.host, status=429, body=registry.spent)
        return replace(rate_limited(ctx, error), link=HUB_LIMITS if client.place.is_hub else "")
    if not client.place.is_hub:
        return skipped(f"{client.host} tells no limit of pulls.", skip=Skip.NOT_APPLICABLE)
    if not registry.manifests_asked:
        return skipped("No image was asked for, and Docker Hub tells its limit with an image only.", skip=Skip.NOT_APPLICABLE)
    return passed("Docker Hub told no limit with its answers, as it does for accounts whose pulls are unlimited.")


def _budget(ctx: Context, budget: Budget) -> Verdict:
    host = "Docker Hub" if ctx.client.place.is_hub else ctx.client.host
    hours = f" in {budget.seconds / 3600:g} hours" if budget.seconds else ""
    whose = f", counted for {budget.source}" if budget.source else ""
    seen = f"{budget.remaining} of {budget.limit} pulls{hours} were left at {host}{whose}"
    facts: dict[str, Any] = {"remaining": budget.remaining, "limit": budget.limit, "window_seconds": budget.seconds,
                             "source": budget.source}
    if budget.remaining <= max(1, round(budget.limit * FEW)):
        return warn(f"{seen}: the next deploys may be refused.", link=HUB_LIMITS if ctx.client.place.is_hub else "", **facts,
                    remedy="Wait for the window to pass, use a credential of a paid plan, or put a pull-through cache before "
                           "the worker nodes.")
    return passed(f"{seen}.", **facts)
