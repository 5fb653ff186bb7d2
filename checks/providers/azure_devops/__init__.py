"""Azure DevOps, Services and Server: a personal access token, over its REST API and over Git's smart HTTP.

Least grant: scope Code (Read); Code (Read & write) with `pushes`. A token of one organization, for those of all
organizations end (see deprecations).
In reading order: declared (form, provider), paths (what a clone URL and its older spellings are), answers (how this host is
asked and what it means), scopes (what a token may do, which no token of its own can ask), refusals (its ways to say no),
rows and row_push (the checks), picker.
"""
from __future__ import annotations

from checks.providers.azure_devops import row_push  # noqa: F401 -- declares the last row
from checks.providers.azure_devops.rows import azure_devops

__all__ = ["azure_devops"]
