"""What a credential looks like: hints for evidence and remedies, never a verdict alone. And which kinds end by themselves.

Docker Hub: https://docs.docker.com/security/access-tokens/ · GHCR: classic tokens only,
https://docs.github.com/packages/working-with-a-github-packages-registry/working-with-the-container-registry ·
GAR: https://cloud.google.com/artifact-registry/docs/docker/authentication
"""
from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any

from checks.providers.docker_registry import presets
from checks.providers.docker_registry.presets import Preset
from checks.providers.token_forms import foreign_kind

PASTED = "AWS"  # the user name of ECR's own twelve-hour token
ENTRA_ID = "00000000-0000-0000-0000-000000000000"  # ACR's user name for an access token of Microsoft Entra
KEY_ID = re.compile(r"(AKIA|ASIA)[A-Z0-9]{12,124}")
OWN_FORMS = {presets.DOCKER_HUB.name: "Docker Hub", presets.GHCR.name: "GitHub", presets.GITLAB.name: "GitLab"}


def hints(preset: Preset, username: str, password: str) -> list[str]:
    """Sentences on what looks wrong, the likeliest first."""
    found = [_blanks(password), _of_vendor(preset, username, password), _foreign(preset, password)]
    return [hint for hint in found if hint]


def _blanks(password: str) -> str:
    if password != password.strip():
        return "The password has blanks or a line break around it, which are sent with it: paste it anew without."
    if re.search(r"\s", password) and not password.lstrip().startswith("{"):
        return "The password has a blank or a line break inside: paste it anew, in one piece."
    return ""


def _foreign(preset: Preset, password: str) -> str:
    """Another host's token. Old GitHub tokens and Gitea's have a form that many passwords have, so only prefixes count."""
    kind = foreign_kind(password, own=OWN_FORMS.get(preset.name, ""))
    known = preset is not presets.GENERIC and preset is not presets.HARBOR
    return f"The password looks like {kind}, and this is {preset.name}." if known and kind and not re.fullmatch(
        r"[0-9a-f]{40}|[a-z2-7]{52}", password) else ""


def _of_vendor(preset: Preset, username: str, password: str) -> str:
    judge = {presets.DOCKER_HUB.name: _docker_hub, presets.GHCR.name: _ghcr, presets.QUAY.name: _quay,
             presets.HARBOR.name: _harbor, presets.GAR.name: _gar, presets.DIGITALOCEAN.name: _digitalocean}
    return judge[preset.name](username, password) if preset.name in judge else ""


def _docker_hub(username: str, password: str) -> str:
    if "@" in username:
        return ("The user name is an e-mail address, which Docker Hub takes with a password only: with an access token "
                "it wants the Docker ID.")
    if password.startswith("dckr_oat_"):
        return "The password is a token of an organisation: its user name is the organisation's name."
    return ""


def _ghcr(_: str, password: str) -> str:
    if password.startswith("github_pat_"):
        return ("The password is a fine-grained personal access token, which the container registry of GitHub does not "
                "take: make a classic one.")
    if password.startswith("ghs_"):
        return "The password is an installation or workflow token of GitHub (ghs_), which ends within hours."
    return ""


def _quay(username: str, _: str) -> str:
    if "+" in username or username.startswith("$"):
        return ""
    return ("The user name is no robot account (ORGANISATION+NAME), no $oauthtoken and no $app: a user's own password "
            "is not taken where the account signs in elsewhere.")


def _harbor(username: str, _: str) -> str:
    if username.startswith("robot") and "$" not in username:
        return ("The user name begins with robot and has no $: a shell may have swallowed it; robot accounts are called "
                "robot$NAME or robot$PROJECT+NAME.")
    return ""


def _gar(username: str, password: str) -> str:
    if username == "_json_key" and not password.lstrip().startswith("{"):
        return "With the user name _json_key the password is the whole JSON of the key, and this does not begin with {."
    if username == "_json_key_base64" and password.lstrip().startswith("{"):
        return "With the user name _json_key_base64 the password is the key in base64, and this is the JSON itself."
    if username not in ("_json_key", "_json_key_base64", "oauth2accesstoken"):
        return "The user name is none of _json_key, _json_key_base64 and oauth2accesstoken."
    return ""


def _digitalocean(username: str, password: str) -> str:
    if password.startswith("dop_v1_") and username != password:
        return "DigitalOcean wants the same API token as user name and as password, and the two differ."
    return ""


def short_lived(preset: Preset, username: str, password: str) -> tuple[str, str]:
    """What ends by itself within a day, as in "…", and how long it lasts; blank where nothing shows that it does."""
    if preset in (presets.ECR, presets.ECR_PUBLIC) and username == PASTED:
        return "a pasted token of Amazon ECR", "12 hours"
    if preset is presets.GAR and username == "oauth2accesstoken":
        return "an access token of Google Cloud", "an hour"
    if preset is presets.ACR and username == ENTRA_ID:
        return "an access token of Microsoft Entra", "three hours"
    if preset is presets.GHCR and password.startswith("ghs_"):
        return "an installation or workflow token of GitHub", "an hour, or the end of the job"
    if preset is presets.GITLAB and username == "gitlab-ci-token":
        return "a job token of GitLab", "the end of its job"
    return "", ""


def own_end(password: str) -> datetime | None:
    """When the credential ends by its own words: a JWT's exp, or the expiration in ECR's token. Unverified, for the date."""
    parts = password.strip().split(".")
    text = parts[1] if len(parts) == 3 and password.startswith("eyJ") else password.strip()
    try:
        claims: Any = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        value = claims.get("exp") or claims.get("expiration") if isinstance(claims, dict) else None
        return datetime.fromtimestamp(float(value), UTC) if isinstance(value, (int, float)) else None
    except (ValueError, binascii.Error, OverflowError, OSError, RecursionError):
        return None
