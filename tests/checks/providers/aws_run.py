"""One run of the AWS rows against an endpoint, as the engine makes it: through the runner, with a journal that is kept."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from checks.clients.aws_wire import Keys
from checks.clients.ec2 import Aws
from checks.providers.aws import aws
from checks.providers.base import ProbeRecord
from checks.runner import Landed, run
from checks.verdict import Row, Status, Verdict, worst

REGION = "eu-central-1"
KEY = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


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

    @property
    def actions(self) -> dict[str, tuple[str, str]]:
        """state and proof of each action."""
        return {one["action"]: (one["state"], one["proof"]) for one in self.rows["actions_allowed"].facts["actions"]}

    def of(self, state: str) -> set[str]:
        return {name for name, (said, _) in self.actions.items() if said == state}


def settings(key_id: str = KEY[0], **more: Any) -> dict[str, Any]:
    return {"region": REGION, "instance_type": "t3.large", "nodes": 1, "account_id": "", "access_key_id": key_id, **more}


def look(key: tuple[str, ...] = KEY, *, address_origin: str = "", **more: Any) -> Seen:
    """Asks whatever AWS_ENDPOINT_URL names. key: id, secret and, of temporary ones, the token."""
    chosen = settings(key[0], **more)
    client = Aws(chosen["region"], Keys(*key), address_origin=address_origin)
    rows, put, gone = {}, [], set()
    for item in run(aws, settings=chosen, client=client, services=[], known={}, secrets=[key[1], *key[2:]],
                    now=datetime.now(UTC)):
        if isinstance(item, Landed):
            rows[item.check.slug] = item.verdict
        elif item.gone:
            gone.add(item.probe.id)
        else:
            put.append(item.probe)
    summed = worst(Row(v.status, aws.checks[slug].is_required(chosen) if v.required is None else v.required, v.cause, v.skip)
                   for slug, v in rows.items())
    for verdict in rows.values():
        assert key[1] not in f"{verdict}"
        assert "Encoded authorization failure message" not in f"{verdict}"
    return Seen(rows, [probe for probe in put if probe.id not in gone], put, summed)
