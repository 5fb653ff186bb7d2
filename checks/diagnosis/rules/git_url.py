"""A clone URL that is none, and a branch or tag that is not there."""
from __future__ import annotations

from checks.diagnosis.families import GIT, HUB, REGISTRY, SSH
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

URL, BRANCH = Layer.CLONE_URL, Layer.BRANCH_MISSING
COPY = ("Copy the HTTPS clone URL from the repository's own page (“Clone” or “Code”) into the service, and run "
    "“The clone URL is of this host and well formed” again.")
NAME = ("Choose a branch or tag that exists (names are case-sensitive; main is not master) in the service, or "
    "push it, and run “The branch or tag exists” again.")

RULES = (
    Rule(
        "url-not-git", ("not valid: is this a git repo", "is this a git repository?", "unable to find remote helper for",
        "url using bad/illegal format", "unsupported remote scheme", "unsupported url protocol",
        "dumb http transport does not support", "unable to update url base from redirection",
        "does not look like a git repository url", "invalid clone url", "invalid repository url", "invalid git url",
        "not a valid git url", "not a valid repository url", "no path specified in the url", "url has no scheme",
        "invalid git repository url", "unsupported protocol…git", "malformed repository url", "protocol '…' is not supported",
        "not a valid remote url", "could not parse…clone url", "invalid content-type…text/html…git", "not found: info/refs",
        "info/refs?service=git-upload-pack not found", "noremoterepositoryexception", "illegal character in…git",
        "the uri…is not a valid git", "unexpected response: content-type text/html",
        "i don't handle protocol", "unauthenticated git protocol on port 9418", "url rejected: ", "invalid git remote url",
        "does not look like a git remote", "must be a git url", "not a git repository url",
        "no path specified; see", "port number was not a decimal number", "port number ended with", "no hostname in url",
        "no host part in the url", 'could not parse url \"github.com', 'could not parse url \"gitlab.com'),
        URL, "What is at this URL is no Git repository: it is a page, a sub-folder, or the URL is spelt wrongly.",
        COPY,
        "git remote-curl.c, connect.c; JGit TransportHttp; libgit2 net.c",
        "fatal: https://git.example.com/acme/shop/tree/main/info/refs not valid: is this a git repository?",
        Confidence.CERTAIN),
    Rule(
        "url-odd", ("does not appear to be a git repository", "invalid pkt-len", "protocol error: bad line length character",
        "invalid advertisement", "empty git-upload-pack given", "the requested url returned error: 404",
        "unexpected http status code: 404", "invalid remote: origin", "repository url is missing", "returned error: 400",
        "returned error: 405", "invalid pkt-line", "unexpected client error…404", "not a git repository…remote",
        "unknown git url", "could not parse url", "malformed url…git", "no protocol: …git"),
        URL, "The host answered, and not as a Git server does at this address.",
        COPY,
        "git pkt-line.c, http.c; go-git",
        "fatal: '/acme/shop.git' does not appear to be a git repository",
        also=(Layer.REPO_ALLOW_LIST, Layer.GIT_TOKEN), far=(REGISTRY,), home=(GIT, HUB)),
    Rule(
        "branch-not-found", ("could not find remote branch", "remote branch…not found in", "couldn't find remote ref",
        "could not find remote ref", "no such ref…git", "404 branch not found", "404 tag not found",
        "a branch or tag with the name…could not be found", "couldn't find any revision to build",
        "remote head refers to nonexistent ref", "no commit found for the ref", "no commit found for sha",
        "unable to resolve…to a commit sha", "cannot locate remote-tracking branch", "cannot locate local branch",
        "remote ref does not exist", "refnotfoundexception", "remote does not have refs/heads", "remote does not have refs/tags",
        "no ref found for refs/heads", "src refspec…does not match any", "reference 'refs/heads/…' not found",
        "reference 'refs/remotes/…' not found", "reference 'refs/tags/…' not found", "couldn't find remote branch", "tf401175",
        "remote ref…not found", "no such branch", "invalid branch name or", "unknown branch", "cannot find branch",
        "no branch named", "could not checkout branch", "branch does not exist on the remote", "unable to find branch",
        "unable to find remote ref", "reference not found: refs/heads", "failed to find branch", "could not resolve ref",
        "branchnotfound", "unknown revision or path not in the working tree", "reference is not a tree:",
        "allow request for unadvertised object", "upload-pack: not our ref", "no matching remote head", "no remote branch",
        "could not be resolved to a version in the repository",
        "refnotfound", "no branch or tag", "matches no branch"),
        BRANCH, "The repository was reached, and it has no branch or tag of this name.",
        NAME,
        "git builtin/clone.c, fetch-pack.c; JGit; libgit2 refs.c",
        "fatal: Remote branch release/2 not found in upstream origin",
        Confidence.CERTAIN),
    Rule(
        "branch-odd", ("did not match any file(s) known to git", "reference not found", "reference is not a tree",
        "not a valid object name", "*not a valid ref:", "*is not a commit and a branch",
        "unknown revision or path not in the working tree", "appear to have cloned an empty repository",
        "remote repository is empty", "couldn't resolve ref", "cannot be resolved…ref", "not our ref", "bad revision",
        "branch not found", "branch…not found", "tag…not found…git", "needed a single revision", "branch…does not exist",
        "ref…cannot be resolved", "unable to resolve ref", "unable to checkout…ref", "not a commit and a branch"),
        BRANCH, "Git found no commit under the name that it was asked for.",
        NAME,
        "git builtin/checkout.c; go-git plumbing.ErrReferenceNotFound",
        "git fetch origin\nfatal: ambiguous argument 'origin/x': unknown revision or path not in the working tree.",
        far=(REGISTRY,), near=(GIT, HUB, SSH), weight=-5),
    Rule(
        "branch-words", ("error: pathspec…did not match any file", "couldn't find remote", "fatal: refs/heads/…not found",
        "empty repository…clone", "reference not found$"),
        BRANCH, "Git found no commit under the name that it was asked for.",
        NAME,
        "git builtin/checkout.c",
        "error: pathspec 'origin/production' did not match any file(s) known to git",
        weight=-4, far=(REGISTRY,), home=(GIT, HUB)),
)
