"""restic and rclone are the judges: on each server and in each case what our rows say comes true for both of them.

`pytest -s tests/checks/providers/test_backup_storage_judges.py` prints the tables.
"""
from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from checks.demo.s3_host import FULL, READ_ONLY, WITHOUT_DELETE
from checks.providers.backup_storage.policy import least_policy
from checks.providers.backup_storage.removal import PROBE_FOLDER
from checks.verdict import Status
from tests.checks.providers.backup_run import Seen, look, settings

pytestmark = pytest.mark.usefixtures("loopback")
PREFIX = "dflow/backups"
# moto asks for an action of this name at HeadBucket, where AWS asks for s3:ListBucket; restic begins with it.
HEAD = ("s3:HeadBucket", "s3:GetBucketLocation")
POLICY, KEYS = "backup-bucket-policy", "backup-keys"


@dataclass(frozen=True)
class Case:
    """row, layer: the first required row that fails and its layer, "" where everything works."""

    name: str
    bucket: str
    key: tuple[str, str]
    row: str = ""
    layer: str = ""
    intent: str = "read_write_delete"


def first_wrong(seen: Seen, intent: str) -> tuple[str, str]:
    from checks.providers.backup_storage import backup_storage
    for slug, verdict in seen.rows.items():
        if verdict.status is Status.FAIL and backup_storage.checks[slug].is_required({"intent": intent}):
            return slug, str(verdict.layer)
    return "", ""


def nothing_left(seen: Seen, server: Any, bucket: str, before: set[str]) -> None:
    """No object and no upload of ours, unless deleting was refused: then the evidence names it."""
    left = [key for key in server.keys_in(bucket) if PROBE_FOLDER in key and key not in before]
    deletion = seen["object_deletable"]
    if "DeleteObject on" in deletion.evidence and "left behind" in deletion.evidence:
        assert left == [seen.put[0].details["key"]]
        assert left[0] in deletion.evidence
    else:
        assert left == []
    assert [key for key in server.uploads_in(bucket) if PROBE_FOLDER in key] == []


def short(said: str) -> str:
    """Its last words, without what it was busy with."""
    return re.sub(r", (RequestID|HostID|api error).*", "", said).rpartition(": ")[2].strip()[:40]


def judge(server: Any, cases: list[Case], judges: dict[str, Any], folder, exists: Callable[[str], bool]) -> None:
    lines = [f"{'case':<34}{'ours':<44}{'restic':<36}rclone"]
    wrong = []
    for number, case in enumerate(cases):
        before = set(server.keys_in(case.bucket)) if exists(case.bucket) else set()
        seen = look(server.url, case.bucket, case.key, intent=case.intent)
        row, layer = first_wrong(seen, case.intent)
        if exists(case.bucket):
            nothing_left(seen, server, case.bucket, before)
        ours = seen.status in (Status.PASS, Status.WARN)
        said = {name: tool.judge(server.url, case.bucket, case.key, folder / f"{name}-{number}", f"{PREFIX}/{name}-{uuid.uuid4().hex[:8]}",
                                 deletes=case.intent != "write_once") for name, tool in judges.items()}
        cells = ["pass" if verdict.passes else f"{verdict.step}: {short(verdict.said)}" for verdict in said.values()]
        lines.append(f"{case.name:<34}{'pass' if ours else f'{row} ({layer})':<44}{cells[0]:<36}{cells[1]}")
        if (row, layer) != (case.row, case.layer) or {verdict.passes for verdict in said.values()} != {ours} or ours != (not case.row):
            wrong.append(case.name)
    table = "\n".join(lines)
    print(f"\n{type(server).__name__}\n{table}")
    assert not wrong, f"{wrong}\n{table}"


def test_on_seaweedfs_the_judges_say_the_same(seaweedfs, restic, rclone, tmp_path):
    key = seaweedfs.key
    judge(seaweedfs, [
        Case("all rights", "dumps", key("full")),
        Case("all rights, versions kept", "versions", key("full")),
        Case("unknown key id", "dumps", ("NOSUCHKEY", "x" * 20), "key_accepted", KEYS),
        Case("wrong secret", "dumps", (key("full")[0], "x" * 20), "key_accepted", KEYS),
        Case("may only read", "dumps", key("reader"), "object_writable", POLICY),
        Case("may only write", "dumps", key("writer"), "prefix_listable", POLICY),
        Case("may write and list", "dumps", key("lister"), "object_readable", POLICY),
        Case("key of another bucket", "dumps", key("elsewhere"), "prefix_listable", POLICY),
    ], {"restic": restic, "rclone": rclone}, tmp_path, lambda bucket: True)
    for bucket in ("dumps", "versions"):
        seaweedfs.clear(bucket, f"{PREFIX}/")


def test_on_moto_with_iam_enforced_the_judges_say_the_same(s3_host, restic, rclone, tmp_path):
    mine = f"judged-{uuid.uuid4().hex[:8]}"
    s3_host.make_bucket(mine)
    made = iter(range(100))

    def user(actions):
        return s3_host.make_user(f"{mine}-{next(made)}", mine, (*actions, *HEAD))
    least = least_policy(settings(s3_host.url, mine, ""))
    least["Statement"].append({"Effect": "Allow", "Action": list(HEAD), "Resource": f"arn:aws:s3:::{mine}"})
    # restic's own way to a repository that only grows: it still removes its locks.
    once = least_policy(settings(s3_host.url, mine, "", intent="write_once"))
    once["Statement"] += [least["Statement"][-1], {"Effect": "Allow", "Action": ["s3:DeleteObject"], "Resource": f"arn:aws:s3:::{mine}/*/locks/*"}]
    deleted = user(FULL)
    s3_host.delete_key(f"{mine}-0", deleted[0])
    judge(s3_host, [
        Case("the least policy", mine, s3_host.make_user_with(f"{mine}-least", least)),
        Case("deleted key", mine, deleted, "key_accepted", KEYS),
        Case("wrong secret", mine, (user(FULL)[0], "x" * 40), "key_accepted", KEYS),
        Case("may only read", mine, user(READ_ONLY), "object_writable", POLICY),
        Case("may not list", mine, user(one for one in FULL if one != "s3:ListBucket"), "prefix_listable", POLICY),
        Case("may not read", mine, user(one for one in FULL if one != "s3:GetObject"), "object_readable", POLICY),
        Case("may not delete", mine, user(WITHOUT_DELETE), "object_deletable", POLICY),
        Case("may not delete, write once", mine, s3_host.make_user_with(f"{mine}-once", once), intent="write_once"),
        Case("no such bucket", f"{mine}-none", s3_host.make_user(f"{mine}-x", f"{mine}-none", (*FULL, *HEAD)), "bucket_found", POLICY),
    ], {"restic": restic, "rclone": rclone}, tmp_path, lambda bucket: bucket == mine)


def test_on_rclone_s_own_server_the_judges_say_the_same(rclone_server, restic, rclone, tmp_path):
    key_id, secret = rclone_server.key
    judge(rclone_server, [
        Case("the right key", "dumps", (key_id, secret)),
        Case("unknown key id", "dumps", ("NOSUCHKEY", "x" * 20), "key_accepted", KEYS),
        Case("wrong secret", "dumps", (key_id, "x" * 20), "key_accepted", KEYS),
    ], {"restic": restic, "rclone": rclone}, tmp_path, lambda bucket: True)
