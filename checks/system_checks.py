"""What must be right before anything starts: each problem one plain sentence that names the variable."""
from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from checks.vault import BadKey, parse_key

KEY_HINT = "`python manage.py generate_key` makes one."
LONGEST_SLUG, LONGEST_TITLE = 60, 120


@register()
def secret_key(**_: Any) -> list[CheckMessage]:
    if settings.SECRET_KEY_IS_MISSING:
        return [Error("SECRET_KEY is missing: set it to a long random text.", hint=KEY_HINT, id="dflow.E001")]
    return []


@register()
def credential_keys(**_: Any) -> list[CheckMessage]:
    if not settings.CREDENTIAL_KEYS:
        return [Error("CREDENTIAL_KEYS is missing: without a key no credential can be stored or read.", hint=KEY_HINT,
                      id="dflow.E002")]
    found: list[CheckMessage] = []
    for number, text in enumerate(settings.CREDENTIAL_KEYS, start=1):
        try:
            parse_key(text)
        except BadKey as error:
            found.append(Error(f"CREDENTIAL_KEYS is malformed: entry {number} is no key, for {error}.", hint=KEY_HINT,
                               id="dflow.E003"))
    if settings.DEBUG_CREDENTIAL_KEY in settings.CREDENTIAL_KEYS:
        text = "CREDENTIAL_KEYS holds the key that this program uses in debug, and everybody knows it"
        found.append(Warning(f"{text}: do not connect anything real.", hint=KEY_HINT, id="dflow.W002") if settings.DEBUG
                     else Error(f"{text}.", hint=KEY_HINT, id="dflow.E007"))
    return found


@register()
def queue(**_: Any) -> list[CheckMessage]:
    """A task that is delivered again while it still runs would run twice: the time in the prefetch counts, too."""
    conf = settings.Q_CLUSTER
    found: list[CheckMessage] = []
    for name, own in {conf["name"]: {}, **conf.get("ALT_CLUSTERS", {})}.items():
        merged = {**conf, **own}
        least = merged["timeout"] * (1 + math.ceil(merged["queue_limit"] / merged["workers"])) + 10
        if merged["retry"] <= least:
            found.append(Error(
                f"Q_CLUSTER: the retry of the cluster {name} is {merged['retry']} seconds, and must be more than "
                f"{least}: timeout × (1 + queue_limit / workers, rounded up) + 10.", id="dflow.E004"))
    return found


@register()
def egress_networks(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for text in settings.EGRESS_ALLOW_NETWORKS:
        try:
            ipaddress.ip_network(text.strip())
        except ValueError:
            found.append(Error(f"EGRESS_ALLOW_NETWORKS is malformed: “{text}” is no network such as 10.20.0.0/16, "
                               "whose host bits are 0.", id="dflow.E005"))
    return found


@register()
def providers(**_: Any) -> list[CheckMessage]:
    """A malformed declaration already stops the import; what only shows over the whole is told here."""
    try:
        from checks.providers import PROVIDERS  # noqa: PLC0415 -- a declaration that raises is a problem to tell, not a traceback
    except ValueError as error:
        return [Error(f"A provider is declared wrongly: {error}", id="dflow.E006")]
    return [Error(f"The provider {provider.slug} is declared wrongly: {wrong}.", id="dflow.E006")
            for provider in PROVIDERS for wrong in declared_wrongly(provider)]


def declared_wrongly(provider: Any) -> Iterable[str]:
    """What a Provider cannot tell by itself when it is made."""
    if not provider.checks:
        yield "it has no checks"
    for kind in provider.serves:
        if kind not in provider.service_fields:
            yield f"it serves {kind} and names no fields for its target"
    names = (*provider.form.setting_names(), *provider.form.secret_names())
    for field in provider.identity_fields:
        if field not in names:
            yield f"its identity field {field} is not in its form"
    for check in provider.checks.values():
        if len(check.slug) > LONGEST_SLUG or len(check.title) > LONGEST_TITLE:
            yield f"the slug or title of {check.slug} is too long"


@register()
def mail(**_: Any) -> list[CheckMessage]:
    if not settings.EMAIL_URL:
        return [Warning("EMAIL_URL is missing: mail goes to the console, and nobody receives it.", id="dflow.W001",
                        hint="Set it, for example to smtp+tls://user:password@mail.example.com:587.")]
    return []


ALL: tuple[Callable[..., list[CheckMessage]], ...] = (
    secret_key, credential_keys, queue, egress_networks, providers, mail)


def sentences(*, keys: bool = True) -> list[str]:
    """What stops a start, a plain sentence each; warnings do not. keys=False: for a command that seals and signs nothing."""
    checks = [check for check in ALL if keys or check not in (secret_key, credential_keys)]
    errors = [message for check in checks for message in check() if message.is_serious()]
    return [f"{message.msg} {message.hint or ''}".strip() for message in errors]


def stop_if_misconfigured() -> None:
    """For the web server, which runs no system checks by itself: SystemExit with every error as a plain sentence."""
    if (wrong := sentences()):
        raise SystemExit("\n".join(wrong))
