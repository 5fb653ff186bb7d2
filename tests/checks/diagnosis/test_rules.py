"""Each rule by itself: it says why and what to do, where its sentence comes from, and its example hits it first."""
from __future__ import annotations

import pytest

from checks.diagnosis.engine import answers, diagnose
from checks.diagnosis.reading import read
from checks.diagnosis.rule import pattern
from checks.diagnosis.rules import RULES
from checks.verdict import Layer

IDS = [rule.name for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_helps_its_reader(rule):
    assert rule.why.endswith(".")
    assert rule.remedy.endswith((".", "here."))
    assert rule.source
    assert len(rule.why) > 15
    assert "!" not in rule.why + rule.remedy
    assert rule.layer not in rule.also


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_the_example_of_a_rule_is_answered_with_its_layer_first(rule):
    found = diagnose(rule.example).layers
    assert found, rule.example
    assert found[0].layer is rule.layer
    assert found[0].seen


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_the_example_of_a_rule_hits_that_rule(rule, monkeypatch):
    monkeypatch.setattr("checks.diagnosis.engine.RULES", (rule,))
    assert next(answer.layer for answer in answers(read(rule.example))) is rule.layer


def test_names_are_unique_and_no_layer_is_without_a_rule():
    assert len(set(IDS)) == len(IDS)
    assert {rule.layer for rule in RULES} == set(Layer)


def test_a_pattern_is_pieces_in_their_order_on_one_line():
    line = read("2026-11-23 10:00:00 fatal: Remote branch x not found in upstream").lines[0]
    assert pattern("remote branch…not found in").match(line)
    assert not pattern("not found in…remote branch").match(line)
    assert pattern("^fatal: remote").match(read("12:00:00 fatal: remote").lines[0])
    assert not pattern("^remote").match(line)
    assert pattern("upstream$").match(line)
    assert not pattern("branch$").match(line)


@pytest.mark.parametrize("text", ["", "…", "^$", "Denied"])
def test_a_pattern_that_says_nothing_or_has_capitals_is_refused(text):
    with pytest.raises(ValueError, match="small letters"):
        pattern(text)


def test_no_rule_holds_a_regular_expression_so_none_can_run_away():
    assert all(part == part.lower() for rule in RULES for each in rule.patterns for part in each.parts)


@pytest.mark.parametrize("layer", [Layer.SSH_AUTH, Layer.SSH_HOST])
def test_rules_of_ssh_never_send_one_to_a_git_token(layer):
    for rule in RULES:
        if rule.layer is layer and not rule.name.startswith("fallback"):
            assert Layer.GIT_TOKEN not in rule.also, rule.name
