"""Who denied: the grammar of AWS's access-denied messages, read.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html. Since 2026 an explicit deny is followed
by the ARN of the policy, in two forms (": arn:…" and ", with policy ARN: arn:…"); the message names one kind of policy
only, even where several deny, and some services name none. Pure.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

KINDS = "|".join((
    "identity-based", "resource-based", "service control", "resource control", "permissions boundary", "sessions?",
    "VPC endpoint", "role trust"))
WHO = re.compile(r"User: (?P<who>arn:\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)"
                 r"(?: on resource: (?P<resource>\S+))?", re.IGNORECASE)
MISSING = re.compile(rf"because (?:no|the) (?P<kind>{KINDS})(?: policy)? allows the (?P<action>\S+) action", re.IGNORECASE)
EXPLICIT = re.compile(rf"with an explicit deny in (?:an?|the) (?P<kind>{KINDS})(?: policy)?", re.IGNORECASE)
THROUGH = re.compile(rf"transitively through (?:an?|the) (?P<kind>{KINDS})(?: policy)?", re.IGNORECASE)
POLICY = re.compile(r"(?:with policy ARN)?:?\s*(?P<arn>arn:aws[\w-]*:(?:organizations|iam)::[^\s,]*)", re.IGNORECASE)
BLOB = re.compile(r"Encoded authorization failure message:.*", re.IGNORECASE | re.DOTALL)

IDENTITY, BOUNDARY, SCP, RCP, SESSION = "identity policy", "boundary", "SCP", "RCP", "session"
ENDPOINT, RESOURCE, TRUST = "VPC endpoint", "resource policy", "role trust policy"
NAMES = {"identity-based": IDENTITY, "permissions boundary": BOUNDARY, "service control": SCP, "resource control": RCP,
         "session": SESSION, "sessions": SESSION, "vpc endpoint": ENDPOINT, "resource-based": RESOURCE, "role trust": TRUST}
SPOKEN = {IDENTITY: "identity-based policy", BOUNDARY: "permissions boundary", SCP: "service control policy (SCP)",
          RCP: "resource control policy (RCP)", SESSION: "session policy", ENDPOINT: "VPC endpoint policy",
          RESOURCE: "resource-based policy", TRUST: "role trust policy"}
ORGANIZATION = (SCP, RCP)


@dataclass(frozen=True)
class Denial:
    """by: "" where the message does not tell. policy: its ARN or name, "" where it is not told. through: what carried an
    explicit deny here from another policy."""

    action: str = ""
    principal: str = ""
    resource: str = ""
    by: str = ""
    explicit: bool = False
    policy: str = ""
    through: str = ""

    @property
    def is_of_the_organization(self) -> bool:
        """Nothing that is edited in this account's IAM changes it."""
        return self.by in ORGANIZATION or self.through in ORGANIZATION

    def said(self) -> str:
        """Which policy denied, as a sentence; "" when it was not told."""
        if not self.by:
            return ""
        if not self.explicit:
            return f"No {SPOKEN[self.by]} allowed it."
        through = f", through a {SPOKEN[self.through]}" if self.through else ""
        return f"An explicit deny in a {SPOKEN[self.by]}{f' ({self.policy})' if self.policy else ''} refused it{through}."


def read(message: str) -> Denial:
    """A message of AccessDenied or UnauthorizedOperation, whatever its line breaks. The encoded part is not looked at."""
    text = " ".join(BLOB.sub("", message).split())
    who, missing, explicit = WHO.search(text), MISSING.search(text), EXPLICIT.search(text)
    found = explicit or missing
    through = THROUGH.search(text)
    arn = POLICY.search(text, explicit.end()) if explicit else None
    return Denial(
        action=who["action"] if who else missing["action"] if missing else "",
        principal=who["who"].rstrip(".,;") if who else "",
        resource=(who["resource"] or "").rstrip(".,;") if who else "",
        by=NAMES[found["kind"].lower()] if found else "", explicit=explicit is not None,
        policy=arn["arn"].rstrip(".;") if arn else "", through=NAMES[through["kind"].lower()] if through else "")
