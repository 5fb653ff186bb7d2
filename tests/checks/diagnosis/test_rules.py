"""Each rule by itself: it says why and what to do, where its sentence comes from, and its example hits it first."""
from __future__ import annotations

import re

import pytest

from checks.diagnosis import engine
from checks.diagnosis.engine import LINES_A_PATTERN, answers, diagnose
from checks.diagnosis.phrases import PHRASES
from checks.diagnosis.reading import WINDOW, read
from checks.diagnosis.remedies import BESIDES
from checks.diagnosis.rule import Pattern, pattern
from checks.diagnosis.rules import RULES
from checks.providers import PROVIDERS
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


TITLES = {check.title for provider in PROVIDERS for check in provider.checks.values()}
SLUGS = {slug for provider in PROVIDERS for slug in provider.checks}
# What stands on pages of others, and what is to be typed there: no rows of ours.
THEIRS = {"Recent deliveries", "Repository access", "Configure SSO", "Enable IP allow list configuration for installed GitHub Apps", "Clone", "Code",
          "USER ALL=(ALL) NOPASSWD:ALL"}
REMEDIES = [(rule.name, rule.remedy) for rule in RULES] + [(layer.value, remedy) for layer, (_, remedy) in BESIDES.items()]


@pytest.mark.parametrize(("name", "remedy"), REMEDIES, ids=[name for name, _ in REMEDIES])
def test_a_remedy_names_rows_by_their_titles(name, remedy):
    assert set(re.findall("“([^”]+)”", remedy)) <= TITLES | THEIRS
    assert not [slug for slug in SLUGS if slug in remedy]


def test_each_pattern_is_tried_on_a_bounded_number_of_lines_and_reads_each_once(monkeypatch):
    """64 KiB made of a pattern's own words, for every pattern: the lines it is held against do not grow with the text."""
    tried: list[Pattern] = []
    real = Pattern.match
    monkeypatch.setattr(Pattern, "match", lambda self, line: tried.append(self) or real(self, line))
    monkeypatch.setattr(engine, "_holds", lambda *_: False)
    for rule in RULES:
        monkeypatch.setattr(engine, "RULES", (rule,))
        words = " ".join(part for each in rule.patterns for part in each.parts)[:1500]
        tried.clear()
        answers(read((words + "\n") * (WINDOW // (len(words) + 1))))
        # Once for the lines as they are, once for those that are joined.
        assert all(tried.count(each) <= 2 * LINES_A_PATTERN * rule.patterns.count(each) for each in set(tried)), rule.name


def test_no_pattern_begins_in_the_middle_of_nothing():
    for rule in RULES:
        assert len(set(rule.says)) == len(rule.says), rule.name
        assert all(part.strip() for each in rule.patterns for part in each.parts), rule.name


def test_phrases_of_other_languages_are_in_small_letters_and_become_english_once():
    for phrase, english in PHRASES.items():
        assert phrase == phrase.lower()
        assert english.isascii()
        assert not [other for other in PHRASES if other in english and other != phrase], phrase
