"""GitHub and GitHub Enterprise Server: a GitHub App, over GitHub's API and over Git's smart HTTP.

Least grant: contents:read and metadata:read (contents:write with `pushes`), the event push.
In reading order: declared (form, provider), key (the private key as people paste it), paths (what a path below the
address is), answers (how GitHub is asked and what it says), refusals (of a clone or a token), rows (the checks) with reach,
installed, permitted, allowed, webhook_rows and deliveries (what each asks), picker (the installation's repositories), events
(webhooks as they come), setup (what the set-up pages ask) with new_app and setup_answers.
"""
from __future__ import annotations

from checks.providers.github.rows import github

__all__ = ["github"]
