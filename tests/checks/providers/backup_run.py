"""One run of the backup rows against a server, as the engine makes it: through the runner, with a journal that is kept."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from checks.providers.backup_storage import backup_storage
from checks.providers.base import ProbeRecord
from checks.runner import Landed, run
from checks.verdict import Row, Status, Verdict, worst


@dataclass(frozen=True)
class Seen:
    """rows: slug -> verdict. left: what was written down and not seen to be gone. put: all that was written down."""

    rows: Mapping[str, Verdict]
    left: list[ProbeRecord]
    put: list[ProbeRecord]
    status: Status

    def __getitem__(self, slug: str) -> Verdict:
        return self.rows[slug]

    @property
    def bad(self) -> dict[str, str]:
        """What neither passed nor was skipped."""
        return {slug: str(v.status) for slug, v in self.rows.items() if v.status not in (Status.PASS, Status.SKIPPED)}


def settings(url: str, bucket: str, key_id: str, **more: str) -> dict[str, str]:
    return {"endpoint": url, "region": "us-east-1", "bucket": bucket, "prefix": "dflow/backups", "addressing": "auto",
            "intent": "read_write_delete", "access_key_id": key_id, **more}


def look(url: str, bucket: str, key: tuple[str, str] = ("AKIDTEST", "a-secret-of-the-tests"), *,
         known: Mapping[str, Any] | None = None, **more: str) -> Seen:
    chosen = settings(url, bucket, key[0], **more)
    client = backup_storage.connect(chosen, {"secret_access_key": key[1]})
    rows, put, gone = {}, [], set()
    for item in run(backup_storage, settings=chosen, client=client, services=[], known=known or {}, secrets=[key[1]],
                    now=datetime.now(UTC)):
        if isinstance(item, Landed):
            rows[item.check.slug] = item.verdict
        elif item.gone:
            gone.add(item.probe.id)
        else:
            put.append(item.probe)
    summed = worst(Row(v.status, backup_storage.checks[slug].is_required(chosen), v.cause, v.skip) for slug, v in rows.items())
    for verdict in rows.values():
        assert key[1] not in f"{verdict}"
    return Seen(rows, [probe for probe in put if probe.id not in gone], put, summed)
