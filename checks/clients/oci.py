"""A registry of container images, asked for what a pull would ask. It reads; it never uploads.

https://distribution.github.io/distribution/spec/api/ · https://github.com/opencontainers/distribution-spec/blob/main/spec.md
https://distribution.github.io/distribution/spec/auth/token/ for the token service that a challenge names.
"""
from __future__ import annotations

import base64
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from checks import egress
from checks.clients.errors import ClientError, Kind
from checks.clients.http import Http, Response
from checks.clients.oci_challenge import Challenge
from checks.clients.oci_place import Place

INDEX_TYPES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFEST_TYPES = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
OLD_TYPES = ("application/vnd.docker.distribution.manifest.v1+prettyjws",
             "application/vnd.docker.distribution.manifest.v1+json")
ACCEPT = ", ".join(INDEX_TYPES + MANIFEST_TYPES)
BUDGET = re.compile(r"\s*(\d+)\s*(?:;\s*w=(\d+))?")
TAGS = 100
CLIENT_ID = "dflow-integrations"


@dataclass(frozen=True)
class Credential:
    """A user name and a password as Basic sends them; both blank: a stranger."""

    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_blank(self) -> bool:
        return not self.username

    @property
    def header(self) -> str:
        pair = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")


@dataclass(frozen=True)
class Budget:
    """Docker Hub's pulls: limit and remaining in a window of seconds, and whose they are (an address, or an account).

    https://docs.docker.com/docker-hub/usage/pulls/#view-hourly-pull-rate-and-limit
    """

    limit: int
    remaining: int
    seconds: int
    source: str = ""


class Registry:
    """One registry and its token services. It keeps what the answers said of pulls that are left.

    spent: the registry's own words when it said that none is left, "" before.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.http = Http(place.origin)
        self.budgets: list[Budget] = []
        self.spent = ""
        self.manifests_asked = 0
        self._services: dict[str, Http] = {}
        self._lock = threading.Lock()

    def ping(self, authorization: str = "") -> Response:
        """GET /v2/: the registry's own way to say that it is one, and what it wants."""
        return self.http.get("/v2/", headers=_headers(authorization), auth=None)

    def realm_problem(self, challenge: Challenge) -> str:
        """Why no credential may go to the token service that a challenge names; "" when one may. No look-up."""
        realm = challenge.realm.partition("?")[0]
        if not realm:
            return f"{self.place.host} asked for a token and named no token service (no realm)"
        if realm.lower().startswith("http://") and not self.place.is_plain:
            return f"{self.place.host} is asked over TLS, and names a token service over plain HTTP, {realm[:200]}"
        try:
            egress.parse_url(realm)
        except egress.Refused as refused:
            return f"{self.place.host} named a token service that is not asked, {realm[:200]}: {refused.reason.rstrip('.')}"
        return ""

    def ask_token(self, challenge: Challenge, scopes: Sequence[str], authorization: str = "") -> Response:
        """GET at the token service of a challenge. Nothing goes to one that realm_problem() speaks against."""
        if problem := self.realm_problem(challenge):
            raise ClientError(Kind.BLOCKED, f"{problem}. Nothing was sent there.", host=self.place.host)
        params: dict[str, str | list[str]] = {"client_id": CLIENT_ID}
        if challenge.service:
            params["service"] = challenge.service
        if scopes:
            params["scope"] = list(scopes)
        return self._service(challenge.realm).get(_below_origin(challenge.realm), params=params,
                                                  headers=_headers(authorization), auth=None)

    def manifest(
        self, name: str, identifier: str, authorization: str = "", *, method: str = "HEAD", control: bool = False,
    ) -> Response:
        """What a pull asks first. HEAD is no pull for Docker Hub's count, and has no body; GET has both.

        control: asked as a stranger beside the credential's own request, so what it says of pulls left is not kept.
        """
        path = f"/v2/{name}/manifests/{quote(identifier, safe=':')}"
        self.manifests_asked += 1
        try:
            answer = self.http.request(method, path, headers={"Accept": ACCEPT, **_headers(authorization)}, auth=None)
        except ClientError as error:
            if error.kind is Kind.RATE_LIMITED and not control:
                self.spent = error.body or error.detail
            raise
        if (budget := budget_of(answer)) is not None and not control:
            self.budgets.append(budget)
        return answer

    def tags(self, name: str, authorization: str = "") -> Response:
        return self.http.get(f"/v2/{name}/tags/list?n={TAGS}", headers=_headers(authorization), auth=None)

    def _service(self, realm: str) -> Http:
        origin = egress.parse_url(realm.partition("?")[0]).origin
        with self._lock:
            return self._services.setdefault(origin, self.http if origin == self.place.origin else Http(origin))


def budget_of(answer: Response) -> Budget | None:
    """The pulls that an answer says are left; None where it says nothing of them."""
    limit = BUDGET.match(answer.headers.get("ratelimit-limit", ""))
    remaining = BUDGET.match(answer.headers.get("ratelimit-remaining", ""))
    if limit is None or remaining is None:
        return None
    seconds = int(remaining[2] or limit[2] or 0)
    return Budget(int(limit[1]), int(remaining[1]), seconds, answer.headers.get("docker-ratelimit-source", "")[:60])


def media_type(answer: Response) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_manifest(answer: Response) -> bool:
    """Whether a 200 is that of a manifest, and not somebody else's page."""
    kind = media_type(answer)
    return kind in INDEX_TYPES + MANIFEST_TYPES + OLD_TYPES or (
        "docker-content-digest" in answer.headers and not answer.is_html)


def _headers(authorization: str) -> dict[str, str]:
    return {"Authorization": authorization} if authorization else {}


def _below_origin(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
