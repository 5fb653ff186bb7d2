"""What one answer proves of one action. Pure.

A dry run asks everything that would be asked: identity, boundary, session, SCP and RCP, with this very request. Its yes is
DryRunOperation, its no UnauthorizedOperation, and any other code proves nothing, for EC2 may look at the parameters first:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.errors import ClientError
from checks.providers.aws.actions import Action
from checks.providers.aws.denials import BOUNDARY, IDENTITY, SCP, Denial, read

ALLOWED, DENIED, UNKNOWN = "allowed", "denied", "unknown"
DRY, SIMULATION, ASKED, NONE = "dry run", "simulation", "asked", "none"
LOOKED = ("ParameterNotFound", "NoSuchResourceException")  # said by what has looked, and so was allowed to


@dataclass(frozen=True)
class Line:
    """One action's answer. note: why it is not known, as half a sentence."""

    action: Action
    state: str = UNKNOWN
    proof: str = NONE
    denial: Denial = field(default_factory=Denial)
    note: str = ""

    def fact(self) -> dict[str, Any]:
        return {"action": self.action.name, "state": self.state, "proof": self.proof, "by": self.denial.by,
                "explicit": self.denial.explicit, "policy": self.denial.policy}


def by_answer(action: Action, answer: Any, proof: str) -> Line:
    """Of something that was asked, in earnest or dry: its answer, or the AwsRefusal or ClientError in its place."""
    if isinstance(answer, ClientError):
        return Line(action, note=answer.detail.rstrip("."))
    if not isinstance(answer, AwsRefusal):
        return Line(action, ALLOWED, proof)
    if answer.is_dry or answer.code in LOOKED:
        return Line(action, ALLOWED, proof)
    if answer.is_denied:
        denial = read(answer.message)
        if denial.action and denial.action.lower() != action.name.lower():
            return Line(action, note=f"{denial.action} was denied before it")
        return Line(action, DENIED, proof, denial)
    return Line(action, note=f"the answer was {answer.code}")


def other_denied(answer: Any) -> Denial | None:
    """Of a denial: it may name an action that goes with the one that was asked (CreateTags with RunInstances)."""
    return read(answer.message) if isinstance(answer, AwsRefusal) and answer.is_denied else None


def by_simulation(action: Action, results: list[Mapping[str, Any]]) -> Line:
    """results: of this action, one for each resource or one with a part for each: the worst counts.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
    """
    if not results:
        return Line(action, note="the simulation did not mention it")
    every = [part for one in results for part in (one, *(one.get("ResourceSpecificResults") or ()))]
    missing = sorted({str(key) for part in every for key in part.get("MissingContextValues") or ()})
    denied = [part for part in every if _decision(part) not in ("", "allowed")]
    if missing:
        return Line(action, note=f"a policy asks for {missing[0]}, which a simulation does not know")
    if not denied:
        return Line(action, ALLOWED, SIMULATION)
    worst = next((part for part in denied if _decision(part) == "explicitDeny"), denied[0])
    return Line(action, DENIED, SIMULATION, _denial(action, worst, results))


def _decision(part: Mapping[str, Any]) -> str:
    return str(part.get("EvalDecision") or part.get("EvalResourceDecision") or "")


def _denial(action: Action, worst: Mapping[str, Any], results: list[Mapping[str, Any]]) -> Denial:
    by = IDENTITY
    for part in (worst, *results):
        if (part.get("OrganizationsDecisionDetail") or {}).get("AllowedByOrganizations") is False:
            by = SCP
            break
        if (part.get("PermissionsBoundaryDecisionDetail") or {}).get("AllowedByPermissionsBoundary") is False:
            by = BOUNDARY
    explicit = _decision(worst) == "explicitDeny"
    matched: Mapping[str, Any] = next(iter(worst.get("MatchedStatements") or ()), {})
    policy = str(matched.get("SourcePolicyId") or "") if explicit and by == IDENTITY else ""
    return Denial(action=action.name, by=by, explicit=explicit, policy=policy)
