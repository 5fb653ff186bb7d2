"""ministack in AWS's place: a server that enforces IAM in AWS's own words, simulates policies, knows inactive keys, and
ignores DryRun: it really launches. https://pypi.org/project/ministack/

It listens on loopback only because it is told so twice: BIND_HOST for itself, IOT_MTLS_ENABLED=0 for its MQTT port, which
would otherwise be open to everybody.
"""
from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.peers.plugin import missing
from tests.peers.ports import anew, end, free_port, spawn, until_ready

ACCOUNT, REGION = "000000000000", "eu-central-1"
STOP_SECONDS = 5.0


@dataclass
class MiniStack:
    folder: str
    port: int = 0
    root: tuple[str, str] = field(default_factory=lambda: ("AKIA" + secrets.token_hex(8).upper(), secrets.token_hex(20)))
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = anew(self._started)

    def _started(self) -> subprocess.Popen:
        self.port, log = free_port(), Path(self.folder) / "log"
        env = {"PATH": os.environ["PATH"], "HOME": self.folder, "TMPDIR": self.folder, "BIND_HOST": "127.0.0.1",
               "IOT_MTLS_ENABLED": "0", "GATEWAY_PORT": str(self.port), "MINISTACK_HOST": "127.0.0.1", "AUTH": "true",
               "AWS_ACCESS_KEY_ID": self.root[0], "AWS_SECRET_ACCESS_KEY": self.root[1]}
        process = spawn([sys.executable, "-m", "ministack"], log, env=env, cwd=self.folder)
        until_ready(process, [self.port], log, lambda: requests.get(f"{self.url}/_ministack/health", timeout=20).ok)
        return process

    def stop(self) -> None:
        if self.process is not None:
            end(self.process, STOP_SECONDS)

    def client(self, service: str) -> Any:
        """boto3 as its root."""
        import boto3
        from botocore.config import Config
        return boto3.session.Session().client(service, endpoint_url=self.url, region_name=REGION, config=Config(proxies={}),
                                              aws_access_key_id=self.root[0], aws_secret_access_key=self.root[1])

    def user(self, statements: Iterable[dict[str, Any]]) -> tuple[str, str]:
        """A new user with these statements. Returns the access key id and its secret."""
        iam, name = self.client("iam"), f"u{secrets.token_hex(6)}"
        iam.create_user(UserName=name)
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def user_who_may(self, actions: Iterable[str]) -> tuple[str, str]:
        return self.user([{"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}])

    def left(self) -> dict[str, list[str]]:
        """What is there that a dry run could have made."""
        ec2 = self.client("ec2")
        instances = [one for row in ec2.describe_instances()["Reservations"] for one in row["Instances"]]
        return {"instances": [one["InstanceId"] for one in instances if one["State"]["Name"] not in ("terminated", "shutting-down")],
                "keys": [one["KeyName"] for one in ec2.describe_key_pairs()["KeyPairs"]],
                "groups": [one["GroupName"] for one in ec2.describe_security_groups()["SecurityGroups"] if one["GroupName"] != "default"],
                "addresses": [one["AllocationId"] for one in ec2.describe_addresses()["Addresses"]]}


NOTHING = {"instances": [], "keys": [], "groups": [], "addresses": []}


@pytest.fixture(scope="session")
def ministack_server():
    if find_spec("ministack") is None:
        missing("ministack", "pip install --no-deps -r tests/peers/requirements.txt")
    with tempfile.TemporaryDirectory() as folder:
        server = MiniStack(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture
def ministack(ministack_server, loopback, monkeypatch):
    """One server a session, and AWS_ENDPOINT_URL names it; a test makes users of its own."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack_server.url)
    return ministack_server
