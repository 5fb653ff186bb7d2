"""What remains: a refusal in words that no rule knows, on a line that says itself what it speaks of. Never more than possible."""
from __future__ import annotations

from checks.diagnosis.families import APP, COMPUTE, DATA, FOREIGN, GIT, HOOK, HUB, REGISTRY, SSH, STORAGE
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

TROUBLE = ("error", "fatal", "failed", "failure", "denied", "forbidden", "unauthorized", "refused", "unable to", "could not",
    "cannot", "rejected", "exception", "invalid", "not allowed", "not found", "does not", "no such", "must ", "missing",
    "expired",
    "revoked", "is not", "was not", "disabled", "suspended", "uninstalled", "err ", "do not", "don't", "can't", "couldn't",
    "won't", "has not",
    "not been", "not have", "denies", "blocked", "lacks", "lacking", "deleted", "renamed", "aborted", "mismatch", "malformed",
    "too many",
    "no longer", "nothing", "insufficient", "unsupported", "unknown", "inactive", "differs", "not in ", "wrong", "stopped",
    "gone", "needs ")
WHO = ("unauthorized", "forbidden", "denied", "not authorized", "not permitted", "authenticat", "invalid token", "credentials",
    "401", "403", "access token", "permission", "not allowed", "token has expired", "token expired", "expired token",
    "token is invalid", "password")
ABSENT = ("not found", "does not exist", "no such", "unknown", "404", "cannot find", "could not find")
PLACE = ("region", "endpoint", "redirect", "moved permanently", "bad request", "unsupported", "not implemented", "not supported",
    "malformed", "invalid url", "unexpected response", "unexpected status")
PAIR = ("access key", "secret key", "signature", "credential", "invalid key", "key id", "application key", "token", "401",
    "unauthorized", "unauthenticated", "api key", "key pair", "key was", "key is", "key has")
LIMITS = ("limit", "quota", "exceeded", "capacity", "too many", "not supported", "not available", "unavailable", "not offered",
    "not eligible", "instance type", "ami", "cannot be started", "machine image")
NETWORKS = ("vpc", "subnet", "security group", "securitygroup", "internet gateway", "route table", "cidr", "elastic ip",
    "network interface", "private address", "public address", "public ip", "inbound", "port 22")
KEYS = ("key", "passphrase", "identity", "denied", "authenticat", "password", "agent")


def _rule(
    name: str, words: tuple[str, ...], layer: Layer, near: tuple[str, ...], example: str, weight: int, *also: Layer,
    far: tuple[str, ...] = (),
) -> Rule:
    return Rule(
        f"fallback-{name}", words, layer, "The words are no known message; what they speak of points here.",
        "Run every row of this integration: the first that fails names the cause.",
        "no tool's own sentence: words of refusal beside the name of what refused", example, Confidence.POSSIBLE,
        also, near, (FOREIGN, DATA, *far), weight=weight - 24, here=True, beside=TROUBLE)


RULES = (
    _rule(
        "webhook", ("signature", "secret", "deliver", "timeout", "url", "trigger", "event", "payload", "401", "404", "500"),
        Layer.WEBHOOK, (HOOK,), "error: the webhook's event was dropped", 9),
    _rule(
        "app", (*WHO, *ABSENT, "private key", "jwt", "suspend", "installation", "github app"), Layer.GITHUB_APP, (APP,),
        "error: the github app could do nothing with its jwt", 8, Layer.REPO_ALLOW_LIST, Layer.GIT_TOKEN, far=(REGISTRY,)),
    _rule(
        "branch", ("branch", " ref ", "refs/", "revision", "commit"), Layer.BRANCH_MISSING, (GIT, HUB),
        "error: git clone: this revision is odd", 3, far=(REGISTRY, STORAGE)),
    _rule(
        "git", WHO, Layer.GIT_TOKEN, (GIT, HUB), "error: gitlab took no password", 4, Layer.REPO_ALLOW_LIST, Layer.GITHUB_APP,
        far=(REGISTRY, SSH, STORAGE)),
    _rule(
        "repository", ABSENT, Layer.REPO_ALLOW_LIST, (GIT, HUB), "error: gitlab: that project is unknown", 2, Layer.GIT_TOKEN,
        Layer.CLONE_URL, far=(REGISTRY, SSH, STORAGE)),
    _rule(
        "registry", WHO, Layer.REGISTRY_AUTH, (REGISTRY,), "error: docker was not permitted to do this", 4,
        Layer.REGISTRY_NAMESPACE, Layer.REGISTRY_HOST, far=(STORAGE,)),
    _rule(
        "image", ("manifest ", "pull image", "pulling image"), Layer.REGISTRY_NAMESPACE, (REGISTRY,),
        "error: docker: this manifest is odd", 1, Layer.REGISTRY_AUTH, Layer.REGISTRY_HOST, far=(STORAGE, GIT)),
    _rule(
        "storage-keys", PAIR, Layer.BACKUP_KEYS, (STORAGE,), "error: s3: something is odd with the access key", 5,
        Layer.BACKUP_BUCKET_POLICY, far=(GIT, REGISTRY)),
    _rule(
        "storage", (*WHO, *ABSENT), Layer.BACKUP_BUCKET_POLICY, (STORAGE,), "error: no permission for this bucket", 4,
        Layer.BACKUP_KEYS, Layer.BACKUP_ENDPOINT_REGION, far=(GIT, REGISTRY)),
    _rule(
        "storage-place", PLACE, Layer.BACKUP_ENDPOINT_REGION, (STORAGE,), "error: the bucket answered with a redirect", 3,
        Layer.BACKUP_KEYS, far=(GIT, REGISTRY)),
    _rule(
        "aws-limit", LIMITS, Layer.AWS_QUOTA, (COMPUTE,), "error: this instance type is not offered", 6, far=(GIT, REGISTRY,
        STORAGE)),
    _rule(
        "aws-refused", WHO, Layer.AWS_IAM, (COMPUTE,), "error: ec2: this is not permitted", 5, Layer.AWS_SCP,
        Layer.AWS_KEYS, far=(GIT,
        REGISTRY, STORAGE)),
    _rule(
        "aws-network", NETWORKS, Layer.AWS_NETWORKING, (COMPUTE,), "error: the subnet is odd", 4, far=(GIT, REGISTRY, STORAGE)),
    _rule(
        "ssh", KEYS, Layer.SSH_AUTH, (SSH,), "error: ssh: the identity is odd", 5, Layer.SSH_HOST, far=(REGISTRY, STORAGE)),
    _rule(
        "ssh-host", ("connection", "protocol", "disconnect", "handshake", "host", "closed"), Layer.SSH_HOST, (SSH,),
        "error: sshd protocol is odd", 4, Layer.NETWORK, far=(REGISTRY, STORAGE)),
)
