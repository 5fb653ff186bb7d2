"""The README tells the truth: its providers, commands, files and make targets are there, and none is missing."""
from __future__ import annotations

import re

from checks.providers import PROVIDERS
from tests.installation import ROOT

README = (ROOT / "README.md").read_text()


def test_every_provider_is_in_its_table_by_slug_and_name():
    rows = re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \|", README, re.MULTILINE)
    assert {slug: name.strip() for slug, name in rows} == {p.slug: p.name for p in PROVIDERS}


def test_every_command_is_in_its_table():
    ours = {path.stem for path in (ROOT / "checks/management/commands").glob("[a-z]*.py")}
    assert set(re.findall(r"^\| `manage\.py (\w+)", README, re.MULTILINE)) == ours


def test_every_picture_and_make_target_that_it_names_exists():
    for path in re.findall(r"\]\((\.github/[^)]+)\)", README):
        assert (ROOT / path).is_file(), path
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE)) <= targets


def test_every_setting_of_the_environment_is_in_the_example():
    example = (ROOT / ".env.example").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "dflow_integrations/settings.py").read_text()))
    assert not [name for name in read if name not in example]


def test_nothing_but_what_was_agreed_stands_at_the_top():
    agreed = {"manage.py", "dflow_integrations", "organisations", "checks", "templates", "tests", "requirements.txt", "README.md",
              "pyproject.toml", "Makefile"}
    import subprocess
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    tops = {path.split("/")[0] for path in tracked if path}
    assert {top for top in tops if not top.startswith(".")} == agreed
