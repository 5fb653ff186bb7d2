"""The seed page's own words: why a prerequisite matters, and where its mending does not lie.

Keyed by check and layer, so that the page of every provider of a kind says the same.
"""

from __future__ import annotations

from checks.verdict import Layer

ORGANISATION = {
    "right_organisation": "Connecting under the wrong Organisation breaks deploys for teammates.",
    "role_can_manage": "Owners and admins manage integrations; other roles read, and developers may also check again.",
    "secrets_kept_out": "Tokens do not belong in tickets, notes or Git. An integration stores them sealed; secret() in "
    "Service variables makes random values and is no place for a provider's token.",
}
WHY = {
    "token_accepted": "An expired or revoked token makes every clone fail.",
    "token_not_expiring": "Expired tokens cause clone failures; rotate before expiry.",
    "scopes_sufficient": "A deploy reads the repository, and the API where applicable; write is only for pushes.",
    "scopes_not_excessive": "What a deploy does not need is what a leaked token gives away.",
    "url_well_formed": "The clone URL must have the form that a deploy expects: HTTPS, and this host.",
    "token_kind_supported": "Workspace-level tokens may be unavailable on some plans; use repository tokens there.",
    "host_reachable": "Of a host that does not answer nothing can be proven, and no credential mends that.",
    "repository_visible": "A repository that was renamed, archived or emptied stops deploys, whatever the token may do.",
    "clone_permitted": "A deploy begins with a clone. 401, 403 or permission denied there is the token, the GitHub App’s "
    "installation or its list of repositories.",
    "pushes_permitted": "Write is asked for only where deploys push.",
    "ref_exists": "A Service points at a real branch or tag.",
    "app_key_accepted": "The App signs in with its private key alone; a key that was replaced at GitHub opens nothing.",
    "permissions_granted": "What counts is what the installation accepted, not what the App asks for.",
    "permissions_not_excessive": "What a deploy does not need is what a leaked key gives away.",
    "push_event_subscribed": "Without the push event GitHub has nothing to send when somebody pushes.",
    "webhook_configured": "A webhook never arrives when the App’s settings send it elsewhere, or unsigned.",
    "webhook_delivered": "When a webhook never arrives, it is the App’s settings, a firewall or a branch filter: GitHub’s "
    "own list of deliveries tells which.",
    "repository_allowed": "“Only select repositories” means updating the installation when a repository is added.",
    "installation_active": "Suspended installations and third-party restrictions of an organisation block access.",
    "credential_accepted": "A deploy only needs to pull; a CI that also pushes has credentials of its own.",
    "host_is_registry": "The host of an image is where Docker's API answers, not the page where one looks at images.",
    "image_exists": "A deploy pulls the very tag or digest that the Service names.",
    "push_not_granted": "Where a CI pushes images it has credentials of its own; a deploy only pulls.",
    "credential_not_expiring": "Expired tokens cause pull failures; rotate before expiry.",
    "pulls_remaining": "A registry that limits pulls answers a deploy with a refusal once they are used up.",
    "image_host_matches": "The registry's host must be the one that the image reference of the Service names.",
    "pull_permitted": "The token must cover the repository or organisation that owns the image.",
    "object_writable": "Backups need read, write and delete on the bucket and prefix that dumps go to.",
    "object_readable": "Backups need read, write and delete on the bucket and prefix that dumps go to.",
    "object_deletable": "Backups need read, write and delete on the bucket and prefix that dumps go to.",
    "prefix_listable": "Backups are found again by listing the prefix that dumps go to.",
    "endpoint_well_formed": "Blank means AWS S3; R2, B2, MinIO and similar hosts have an S3 API endpoint of their own.",
    "region_matches": "A wrong region is answered by a redirect or a refusal, and uploads stop there.",
    "key_separate_from_aws": "Backup storage credentials are not those of the AWS integration that provisions compute.",
    "actions_allowed": "Under-scoped policies return AccessDenied during provisioning.",
    "account_expected": "A key of another account provisions there, and its bill comes from there.",
    "principal_not_root": "No policy limits the root user: its key is the whole account.",
    "privileges_not_excessive": "What provisioning does not need is what a leaked key gives away.",
    "region_enabled": "A region that the account has not opted in to refuses valid keys as if they were wrong.",
    "vcpu_quota_sufficient": "Even with IAM correct, limits can block success.",
    "address_quota_sufficient": "Even with IAM correct, limits can block success.",
    "ports_open": "Even with IAM correct, security groups and routes can block success.",
    "instance_type_offered": "Not every zone of every region has every instance type.",
    "image_available": "An image id belongs to one region, and an image to one architecture.",
    "host_key_trusted": "A host key proves that the machine is the one you mean. Until somebody here trusts it, nobody signs in.",
    "sudo_without_password": "A deploy installs and starts things on the node, and nobody is there to type a password.",
    "system_supported": "Deploys run on the systems that dFlow’s own installer supports.",
    "docker_running": "What is deployed runs in containers of the node’s Docker.",
    "reaches_host": "The node itself clones, pulls and writes backups: that this program reaches a host says nothing of it.",
    "network_ready": "Even with IAM correct, security groups and routes can block success.",
}
GIT = "Changing SSH keys on a server will not mend this."
SSH = "A Git or registry token will not mend this."
BACKUP = "The keys of the AWS integration are not the ones used here."
COMPUTE = "The keys of backup storage are not the ones used here."
ELSEWHERE = {
    **dict.fromkeys(
        (Layer.GIT_TOKEN, Layer.GITHUB_APP, Layer.REPO_ALLOW_LIST, Layer.CLONE_URL, Layer.BRANCH_MISSING), GIT
    ),
    **dict.fromkeys((Layer.SSH_AUTH, Layer.SSH_HOST), SSH),
    **dict.fromkeys((Layer.BACKUP_KEYS, Layer.BACKUP_BUCKET_POLICY, Layer.BACKUP_ENDPOINT_REGION), BACKUP),
    **dict.fromkeys((Layer.AWS_IAM, Layer.AWS_SCP, Layer.AWS_KEYS), COMPUTE),
}
BY_LAYER = {
    Layer.AWS_KEYS: "Disabled or deleted keys fail signature validation.",
    Layer.SSH_AUTH: "If SSH fails while a server is set up, Git tokens will not mend it; if a build fails with a Git error, SSH "
    "on the server will not.",
    Layer.BACKUP_KEYS: "Keys need read, write and delete on the bucket and prefix used for dumps.",
}


def why(slug: str, layer: str) -> str:
    """Why this prerequisite matters, or nothing where the seed page does not say."""
    return WHY.get(slug) or (BY_LAYER.get(Layer(layer), "") if layer in set(Layer) else "")


def elsewhere(layer: str) -> str:
    """Where people look first and in vain, for a layer."""
    return ELSEWHERE.get(Layer(layer), "") if layer in set(Layer) else ""
