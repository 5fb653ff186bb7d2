"""What each layer means when it is not the first answer, and which rows of the checklist test just that."""
from __future__ import annotations

from checks.verdict import Layer

L = Layer
APP, DOCKER, DATABASE, COMPUTE, NODE = "app", "docker", "database", "compute", "node"

# layer -> the kinds of service its integrations serve (compute and node serve none), and the rows that test it.
ROWS: dict[Layer, tuple[tuple[str, ...], tuple[str, ...]]] = {
    L.GIT_TOKEN: ((APP,), ("token_accepted", "token_not_expiring", "scopes_sufficient", "clone_permitted")),
    L.GITHUB_APP: ((APP,), ("app_key_accepted", "installation_active", "permissions_granted", "clone_permitted")),
    L.REPO_ALLOW_LIST: ((APP,), ("repository_allowed", "repository_visible", "clone_permitted")),
    L.CLONE_URL: ((APP,), ("url_well_formed",)),
    L.BRANCH_MISSING: ((APP,), ("ref_exists",)),
    L.REGISTRY_AUTH: ((DOCKER,), ("credential_accepted", "credential_not_expiring")),
    L.REGISTRY_HOST: ((DOCKER,), ("image_host_matches", "host_is_registry")),
    L.REGISTRY_NAMESPACE: ((DOCKER,), ("pull_permitted", "image_exists")),
    L.REGISTRY_RATE_LIMIT: ((DOCKER,), ("pulls_remaining",)),
    L.BACKUP_KEYS: ((DATABASE,), ("key_accepted", "key_separate_from_aws")),
    L.BACKUP_BUCKET_POLICY: ((DATABASE,), ("bucket_found", "prefix_listable", "object_writable", "object_readable",
        "object_deletable")),
    L.BACKUP_ENDPOINT_REGION: ((DATABASE,), ("endpoint_well_formed", "endpoint_reachable", "region_matches")),
    L.AWS_IAM: ((COMPUTE,), ("actions_allowed",)),
    L.AWS_SCP: ((COMPUTE,), ("actions_allowed",)),
    L.AWS_KEYS: ((COMPUTE,), ("key_accepted", "account_expected")),
    L.AWS_QUOTA: ((COMPUTE,), ("vcpu_quota_sufficient", "address_quota_sufficient", "instance_type_offered", "image_available",
        "region_enabled")),
    L.AWS_NETWORKING: ((COMPUTE,), ("network_ready", "ports_open")),
    L.WEBHOOK: ((APP,), ("webhook_configured", "webhook_delivered", "push_event_subscribed")),
    L.SSH_AUTH: ((NODE,), ("key_accepted",)),
    L.SSH_HOST: ((NODE,), ("host_key_trusted", "sudo_without_password", "system_supported", "docker_running", "disk_sufficient",
        "memory_sufficient")),
    L.DNS: ((APP, DOCKER, DATABASE, NODE), ("name_resolves", "host_reachable", "host_is_registry", "endpoint_reachable",
        "reaches_host")),
    L.TLS: ((APP, DOCKER, DATABASE), ("host_reachable", "host_is_registry", "endpoint_reachable")),
    L.NETWORK: ((APP, DOCKER, DATABASE, NODE), ("host_reachable", "host_is_registry", "endpoint_reachable", "port_open",
        "reaches_host")),
    L.CLOCK: ((NODE,), ("clock_in_step",)),
    L.PROVIDER_OUTAGE: ((APP, DOCKER, DATABASE), ("host_reachable", "host_is_registry", "endpoint_reachable")),
}

