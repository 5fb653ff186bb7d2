"""What an SSH server says no to: an answer, not a trouble of the wire."""
from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    NO_COMMON_ALGORITHM = "no-common-algorithm"  # no key exchange, host key, cipher or MAC that both sides take
    KEY = "key"  # the key is not taken for this user; a user who is not there looks the same
    NO_PUBLIC_KEYS = "no-public-keys"  # no key at all is taken for this user
    SIGNATURE = "signature"  # the server is too old for the way in which this key signs
    SECOND_FACTOR = "second-factor"  # the key was taken, and more is asked for
    NO_SESSION = "no-session"  # signed in, but no command may be run


class SshRefusal(Exception):
    """said: the server's own words for it, "" where it gave none."""

    def __init__(self, why: Why, said: str = "") -> None:
        super().__init__(why.value)
        self.why, self.said = why, said
