"""The rows of what the key may do: enough, and not more than that."""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.ec2 import Aws
from checks.clients.errors import ClientError
from checks.providers.aws import console
from checks.providers.aws.actions import ACTIONS, OUTSIDE, OUTSIDE_DRY, SIMULATE, Action, How
from checks.providers.aws.dry import at_once
from checks.providers.aws.identity import known_identity
from checks.providers.aws.matrix import Matrix, matrix
from checks.providers.aws.proofs import ALLOWED, DENIED, DRY, UNKNOWN, Line, by_answer, by_simulation
from checks.providers.aws.remedies import listed, policy_facts, remedy
from checks.providers.aws.rows_key import aws
from checks.providers.aws.simulation import refused, simulate
from checks.providers.aws.steps import LETS, step_of
from checks.providers.base import Context
from checks.providers.grants import could, grant_facts, with_facts
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

NOBODYS_VPC = "vpc-00000000000000000"  # there is none, should a dry run be carried out


@aws.check("The key may do all that provisioning needs", layer=Layer.AWS_IAM, needs=["region_enabled"])
def actions_allowed(ctx: Context) -> Verdict:
    found = matrix(ctx)
    verdict = _judged(ctx, found)
    table = grant_facts({action.name: step_of(action) for action in ACTIONS}, _names(found.of(ALLOWED)),
                        missing=_names(found.of(DENIED)), told=not found.of(UNKNOWN))
    return with_facts(verdict, {"actions": [line.fact() for line in found.lines.values()], **table})


def _names(lines: Sequence[Line]) -> list[str]:
    return [line.action.name for line in lines]


def _judged(ctx: Context, found: Matrix) -> Verdict:
    denied, open_ = found.of(DENIED), found.of(UNKNOWN)
    said = " ".join([_summary(found), *found.ended])
    if found.left:
        return _left(ctx, found)
    needed = [line for line in denied if not line.action.is_for_checks]
    if open_ and not needed:
        return _open(ctx, found, open_, said)
    if denied:
        return _denied(ctx, denied, said)
    if found.ended:
        return warn(said, remedy="Have the operator of this program see what answers in AWS's place (AWS_ENDPOINT_URL, a "
                                 "proxy): it ignores DryRun.")
    return passed(said)


def _summary(found: Matrix) -> str:
    counted = {how: sum(line.proof == how for line in found.of(ALLOWED)) for how in ("dry run", "simulation", "asked")}
    by = ", ".join(f"{number} by {'being asked' if how == 'asked' else f'a {how}'}" for how, number in counted.items() if number)
    return f"{len(found.of(ALLOWED))} of {len(found.lines)} actions were seen to be allowed{f' ({by})' if by else ''}."


def _denied(ctx: Context, denied: Sequence[Line], summary: str) -> Verdict:
    """The remedy is for the kind of denial that most of them have; what the Organization denies comes before all."""
    names = [line.action.name for line in denied]
    kinds: dict[Any, list[Line]] = {}
    for line in denied:
        kinds.setdefault((line.denial.by, line.denial.through, line.denial.explicit, line.denial.policy), []).append(line)
    ordered = sorted(kinds.values(), key=lambda some: (not some[0].denial.is_of_the_organization, -len(some)))
    says = [remedy(ctx, [line.action.name for line in some], some[0].denial) for some in ordered]
    first = ordered[0][0].denial
    only_checks = all(line.action.is_for_checks for line in denied)
    so = "Nothing is provisioned by that; rows of this checklist see nothing without it. " if only_checks else ""
    evidence = " ".join(f"{listed(names)} {'were' if len(names) > 1 else 'was'} denied. {first.said()} {so}{summary}".split())
    told = policy_facts(ctx, names)
    text, link, layer = " ".join(say[0] for say in says[:3]), says[0][1], says[0][2]
    if only_checks:
        return warn(evidence, remedy=text, link=link, layer=layer, **told)
    return fail(evidence, remedy=text, link=link, layer=layer, **told)


