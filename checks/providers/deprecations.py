"""What hosts have ended or will end, as dated data: rows and guides read this table, none carries a date of its own."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Deprecation:
    """what: a plural that begins a sentence. ends: the day from which it no longer works; None: no day was announced.

    instead: as in "use …". source: the vendor's page, or the thread that quotes it.
    """

    what: str
    ends: date | None
    instead: str
    source: str

    def has_ended(self, today: date) -> bool:
        return self.ends is not None and today >= self.ends

    def sentence(self, today: date) -> str:
        """“App passwords of Bitbucket Cloud ended on 2026-07-28.”, by the day it is read."""
        if self.ends is None:
            return f"{self.what} are on their way out; no day was announced."
        return f"{self.what} {'ended' if self.has_ended(today) else 'end'} on {self.ends}."


APP_PASSWORDS = Deprecation(
    "App passwords of Bitbucket Cloud", date(2026, 7, 28), "an API token with scopes, or an access token of a repository",
    "https://developer.atlassian.com/cloud/bitbucket/changelog#CHANGE-3222")
CROSS_WORKSPACE_LISTS = Deprecation(
    "Bitbucket Cloud's lists across workspaces", date(2026, 4, 14), "the lists of one workspace",
    "https://developer.atlassian.com/cloud/bitbucket/changelog#CHANGE-2770")
GLOBAL_TOKENS = Deprecation(
    "Azure DevOps tokens for “All accessible organizations”", date(2026, 12, 1), "a token for one organization",
    "https://devblogs.microsoft.com/devops/retirement-of-global-personal-access-tokens-in-azure-devops/")
CLASSIC_TOKENS = Deprecation(
    "GitLab's tokens without fine-grained permissions", None, "a token with the very permissions, where GitLab offers it",
    "https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens/")

DEPRECATIONS: tuple[Deprecation, ...] = (APP_PASSWORDS, CROSS_WORKSPACE_LISTS, GLOBAL_TOKENS, CLASSIC_TOKENS)
