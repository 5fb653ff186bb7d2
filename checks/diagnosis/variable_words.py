"""What is said of a variable: a verdict, a sentence, and the text to copy. From what was stored, which is never a value."""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checks.diagnosis.generated import EXAMPLE

REGENERATED = "dFlow draws it anew whenever the variables are saved, so sessions and what was encrypted with it end then."
EMPTY = "dFlow takes it for an unknown form and sets the variable to nothing."
PROBLEMS = {
    "no-braces": "secret(…) stands without braces, so dFlow passes on these very words.",
    "braces": f"Its braces do not come in pairs. {EMPTY}",
    "one-argument": f"secret() needs both a length and its characters. {EMPTY}",
    "quotes": f"The characters of secret() hold a quote. {EMPTY}",
    "arguments": f"secret() takes a number, a comma right after it, and its characters in quotes. {EMPTY}",
    "unknown": f"What stands in braces is neither secret(…) nor SERVICE.NAME. {EMPTY}",
    "weak": "secret() draws few characters here: they can be guessed.",
    "spelling": "dFlow knows no variable of this name; it spells it as below.",
    "not-known": "dFlow has no variable of this name of its own; it is read from that service’s variables, and is empty "
                 "without one.",
}
DATABASES = {"postgres": "POSTGRES", "postgresql": "POSTGRES", "mysql": "MYSQL", "mariadb": "MARIADB", "mongodb": "MONGO",
             "redis": "REDIS", "rediss": "REDIS", "clickhouse": "CLICKHOUSE"}
_SPELLED = {word.lower(): word for word in re.findall(
    r"\w+", "AWS GitHub GitLab npm PyPI SendGrid OpenAI DigitalOcean NuGet HMAC Cloudflare RubyGems PlanetScale SonarQube")}
_PLAIN_WORDS = ("private", "encoded", "password", "secret", "access", "session")
_LOUD = "fail", "warn"


@dataclass(frozen=True)
class Told:
    """status: of a verdict; `skipped` is a remark. word: beside its mark. provider: the slug of what takes it, or ""."""

    name: str
    status: str
    word: str
    sentence: str
    fix: str = ""
    provider: str = ""

    @property
    def counts(self) -> bool:
        """Whether secrets_kept_out speaks of it."""
        return self.status in _LOUD


def kind_words(kind: str) -> str:
    """`github-token` → `a GitHub token`."""
    if not kind:
        return "a secret"
    first, *rest = kind.split("-")
    head = first if first in _PLAIN_WORDS else _SPELLED.get(first, first.capitalize())
    words = " ".join([head, *("ID" if word == "id" else word for word in rest)])
    return f"{'an' if words[0] in 'aeioAEIO' or head == 'npm' else 'a'} {words}"


@dataclass(frozen=True)
class _Seen:
    """One stored variable, and who takes what."""

    name: str
    kind: str
    problem: str
    fix: str
    holders: Mapping[str, tuple[str, str]]

    def home(self, kind: str) -> tuple[str, str]:
        """Name and slug of the provider that holds such a secret, or two empty ones."""
        return self.holders.get(kind, ("", ""))

    @property
    def wrong(self) -> str:
        return PROBLEMS.get(self.problem, PROBLEMS["unknown"])


def told(stored: Mapping[str, Any], holders: Mapping[str, tuple[str, str]]) -> Told:
    """holders: kind of token → (name, slug) of the provider whose integrations hold it."""
    said = {key: str(stored.get(key, "")) for key in ("name", "kind", "problem", "fix")}
    name, bad = said["name"], str(stored.get("bad_name", ""))
    found = _SENTENCES.get(str(stored.get("looks_like", "")), _plain)(_Seen(**said, holders=holders))
    if not bad:
        return found
    refused = f"dFlow refuses the name {name}: letters, digits and _ alone, and no digit first."
    if found.status in _LOUD:
        return Told(name, found.status, found.word, f"{found.sentence} {refused}", found.fix, found.provider)
    return Told(name, "warn", "Name is refused", refused, bad)