def _open(ctx: Context, found: Matrix, lines: Sequence[Line], summary: str) -> Verdict:
    """Some could not be asked. It stands in nobody's way where all that a dry run or a read can prove was proven."""
    names, denied = [line.action.name for line in lines], [line.action.name for line in found.of(DENIED)]
    why = Counter(line.note or "nothing answered" for line in lines).most_common(1)[0][0]
    evidence = f"{listed(names)} could not be asked: {why}. {summary}"
    proven = all(line.action.how is How.SIMULATED or line.action.is_for_checks for line in lines)
    required = False if proven else None
    if found.troubles:
        return unknown(evidence, cause=Cause.PROVIDER, required=required,
                       remedy="Nothing to mend here yet: it is asked again by itself, or check again now.")
    if SIMULATE not in denied:
        return unknown(evidence, cause=Cause.PROVIDER, required=required,
                       remedy="Enter the access key of an IAM user with the policy below: all of its actions can be asked.",
                       link=console.users(ctx.client.region), **policy_facts(ctx))
    text, link, layer = remedy(ctx, denied, found.lines[SIMULATE].denial)
    return unknown(evidence, cause=Cause.YOURS, layer=layer, required=required, remedy=text, link=link,
                   **policy_facts(ctx, denied))


def _left(ctx: Context, found: Matrix) -> Verdict:
    client: Aws = ctx.client
    return fail(f"{' '.join([*found.left, *found.ended])} {_summary(found)}",
                link=console.ec2(client.region, "Instances:"),
                remedy="Terminate or delete what is named here by hand, now; it is tried again by itself meanwhile. Have the "
                       "operator of this program see what answers in AWS's place: it ignores DryRun.")


@aws.check("The key may do little else", layer=Layer.AWS_IAM, needs=["key_accepted"], required=False)
def privileges_not_excessive(ctx: Context) -> Verdict:
    client: Aws = ctx.client
    who = known_identity(ctx)
    if who.is_root:
        return warn(f"The root user of account {who.account} may do everything there.", link=console.users(client.region),
                    remedy="Make an IAM user with the policy below, enter its access key here, and delete this one.",
                    **policy_facts(ctx))
    lines, note, trouble = _outside(ctx)
    more, refused_ = [line for line in lines if line.state == ALLOWED], [line for line in lines if line.state == DENIED]
    facts: dict[str, Any] = {"actions": [line.fact() for line in lines], **grant_facts(
        {}, _names(more), lets={name: could(name, LETS) for name in _names(more)}, told=not trouble)}
    if more:
        what = listed([f"{line.action.name} ({line.proof})" for line in more])
        return warn(f"{who.said[0].upper()}{who.said[1:]} may do what provisioning never does: {what}.",
                    link=console.users(client.region, who.name if who.policies_of == who.arn else ""), **facts,
                    remedy=f"Replace the policies of {who.said} by the one below.", **policy_facts(ctx))
    if refused_:
        what = listed([f"{line.action.name} ({line.proof})" for line in refused_])
        return passed(f"Denied, as they should be: {what}.{f' ({note})' if note else ''}", **facts)
    if trouble is not None:
        raise trouble
    return unknown(f"What else {who.said} may do could not be asked: {note or 'no answer told'}.", cause=Cause.YOURS,
                   remedy=f"Allow {SIMULATE} on {who.said} itself with the policy below, then check again.",
                   link=console.users(client.region), **facts, **policy_facts(ctx, [SIMULATE]))


def _outside(ctx: Context) -> tuple[list[Line], str, ClientError | None]:
    """Actions far from provisioning: by simulation, and one by a dry run on what is not there; why not, and what stood in
    the way of asking."""
    client: Aws = ctx.client
    who = known_identity(ctx)
    dry = Action(OUTSIDE_DRY, How.DRY_NEW)
    calls: list[Any] = [lambda: client.ask("ec2", dry.operation, VpcId=NOBODYS_VPC, DryRun=True)]
    if who.policies_of:
        calls.append(lambda: simulate(ctx, who, OUTSIDE))
    answers = at_once(calls)
    trouble = next((answer for answer in answers if isinstance(answer, ClientError)), None)
    lines, simulated = [by_answer(dry, answers[0], DRY)], answers[1] if len(answers) > 1 else None
    if isinstance(simulated, dict):
        return lines + [by_simulation(Action(name, How.SIMULATED), simulated.get(name.lower(), [])) for name in OUTSIDE], \
            "", trouble
    note = refused(simulated) if isinstance(simulated, AwsRefusal) else \
        "the policies of this principal cannot be simulated" if simulated is None else ""
    return lines, note, trouble
