"""What the node has left: disk, memory, and the right time. None of it stops a run by itself."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checks.providers.base import Context
from checks.providers.worker_node.declared import worker_node
from checks.providers.worker_node.prerequisites import SYSTEMS
from checks.providers.worker_node.rows import answers_of, node_of, not_told
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

KIB, MIB, GIB = 1024, 1024 ** 2, 1024 ** 3
# dFlow's own form for a node on EC2 takes no disk below 30 GiB (its constants: diskSize, at least 30).
DISK_LEAST = 30 * 10 ** 9
# Ours: an image is built beside the running one, and a build of a usual web service takes 2 to 4 GB with its layers.
DISK_FREE_LEAST = 5 * GIB
DISK_FREE_SHARE = 0.10
# Dokku: "1GB of system memory, or add swap memory"; its bootstrap.sh compares MemTotal with 1003600 kB.
MEMORY_LEAST = 1_003_600 * KIB
# Ours: below it the kernel ends what is being built.
MEMORY_FREE_LEAST = 200 * MIB
# A clock that is minutes off breaks signatures: S3 takes 15 minutes, a GitHub App's token 1, TLS what the dates say.
CLOCK_WARN_SECONDS, CLOCK_FAIL_SECONDS = 30, 300
PRUNE = "https://docs.docker.com/engine/manage-resources/pruning/"
SWAP = "https://dokku.com/docs/getting-started/advanced-installation/"
TIMESYNC = "https://www.freedesktop.org/software/systemd/man/latest/timedatectl.html"


@dataclass(frozen=True)
class Disk:
    """A line of `df -P`: bytes with -k, or inodes with -i."""

    total: int
    free: int
    mount: str


def _disk(line: str, unit: int = KIB) -> Disk | None:
    words = line.split()
    if len(words) < 6 or not (words[-5].isdigit() and words[-3].isdigit()):
        return None
    return Disk(int(words[-5]) * unit, int(words[-3]) * unit, words[-1])


def _said(size: int) -> str:
    return f"{size / GIB:.1f} GB" if size >= GIB else f"{size // MIB} MB"


@worker_node.check("There is room on the disk", layer=Layer.SSH_HOST, needs=["key_accepted"], required=False)
def disk_sufficient(ctx: Context) -> Verdict:
    answers, name = answers_of(ctx), node_of(ctx).name
    root = _disk(answers.get("disk"))
    disk = _disk(answers.get("docker_disk")) or root
    if disk is None or root is None:
        return not_told(ctx, "how much room its disk has")
    inodes = _disk(answers.get("inodes"), 1)
    facts: dict[str, Any] = {"total": disk.total, "free": disk.free, "mount": disk.mount}
    least = min((root, disk), key=lambda d: d.free)
    if least.free < DISK_FREE_LEAST:
        return fail(f"{name} had {_said(least.free)} left on {least.mount}, of {_said(least.total)}.", link=PRUNE, **facts,
                    remedy=f"Make room for {_said(DISK_FREE_LEAST)} at least: `sudo docker system prune` removes what no "
                           "container uses; or enlarge the disk.")
    if inodes is not None and inodes.total and not inodes.free:
        return fail(f"{name} had no inode left on {inodes.mount}, so no file can be made.", link=PRUNE, **facts,
                    remedy="Remove what is made of many small files: `sudo docker system prune`, then old logs and caches.")
    if disk.total < DISK_LEAST:
        return warn(f"{name} had a disk of {_said(disk.total)} at {disk.mount}, {_said(disk.free)} of it free.", link=PRUNE,
                    **facts, remedy="Give the node a disk of 30 GB or more.")
    if disk.free < disk.total * DISK_FREE_SHARE:
        return warn(f"{name} had {_said(disk.free)} left on {disk.mount}, less than a tenth of {_said(disk.total)}.",
                    link=PRUNE, **facts, remedy="Make room: `sudo docker system prune` removes what no container uses.")
    return passed(f"{name} had {_said(disk.free)} free on {disk.mount}, of {_said(disk.total)}.", **facts)


@worker_node.check("There is enough memory", layer=Layer.SSH_HOST, needs=["key_accepted"], required=False)
def memory_sufficient(ctx: Context) -> Verdict:
    answers, name = answers_of(ctx), node_of(ctx).name
    sizes = [answers.get(field) for field in ("MemTotal", "MemAvailable", "SwapTotal")]
    if not sizes[0].isdigit():
        return not_told(ctx, "how much memory it has")
    total, available, swap = (int(size or 0) * KIB for size in sizes)
    facts: dict[str, Any] = {"total": total, "available": available, "swap": swap}
    has = f"{name} had {_said(total)} of memory and {_said(swap) if swap else 'no'} swap"
    if total + swap < MEMORY_LEAST:
        return fail(f"{has}.", link=SWAP, **facts, remedy="Give the node 1 GB of memory at least, or add swap.")
    if sizes[1].isdigit() and available < MEMORY_FREE_LEAST:
        return warn(f"{has}, {_said(available)} of the memory available.", link=SYSTEMS, **facts,
                    remedy="Give the node more memory, or stop what takes it (`top`, `docker stats`): a build needs some.")
    return passed(f"{has}, {_said(available)} of the memory available.", **facts)


@worker_node.check("The clock is right", layer=Layer.CLOCK, needs=["key_accepted"], required=False)
def clock_in_step(ctx: Context) -> Verdict:
    node, answers = node_of(ctx), answers_of(ctx)
    theirs = answers.get("now")
    if not theirs.isdigit() or node.ssh.began_at is None:
        return not_told(ctx, "what time it has")
    apart = round(int(theirs) + 0.5 - node.ssh.began_at)  # date cuts the second off
    size, facts = abs(apart), dict[str, Any](seconds=apart)
    ahead = "ahead of" if apart > 0 else "behind"
    if size <= CLOCK_WARN_SECONDS:
        return passed(f"The clock of {node.name} was within {max(size, 1)} s of ours.", **facts)
    told = f"The clock of {node.name} was {_span(size)} {ahead} ours"
    if answers.get("synchronised") == "yes":
        return unknown(f"{told}, and the node said that NTP keeps it in step: then it is ours that is wrong.",
                       cause=Cause.OURS, **facts,
                       remedy="Have the operator of this program set the clock of its machine by NTP, then check again.")
    say = warn if size <= CLOCK_FAIL_SECONDS else fail
    return say(f"{told}.", link=TIMESYNC, **facts,
               remedy="Switch time synchronisation on, on the node: `sudo timedatectl set-ntp true`; `timedatectl` then shows "
                      "“System clock synchronized: yes”.")


def _span(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} minutes" if seconds < 7200 else f"{seconds // 3600} hours"
