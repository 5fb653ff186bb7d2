"""Backup storage: one bucket and one prefix at anything that speaks S3.

Least grant: list the bucket; read, write and delete below the prefix; abort multipart uploads. The only writes of the
whole program are here: a canary of 1 KiB below PREFIX/.dflow-probe/, written down before it is put.
In reading order: presets, consoles and endpoint_lint (what an endpoint must look like), where, policy and grants (what the
key needs, and who denied it), declared (form, provider), removal, then the checks: checks_access, checks_bucket, canary,
writing and uploads (what is put, and how), checks_objects, checks_deletion.
"""
from __future__ import annotations

from checks.providers.backup_storage.checks_deletion import backup_storage

__all__ = ["backup_storage"]
