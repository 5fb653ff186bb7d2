"""What deploying needs of the node: sudo, a supported system, Docker.

dFlow deploys through Dokku, so its system requirements are the node's:
https://dokku.com/docs/getting-started/installation/#system-requirements
"""
from __future__ import annotations

import re
from typing import Any

from checks.clients.ssh_script import Answers
from checks.providers.base import Context
from checks.providers.worker_node.declared import worker_node
from checks.providers.worker_node.rows import answers_of, node_of, not_told
from checks.verdict import Layer, Verdict, fail, passed, warn

SYSTEMS = "https://dokku.com/docs/getting-started/installation/"
SUDOERS = "https://www.sudo.ws/docs/man/sudoers.man/"
DOCKER_INSTALL = "https://docs.docker.com/engine/install/"
DOCKER_DAEMON = "https://docs.docker.com/engine/daemon/start/"
DOCKER_GROUP = "https://docs.docker.com/engine/install/linux-postinstall/"
CGROUPS = "https://docs.docker.com/engine/containers/runmetrics/"
# "Ubuntu 22.04/24.04/26.04 or Debian 11+ x64", "AMD64 (x86_64) and arm64 (armv8)": Dokku's page, as above.
UBUNTU = ("22.04", "24.04", "26.04")
DEBIAN_LEAST = 11
SUPPORTED = "Ubuntu 22.04, 24.04 or 26.04, or Debian 11 or later"
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
CGROUP_2 = "cgroup2fs"
# Who may hold 80 and 443: proxies that deploys come with, or that people put before them.
PROXIES = ("nginx", "traefik", "docker-proxy", "caddy", "haproxy", "openresty", "envoy", "rootlesskit", "dockerd")


@worker_node.check("The user may use sudo without a password", layer=Layer.SSH_HOST, needs=["key_accepted"])
def sudo_without_password(ctx: Context) -> Verdict:
    name, user = node_of(ctx).name, node_of(ctx).ssh.username
    said = answers_of(ctx).get("sudo")
    if said == "root":
        return passed(f"{name} was root, who needs no sudo.")
    if said == "missing":
        return fail(f"{name} found no sudo on the node.", link=SUDOERS,
                    remedy=f"As root on the node: `apt-get install sudo`, then with `visudo -f /etc/sudoers.d/dflow`: "
                           f"`{user} ALL=(ALL) NOPASSWD:ALL`")
    code, why = _parts(said)
    if code == "0":
        return passed(f"{name} ran sudo -n true, without a password.")
    if not code:
        return not_told(ctx, "whether sudo needs a password")
    return fail(f"{name} was not allowed to use sudo without a password: “{why}”.", link=SUDOERS,
                remedy=f"As root on the node, with `visudo -f /etc/sudoers.d/dflow`: `{user} ALL=(ALL) NOPASSWD:ALL`")


def _parts(said: str) -> tuple[str, str]:
    """The exit status of a command, and what it wrote."""
    code, _, text = said.partition(" ")
    return code, text.strip()


@worker_node.check("The system is one that deploys run on", layer=Layer.SSH_HOST, needs=["key_accepted"])
def system_supported(ctx: Context) -> Verdict:
    answers = answers_of(ctx)
    if not answers.get("machine"):
        return not_told(ctx, "what system it is")
    system, facts = answers.get("os_PRETTY_NAME") or answers.get("kernel"), _facts(answers)
    about = f"{node_of(ctx).name} was {system} on {answers.get('machine')}"
    if (wrong := _unsupported(answers)) is not None:
        return fail(f"{about}: {wrong}.", link=SYSTEMS, **facts,
                    remedy=f"Use a server with {SUPPORTED}, on AMD64 or ARM64, started by systemd.")
    if (odd := _unlisted(answers)):
        return warn(f"{about}: {odd}.", link=SYSTEMS, **facts,
                    remedy=f"Prefer {SUPPORTED}: that is what deploys are tried on.")
    if answers.get("cgroup") and answers.get("cgroup") != CGROUP_2:
        return warn(f"{about}, with control groups of version 1 ({answers.get('cgroup')}).", link=CGROUPS, **facts,
                    remedy="Boot the node with `systemd.unified_cgroup_hierarchy=1`, or update its system: Docker and systemd "
                           "are giving version 1 up.")
    if (holders := _foreign_listeners(answers)):
        return warn(f"{about}, and {' and '.join(holders)} already listened on port 80 or 443, which the proxy of your "
                    "services needs.", link=SYSTEMS, **facts, holders=holders,
                    remedy=f"Stop it on the node: `sudo systemctl disable --now {holders[0]}`")
    return passed(f"{about}, with systemd and control groups of version 2.", **facts)


