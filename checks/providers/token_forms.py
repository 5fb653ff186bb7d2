"""Whose credential a token is by its form alone. A form is a hint: hosts let administrators set prefixes of their own,
so it explains a refusal and never is one.

GitHub: https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
GitLab: https://docs.gitlab.com/security/tokens/#token-prefixes
Azure DevOps: https://learn.microsoft.com/azure/devops/release-notes/2024/general/sprint-241-update
The other prefixes stand in the hosts' own pages about their tokens, and in public secret scanners.
"""
from __future__ import annotations

import re

FORMS = (  # whose, what their credentials look like from the first sign on, and what this is
    ("GitHub", re.compile(r"(ghp|gho|ghu|ghs|ghr)_|github_pat_"), "a token of GitHub"),
    ("GitLab", re.compile(r"gl(pat|dt|cbt|oas|rt|ptt|ft|soat|imt|agent)-"), "a token of GitLab"),
    ("Bitbucket", re.compile(r"AT(ATT|CTT|BB)"), "a token of Atlassian, for Bitbucket"),
    ("Docker Hub", re.compile(r"dckr_(pat|oat)_"), "a token of Docker Hub"),
    ("AWS", re.compile(r"(AKIA|ASIA)[A-Z0-9]{16}$"), "an AWS access key id"),
    ("Azure DevOps", re.compile(r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}$|[a-z2-7]{52}$"), "a token of Azure DevOps"),
    ("Gitea", re.compile(r"[0-9a-f]{40}$"), "a token of Gitea or Forgejo, or an old one of GitHub"),
)


def foreign_kind(token: str, *, own: str = "") -> str:
    """Whose credential this is, as in "this is …"; "" when the form does not tell. own: whose to leave out."""
    return next((what for whose, form, what in FORMS if whose != own and form.match(token)), "")
