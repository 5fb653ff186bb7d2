"""Who outside the Organisation can usually mend a row, by its layer; and which layers a policy or scopes decide. Pure."""

from __future__ import annotations

from checks.verdict import Layer

WHO: dict[Layer, str] = {
    Layer.GIT_TOKEN: "whoever administers the Git host, or owns the token’s account",
    Layer.GITHUB_APP: "an owner of the GitHub organisation",
    Layer.REPO_ALLOW_LIST: "an owner of the organisation that has the repository",
    Layer.CLONE_URL: "whoever administers the repository",
    Layer.BRANCH_MISSING: "somebody who may push to the repository",
    Layer.REGISTRY_AUTH: "whoever administers the registry",
    Layer.REGISTRY_HOST: "whoever administers the registry",
    Layer.REGISTRY_NAMESPACE: "an owner of the image’s namespace in the registry",
    Layer.REGISTRY_RATE_LIMIT: "whoever pays for the registry’s account",
    Layer.BACKUP_KEYS: "whoever makes the keys of the storage account",
    Layer.BACKUP_BUCKET_POLICY: "whoever administers the bucket",
    Layer.BACKUP_ENDPOINT_REGION: "whoever administers the bucket",
    Layer.AWS_IAM: "an administrator of the AWS account",
    Layer.AWS_SCP: "an administrator of the AWS organization",
    Layer.AWS_KEYS: "an administrator of the AWS account",
    Layer.AWS_QUOTA: "an administrator of the AWS account",
    Layer.AWS_NETWORKING: "whoever runs the network of the AWS account",
    Layer.WEBHOOK: "whoever administers the App or the repository",
    Layer.SSH_AUTH: "somebody with root on the node",
    Layer.SSH_HOST: "somebody with root on the node",
    Layer.DNS: "whoever runs the domain’s DNS",
    Layer.TLS: "whoever runs that server",
    Layer.NETWORK: "whoever runs that server or its firewall",
}
BY_POLICY = frozenset({Layer.AWS_IAM, Layer.AWS_SCP, Layer.BACKUP_KEYS, Layer.BACKUP_BUCKET_POLICY})
BY_SCOPES = frozenset({Layer.GIT_TOKEN, Layer.GITHUB_APP, Layer.REPO_ALLOW_LIST, Layer.REGISTRY_AUTH,
                       Layer.REGISTRY_NAMESPACE, Layer.SSH_AUTH})


def usually(layer: str) -> str:
    """`an owner of the GitHub organisation`; "" for a layer that nobody outside mends."""
    return WHO.get(Layer(layer), "") if layer in set(Layer) else ""
