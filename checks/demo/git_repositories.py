"""Real bare repositories on disk, and the real `git http-backend` run as the CGI program that it is.

https://git-scm.com/docs/git-http-backend · https://git-scm.com/docs/git-fast-import
"""
from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WHEN = "Demo <demo@example.com> 1767225600 +0000"
CLEAN = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}


@dataclass(frozen=True)
class Repository:
    """path: OWNER/NAME. tags are annotated. readers and writers: user names; the owner may do both."""

    path: str
    private: bool = True
    archived: bool = False
    mirror: bool = False
    branches: Sequence[str] = ("main",)
    tags: Sequence[str] = ()
    default: str = "main"
    readers: Sequence[str] = ()
    writers: Sequence[str] = ()
    protected: Sequence[str] = ()
    sha256: bool = False

    @property
    def empty(self) -> bool:
        return not self.branches

    def may_read(self, user: str) -> bool:
        return not self.private or user in self.readers or self.may_write(user)

    def may_write(self, user: str) -> bool:
        return user == self.path.split("/")[0] or user in self.writers

    def described(self, base_url: str, user: str) -> dict[str, Any]:
        """The fields of GET /repos/OWNER/NAME that a checklist reads."""
        return {"full_name": self.path, "private": self.private, "archived": self.archived, "mirror": self.mirror,
                "empty": self.empty, "default_branch": self.default, "clone_url": f"{base_url}/{self.path}.git",
                "permissions": {"admin": False, "push": self.may_write(user), "pull": self.may_read(user)}}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def folder(root: Path, repository: Repository) -> Path:
    return root / f"{repository.path.lower()}.git"


def make(root: Path, repository: Repository) -> None:
    """Write the repository, unless it is there already."""
    place = folder(root, repository)
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    form = ["--object-format=sha256"] if repository.sha256 else []
    _git("init", "--quiet", "--bare", f"--initial-branch={repository.default}", *form, str(place))
    if repository.branches:
        _git("-C", str(place), "fast-import", "--quiet", stdin=_history(repository))


def _history(repository: Repository) -> bytes:
    """One commit, that every branch points to, and an annotated tag for each name."""
    first, *others = repository.branches
    text = f"{repository.path}\n"
    parts = [f"commit refs/heads/{first}\nmark :1\ncommitter {WHEN}\ndata 5\nfirst\nM 644 inline README.md\n"
             f"data {len(text.encode())}\n{text}\n"]
    parts += [f"reset refs/heads/{name}\nfrom :1\n\n" for name in others]
    parts += [f"tag {name}\nfrom :1\ntagger {WHEN}\ndata {len(name.encode())}\n{name}\n" for name in repository.tags]
    return "".join(parts).encode()


def http_backend(
    root: Path, repository: Repository, *, method: str, rest: str, query: str, user: str, headers: Mapping[str, str],
    body: bytes, protocol: str,
) -> Answer:
    """Run the CGI program once. headers: title-cased names; user "" is a stranger; protocol "" is version 0."""
    env = {
        **CLEAN, "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": method, "QUERY_STRING": query, "REMOTE_ADDR": "127.0.0.1", "REMOTE_USER": user,
        "PATH_INFO": f"/{folder(root, repository).relative_to(root)}/{rest}",
        "CONTENT_TYPE": headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
    }
    if protocol:
        env["GIT_PROTOCOL"] = protocol
    done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, timeout=30, check=False)  # noqa: S607 -- the machine's own Git
    head, _, rest_of_it = done.stdout.partition(b"\r\n\r\n")
    told = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(told.pop("Status", "200").split()[0])
    return Answer(status, told, rest_of_it)


def _git(*words: str, stdin: bytes = b"") -> None:
    env = {**CLEAN, "PATH": os.environ["PATH"], "HOME": os.devnull}
    subprocess.run(["git", *words], input=stdin, env=env, capture_output=True, timeout=60, check=True)  # noqa: S603, S607 -- the machine's own Git
