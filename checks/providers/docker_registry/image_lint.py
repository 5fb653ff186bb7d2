"""What is wrong with an image's name, and the one that was probably meant. Offline."""
from __future__ import annotations

import re

from checks.clients.oci_place import HUB_HOSTS, Place, canonical
from checks.clients.oci_reference import InvalidReference, Reference, parse_normalized, split_docker_domain
from checks.providers.base import Context
from checks.providers.docker_registry.declared import RegistryClient
from checks.providers.docker_registry.presets import preset_of, shape_problem
from checks.verdict import Layer, Verdict, fail, warn

COMMAND = re.compile(r"(?:sudo\s+)?(?:docker|podman|nerdctl)\s+(?:image\s+)?(?:pull|run)\s+", re.IGNORECASE)
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
HUB_PAGE = re.compile(r"hub\.docker\.com/(?:r/(?P<path>[^/]+/[^/]+)|_/(?P<official>[^/]+)).*")
GITHUB_PAGE = re.compile(r"github\.com/(?:orgs/|users/)?(?P<owner>[^/]+)/(?:[^/]+/)?"
                         r"(?:packages/container|pkgs/container)/(?:package/)?(?P<name>[^/]+).*")
QUAY_PAGE = re.compile(r"quay\.io/repository/(?P<path>[^/]+/[^/]+).*")
REGISTRIES = HUB_HOSTS - {"hub.docker.com", "www.docker.io"}  # that answer as Docker Hub's registry


def not_a_reference(ctx: Context, typed: str, problem: str) -> Verdict:
    """problem: the sentence that Docker itself would say."""
    suggested = meant(typed, ctx.client.place)
    why = " It is written as a web address: an image has no scheme." if SCHEME.match(typed) else ""
    remedy = f"Set the service's image to {suggested}." if suggested else (
        f"Set the service's image to {ctx.client.host}/REPOSITORY:TAG: small letters, digits and single separators.")
    return fail(f"“{typed[:300]}” is no image reference: {problem}.{why}", layer=Layer.REGISTRY_NAMESPACE, remedy=remedy,
                suggested=suggested)


def meant(typed: str, place: Place) -> str:
    """A reference of this registry that was probably meant; "" when none can be told."""
    text = COMMAND.sub("", typed.strip()).strip("'\" ")
    text = re.sub(r"[?#].*", "", SCHEME.sub("", text)).strip("/")
    for page, host in ((HUB_PAGE, "docker.io"), (GITHUB_PAGE, "ghcr.io"), (QUAY_PAGE, "quay.io")):
        if found := page.fullmatch(text):
            parts = {key: value for key, value in found.groupdict().items() if value}
            text = f"{host}/" + (parts.get("path") or parts.get("official") or f"{parts['owner']}/{parts['name']}")
            break
    text = text.removeprefix(f"{place.host}/v2/") if text.startswith(f"{place.host}/v2/") else text
    domain, path = split_docker_domain(text)
    for candidate in (text, f"{domain}/{_lower(path)}", _lower(text)):
        try:
            found_reference = parse_normalized(candidate)
        except InvalidReference:
            continue
        if canonical(found_reference.domain) == place.host:
            return found_reference.full
        if not _names_host(candidate):
            return found_reference.at(place.host, _path_as_typed(candidate, found_reference)).full
    return ""


def _lower(path: str) -> str:
    """The name in small letters, its tag as it was."""
    name, colon, tag = path.rpartition(":")
    return name.lower() + colon + tag if colon and "/" not in tag else path.lower()


def _names_host(typed: str) -> bool:
    """Whether the text itself names a host; without one Docker takes Docker Hub."""
    first, slash, _ = typed.partition("/")
    return bool(slash) and ("." in first or ":" in first or first == "localhost" or first.lower() != first)


def _path_as_typed(typed: str, found: Reference) -> str:
    """Without the library/ that only Docker Hub has."""
    return found.path if "/" in typed else found.path.removeprefix("library/")


def mismatch(ctx: Context, typed: str, found: Reference) -> Verdict | None:
    """None where the image is of this integration's registry."""
    client: RegistryClient = ctx.client
    host = client.host
    there = canonical(found.domain, "http" if client.place.is_plain else "https")
    if there == host:
        return _hub_alias(found) if client.place.is_hub and found.domain != host else None
    if not _names_host(typed):
        return _no_host(ctx, typed, found)
    connect = f"connect {found.domain} as an integration of its own and have the service use that"
    port = f" Its port is another: {there} and {host} are two registries." if _same_name(there, host) else ""
    suggested = found.at(host).full if port else ""
    return fail(f"{found.full} is an image of {found.domain}, and this integration is {host}; nothing was asked with its "
                f"credential.{port}", image=found.full, suggested=suggested,
                remedy=f"Set the service's image to {suggested or f'one of {host}'}, or {connect}.")


def _same_name(one: str, other: str) -> bool:
    return re.sub(r":\d+$", "", one) == re.sub(r":\d+$", "", other)


def _no_host(ctx: Context, typed: str, found: Reference) -> Verdict:
    """The commonest mistake: without a host Docker asks Docker Hub."""
    host = ctx.client.host
    path = _path_as_typed(typed, found)
    preset = preset_of(ctx.client.place.hostname)
    suggested = "" if shape_problem(preset, path) else found.at(host, path).full
    write = suggested or f"{host}/{preset.shape}:{found.tag or 'TAG'}"
    return fail(f"“{typed}” names no host, so it means {found.full}, and this integration is {host}.", image=found.full,
                suggested=suggested, remedy=f"Set the service's image to its full name, {write}.")


def _hub_alias(found: Reference) -> Verdict | None:
    """Docker keeps the credential of Docker Hub under docker.io alone; hub.docker.com is a web site."""
    right = found.at("docker.io").full
    if found.domain.lower().removesuffix(":443") in REGISTRIES:
        return warn(f"{found.full} is an image of Docker Hub by another name, for which Docker does not use the credential of "
                    "docker.io.", remedy=f"Set the service's image to {right}.", suggested=right, image=right)
    return fail(f"{found.full} names Docker Hub's web site, which is no registry.", suggested=right, image=right,
                remedy=f"Set the service's image to {right}.")


def not_as_called(ctx: Context, found: Reference) -> Verdict | None:
    """A path that this vendor's repositories cannot have."""
    preset = preset_of(ctx.client.place.hostname)
    problem = shape_problem(preset, found.path)
    if not problem:
        return None
    return warn(f"{found.full} was an image of this integration's registry, and probably none that is there: {problem}.",
                layer=Layer.REGISTRY_NAMESPACE, image=found.full,
                remedy=f"Set the service's image to {ctx.client.host}/{preset.shape}:{found.tag or 'TAG'}, as its page shows it.")
