"""GitHub Apps: the App's own key, its installation, what it was granted, and what an organisation forbids."""
from __future__ import annotations

from checks.diagnosis.families import APP, HUB
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

HUB_APP, ALLOWED, TOKEN = Layer.GITHUB_APP, Layer.REPO_ALLOW_LIST, Layer.GIT_TOKEN
DOCS = "https://docs.github.com/apps"
KEY = ("Open the App's settings at GitHub, make a new private key, and store it with the App ID of that same "
    "page; then run “The App's key is accepted” again.")
INSTALL = ("Open the organisation's settings, GitHub Apps, and look at the App's installation: install it, "
    "unsuspend it, or approve what it asks for.")

RULES = (
    Rule(
        "app-key", ("json web token could not be decoded", "integration must generate a public key",
        "secretorprivatekey must be", "private key is in pkcs#1 format", "could not parse private key…app",
        "github app private key", "app…private key…invalid", "a github app…private key", "'issuer' claim ('iss')",
        "invalid github app private key", "bad private key…github", "error loading private key…github app",
        "private_key…github app", "could not read private key…app", "universal-github-app-jwt", "decoder routines::unsupported",
        "secret or private key must be",
        "input required and not supplied: app-id", "input required and not supplied: private-key",
        "input required and not supplied: app_id", "input required and not supplied: app_private_key",
        "appid option is required", "your private key (a pem file)", "app…could not sign jwt", "app…failed to sign jwt",
        "neither pub key nor priv key…github"),
        HUB_APP, "GitHub could not match the signature to the App: the private key is damaged, or belongs to another App.",
        KEY,
        DOCS,
        "A JSON web token could not be decoded - https://docs.github.com/rest",
        Confidence.CERTAIN),
    Rule(
        "app-suspended", ("*installation has been suspended", "app has been suspended", "installation is suspended",
        "suspended installation", "installation…was suspended", 'suspended_at":"2'),
        HUB_APP, "The App's installation is suspended.",
        "Have an owner open the organisation's settings, GitHub Apps, and unsuspend it; one that the App's "
        "owner suspended only the App's owner can free.",
        DOCS,
        "This installation has been suspended",
        Confidence.CERTAIN, near=(APP, HUB)),
    Rule(
        "app-permissions", ("resource not accessible by integration",
        "permissions requested are not granted to this installation", "installation…does not have…permission",
        "app does not have permission", "requires contents: read…app", "x-accepted-github-permissions"),
        HUB_APP, "The App is installed and was not granted the permission that this request needs.",
        "Give the App the permission on its settings page, and have an owner of the organisation accept the "
        "new permissions of the installation.",
        DOCS,
        "Resource not accessible by integration",
        Confidence.CERTAIN, also=(ALLOWED,)),
    Rule(
        "app-unknown", ("*integration not found", "#create-an-installation-access-token-for-an-app",
        "failed to create token for", "*could not create installation access token", "could not create installation token",
        "*failed to get installation token", "*installation token for github app could not be found",
        "*could not refresh installation id", "failed to get access token for…app", "failed to create installation",
        "error fetching installation", "unable to get installation", "could not find installation", "no installation found",
        "installation not found", "installation_id…not found", "failed to generate installation token",
        "failed to refresh installation token", "github app…not installed", "app is not installed", "app installation…not found",
        "installation access token…fail", "unable to create an installation", "app installation…expired", "access_tokens: 404",
        "access_tokens: 401", "access_tokens: 403", "/access_tokens…not found", "github app…unauthorized",
        "github app…not found", "app…is not authorized for", "pending approval…app", "github app authentication failed",
        "*github app authentication error", "creating installation access token", "creating installation token",
        "installation…not found for app", "installation…was not found", "*refusing to allow a github app to", "github app…401",
        "github app…403", "github app…404", "failed to authenticate as github app",
        "app…was uninstalled", "app…has been uninstalled", "installation was deleted", "installation has been deleted",
        "app has been deleted", "app was deleted", "no installations found", "installation has been removed",
        "invalid installation id", "app…requires approval", "get-a-user-installation", "get-an-organization-installation",
        "create installation token", "installation token request failed", "failed to fetch installation",
        "app…authentication failed",
        "get-an-installation-for-the-authenticated-app", "requires you to be authenticated as a github app",
        "app…organization owner", "github app token request failed"),
        HUB_APP, "GitHub gave no token for this installation: the App ID is another App's, or the installation is gone.",
        INSTALL,
        DOCS,
        "Failed to get installation token for acme: Not Found",
        also=(ALLOWED,), near=(APP, HUB)),
    Rule(
        "app-repository", ("#get-a-repository-installation-for-the-authenticated-app",
        "repository that does not exist or is not accessible to the parent installation",
        "repository is not accessible to the installation", "not accessible…installation",
        "repository…not…installation's repositories", "repository…not part of the installation",
        "not included in the installation", "app…does not have access to the repository", "not selected…installation",
        "app…no access to…repository", "app…access…not granted…repository",
        "installation does not include", "installation does not have access", "not selected for the installation",
        "not installed on this repository", "not installed on repository", "not installed for this repository",
        "not installed on the repository", "app is not installed on this repo"),
        ALLOWED, "The App is installed and this repository is not among those that it may see.",
        "Open the installation at GitHub, “Repository access”, and add the repository (or choose all repositories).",
        DOCS,
        "Not Found - https://docs.github.com/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app",
        also=(HUB_APP,), weight=6),
    Rule(
        "app-repository-rest", ("not found - https://docs.github.com/rest/repos", "not found…docs.github.com/rest/repos",
        "not found…docs.github.com/rest/git", "not found…docs.github.com/rest/branches",
        "not found…docs.github.com/rest/commits", '"not found"…docs.github.com/rest', "api.github.com/repos/…404",
        "404…api.github.com/repos/"),
        ALLOWED, "GitHub shows no such repository to this credential.",
        "Open the installation at GitHub, “Repository access”, and add the repository; compare owner and name "
        "letter by letter.",
        DOCS,
        "HttpError: Not Found - https://docs.github.com/rest/repos/repos#get-a-repository",
        also=(HUB_APP, TOKEN, Layer.CLONE_URL)),
    Rule(
        "app-third-party", ("has enabled oauth app access restrictions", "third-party application access",
        "access restrictions…third-parties is limited", "third-party application restrictions"),
        HUB_APP, "The organisation restricts what third-party applications may read.",
        "Have an owner approve the application in the organisation's settings, Third-party access; a GitHub "
        "App needs its installation only.",
        "https://docs.github.com/articles/restricting-access-to-your-organization-s-data/",
        "Although you appear to have the correct authorization credentials, the acme organization has enabled "
        "OAuth App access restrictions",
        also=(ALLOWED, TOKEN), weight=5),
    Rule(
        "app-ip-list", ("has an ip allow list enabled", "your ip address is not permitted to access this resource",
        "admin must whitelist your ip", "ip address is not permitted"),
        HUB_APP, "The organisation's IP allow list refuses the address that this request came from.",
        "Have an owner add the address under IP allow list, or turn on “Enable IP allow list configuration for "
        "installed GitHub Apps”.",
        "https://docs.github.com/organizations/keeping-your-organization-secure/managing-allowed-ip-addresses-for-your-organization",
        "the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access " "this resource.",
        also=(Layer.NETWORK, TOKEN), weight=5),
)
