"""What is known of each vendor's registry: its host, the credential to make and where, how its repositories are called.

Sources: docs.docker.com/security/access-tokens · docs.github.com/packages/working-with-a-github-packages-registry ·
docs.gitlab.com/user/packages/container_registry · docs.redhat.com (Quay robot accounts) · goharbor.io/docs ·
docs.aws.amazon.com/AmazonECR · learn.microsoft.com/azure/container-registry · cloud.google.com/artifact-registry/docs ·
docs.digitalocean.com/products/container-registry. Nothing here gives a verdict by itself: the registry's answer does.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

from checks.clients.ecr import PRIVATE, PUBLIC_HOST
from checks.clients.oci_place import HUB


@dataclass(frozen=True)
class Preset:
    """hosts: whole names. page: where its credentials are made. image_page: a repository's own page. {host}, {path}, {first}
    (the path's first part), {region} and {account} are filled in.

    make: an imperative that ends in the credential to make. least: the least grant. parts: how many parts a repository's
    path has at least and at most; shape: the same in words. service: what its token service is called in a challenge,
    where that tells the software behind any host. ends: why the end of a credential is not known; "" where they have none.
    """

    name: str
    hosts: re.Pattern[str] | None
    page: str
    image_page: str
    make: str
    least: str
    shape: str = "REPOSITORY"
    parts: tuple[int, int] = (1, 99)
    service: str = ""
    ends: str = "a registry does not tell it"


DOCKER_HUB = Preset(
    "Docker Hub", re.compile(re.escape(HUB)), "https://app.docker.com/settings/personal-access-tokens",
    "https://hub.docker.com/r/{path}", "Make an access token with “Repo Read-only”", "Repo Read-only",
    "NAMESPACE/REPOSITORY", (2, 2), ends="Docker Hub's access tokens may end, and a registry does not tell when")
GHCR = Preset(
    "GitHub Container Registry", re.compile(r"ghcr\.io"),
    "https://github.com/settings/tokens/new?scopes=read:packages&description=dflow",
    "https://github.com/{first}?tab=packages", "Make a personal access token (classic) with read:packages",
    "read:packages", "OWNER/IMAGE", (2, 99),
    ends="GitHub's tokens end on the day that was chosen, and a registry does not tell it")
GITLAB = Preset(
    "GitLab Container Registry", re.compile(r"registry\.gitlab\.com"), "https://gitlab.com/dashboard/projects",
    "https://gitlab.com/{path}", "Make a deploy token with read_registry (Settings, Repository of the project)",
    "read_registry", "GROUP/PROJECT", (2, 99), service="container_registry",
    ends="GitLab's deploy tokens end on the day that was chosen, and a registry does not tell it")
QUAY = Preset(
    "Quay", re.compile(r"quay\.io"), "https://quay.io/organization/{first}?tab=robots",
    "https://quay.io/repository/{path}?tab=settings", "Make a robot account with Read on the repository",
    "Read on the repository", "ORGANISATION/REPOSITORY", (2, 2), ends="")
HARBOR = Preset(
    "Harbor", None, "https://{host}/harbor/projects", "https://{host}/harbor/projects",
    "Make a robot account with “Pull repository” in the project", "Pull repository", "PROJECT/REPOSITORY", (2, 99),
    service="harbor-registry", ends="Harbor's robot accounts end on the day that was chosen, and a registry does not tell it")
ECR = Preset(
    "Amazon ECR", PRIVATE, "https://console.aws.amazon.com/iam/home#/users",
    "https://{region}.console.aws.amazon.com/ecr/repositories/private/{account}/{path}",
    "Make an access key of an IAM user of its own with AmazonEC2ContainerRegistryPullOnly",
    "ecr:GetAuthorizationToken; ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on the repository", ends="")
ECR_PUBLIC = Preset(
    "Amazon ECR Public", re.compile(re.escape(PUBLIC_HOST)), "https://console.aws.amazon.com/iam/home#/users",
    "https://gallery.ecr.aws/{path}", "Leave user name and password blank, for all images there are public; or make an "
    "access key with ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken",
    "none", "ALIAS/REPOSITORY", (2, 99), ends="")
ACR = Preset(
    "Azure Container Registry", re.compile(r"[a-z0-9-]{5,63}\.azurecr\.(io|cn|us)"),
    "https://portal.azure.com/#browse/Microsoft.ContainerRegistry%2Fregistries",
    "https://portal.azure.com/#browse/Microsoft.ContainerRegistry%2Fregistries",
    "Make a token with the scope map _repositories_pull, or a service principal with AcrPull", "AcrPull, or content/read",
    ends="the passwords of its tokens and service principals end on the day that was chosen, and a registry does not tell it")
GAR = Preset(
    "Google Artifact Registry", re.compile(r"[a-z0-9-]+-docker\.pkg\.dev|([a-z]+\.)?gcr\.io"),
    "https://console.cloud.google.com/iam-admin/serviceaccounts", "https://console.cloud.google.com/artifacts",
    "Make a JSON key of a service account with Artifact Registry Reader (user name _json_key)",
    "roles/artifactregistry.reader", "PROJECT/REPOSITORY/IMAGE", (2, 99),
    ends="a service account's key may end by a policy of its organisation, and a registry does not tell it")
DIGITALOCEAN = Preset(
    "DigitalOcean Container Registry", re.compile(r"registry\.digitalocean\.com"),
    "https://cloud.digitalocean.com/account/api/tokens", "https://cloud.digitalocean.com/registry",
    "Make an API token with registry read, and enter it as user name and as password", "registry:read",
    "REGISTRY/REPOSITORY", (2, 99), ends="DigitalOcean's tokens end on the day that was chosen, and a registry does not tell it")
GENERIC = Preset(
    "the registry", None, "", "", "Make a user that may only pull", "pull on the repository")

PRESETS = (DOCKER_HUB, GHCR, GITLAB, QUAY, ECR, ECR_PUBLIC, ACR, GAR, DIGITALOCEAN, HARBOR)


def preset_of(hostname: str, service: str = "") -> Preset:
    """By its host, else by what its token service calls itself, else one of your own."""
    by_host = (preset for preset in PRESETS if preset.hosts is not None and preset.hosts.fullmatch(hostname))
    by_service = (preset for preset in PRESETS if service and preset.service == service)
    return next(by_host, None) or next(by_service, None) or GENERIC


def credential_page(preset: Preset, host: str, path: str = "") -> str:
    """The page where a new credential is made."""
    if preset is GITLAB and path and preset.hosts is not None and preset.hosts.fullmatch(host):
        return f"https://gitlab.com/{'/'.join(path.split('/')[:2])}/-/settings/repository"
    if preset is GITLAB and not (preset.hosts is not None and preset.hosts.fullmatch(host)):
        return ""  # of a GitLab of one's own the registry's host is known, not its pages'
    if "{first}" in preset.page and not path:
        return "https://quay.io/user/?tab=robots" if preset is QUAY else ""
    return _filled(preset.page, host, path)


def image_page(preset: Preset, host: str, path: str) -> str:
    """The repository's page at the vendor; "" where none is known."""
    if preset is DOCKER_HUB and path.startswith("library/"):
        return f"https://hub.docker.com/_/{path.removeprefix('library/')}"
    if preset is GITLAB and not (preset.hosts is not None and preset.hosts.fullmatch(host)):
        return ""
    return _filled(preset.image_page, host, path)


def _filled(page: str, host: str, path: str) -> str:
    found = PRIVATE.fullmatch(host)
    return page.format(host=host, path=path, first=path.partition("/")[0], region=found["region"] if found else "",
                       account=found["account"] if found else "")


def shape_problem(preset: Preset, path: str) -> str:
    """Why a repository of this vendor is not called so, as the end of a sentence; "" when it may be."""
    least, most = preset.parts
    count = path.count("/") + 1
    if least <= count <= most:
        return ""
    return f"repositories of {preset.name} are called {preset.shape}, and {path} has {count} part{'s' if count > 1 else ''}"
