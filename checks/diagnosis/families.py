"""What a line speaks of: the words that tell look-alike messages apart. Nothing here names trouble.

A 403 of a Git host, of a registry and of a bucket read alike; what decides is the host, the command and the operation
on the same line or, when it names none, near it.
"""
from __future__ import annotations

import re
from functools import lru_cache

GIT, HUB, APP, REGISTRY, STORAGE, COMPUTE, SSH, HOOK, FOREIGN, DATA = (
    "git", "hub", "app", "registry", "storage", "compute", "ssh", "hook", "foreign", "data")
AWS, IMAGE, REPO = "amazon", "image", "repo"
WEAK = frozenset({AWS, IMAGE, REPO})  # words that hint at a family where nothing better stands; they end no search for one

# Products as tools print them, which is not how this program calls its providers.
_HUB, *_HOSTS = "github gitlab bitbkt gitea forgejo codeberg".split()  # noqa: SIM905 -- as said above

_WORDS: dict[str, tuple[str, ...]] = {
    GIT: (*_HOSTS, "git clone", "cloning", ".git/", ".git'", '.git"', ".git ", ".git:", "git ls-remote", "git fetch", "git pull",
        "git push", "git:sync", "git-upload-pack", "info/refs", "submodule", "github.com",
        "dev.azure.com", "visualstudio.com", "/_git/", "jgit", "go-git", "libgit2", "git2go",
        "clone repo", "repository 'http", "failed to clone", "gitpython", "personal access token", "private-token", "/api/v4/",
        "abapgit", "fatal: unable to access", "git repo", "dulwich", "to clone", "git server", "reposerver", "repo-server",
        "listrefs",
        "repository connectivity", "argocd", "argo-cd", "fluxcd", "gitrepository", "source-controller", "git-sync", "gitsync",
        "git source", "git remote", "git error", "simple-git", "gitops", "gitexception", "git operation", "upstream origin",
        "_apis/git", "actions/checkout", "gitee.", "codecommit", "gogs", "sourcehut", "git.sr.ht", "refs/heads", "refs/remotes",
        "upload-pack", "fetch-pack", "isomorphic-git", "ls-remote", "ls-refs", "git credential", "git host", "remote ref",
        "remote branch", "fatal: repository", "fatal: authentication failed", "fatal: remote", "git checkout", "git reset",
        "cloned repository", "repository url", "clone url", "clone_url", "vs800075", "tf400", "tf401", "renovate"),
    HUB: (_HUB, "ghs_", "octokit"),
    APP: ("installation", "x-access-token", "github app", "github-app", "githubapp", "octokit", "json web token",
        "by integration", "app_id", "app id", "appid", "/app/installations", "api.github.com/app", "rest/apps",
        "rest/reference/apps", "probot", "ghinstallation", "integration not found"),
    REGISTRY: ("docker", "/v2/", "manifest", "registry.", "registry/", "registry:", "registry ", "ghcr.io", "podman", "skopeo",
        "buildah", "kaniko", "containerd", "imagepull", "dkr.ecr", "daemon", "quay.io", "harbor", "gcr.io", "azurecr.io",
        "pkg.dev", "pull image", "pulling image", "image pull", "buildkit", "crane", "helm pull", "lscr.io", "failed to pull",
        "pulling from", "ecr:", "from docker.io", "index.docker.io", "failed to resolve reference", "failed to solve", "nerdctl",
        "oci://", "load metadata for", "cri-o", "kubelet", "retrieving image", "push permission", "image manifest",
        "containers/image",
        "cannotpull", "container registry", "pull rate", "harbor", "artifact registry", "artifactregistry", "image index",
        "build image", "base image", "docker.io", "pinging container", "artifactory", "public.ecr.aws", "containerize:", "oras",
        "fetchreference", "image reference", "chart repository", "tags/list", "docker registry"),
    STORAGE: ("s3:", "s3.", "s3-", "s3 ", "s3/", "bucket", "putobject", "getobject", "listobjects", "headobject", "deleteobject",
        "multipart", "rclone", "restic", "mc:", "mc alias", "minio", "s3cmd", "s3fs", "r2.cloudflarestorage", "backblaze",
        "digitaloceanspaces", "wasabi", "velero", "backup", "s3uploadfailed", "pg_dump", "pgbackrest", "barman", "wal-g",
        "object storage", "objectstorage", "upload failed", "s3api", "aws s3", "amazon.s3", "s3exception", "storj",
        "your-objectstorage.com", "duplicity", "kopia", "x-amz-", "mysqldump", "failed to ls", "b2:", "b2_", "barman",
        "wal archive",
        "litestream", "rustic", "object store", "objectstore", "s3a:", "xminio", "removeobject", "statobject", "createmultipart",
        "uploadpart", "scw.cloud", "linodeobjects", "cloudflare r2", "longhorn", "etcd-snapshot", "snapshot repository",
        "wal-push", "basebackup", "walarchive", "s3client", "client-s3", "s3_", "xtrabackup", "percona", "stash ", "repo1:",
        "seahorse", "aws::s3", "s3::", "fog::", "excon", "storage location", "backup target", "backup volumes", "scaleway object",
        "spaces.com"),
    COMPUTE: ("ec2", "runinstances", "aws_instance", "aws_eip", "aws_security_group", "aws_subnet", "aws_vpc",
        "describeinstances", "vpc", "securitygroup", "security group", "iam:", "sts:", " sts ", " sts.", "getcalleridentity",
        "cloudformation", "karpenter", "elastic ip", "instance type", "subnet", "autoscaling", "launching", "nodepool",
        "assumerole", "ami-", "ami", "elastic address", "ec2 machine", "ec2-machine", "control tower", "iam ", "aws_ami",
        "launch template", "instanceprofile", "nodeclaim", "packer", "describeregions",
        "runinstances", "allocateaddress", "createtags", "describeimages", "iam role", "iam user", "inbound rule", "route table",
        "internet gateway", "spot instance", "vcpu", "nodegroup", "launching node", "elastic-ip", "launch instance",
        "updatestack", "createstack", "keypair", "service-quotas", "servicequotas", "elasticloadbalancing",
        "eksctl"),
    SSH: ("ssh:", "ssh ", "sshd", "ssh2", "ssh_", "paramiko", "publickey", "port 22", ":22", "known_hosts", "unreachable!",
        "ansible", "authorized_keys", "openssh", "id_rsa", "id_ed25519", "net::ssh", "identity file", "host key", "hostkey",
        "scp:", "sftp", "rsync", "jsch", "putty", "kex", "asyncssh", "sshkit", "net-ssh", "russh", "libssh", "load key",
        "dropbear",
        "ssh-", "ssh)", "ssh/", "publickey", "userauth", "over ssh", "via ssh", "ssh key", "wish:", "thrussh", "apache mina",
        "sshj", "sshexec", "plink", "sshnet", "ssh", "failed! =>", "unreachable! =>", "client_loop", "privilege escalation",
        "allowusers", "trilead"),
    HOOK: ("webhook", "x-hub-signature", "x-gitea-signature", "x-gitlab-token", "delivery", "deliver ", "payload ", " payload",
        "payload:", "/hooks",
        "hook ", "hooks", "x-github-event", "x-github-delivery", "github-hookshot", "x-gitlab-event", "x-gitea-event", "hook:"),
    FOREIGN: ("npm err", "npm error", "registry.npmjs.org", "npmjs", "npm.pkg.github", "pypi.org", "yarn ", "pnpm", "rubygems",
        "bundler", "maven", "gradle", "packagist", "composer", "smtp", "ldap", "stripe", "sentry", "crates.io",
        "proxy.golang.org", "nuget", "kerberos", "nginx:", "[crit]", "upstream:", "from upstream, ", "header from upstream",
        "gunicorn",
        "celery", "amqp", "rabbitmq", "slack.com", "yarnpkg", "smtplib", "mailgun", "sendgrid", "openai", "anthropic", "twilio",
        "oauth2_client",
        "access-control-allow", "cors policy", "websocket", "chrome-extension", "rollup", "vite:", "esbuild", "probe failed",
        "node_modules/vite", "upstream prematurely", "cargo ", "brew "),
    DATA: ("postgres", "psql", "mysql", "mariadb", "redis", "mongo", "kafka", "elasticsearch", "sqlstate", "pg::", ":5432",
        ":3306", ":6379", ":27017", ":5672", ":9200", ":11211", "port 5432", "jdbc", "memcache", "sqlalchemy", "psycopg",
        "database", "mongodb", "prisma", "zookeeper", "password authentication failed", "for table", "for relation", "cassandra",
        "clickhouse", "etcd", "opensearch", "mongo:", "oracle.jdbc"),
    AWS: ("arn:aws", "aws_", "amazonaws", "amazon ec2", "when calling the", "botocore", "aws-sdk", "awssdk", "aws provider",
        "aws account", "aws api", "aws was", "aws:", "aws ", "api error", "instance launch", "instance type",
        "requested instance",
        "credentials provider", "availability zone", "security group", "data.aws"),
    IMAGE: ("image", "pull ", "pulling", "manifest", "container", "helm", "push "),
    REPO: ("repository", "repo ", "repos/", "clone", "checkout", "branch", "commit", "revision", "submodule", "git"),
}
_SHORT = 4  # such words stand alone: the ec2 in a digest is none, nor the sts in tests


