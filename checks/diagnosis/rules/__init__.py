"""Every rule, one line a family."""
from __future__ import annotations

from checks.diagnosis.rule import Rule
from checks.diagnosis.rules import (
    app,
    aws_denied,
    aws_keys,
    aws_limits,
    clock,
    codes_ec2,
    codes_oci,
    codes_s3,
    dns,
    fallback,
    git_refused,
    git_url,
    http,
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
    words_git,
    words_host,
)

RULES: tuple[Rule, ...] = (
    *app.RULES, *git_refused.RULES, *git_url.RULES, *registry.RULES, *registry_host.RULES, *storage_access.RULES,
    *storage_place.RULES, *aws_denied.RULES, *aws_keys.RULES, *aws_limits.RULES, *ssh.RULES, *ssh_host.RULES, *dns.RULES,
    *tls.RULES, *codes_oci.RULES, *codes_s3.RULES, *codes_ec2.RULES, *http.RULES, *words_git.RULES,
    *words_host.RULES,
    *network.RULES, *clock.RULES, *webhook.RULES, *outage.RULES,
    *fallback.RULES)
