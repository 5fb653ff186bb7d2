"""Every rule, one line a family."""
from __future__ import annotations

from checks.diagnosis.rule import Rule
from checks.diagnosis.rules import (
    app,
    aws_denied,
    aws_keys,
    aws_limits,
    clock,
    dns,
    fallback,
    git_refused,
    git_url,
    network,
    outage,
    registry,
    registry_host,
    ssh,
    ssh_host,
    storage_access,
    storage_place,
    tls,
    webhook,
)

RULES: tuple[Rule, ...] = (
    *app.RULES, *git_refused.RULES, *git_url.RULES, *registry.RULES, *registry_host.RULES, *storage_access.RULES,
    *storage_place.RULES, *aws_denied.RULES, *aws_keys.RULES, *aws_limits.RULES, *ssh.RULES, *ssh_host.RULES, *dns.RULES, *tls.
    RULES,
    *network.RULES, *clock.RULES, *webhook.RULES, *outage.RULES,
    *fallback.RULES)