def _alone(word: str) -> re.Pattern[str]:
    left, right = ("(?<![a-z0-9])" if word[0].isalnum() else ""), ("(?![a-z0-9])" if word[-1].isalnum() else "")
    return re.compile(f"{left}{re.escape(word)}{right}")


_ORDER = tuple(
    (name, tuple(word for word in words if len(word) > _SHORT), tuple(_alone(word) for word in words if len(word) <= _SHORT))
    for name, words in _WORDS.items())

# A name that somebody chose (a repository's, an image's) says nothing: acme/redis-backup.git is no backup.
_URL = re.compile(
    r"(https?://[^\s/'\"]{1,255})(/[^\s'\"]{0,1000})|(?<![a-z0-9.@-])(git@[a-z0-9.-]{1,255}):[^\s'\"]{1,500}"
    r"|(?<![a-z0-9.-])((?:[a-z0-9-]{1,63}\.){0,8}(?:ghcr\.io|docker\.io|quay\.io|gcr\.io|azurecr\.io|pkg\.dev"
    r"|dkr\.ecr\.[a-z0-9-]{1,30}\.amazonaws\.com|registry\.[a-z0-9.-]{1,99}))(?::\d{1,5})?/[^\s'\"]{1,500}"
    r"|(pull access denied for) [^\s,]{1,300}")


