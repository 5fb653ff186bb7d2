"""What Git hosts say when they refuse a token, a scope or a repository, and what Git's own wrappers make of it."""
from __future__ import annotations

from checks.diagnosis.families import APP, FOREIGN, GIT, HOOK, HUB, REGISTRY, SSH, STORAGE
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

TOKEN, ALLOWED, HUB_APP, URL = Layer.GIT_TOKEN, Layer.REPO_ALLOW_LIST, Layer.GITHUB_APP, Layer.CLONE_URL
NEW_TOKEN = ("Make a new token at the Git host with read access to the repository, store it on the integration, and "
    "run its row “The token is accepted” again. SSH keys of the server change nothing here.")
SCOPE = ("Give the token the scope that reads the repository (edit it, or make a new one where the host cannot "
    "edit), store it on the integration and run “The token's scopes are sufficient” again.")
REACH = ("Open the App's installation (or the token's project access) at the Git host and add this repository "
    "to it; compare the clone URL letter by letter.")

RULES = (
    Rule(
        "git-scope", ("higher privileges than provided by the access token", "*insufficient_scope…the request requires",
        "insufficient_granular_scope", "lack one or more required privilege scopes",
        "token does not have at least one of required scope", "token scope is limited to public repos",
        "'read_repository' or 'write_repository' scope", "your personal access token lacks the required permissions",
        "api tokens used to access bitbucket apis or perform git commands must have scopes",
        "your token has not been granted the required scopes", "pat lacks", "token lacks the required scope",
        "without 'workflow' scope", "does not have the required scopes"),
        TOKEN, "The token is known to the host and lacks a scope that this request needs.",
        SCOPE,
        "GitLab lib/api/helpers, Gitea routers/api/v1/api.go, Bitbucket error bodies",
        '{"error":"insufficient_scope","error_description":"The request requires higher privileges than '
        'provided by the access token.","scope":"api read_api"}',
        Confidence.CERTAIN, far=(REGISTRY,), home=(GIT, HUB)),
    Rule(
        "git-token-over", ("token is expired. you can either do re-authorization", "token was revoked. you have to re-authorize",
        "token is an impersonation token but", "personal access token used has expired",
        "token is invalid, expired, or not supported for this endpoint", "invalid username, password or token",
        "app passwords are deprecated", "change-3222", "bitbucket…returned error: 410", "personal access token has expired",
        "fine-grained personal access token…expired", "your token has expired…git",
        "access token expired…use your refresh token", "disablepatcreationpolicyviolation", "http basic: access denied",
        "support for password authentication was removed", "password authentication is not supported for git",
        "invalid username or token", "token can no longer be used", "the provided password or token is incorrect",
        "personal access token expired", "account passwords for git", "stopped supporting account passwords",
        "app passwords are recommended", "app password is no longer supported", "the oauth token was revoked",
        "the personal access token used has been revoked", "your password expired. please access gitlab"),
        TOKEN, "The Git host does not know this token, or it is expired, revoked or of a kind that it no longer takes.",
        NEW_TOKEN,
        "GitLab lib/gitlab/auth, GitHub git transport, Bitbucket CHANGE-3222, Azure DevOps AccessCheckException",
        "remote: HTTP Basic: Access denied. The provided password or token is incorrect or your account has " "2FA enabled",
        Confidence.CERTAIN, far=(REGISTRY,), home=(GIT, HUB)),
    Rule(
        "git-token-refused", ("fatal: authentication failed for", "login failed due to incorrect login credentials",
        "bad access token", "tf400813", "vs403463", "tf401027", "you must use a personal access token",
        "cannot find valid sso session", "remote: invalid credentials", "remote: invalid username or password",
        "authentication failed for 'http", "git authentication failed", "authentication replays",
        "remote authentication required but no callback", "authentication is required but no credentialsprovider",
        "users with two-factor authentication enabled cannot perform http", "you are not allowed to download code",
        "not allowed to upload code", "not allowed to push code", "pulling over http is not allowed",
        "pushing over http is not allowed", "interacting with repositories by http protocol is not allowed", "httpunauthorized",
        "dpop_error", "your account has been blocked", "'https://'…not authorized", "requires a personal access token",
        "incorrectpasswordauthenticationexception", "authentication failed. please check your credentials and try again",
        ".git: not authorized", "git credentials are invalid", "invalid git credentials",
        "logon failed, use ctrl+c to cancel basic credential prompt", "authorization failed…git repository", "tf402455",
        "user permission denied for writing", "no anonymous write access",
        "access to repositories has been suspended", "none of the git remotes configured",
        "set the gh_token environment variable", "resource not accessible by personal access token",
        "unauthorizedrequestexception", "not available for anonymous access", "forbids access via a personal access token",
        "forbids access via a fine-grained", "remote: unauthorized", "remote: forbidden", "remote: access denied",
        "remote: you must use a", "the token in gh_token is invalid", "the token in default is invalid",
        "the token in github_token is invalid", "remote: not authorized", "remote: authentication", "glab: 401",
        "gh: bad credentials", "to get started with github cli, please run: gh auth login",
        "tf401444", "tf14045", "tf50309", "tf401256", "tf30063", "vs30063", "vs403403", "access token does not exist",
        "marked as requiring a captcha", "lfs…authorization error", "gh013", "your ssh key has expired"),
        TOKEN, "The Git host refused the user name and token that came with this request.",
        NEW_TOKEN,
        "git http.c; Bitbucket, GitLab, Gitea and Azure DevOps error texts; libgit2 and JGit transports",
        "fatal: Authentication failed for 'https://git.example.com/acme/shop.git/'",
        also=(ALLOWED, URL), far=(REGISTRY,), home=(GIT, HUB)),
    Rule(
        "git-no-credential", ("could not read username for", "could not read password for", "terminal prompts disabled",
        "unable to get password from user", "unable to get credentials from user", "no such device or address…username",
        "there is no deploy key associated with the dokku user", "authentication required for git",
        "no credentials found for…git", "not able to prompt for credentials"),
        TOKEN, "The Git host asked for credentials and none were sent: the repository is private, or its name is misspelt.",
        "Connect the Git host that owns this repository, or correct the clone URL: a host asks for a password "
        "for names that do not exist, too.",
        "git prompt.c; dokku plugins/git",
        "fatal: could not read Username for 'https://git.example.com': terminal prompts disabled",
        also=(URL, ALLOWED)),
    Rule(
        "git-saml", ("*has enabled or enforced saml sso", "*resource protected by organization saml enforcement",
        "re-authorize the oauth application", "grant your personal access token access to this organization",
        "grant your oauth token access to this organization", "saml sso"),
        TOKEN, "The organisation enforces single sign-on and this token was not authorised for it.",
        "Open the token at the Git host, choose “Configure SSO” and authorise the organisation; a GitHub App "
        "installation does not need that.",
        "https://docs.github.com/authentication/authenticating-with-saml-single-sign-on",
        "Resource protected by organization SAML enforcement. You must grant your personal access token access "
        "to this organization.",
        also=(HUB_APP, ALLOWED), near=(GIT, HUB), weight=8),
    Rule(
        "git-write-not-granted", ("write access to repository not granted", "permission to…denied to"),
        TOKEN, "The credential was accepted and does not cover the contents of this repository. GitHub words it as "
        "write access for a clone, too.",
        "Give the token Contents: Read on this repository, or add the repository to the GitHub App's installation.",
        "GitHub git transport (moghtech/komodo#1482)",
        "remote: Write access to repository not granted.",
        also=(HUB_APP, ALLOWED), weight=6, far=(SSH,)),
    Rule(
        "git-repository-hidden-app", ("repository not found", "*remote: not found", "*repository '…' not found"),
        ALLOWED, "The installation's token was accepted and does not see this repository: it is not on the allow-list, "
        "or does not exist.",
        REACH,
        "GitHub answers 404 for what a token may not see",
        "git clone https://x-access-token:[TOKEN]@github.com/acme/infra.git\nremote: Repository not found.",
        also=(HUB_APP, TOKEN, URL), text=("x-access-token", "installation", "github app"), near=(GIT, HUB, APP), far=(REGISTRY,),
        weight=4),
    Rule(
        "git-repository-hidden", ("repository not found", "*remote: not found", "*repository '…' not found",
        "*project you were looking for could not be found", "*tf401019", "*remote: repository not found",
        "*error: repository not found", "*access denied or repository not exported", "*404 project not found",
        "*a repository for this project does not exist", "*you may not have access to this repository or it no longer exists",
        "*404 repository not found", "*tf200016", "*gitrepositorynotfoundexception",
        "project not found or you don't have permission", "*nosuchprojectexception",
        "*the requested repository does not exist, or you do not have permission",
        "repository does not exist or you do not have permission", "notgitrepository", "repo not found",
        "could not find repository…http", "remote: error: access denied or repository not exported",
        "repository…does not exist or you do not have access",
        "*repository was archived so is read-only", "*this repository has been disabled", "*vs800075",
        "*repository access blocked", "repository is archived", "this repository is disabled",
        "you do not have permission to access it", "does not exist, or you do not have permission",
        "repository has been archived", "repository is disabled", "repo does not exist", "could not find repository",
        "unable to find repository", "no such repository", "cannot find repository", "repository access denied",
        "no access to repository", "not have access to this repository", "not have access to the repository",
        "repository not accessible", "repository is not accessible", "404 project", "repository does not exist or",
        "*scheduled for deletion", "*has been scheduled for deletion"),
        ALLOWED, "The Git host shows no such repository to this credential: it is not on its allow-list, does not "
        "exist, or is spelt otherwise.",
        REACH,
        "GitHub, GitLab, Bitbucket and Azure DevOps hide what a token may not see",
        "remote: The project you were looking for could not be found or you don't have permission to view it.",
        also=(TOKEN, URL, HUB_APP), near=(GIT, HUB, SSH), far=(REGISTRY, STORAGE)),
    Rule(
        "git-403", ("the requested url returned error: 403", "the requested url returned error: 401",
        "unexpected http status code: 403", "unexpected http status code: 401", "access to resource forbidden (http 403)",
        "unexpected requesting…status code: 403", "unexpected http resp 403", "git…http 403", "git-upload-pack not permitted",
        "git…403 forbidden", "git…401 unauthorized", "unexpected client error…403", "server response: 403",
        "http request failed…403", "failed to authenticate with git", "*git-upload-pack not permitted on"),
        TOKEN, "The Git host, or something in front of it, refused this request.",
        "Check the token and the repositories that it covers; when they are right, ask whoever runs the host's "
        "proxy or firewall.",
        "git http.c, libgit2 transports/http.c, go-git plumbing/transport/http",
        "fatal: unable to access 'https://git.example.com/acme/shop/': The requested URL returned error: 403",
        also=(ALLOWED, Layer.NETWORK), far=(REGISTRY, STORAGE, FOREIGN), home=(GIT, HUB), weight=-3),
    Rule(
        "git-403-hub", ("the requested url returned error: 403", "access to resource forbidden (http 403)", "git…403 forbidden"),
        TOKEN, "GitHub refused this request: the token or the App's installation does not cover the repository.",
        "Check the token, the permissions of the App, and the repositories that its installation covers.",
        "git http.c",
        "fatal: unable to access 'https://github.com/acme/shop.git/': The requested URL returned error: 403",
        also=(HUB_APP, ALLOWED), near=(HUB,), far=(REGISTRY, STORAGE, FOREIGN), weight=-2),
    Rule(
        "git-auth-required", ("authentication required", "authorization failed", "401 unauthorized", "403 forbidden",
        "*must have admin rights to repository", "*repository access blocked", "could not fetch refs", "could not list refs",
        "*parameter token or opts.auth is required", "bad credentials", "*failed to fetch repositories: unauthorized",
        "token is required", "you are not authorized to access", "insufficient permission", "invalid_token",
        "requires authentication",
        "*must have push access", "*your account was suspended", "*you must be authenticated to access this api",
        "*authenticated as a github app"),
        TOKEN, "The Git host did not accept the credential of this request.",
        NEW_TOKEN,
        "go-git plumbing/transport; GitHub and GitLab REST",
        "failed to clone repository: authentication required",
        also=(ALLOWED, HUB_APP), near=(GIT, HUB), far=(REGISTRY, STORAGE, FOREIGN, HOOK), weight=-10),
    Rule(
        "bad-credentials", ("bad credentials",),
        TOKEN, "GitHub does not know the token of this request.",
        NEW_TOKEN,
        "https://docs.github.com/rest",
        "HttpError: Bad credentials",
        Confidence.POSSIBLE, also=(HUB_APP,), far=(FOREIGN, STORAGE), unless=("badcredentialsexception", "spring")),
    Rule(
        "bad-credentials-app", ("bad credentials",),
        HUB_APP, "GitHub does not know the installation's token: it is an hour old, or the App was installed anew.",
        "Ask for a new installation token; when that fails, check the App's key and its installation.",
        "https://docs.github.com/rest/apps",
        "GET https://api.github.com/installation/repositories: 401 Bad credentials",
        also=(TOKEN,), near=(APP,), weight=2),
    Rule(
        "clone-denied-in-words", ("permission denied on clone", "clone permission denied", "access denied…clone", "403 on clone",
        "401 on clone", "403 when cloning", "401 when cloning", "403…while cloning", "cloning…403 forbidden", "clone failed…403",
        "clone failed…401", "clone…permission denied", "not permitted to clone", "fetching repository…denied",
        "git clone…access denied"),
        TOKEN, "A clone was refused: the token, the App's installation or the repository's allow-list.",
        NEW_TOKEN,
        "the checklist page's own table",
        "Deploy failed: permission denied on clone",
        also=(HUB_APP, ALLOWED), far=(SSH, REGISTRY), weight=-12),
    Rule(
        "git-json-refused", ('*{"message":"401 unauthorized"', '*{"message": "401 unauthorized"', '*{"message":"403 forbidden',
        '*{"message": "403 forbidden'),
        TOKEN, "GitLab's API refused the token of this request.",
        NEW_TOKEN,
        "GitLab lib/api/helpers.rb",
        '{"message":"401 Unauthorized"}',
        also=(ALLOWED,), far=(REGISTRY, STORAGE, FOREIGN), weight=-9),
)
