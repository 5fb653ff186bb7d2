"""Docker registries: whatever speaks the distribution protocol, Docker Hub and nine other vendors known by name.

Least grant: pull, on the repositories that are deployed. Nothing is ever uploaded: whether a credential can push is read
from the actions that its token was granted.
In reading order: presets and credential_lint (what is known of vendors), guide and declared (form, provider), answers and
look (how it is asked), image_lint and refusals (what answers mean), then the checks: rows_host, rows_image.
"""
from __future__ import annotations

from checks.providers.docker_registry import rows_host, rows_image
from checks.providers.docker_registry.declared import docker_registry

__all__ = ["docker_registry", "rows_host", "rows_image"]
