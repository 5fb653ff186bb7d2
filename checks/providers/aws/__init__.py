"""AWS (EC2): one account, one region, and an access key that makes worker nodes there.

Least grant: policy.py. Nothing is ever made: what would make something is asked with DryRun, what would change or end
something is only simulated, and an endpoint that carries a dry run out has its doing ended at once.
In reading order: actions and policy (what is needed), denials and proofs (what an answer means), declared (form, provider),
identity and reads (what is asked), dry, removal, simulation and matrix (what the key may do), then the rows: rows_key,
rows_rights, rows_quota, rows_network, rows_offer.
"""
from __future__ import annotations

from checks.providers.aws.rows_offer import aws

__all__ = ["aws"]
