"""The keyring of this installation, made once for each value of CREDENTIAL_KEYS."""
from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from checks.vault import Keyring


@lru_cache(maxsize=4)
def _keyring(keys: tuple[str, ...]) -> Keyring:
    return Keyring(keys)


def keyring() -> Keyring:
    """The keys of CREDENTIAL_KEYS, newest first. Raises vault.BadKey where there is none."""
    return _keyring(tuple(settings.CREDENTIAL_KEYS))