def _facts(answers: Answers) -> dict[str, Any]:
    """architecture: as images call it."""
    machine = answers.get("machine")
    return {"system": answers.get("os_PRETTY_NAME"), "id": answers.get("os_ID"), "version": answers.get("os_VERSION_ID"),
            "architecture": ARCHITECTURES.get(machine.lower(), machine), "cgroup": answers.get("cgroup"),
            "systemd": answers.get("systemd") == "yes", "listening": answers.get("listening").split()}


def _unsupported(answers: Answers) -> str | None:
    """Why nothing can be deployed there."""
    if answers.get("kernel") != "Linux":
        return "that is not Linux"
    if answers.get("machine").lower() not in ARCHITECTURES:
        return "no images are built for that architecture"
    family, version = _family(answers), answers.get("os_VERSION_ID")
    if not family:
        return "it is neither Ubuntu nor Debian, nor made from them"
    if answers.get("os_ID") == "ubuntu" and _number(version) < _number(UBUNTU[0]):
        return "it is too old"
    if answers.get("os_ID") == "debian" and version and _number(version) < (DEBIAN_LEAST, 0):
        return "it is too old"
    if answers.get("systemd") != "yes":
        first = answers.get("systemd").partition(" ")[2]
        return f"it was not started by systemd{f' but by {first}' if first else ''}, which starts Docker and the proxy"
    return None


def _family(answers: Answers) -> str:
    words = f"{answers.get('os_ID')} {answers.get('os_ID_LIKE')}".split()
    return next((word for word in words if word in ("ubuntu", "debian")), "")


def _unlisted(answers: Answers) -> str:
    """What probably works, though nobody promises it."""
    if answers.get("os_ID") not in ("ubuntu", "debian"):
        return f"it is made from {_family(answers).capitalize()}, and not listed itself"
    if answers.get("os_ID") == "ubuntu" and answers.get("os_VERSION_ID") not in UBUNTU:
        return "its version is not listed"
    return ""


def _number(version: str) -> tuple[int, int]:
    found = re.match(r"(\d+)(?:\.(\d+))?", version)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def _foreign_listeners(answers: Answers) -> list[str]:
    """The names of programs on 80 and 443 that are no proxy of deploys; only root is told them."""
    names = re.findall(r'\(\("([^"]{1,40})"', answers.get("listeners"))
    return sorted({name for name in names if not name.startswith(PROXIES)})


@worker_node.check("Docker runs", layer=Layer.SSH_HOST, needs=["key_accepted"])
def docker_running(ctx: Context) -> Verdict:
    node, answers = node_of(ctx), answers_of(ctx)
    said = answers.get("docker")
    if not said:
        return not_told(ctx, "whether Docker runs")
    if said == "missing":
        return fail(f"{node.name} found no docker on the node.", link=DOCKER_INSTALL,
                    remedy="Install Docker Engine on the node: `curl -fsSL https://get.docker.com | sudo sh`")
    code, text = _parts(said)
    if code == "0" and text:
        return passed(f"{node.name} reached Docker {text}.", version=text, through="user")
    code, rooted = _parts(answers.get("docker_sudo"))
    if code == "0" and rooted:
        return passed(f"{node.name} reached Docker {rooted} through sudo.", version=rooted, through="sudo")
    return _no_docker(ctx, rooted or text)


def _no_docker(ctx: Context, said: str) -> Verdict:
    node = node_of(ctx)
    user = node.ssh.username
    if "permission denied" in said.lower():
        return fail(f"Docker ran on the node, and {node.name} was not allowed to use it: “{said}”.", link=DOCKER_GROUP,
                    remedy=f"On the node: `sudo usermod -aG docker {user}`")
    if "cannot connect" in said.lower() or "daemon" in said.lower():
        return fail(f"Docker was installed on the node, and its daemon did not run: “{said}”.", link=DOCKER_DAEMON,
                    remedy="On the node: `sudo systemctl enable --now docker`; if it does not stay up, `sudo journalctl -u "
                           "docker` tells why.")
    if not said or "timed out" in said.lower():
        return not_told(ctx, "whether Docker runs: docker version did not answer")
    return fail(f"docker version failed on the node: “{said}”.", link=DOCKER_DAEMON,
                remedy="Run `docker version` on the node and mend what it says, then check again.")
