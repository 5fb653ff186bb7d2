"""Gitea and Forgejo: a personal access token, over their API and over Git's smart HTTP.

Least grant: scope read:repository (write:repository with `pushes`). read:user only lets the token say whose it is.
In reading order: declared (form, provider), paths (what a path below the base URL is), answers (what this host says and
means), rows (the checks).
"""
from __future__ import annotations

from checks.providers.gitea.rows import gitea

__all__ = ["gitea"]
