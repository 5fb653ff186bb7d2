"""Whose credential a token is by its form."""
from __future__ import annotations

import pytest

from checks.providers.token_forms import FORMS, foreign_kind


@pytest.mark.parametrize(("token", "whose"), [
    ("ghs_123_eyJ.a.b", "GitHub"), ("github_pat_" + "a" * 70, "GitHub"), ("glpat-" + "a" * 20, "GitLab"),
    ("gldt-" + "a" * 20, "GitLab"), ("ATCTT3" + "a" * 28, "Bitbucket"), ("dckr_pat_" + "a" * 20, "Docker Hub"),
    ("ASIA" + "A" * 16, "AWS"), ("a" * 76 + "AZDO" + "a" * 4, "Azure DevOps"), ("ab" * 20, "Gitea"),
])
def test_a_form_names_its_maker_and_not_to_the_maker_itself(token, whose):
    assert whose in foreign_kind(token) or foreign_kind(token) == "an AWS access key id"
    assert foreign_kind(token, own=whose) == ""


def test_what_has_no_form_is_nobodys():
    assert foreign_kind("correct-horse") == ""
    assert len({whose for whose, _, _ in FORMS}) == len(FORMS)
