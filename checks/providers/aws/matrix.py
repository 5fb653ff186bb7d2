"""Every action that provisioning needs, with its answer and the proof of it: dry run before simulation before nothing."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.ec2 import Aws
from checks.clients.errors import ClientError
from checks.providers.aws.actions import ACTIONS, BY_NAME, RUN, SIMULATE, TAGGING, Action, How
from checks.providers.aws.dry import Made, ask_to_make, at_once, dry_read
from checks.providers.aws.identity import Identity, known_identity
from checks.providers.aws.proofs import (
    ALLOWED,
    ASKED,
    DENIED,
    DRY,
    NONE,
    UNKNOWN,
    Line,
    by_answer,
    by_simulation,
    other_denied,
)
from checks.providers.aws.reads import asked
from checks.providers.aws.simulation import refused, simulate
from checks.providers.base import Context

IGNORED = "the endpoint ignored DryRun on reads, so nothing was asked of it that makes something"


@dataclass
class Matrix:
    """lines: by action, in the order of the table. ended, left: see dry.Made. troubles: what kept from asking.

    is_blind: no policy of this principal can be simulated, whatever it is granted (root, a federated user).
    ignores_dry_run: the endpoint was seen to.
    """

    lines: dict[str, Line] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    troubles: list[ClientError] = field(default_factory=list)
    is_blind: bool = False
    ignores_dry_run: bool = False

    def of(self, *states: str) -> list[Line]:
        return [line for line in self.lines.values() if line.state in states]

    def put(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self.lines[line.action.name] = line


def matrix(ctx: Context) -> Matrix:
    """Asked once a run. Raises ClientError where this run is over."""
    answer: Matrix = ctx.once("actions", lambda: _ask(ctx))
    return answer


def _ask(ctx: Context) -> Matrix:
    who = known_identity(ctx)
    found = Matrix({action.name: Line(action) for action in ACTIONS}, is_blind=not who.policies_of)
    aws: Aws = ctx.client
    row, reads = _by(How.ROW), _by(How.DRY_READ)
    batches = _batches(_by(How.SIMULATED)) if who.policies_of else []
    answers = at_once([
        *(lambda a=action: asked(ctx, a.shared) for action in row),
        *(lambda a=action: dry_read(aws, a) for action in reads),
        *(lambda b=batch: simulate(ctx, who, [a.name for a in b], b[0].on) for batch in batches)])
    found.troubles += [answer for answer in answers if isinstance(answer, ClientError)]
    end = len(row) + len(reads)
    found.put(by_answer(action, answer, ASKED) for action, answer in zip(row, answers, strict=False))
    found.put(by_answer(action, answer, DRY) for action, answer in zip(reads, answers[len(row):end], strict=True))
    _note_simulations(found, batches, answers[end:])
    found.ignores_dry_run = _ignores_dry_run(answers[len(row):end])
    _note_made(found, ctx)
    _simulate_the_rest(found, ctx, who)
    return found


def _by(how: How) -> list[Action]:
    return [action for action in ACTIONS if action.how is how and action.name != SIMULATE]


def _batches(actions: Iterable[Action]) -> list[list[Action]]:
    """By the types of resource that they are granted on: one simulation each."""
    found: dict[tuple[str, ...], list[Action]] = {}
    for action in actions:
        found.setdefault(action.on, []).append(action)
    return list(found.values())


def _ignores_dry_run(answers: Sequence[Any]) -> bool:
    """Reads were answered, and none with DryRunOperation."""
    read = any(not isinstance(answer, (AwsRefusal, ClientError)) for answer in answers)
    return read and not any(isinstance(answer, AwsRefusal) and answer.is_dry for answer in answers)


def _note_simulations(found: Matrix, batches: Sequence[Sequence[Action]], answers: Sequence[Any]) -> None:
    """Of each batch; whether one was answered at all is the answer for SimulatePrincipalPolicy itself."""
    itself = found.lines[SIMULATE]
    for batch, answer in zip(batches, answers, strict=True):
        if isinstance(answer, ClientError):
            found.put(Line(action, note=answer.detail.rstrip(".")) for action in batch)
        elif isinstance(answer, AwsRefusal):
            found.put(Line(action, note=refused(answer)) for action in batch)
            itself = by_answer(itself.action, answer, ASKED) if itself.state != ALLOWED else itself
        else:
            found.put(by_simulation(action, answer.get(action.name.lower(), [])) for action in batch)
            itself = Line(itself.action, ALLOWED, ASKED)
    if not batches:
        nobody = "the policies of this principal cannot be simulated"
        found.put(Line(action, note=nobody) for action in ACTIONS if action.how is How.SIMULATED)
    else:
        found.put([itself])


def _note_made(found: Matrix, ctx: Context) -> None:
    making = _by(How.DRY_NEW)
    if found.ignores_dry_run:
        found.put(Line(action, note=IGNORED) for action in making)
        return
    made = ask_to_make(ctx, making)
    found.ended, found.left = made.ended, made.left
    found.troubles += [answer for answer in made.answers.values() if isinstance(answer, ClientError)]
    found.put(by_answer(action, made.answers[action.name], DRY) if action.name in made.answers
              else Line(action, note="no image was found to ask with") for action in making)
    _note_tagging(found, made)


def _note_tagging(found: Matrix, made: Made) -> None:
    """Whoever makes something with tags is asked for CreateTags too: its denial counts, whatever a simulation says; its
    leave stands in only where there was no simulation."""
    for answer in made.answers.values():
        denial = other_denied(answer)
        if denial is not None and denial.action in BY_NAME and denial.action not in made.answers:
            found.put([Line(BY_NAME[denial.action], DENIED, DRY, denial)])
    run = found.lines[RUN]
    if found.lines[TAGGING].state == UNKNOWN and (run.state, run.proof) == (ALLOWED, DRY):
        found.put([replace(found.lines[TAGGING], state=ALLOWED, proof=DRY, note="")])


def _simulate_the_rest(found: Matrix, ctx: Context, who: Identity) -> None:
    """What could not be asked, and was not asked of the simulation either."""
    if found.lines[SIMULATE].state != ALLOWED:
        return
    rest = [line.action for line in found.of(UNKNOWN) if line.action.how is not How.SIMULATED]
    batches = _batches(rest)
    answers = at_once([lambda b=batch: simulate(ctx, who, [a.name for a in b], b[0].on) for batch in batches])
    for batch, answer in zip(batches, answers, strict=True):
        if not isinstance(answer, (AwsRefusal, ClientError)):
            lines = [by_simulation(action, answer.get(action.name.lower(), [])) for action in batch]
            found.put(line for line in lines if line.proof != NONE)
