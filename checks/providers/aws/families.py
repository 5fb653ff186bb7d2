"""Which quota of vCPUs an instance type counts against: each family of EC2 has one. Pure.

Families and their quotas: https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html; the codes are
those that `aws service-quotas list-service-quotas --service-code ec2` prints.
"""
from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    name: str  # as Service Quotas spells it behind "Running On-Demand"
    code: str


STANDARD = Family("Standard (A, C, D, H, I, M, R, T, Z) instances", "L-1216C47A")
HIGH_MEMORY = Family("High Memory instances", "L-43DA4232")
FAMILIES = {
    "f": Family("F instances", "L-74FC7D96"), "g": Family("G and VT instances", "L-DB2E81BA"),
    "gr": Family("G and VT instances", "L-DB2E81BA"), "vt": Family("G and VT instances", "L-DB2E81BA"),
    "inf": Family("Inf instances", "L-1945791B"), "p": Family("P instances", "L-417A185B"),
    "x": Family("X instances", "L-7295265B"), "dl": Family("DL instances", "L-6E869C2A"),
    "trn": Family("Trn instances", "L-2C3B7624"), "u": HIGH_MEMORY, "hpc": Family("HPC instances", "L-F7808C92"),
}
LETTERS = re.compile(r"[a-z]+")


def family_of(instance_type: str) -> Family:
    """By the letters that it begins with: t3.large is Standard, g5g.xlarge G, u-6tb1.metal High Memory."""
    found = LETTERS.match(instance_type)
    return FAMILIES.get(found[0], STANDARD) if found else STANDARD