# layer -> why it may be that one instead, and what to do then.
BESIDES: dict[Layer, tuple[str, str]] = {
    L.GIT_TOKEN: ("The token may be wrong, expired or short of a scope; the same words are used for that.",
        "Run “The token is accepted” and “The token's scopes are sufficient” of the Git host; make a new token if they fail."),
    L.GITHUB_APP: ("Where a GitHub App clones, its installation or its permissions may be the cause.",
        "Run “The App is installed and active” and “The installation's permissions are sufficient” of the GitHub integration."),
    L.REPO_ALLOW_LIST: ("The credential may be good and not cover this repository.",
        "Add the repository to the installation's or the token's list at the Git host."),
    L.CLONE_URL: ("The clone URL may be misspelt, or not be the HTTPS one.",
        "Copy the HTTPS clone URL from the repository's own page."),
    L.BRANCH_MISSING: ("The branch or tag may not exist.", "Run “The branch or tag exists” of the Git host."),
    L.REGISTRY_AUTH: ("The registry's user name or token may be wrong or expired; registries use the same words for that.",
        "Run “The credential is accepted” of the registry."),
    L.REGISTRY_HOST: ("The image may name another registry host than the integration's (no host means Docker Hub).",
        "Write the image with its registry host, and run “The image is of this registry”."),
    L.REGISTRY_NAMESPACE: ("The token may be good and not cover this image, or the image is not there.",
        "Run “The credential can pull the image” and “The tag or digest exists” of the registry."),
    L.REGISTRY_RATE_LIMIT: ("The registry may be counting pulls.", "Run “Pulls are left” of the registry, and wait."),
    L.BACKUP_KEYS: ("The key pair may be the wrong one; backup storage has keys of its own.",
        "Run “The access key is accepted” of the backup storage."),
    L.BACKUP_BUCKET_POLICY: ("The bucket's policy may not allow this key to do that.",
        "Run “The key can write” and its neighbours of the backup storage."),
    L.BACKUP_ENDPOINT_REGION: ("The endpoint or the region may not be the bucket's.",
        "Run “The endpoint is an S3 endpoint” and “The region is the bucket's” of the backup storage."),
    L.AWS_IAM: ("The IAM policy of the principal may not allow it.",
        "Run “The key may do all that provisioning needs” of the AWS integration."),
    L.AWS_SCP: ("A policy of the AWS organisation may deny it, whatever the account's own policies say.",
        "Ask the organisation's administrators for the service control policies of this account."),
    L.AWS_KEYS: ("The AWS key may be deleted, disabled, or paired with another secret.",
        "Run “The access key is active” of the AWS integration."),
    L.AWS_QUOTA: ("A quota of the account may be used up.", "Look under Service Quotas in this region."),
    L.AWS_NETWORKING: ("The VPC, subnet or security group may not let it through.",
        "Run “The network is ready for instances” and “The ports are open” of the AWS integration."),
    L.WEBHOOK: ("The webhook may point elsewhere, or have another secret.", "Look at its recent deliveries at the Git host."),
    L.SSH_AUTH: ("The server may not know the key.",
        "Run “The node accepts the key” of the node. Tokens of Git hosts do not matter here."),
    L.SSH_HOST: ("The machine itself may be at fault: not running, another port, or full.",
        "Look at the machine's console, and run the node's rows."),
    L.DNS: ("The host's name may not resolve where this ran.", "Ask that machine for it: getent hosts NAME."),
    L.TLS: ("The certificate may not be trusted where this ran.", "Serve the whole chain for this very name."),
    L.NETWORK: ("Something on the way (a firewall, a proxy, an allow-list of addresses) may have answered or stayed "
        "silent instead.", "Try the host and port from the machine that failed."),
    L.CLOCK: ("The clock of the machine that asked may be wrong; what it signs is refused then.",
        "timedatectl status, on that machine."),
    L.PROVIDER_OUTAGE: ("The provider may be down.", "Look at its status page, and try again later."),
}

# The checklist page's own two warnings: an error of Git is not mended on the server's SSH, and the reverse.
WARNINGS: dict[Layer, str] = {
    L.GIT_TOKEN: "SSH keys of the server change nothing here.",
    L.SSH_AUTH: "Tokens of Git hosts do not matter here.",
}


def warned(layer: Layer, remedy: str) -> str:
    """The remedy, with the warning of its layer where it does not speak of the other side itself."""
    warning = WARNINGS.get(layer)
    return f"{remedy} {warning}" if warning and "SSH keys" not in remedy and "Tokens of" not in remedy else remedy
