"""What is pasted into a pipeline, run for real: by bash and sh, with curl and jq, against the program itself."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
import yaml

from checks.pages.snippets import snippets
from tests.peers.git_host import TOKENS
from tests.peers.plugin import missing

PAGE = "/o/acme/services/shop-api/"
URL = "https://dflow.example.com/api/v1/organisations/acme/services/shop-api/preflight"
MAKE_TOKEN = """
from organisations import tokens
from organisations.models import Organisation, Role, User
print(tokens.make(organisation=Organisation.objects.get(), actor=User.objects.get(), name='gate', role=Role.DEVELOPER, days=1)[1])
"""


def texts(base_url="https://dflow.example.com", service="shop-api"):
    return {snippet.slug: snippet.text for snippet in snippets(base_url, "acme", service)}


def github_step(text):
    return yaml.safe_load(text)["jobs"]["gate"]["steps"][0]


# --- As text ------------------------------------------------------------------------------------------------------
def test_the_page_offers_each_for_its_own_address(scene, people, sees, settings):
    settings.BASE_URL = "https://dflow.example.com"
    scene.verified()
    text = sees(people.vera, PAGE).text
    assert text.count(f"&#x27;{URL}&#x27;") == 3
    for slug, title in (("github-actions", "GitHub Actions"), ("gitlab-ci", "GitLab CI"), ("curl", "Plain curl"), ("command", "The command")):
        assert f'id="{slug}"' in text
        assert f"<summary>{title}</summary>" in text
    assert "python manage.py preflight acme shop-api" in text
    assert 'href="/o/acme/services/shop-api/gate/"' in text
    assert "DFLOW_TOKEN" in text


def test_who_makes_a_token_is_told(scene, people, sees):
    scene.verified()
    assert "/o/acme/settings/tokens/" in sees(people.adam, PAGE).text.split('id="pipeline"')[1]
    viewer = sees(people.vera, PAGE).text.split('id="pipeline"')[1]
    assert "/o/acme/settings/tokens/" not in viewer
    assert "alice@example.com and adam@example.com can make one." in viewer


def test_github_s_is_a_workflow_whose_deploy_waits_for_the_gate():
    workflow = yaml.safe_load(texts()["github-actions"])
    assert workflow[True] == {"push": {"branches": ["main"]}}  # YAML 1.1 reads `on` as true; GitHub does not
    assert workflow["jobs"]["deploy"]["needs"] == "gate"
    step = github_step(texts()["github-actions"])
    assert step["env"] == {"DFLOW_TOKEN": "${{ secrets.DFLOW_TOKEN }}"}
    assert URL in step["run"]
    assert "${{" not in step["run"]  # what a template puts into a script would be run


def test_gitlab_s_is_a_job_of_an_earlier_stage():
    jobs = yaml.safe_load(texts()["gitlab-ci"])
    assert jobs["stages"] == ["gate", "deploy"]
    assert (jobs["gate"]["stage"], jobs["deploy"]["stage"]) == ("gate", "deploy")
    assert jobs["gate"]["before_script"] == ["apk add --no-cache curl jq"]
    assert URL in jobs["gate"]["script"][0]


def test_they_are_the_same_program():
    text = texts()
    script = github_step(text["github-actions"])["run"].strip()
    assert yaml.safe_load(text["gitlab-ci"])["gate"]["script"][0].strip() == script
    assert script in text["curl"]


# --- As programs ---------------------------------------------------------------------------------------------------
@pytest.fixture
def live(site, git_host):
    """A site with a service that is ready and one whose branch is missing; `site.token` opens its gate."""
    for program in ("curl", "jq"):
        if shutil.which(program) is None:
            missing(program, f"apt-get install {program}")
    there = site.installation
    there.json("create_organisation", "acme", "--owner", "alice@example.com")
    there.json("connect", "acme", "gitea", "git-main",
               stdin={"settings": {"base_url": git_host.url}, "credentials": {"token": TOKENS["reader"].value}})
    for name, ref in (("shop-api", "main"), ("broken", "develp")):
        there.json("add_service", "acme", name, stdin={"kind": "app", "integration": "git-main", "target": {
            "repository": git_host.clone_url("acme/web"), "ref": ref}})
    made = there.run("shell", "--no-imports", "-c", MAKE_TOKEN)
    assert made.returncode == 0, made.stderr
    site.token = made.stdout.strip()
    return site


def run(live, shell, text, token=None):
    """Run this text as its pipeline would; (exit status, everything that it printed)."""
    script = live.installation.folder / "gate.sh"
    script.write_text(text)
    env = {"PATH": os.environ["PATH"], "DFLOW_TOKEN": live.token if token is None else token}
    done = subprocess.run([*shell, str(script)], capture_output=True, text=True, env=env, timeout=120, check=False)
    assert live.token not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]  # as GitHub runs a step with `shell: bash`


def ways(live, service):
    """Each text with the shell that runs it there."""
    text = texts(live.url, service)
    return [(BASH, github_step(text["github-actions"])["run"]), (["sh", "-e"], yaml.safe_load(text["gitlab-ci"])["gate"]["script"][0]),
            (["sh"], text["curl"]), (["bash"], text["curl"])]


def ends(live, service, expect):
    """Run each way; the lines that the first one printed. All must end so, and print the same."""
    printed = []
    for shell, text in ways(live, service):
        status, said = run(live, shell, text)
        assert status == expect, (shell, said)
        printed.append(said)
    assert len(set(printed)) == 1
    return printed[0].strip().splitlines()


@pytest.mark.slow
def test_each_ends_as_the_gate_answers_and_prints_what_stands_in_the_way(live, git_host):
    assert ends(live, "shop-api", 0) == ["shop-api would deploy now."]

    first, last = ends(live, "broken", 1)
    assert first.startswith("fail: The branch or tag exists (git-main). ")
    assert "develop" in first
    assert last == "broken would not deploy now."
    command = live.installation.run(*texts(live.url, "broken")["command"].split()[2:])
    assert command.returncode == 1
    assert "broken: would not deploy now. “The branch or tag exists” of git-main stands in the way." in command.stdout

    git_host.stop()
    live.installation.run("verify", "acme", "git-main")  # what was found before is fresh; now it is an outage
    lines = ends(live, "shop-api", 3)
    assert lines[0].startswith("unknown: The host answers as Gitea or Forgejo (git-main). ")
    assert lines[-1] == "Whether shop-api would deploy could not be checked."


@pytest.mark.slow
def test_what_the_gate_does_not_answer_ends_with_3_and_says_why(live):
    assert any("Whether nowhere would deploy could not be checked. There is no" in line for line in ends(live, "nowhere", 3))
    shell, text = ways(live, "shop-api")[0]
    for token in ("", "dfi_wrong"):
        status, said = run(live, shell, text, token=token)
        assert status == 3, said
        assert "could not be checked. No token that is open" in said
    status, said = run(live, shell, text.replace(live.url, "http://127.0.0.1:1"))
    assert status == 3, said
    assert "The gate gave no answer." in said
