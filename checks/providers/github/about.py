"""A GitHub App, as the rows that every Git host shares need to know it."""
from __future__ import annotations

from checks.providers.git_token import About
from checks.providers.github.answers import covers, granted, surplus
from checks.providers.github.paths import layout
from checks.providers.github.refusals import refused

READS = ("contents:read", "metadata:read")
PUSHES = ("contents:write", "metadata:read")

ABOUT = About(
    name="GitHub", layout=layout, token_page="", reads=READS, pushes=PUSHES, covers=covers, surplus=surplus, granted=granted,
    refused=refused)
