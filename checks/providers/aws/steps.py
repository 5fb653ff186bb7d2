"""Which step of provisioning needs an action, and what one far outside of it would let somebody do. Values only."""
from __future__ import annotations

from checks.providers.aws.actions import Action

CHECKS = "this checklist"
PLACE, FIREWALL, KEY, START = "choose where a node starts", "the node's firewall", "the node's SSH key", "start a node"
KEEP, ADDRESS, TAGS = "keep and end a node", "a fixed address", "tag what is made, and find it again"
BY_WORD = (  # the first word that is in an action's name decides
    ("SecurityGroup", FIREWALL), ("KeyPair", KEY), ("Address", ADDRESS), ("Tags", TAGS), ("RunInstances", START),
    ("DescribeInstance", START), ("Instance", KEEP), ("GetConsoleOutput", KEEP), ("Describe", PLACE))
LETS = {
    "iam:CreateUser": "make users of its own in the account", "iam:CreateAccessKey": "make keys for every user, and act as them",
    "iam:AttachUserPolicy": "give itself every right in the account", "s3:DeleteBucket": "delete buckets",
    "rds:DeleteDBInstance": "delete databases", "kms:ScheduleKeyDeletion": "make what is encrypted unreadable for good",
    "ec2:DeleteVpc": "take networks down"}


def step_of(action: Action) -> str:
    """What the action is for, as in "needed for …"."""
    if action.is_for_checks:
        return CHECKS
    return next((step for word, step in BY_WORD if word in action.operation), "")
