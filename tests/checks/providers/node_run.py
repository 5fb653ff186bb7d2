"""One run of a worker node's rows, as the engine makes it: through the runner."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from checks.providers.base import ServiceFacts
from checks.providers.worker_node import worker_node
from checks.providers.worker_node.key import normal_key
from checks.runner import run
from checks.verdict import Cause, Layer, Row, Status, Verdict, worst


@dataclass(frozen=True)
class Seen:
    """rows: (slug, service or "") -> verdict."""

    rows: Mapping[tuple[str, str], Verdict]
    status: Status

    def __getitem__(self, key: str | tuple[str, str]) -> Verdict:
        return self.rows[key if isinstance(key, tuple) else (key, "")]

    @property
    def bad(self) -> dict[str, str]:
        """What neither passed nor was skipped."""
        return {slug: str(v.status) for (slug, _), v in self.rows.items() if v.status not in (Status.PASS, Status.SKIPPED)}

    @property
    def skipped(self) -> list[str]:
        return [slug for (slug, _), v in self.rows.items() if v.status is Status.SKIPPED]


def look(port: int, username: str, key: str, *, host: str = "127.0.0.1", host_key: str = "", passphrase: str = "",
         upstream: Mapping[str, str] | None = None, services: Sequence[str] = ()) -> Seen:
    key = normal_key(key)
    settings = {"host": host, "port": port, "username": username, "host_key": host_key}
    client = worker_node.connect(settings, {"private_key": key, "passphrase": passphrase})
    names = list(dict.fromkeys([*services, *(upstream or {})]))
    facts = [ServiceFacts(name, "app", {"repository": "https://git.example.com/a.git"}, "node-1") for name in names]
    rows = {}
    for item in run(worker_node, settings=settings, client=client, services=facts, known={"upstream": upstream or {}},
                    secrets=[key, passphrase], now=datetime.now(UTC)):
        rows[item.check.slug, item.service.name if item.service else ""] = item.verdict
    for verdict in rows.values():
        for line in key.splitlines()[1:-1]:
            assert line not in f"{verdict}"
    summed = worst(Row(v.status, worker_node.checks[slug].is_required(settings) if v.required is None else v.required, v.cause,
                       v.skip) for (slug, _), v in rows.items())
    return Seen(rows, summed)


def failing(seen: Seen, slug: str | tuple[str, str], layer: Layer, *texts: str) -> Verdict:
    verdict = seen[slug]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.FAIL, Cause.YOURS, layer), verdict
    for text in texts:
        assert text in f"{verdict.evidence}\n{verdict.remedy}\n{verdict.link}", (text, verdict)
    return verdict
