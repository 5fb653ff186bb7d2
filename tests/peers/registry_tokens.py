"""A token service for Debian's docker-registry, written from the distribution specification.

https://distribution.github.io/distribution/spec/auth/token/ (how it is asked, what it drops) and …/spec/auth/jwt/ (the
claims). A right that a user lacks is left out of the token, silently; a wrong password is 401, in Docker Hub's words.
"""
from __future__ import annotations

import base64
import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from checks.demo.git_repositories import Answer
from checks.demo.loopback import LoopbackHost, Seen

SERVICE, ISSUER = "registry.test", "tokens.test"
RIGHTS = {  # user -> repositories, by the beginning of their name, and what may be done there
    "": {"public/": {"pull"}},
    "puller": {"team/app": {"pull"}, "public/": {"pull"}},
    "pusher": {"team/": {"pull", "push"}, "public/": {"pull", "push"}},
    "admin": {"": {"pull", "push", "delete"}},
    "outsider": {"public/": {"pull"}},
}


def password_of(user: str) -> str:
    return f"password-of-{user}"


class TokenService(LoopbackHost):
    """skew: seconds that its clock is ahead. issuer: whom it claims to be. refuses_push: it refuses what it cannot grant
    whole. ignores: it looks at no password."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.bundle = folder / "tokens.pem"
        self._certificate = _self_signed(self._key)
        self.bundle.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        self.be_normal()

    def be_normal(self) -> None:
        self.skew, self.issuer, self.refuses_push, self.ignores = 0, ISSUER, False, False

    @property
    def realm(self) -> str:
        return f"{self.origin}/token"

    def answer(self, seen: Seen) -> Answer:
        query = parse_qs(urlsplit(seen.path).query)
        user = self._user(seen.headers.get("Authorization", ""))
        if user is None:
            return _json(401, {"details": "incorrect username or password"})
        access, asked = [], [scope for value in query.get("scope", ()) for scope in value.split()]
        for scope in asked:
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            wanted = set(actions.split(","))
            allowed = wanted & may(user, name)
            if self.refuses_push and allowed != wanted:  # as Google Artifact Registry does
                return _json(403, {"errors": [{"code": "DENIED", "message": f"denied on {name}"}]})
            access.append({"type": kind, "name": name, "actions": sorted(allowed)})
        return _json(200, {"token": self.token(user, access), "expires_in": 300})

    def _user(self, header: str) -> str | None:
        if not header or self.ignores:
            return ""
        pair = base64.b64decode(header.removeprefix("Basic ")).decode()
        user, _, password = pair.partition(":")
        return user if user in RIGHTS and secrets.compare_digest(password, password_of(user)) else None

    def token(self, user: str, access: list[dict]) -> str:
        now = int(time.time()) + self.skew
        der = base64.b64encode(self._certificate.public_bytes(serialization.Encoding.DER)).decode()
        claims = {"iss": self.issuer, "sub": user, "aud": SERVICE, "exp": now + 300, "nbf": now - 5, "iat": now,
                  "jti": secrets.token_hex(8), "access": access}
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"x5c": [der]})


def may(user: str, name: str) -> set[str]:
    return {action for beginning, actions in RIGHTS[user].items() if name.startswith(beginning) for action in actions}


def _json(status: int, document: object) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(document).encode())


def _self_signed(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tokens")])
    now = datetime.now(UTC)
    return (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=9)).sign(key, hashes.SHA256()))
