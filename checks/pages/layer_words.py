"""What each layer is, in words, and who can mend it: a person, not a program."""
from __future__ import annotations

from dataclasses import dataclass

from checks.actions.settled import NAMES
from checks.verdict import Layer


@dataclass(frozen=True)
class About:
    what: str
    who: str


GIT_PEOPLE = "Whoever may make tokens for the account that deploys use, at the Git host."
REGISTRY_PEOPLE = "Whoever manages access at the registry: an owner of the namespace or organisation there."
BUCKET_PEOPLE = "Whoever owns the bucket and its keys at the storage provider."
AWS_PEOPLE = "An administrator of the AWS account."
NODE_PEOPLE = "Whoever can sign in to the server, or open its console."

ABOUT: dict[Layer, About] = {
    Layer.GIT_TOKEN: About(
        "The token with which a deploy reads from a Git host over HTTPS: its value, its scopes, its last day, and whose it is.",
        GIT_PEOPLE),
    Layer.GITHUB_APP: About(
        "The App that reads from GitHub in place of a token: its private key, its installation in an account, and the "
        "permissions that the installation accepted.",
        "An owner of the GitHub organisation for the installation and its permissions; the App's own owner for its key."),
    Layer.REPO_ALLOW_LIST: About(
        "The list of repositories that a credential covers. A good token or App that does not cover this repository is "
        "told “not found”.",
        "An owner of the organisation that has the repository."),
    Layer.CLONE_URL: About(
        "The address that a service clones from. It has to be the HTTPS clone URL of the repository, on the host that is "
        "connected.",
        "Whoever manages services here: an owner or admin of the Organisation."),
    Layer.BRANCH_MISSING: About(
        "The branch or tag that a service deploys, as it is spelled at the Git host.",
        "Whoever may push to the repository, or an owner or admin here who names another branch."),
    Layer.REGISTRY_AUTH: About(
        "The user name and the token or password with which images are pulled.", REGISTRY_PEOPLE),
    Layer.REGISTRY_HOST: About(
        "The host that an image is pulled from. An image that names none is asked of Docker Hub.",
        "Whoever manages services and integrations here; the host itself is the registry's operator's."),
    Layer.REGISTRY_NAMESPACE: About(
        "The image itself: the organisation or project that owns it, its name, its tag, its platform, and whether the "
        "credential covers it.",
        REGISTRY_PEOPLE),
    Layer.REGISTRY_RATE_LIMIT: About(
        "How many pulls a registry allows in a span of time. It ends by itself, and later for whoever signs in.",
        "Nobody has to: wait. Who pays for the account at the registry can raise it."),
    Layer.BACKUP_KEYS: About(
        "The access key id and its secret with which backups are written. They are the storage's own, not those that make "
        "servers.",
        BUCKET_PEOPLE),
    Layer.BACKUP_BUCKET_POLICY: About(
        "What the key may do in the bucket: list, write, read and delete below the prefix of the backups; and whether the "
        "bucket is there.",
        BUCKET_PEOPLE),
    Layer.BACKUP_ENDPOINT_REGION: About(
        "The address of the S3 API and the region that the bucket is in. Each provider of storage has its own.",
        "Whoever manages integrations here: an owner or admin of the Organisation."),
    Layer.AWS_IAM: About(
        "The policies that say what the principal of an access key may do in EC2.", AWS_PEOPLE),
    Layer.AWS_SCP: About(
        "A service control policy: what the AWS organisation denies to a whole account, whatever that account's own "
        "policies allow.",
        "An administrator of the AWS organisation's management account; nobody within the account can."),
    Layer.AWS_KEYS: About(
        "The access key that makes servers: whether it exists, is active, belongs to its secret, and to the account that is "
        "meant.",
        AWS_PEOPLE),
    Layer.AWS_QUOTA: About(
        "How much of something an AWS account may have in a region, and whether the region offers that instance type or "
        "image at all.",
        "An administrator of the AWS account asks for more under Service Quotas; AWS grants it in hours to days."),
    Layer.AWS_NETWORKING: About(
        "The VPC, its subnets and routes, and the security groups of the servers.", AWS_PEOPLE),
    Layer.WEBHOOK: About(
        "The message that a Git host sends when somebody pushes, so that a deploy starts by itself: its address, its secret, "
        "its events.",
        "Whoever manages the repository or the App at the Git host, and whoever runs the firewall before the address."),
    Layer.SSH_AUTH: About(
        "The SSH key and the user with which this program signs in to a server. It has nothing to do with the token of a Git "
        "host.",
        NODE_PEOPLE),
    Layer.SSH_HOST: About(
        "The server itself: its host key, sudo, its system, Docker, disk and memory.", NODE_PEOPLE),
    Layer.DNS: About(
        "The look-up of a host's name where the deploy ran.",
        "Whoever manages the name at its DNS provider, or the resolver of the machine that asked."),
    Layer.TLS: About(
        "The certificate that a host shows, and whether the machine that asks trusts it.",
        "Whoever runs the host that shows the certificate."),
    Layer.NETWORK: About(
        "The way from the machine that asks to the host: routes, firewalls, proxies, lists of addresses, ports.",
        "Whoever runs the firewall or network on either side."),
    Layer.CLOCK: About(
        "The clock of the machine that asks. What it signs is refused when the clock is minutes off.", NODE_PEOPLE),
    Layer.PROVIDER_OUTAGE: About(
        "The provider itself is down, overloaded, or counts requests. What you set up may be right.",
        "The provider. Look at its status page, and try again later."),
}


def name(layer: Layer) -> str:
    """As a heading: `The Git token`."""
    named = NAMES[layer]
    return f"{named[:1].upper()}{named[1:]}"
