"""An S3 server on loopback for the demo and the tests: moto's, with its IAM enforcement on, as a process of its own.

What it enforces: signatures, and actions by object; not the condition s3:prefix, nor regions.
https://docs.getmoto.org/en/latest/docs/iam.html
"""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

import requests

FULL = ("s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
WITHOUT_DELETE = tuple(action for action in FULL if action != "s3:DeleteObject")
READ_ONLY = ("s3:ListBucket", "s3:GetObject")
REGION = "us-east-1"
READY_SECONDS = 60.0
STOP_SECONDS = 5.0
TRIES = 4  # another process may take the free port first


class S3Host:
    """Runs between start() and stop(); also a context manager. url: its origin on 127.0.0.1. pick_port: a free one."""

    def __init__(self, pick_port: Callable[[], int] | None = None) -> None:
        self.url = ""
        self._pick_port = pick_port or _free_port
        self._process: subprocess.Popen[bytes] | None = None
        self._log: Any = None
        self._root: tuple[str, str] | None = None

    def start(self) -> S3Host:
        for _ in range(TRIES):
            if self._started():
                break
            said = self._said()
            self.stop()
        else:
            raise RuntimeError(f"The S3 server of moto did not start: {said}")
        # Its root: made while nothing is enforced yet, so that it can make everybody else afterwards.
        self._root = self._new_user("dflow-root", {"Effect": "Allow", "Action": "*", "Resource": "*"})
        self._enforce(True)
        return self

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log is not None:
            self._log.close()

    def __enter__(self) -> S3Host:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def make_bucket(self, name: str, *, versioned: bool = False, locked: bool = False) -> None:
        """A private bucket. locked: object lock with a default retention of one day."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket=name, **({"ObjectLockEnabledForBucket": True} if locked else {}))
        if versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        if locked:
            rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
            s3.put_object_lock_configuration(
                Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule})

    def make_user(self, name: str, bucket: str, actions: Iterable[str] = FULL) -> tuple[str, str]:
        """A user who may do `actions` to the bucket and what is in it. Returns the access key id and its secret."""
        arn = f"arn:aws:s3:::{bucket}"
        return self._new_user(name, {"Effect": "Allow", "Action": list(actions), "Resource": [arn, f"{arn}/*"]})

    def make_user_with(self, name: str, policy: Mapping[str, Any]) -> tuple[str, str]:
        """A user with exactly this policy document."""
        return self._new_user(name, *policy["Statement"])

    def delete_key(self, user: str, key_id: str) -> None:
        self.client("iam").delete_access_key(UserName=user, AccessKeyId=key_id)

    def bucket_policy(self, bucket: str, *statements: dict[str, Any]) -> None:
        """Replaces the policy of a bucket; ARNs and principals as they are in AWS."""
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        self.client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    def keys_in(self, bucket: str) -> list[str]:
        """Every object's key, for a look at what was left behind."""
        return [one["Key"] for one in self.client("s3").list_objects_v2(Bucket=bucket).get("Contents", ())]

    def uploads_in(self, bucket: str) -> list[str]:
        """The keys of the multipart uploads that are still open."""
        answer = self.client("s3").list_multipart_uploads(Bucket=bucket)
        return [one["Key"] for one in answer.get("Uploads", ())]

    def versions_in(self, bucket: str) -> list[str]:
        """Every version and delete marker."""
        answer = self.client("s3").list_object_versions(Bucket=bucket)
        return [one["VersionId"] for one in (*answer.get("Versions", ()), *answer.get("DeleteMarkers", ()))]

    def client(self, service: str) -> Any:
        """boto3 as its root, or as nobody in particular while nothing is enforced."""
        import boto3  # noqa: PLC0415 -- slow import
        from botocore.config import Config  # noqa: PLC0415 -- slow import
        key_id, secret = self._root or ("nobody", "nothing")
        return boto3.session.Session().client(
            service, endpoint_url=self.url, region_name=REGION, aws_access_key_id=key_id, aws_secret_access_key=secret,
            config=Config(proxies={}, s3={"addressing_style": "path"}))

    def _new_user(self, name: str, *statements: Mapping[str, Any]) -> tuple[str, str]:
        iam = self.client("iam")
        iam.create_user(UserName=name)
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def _enforce(self, on: bool) -> None:
        requests.post(f"{self.url}/moto-api/reset-auth", data="0" if on else "inf", timeout=10,
                      headers={"Content-Type": "text/plain"}).raise_for_status()

    def _started(self) -> bool:
        """One try, on a port that is free just now."""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 -- lives as long as the process
        port = self._pick_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", str(port)]
        self._process = subprocess.Popen(  # noqa: S603 -- our own program, no shell
            command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True)
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(requests.RequestException):
                if requests.get(f"{self.url}/moto-api/", timeout=2).status_code < 500:
                    return True
            time.sleep(0.05)
        return False

    def _said(self) -> str:
        self._log.seek(0)
        return str(self._log.read()[-2000:].decode("utf-8", "replace")) or "it said nothing."


def _free_port() -> int:
    import socket  # noqa: PLC0415 -- only to be told a free port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
