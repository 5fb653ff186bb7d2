"""GitLab (GitLab.com, self-managed, Dedicated): an access token, over its API and over Git's smart HTTP.

Least grant: scope read_repository (write_repository with `pushes`). read_api only lets the API describe repositories.
In reading order: declared (form, provider), paths (what a path below the base URL is), asking (which kind of token this
is, and how the API is asked with it), answers (what this host's sentences mean), rows and rows_of_repositories (the
checks), picker (what the token can list).
"""
from __future__ import annotations

from checks.providers.gitlab.rows_of_repositories import gitlab

__all__ = ["gitlab"]