def _unnamed(found: re.Match[str]) -> str:
    host, path, over_ssh, registry, denied = found.groups()
    if host is None:
        return f"{over_ssh}:.git " if over_ssh else f"{registry or denied} docker "
    if ".git" in path:
        return f"{host}/.git/ "
    return f"{host}/v2/ " if path.startswith("/v2/") else found[0]


# A line that a program wrote: it names something (a path, a host, a code), which prose about branches and tokens does not.
_WRITTEN = re.compile(r"\w/[\w.]|://|['\"`][\w./:@-]{2,80}['\"`]|\w_\w|\w\.\w{2,}|::|[{}<>=|]|\b\d{3}\b|\w:\w|^\[|^(?:fatal|error|err|failed|failure|warning)\b"
                      r"|[a-z]\d|\d[a-z]|\berror: |@")


@lru_cache(maxsize=1024)
def families(low: str) -> frozenset[str]:
    """What a text in small letters speaks of."""
    text = _URL.sub(_unnamed, low.replace("registry.terraform.io", "terraform").replace("itbucket", "itbkt")  # it is no bucket
                    .replace("docker machine", "ec2 machine").replace("docker-machine", "ec2-machine"))
    found = frozenset(name for name, long, short in _ORDER
                      if any(word in text for word in long) or any(word.search(text) for word in short))
    return found if found.isdisjoint(WEAK) or _WRITTEN.search(text) else found - WEAK
