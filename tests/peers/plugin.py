"""Loads every peer's fixtures, and decides what a missing peer means: skipped and said so, or failed under CI=true."""
from __future__ import annotations

import os

import pytest

pytest_plugins: list[str] = [
    "tests.peers.git_host",
    "tests.peers.gitlab_host",
    "tests.peers.bitbucket_host",
    "tests.peers.github_host",
    "tests.peers.azure_devops_host",
    "tests.peers.site",
    "tests.peers.browser",
    "tests.peers.postgres",
    "tests.peers.redis",
    "tests.peers.seaweedfs",
    "tests.peers.registry",
    "tests.peers.registry_script",
    "tests.peers.moto_server",
    "tests.peers.s3_script",
    "tests.peers.aws_script",
    "tests.peers.ministack",
    "tests.peers.judges",
    "tests.peers.rclone_server",
    "tests.peers.sshd",
    "tests.peers.ssh_script",
    "tests.faults.plugin",
]


def missing(what: str, how: str) -> None:
    """End the test that needs a peer which this machine lacks."""
    message = f"{what} is not on this machine ({how})"
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs every peer: {message}", pytrace=False)
    pytest.skip(message)