def _token(seen: _Seen) -> Told:
    name, kind = seen.name, seen.kind
    provider, slug = seen.home(kind)
    if kind and not provider:
        return Told(name, "skipped", "Credential", f"{name} holds {kind_words(kind)}. No integration here takes it; if the "
                    "application itself needs it, a variable is its place, and nowhere else.")
    what = kind_words(kind) if kind else "a provider’s token"
    to = f"give it to {_an(provider)} integration" if provider else "give it to its provider’s integration"
    return Told(name, "fail", "Token", f"{name} holds {what}: {to}, which seals it, and revoke this one.", provider=slug)


def _an(provider: str) -> str:
    return f"{'an' if provider[:1] in 'AEIO' else 'a'} {provider}"


def _private_key(seen: _Seen) -> Told:
    provider, slug = seen.home("github-app-key" if "GITHUB" in seen.name.upper() else "private-key")
    to = f": give it to {_an(provider)} integration, which seals it." if provider else "."
    return Told(seen.name, "fail", "Private key", f"{seen.name} holds a private key{to}", provider=slug)


def _registry(seen: _Seen) -> Told:
    provider, slug = seen.home("registry-password")
    return Told(seen.name, "fail", "Registry password", f"{seen.name} holds a password of a registry: give it to "
                f"{_an(provider or 'registry')} integration; a deploy pulls with that one.", provider=slug)


def _url(seen: _Seen) -> Told:
    engine = DATABASES.get(seen.kind)
    if engine is None:
        return Told(seen.name, "warn", "Password in a URL", f"{seen.name} holds a URL with its password. Give the password a "
                    "variable of its own, so that the URL can be shown and logged.")
    return Told(seen.name, "warn", "Password in a URL", f"{seen.name} holds a URL with the database’s password. If dFlow runs "
                "that database, refer to it instead, with its service’s name for “database”.", f"{{{{ database.{engine}_URI }}}}")


def _own_secret(seen: _Seen) -> Told:
    return Told(seen.name, "skipped", "Secret", f"{seen.name} holds what looks drawn by lot. If only this application knows it, "
                f"let dFlow draw it. {REGENERATED}", EXAMPLE)


def _password(seen: _Seen) -> Told:
    return Told(seen.name, "skipped", "Password", f"{seen.name} holds a password. Refer to the database that dFlow runs, as in "
                "the text below, or keep it if the other side is elsewhere.", "{{ database.POSTGRES_PASSWORD }}")


def _credential(seen: _Seen) -> Told:
    return Told(seen.name, "skipped", "Credential", f"{seen.name} holds a credential whose form is nobody’s in particular. A "
                "token of a Git host or a registry belongs to an integration; one that the application needs stays here.")


def _generator(seen: _Seen) -> Told:
    if seen.problem:
        return Told(seen.name, "warn", "Generated, weak", f"{seen.wrong} {REGENERATED}", seen.fix)
    return Told(seen.name, "pass", "Generated", f"A random value of this service’s own. {REGENERATED}")


def _template(seen: _Seen) -> Told:
    if not seen.problem:
        return Told(seen.name, "pass", "Reference", "dFlow fills it in from another service.")
    return Told(seen.name, "skipped" if seen.problem == "not-known" else "warn", "Reference", seen.wrong, seen.fix)


def _wrong(seen: _Seen) -> Told:
    return Told(seen.name, "warn", "Not understood", seen.wrong, seen.fix)


def _plain(seen: _Seen) -> Told:
    return Told(seen.name, "pass", "Plain text", "Nothing in it looks like a secret.")


_SENTENCES = {
    "token": _token, "private-key": _private_key, "registry-password": _registry, "url-password": _url, "secret": _own_secret,
    "password": _password, "credential": _credential, "generator": _generator, "reference": _template, "combination": _template,
    "wrong": _wrong, "text": _plain,
}
