"""Bitbucket: an API token or an access token at Cloud, an HTTP access token at Data Center; over the API and over Git.

Least grant: scope repository (repository:write with `pushes`); of an API token read:repository:bitbucket (and
write:repository:bitbucket). In reading order: kinds (of credentials), place (Cloud or Data Center, and where), declared
(form, provider), paths (what a path below the base URL is), client (how it is asked), scopes, refusals (what its
sentences mean), the rows of host, token and repository, picker (what a token can list), rows (the checks in their order).
"""
from __future__ import annotations

from checks.providers.bitbucket.rows import bitbucket

__all__ = ["bitbucket"]
