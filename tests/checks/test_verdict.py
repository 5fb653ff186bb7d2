"""The vocabulary: what cannot be said, and how rows add up."""
from __future__ import annotations

import pytest

from checks.verdict import (
    Cause,
    IntegrationStatus,
    Layer,
    Row,
    Skip,
    Status,
    fail,
    integration_status,
    passed,
    skipped,
    unknown,
    warn,
    worst,
)

P, W, F, U, S = Status.PASS, Status.WARN, Status.FAIL, Status.UNKNOWN, Status.SKIPPED
STATE = IntegrationStatus


def row(status, required=True, cause=None, skip=None):
    return Row(status, required, cause, skip)


def test_a_fail_without_a_remedy_cannot_be_built():
    with pytest.raises(ValueError, match="remedy is empty"):
        fail("The token was refused.", remedy=" ")


def test_a_warning_without_a_remedy_cannot_be_built():
    with pytest.raises(ValueError, match="remedy is empty"):
        warn("The token ends tomorrow.", remedy="")


def test_a_verdict_without_evidence_cannot_be_built():
    with pytest.raises(ValueError, match="evidence is empty"):
        passed("")


def test_a_fail_is_always_yours():
    assert fail("It was refused.", remedy="Make another.").cause is Cause.YOURS


def test_a_layer_that_was_said_is_not_overwritten_by_the_declared_one():
    said = unknown("No answer.", cause=Cause.PROVIDER, layer=Layer.DNS)
    assert said.with_layer(Layer.NETWORK).layer is Layer.DNS
    assert passed("Fine.").with_layer(Layer.NETWORK).layer is Layer.NETWORK


@pytest.mark.parametrize(("rows", "expected"), [
    ([], P),
    ([row(P), row(W)], W),
    ([row(W), row(U)], U),
    ([row(U), row(F), row(P)], F),
    ([row(P), row(F, required=False)], W),
    ([row(P), row(U, required=False)], P),
    ([row(F), row(S, skip=Skip.NEED)], F),
    ([row(P), row(S, skip=Skip.NOT_APPLICABLE)], P),
])
def test_the_status_of_a_run_is_the_worst_of_its_required_rows(rows, expected):
    assert worst(rows) is expected


@pytest.mark.parametrize(("rows", "before", "expected"), [
    ([row(P), row(W)], STATE.UNVERIFIED, STATE.VERIFIED),
    ([row(P), row(F)], STATE.VERIFIED, STATE.BROKEN),
    ([row(P), row(S, skip=Skip.NO_SERVICE)], STATE.VERIFIED, STATE.UNVERIFIED),
    ([row(F), row(S, skip=Skip.NO_SERVICE)], STATE.UNVERIFIED, STATE.BROKEN),
    ([row(U, cause=Cause.PROVIDER)], STATE.UNVERIFIED, STATE.UNKNOWN),
    ([row(U, cause=Cause.PROVIDER)], STATE.VERIFIED, STATE.VERIFIED),
    ([row(U, cause=Cause.OURS)], STATE.BROKEN, STATE.BROKEN),
    ([row(U, cause=Cause.YOURS), row(S, skip=Skip.NEED)], STATE.UNVERIFIED, STATE.UNVERIFIED),
    ([row(P), row(S, skip=Skip.NOT_APPLICABLE)], STATE.UNVERIFIED, STATE.VERIFIED),
    ([row(P), row(F, required=False)], STATE.UNVERIFIED, STATE.VERIFIED),
    ([row(P, required=False)], STATE.UNVERIFIED, STATE.UNVERIFIED),
])
def test_what_an_integration_is_after_a_run(rows, before, expected):
    assert integration_status(rows, before) is expected


def test_a_skipped_row_says_why():
    assert skipped("No service uses this yet.", skip=Skip.NO_SERVICE).skip is Skip.NO_SERVICE
