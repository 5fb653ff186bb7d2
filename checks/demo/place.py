"""Where the demo lives: a folder of its own with a database and keys of its own, kept from start to start."""
from __future__ import annotations

import base64
import os
import secrets
import shutil
import socket
from pathlib import Path

MARK = "DFLOW_DEMO_FOLDER"  # set in the environment of the demo's own processes, and nowhere else
LOOPBACK = "127.0.0.0/8,::1/128"


def folder(base: Path) -> Path:
    """The demo's folder, ignored by Git."""
    return base / ".data" / "demo"


def start_over(place: Path) -> None:
    """Forget everything of an earlier demo."""
    shutil.rmtree(place, ignore_errors=True)


def environment(place: Path, port: int) -> dict[str, str]:
    """The environment of the demo's processes: its own database and keys, and loopback open for them alone."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "CREDENTIAL_KEYS", "EMAIL_URL", "DEBUG", "ALLOWED_HOSTS",
            "AWS_ENDPOINT_URL", "EGRESS_CA_BUNDLE", "Q_CLUSTER_NAME")
    kept = {k: v for k, v in os.environ.items() if k not in ours and k.removesuffix("_FILE") not in ours}
    return {
        **kept, MARK: str(place), "DJANGO_SETTINGS_MODULE": "dflow_integrations.settings",
        "DATABASE_URL": f"sqlite:///{place / 'db.sqlite3'}",
        "SECRET_KEY": _kept_key(place / "secret_key"), "CREDENTIAL_KEYS": _kept_key(place / "credential_key"),
        "BASE_URL": f"http://127.0.0.1:{port}", "ALLOWED_HOSTS": "127.0.0.1,localhost", "EMAIL_URL": "consolemail://",
        # Empty values outrank a .env file, which is for the real installation.
        "REDIS_URL": "", "DEBUG": "false", "AWS_ENDPOINT_URL": "", "EGRESS_CA_BUNDLE": "",
        "EGRESS_ALLOW_NETWORKS": LOOPBACK, "EGRESS_ALLOW_PLAIN_HTTP": "true",
    }


def _kept_key(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    return path.read_text().strip()


def free_port(first: int) -> int:
    """The first port from `first` on that nothing listens on, on loopback."""
    for port in range(first, first + 200):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"No port between {first} and {first + 199} is free on 127.0.0.1.")
