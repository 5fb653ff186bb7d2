"""What to paste into a pipeline so that it asks the gate before it deploys. Pure: an address and two names go in.

The script is POSIX sh and needs curl 7.76 and jq. The token goes to curl by its standard input, so that no list of
processes shows it. What is printed is put on one line each: a provider's text starts no command of a pipeline's log.
"""

from __future__ import annotations

from dataclasses import dataclass

TOKEN = "DFLOW_TOKEN"
SCRIPT = r"""answer=$(printf 'Authorization: Bearer %s' "$TOKEN_NAME" |
  curl --silent --show-error --fail-with-body --max-time 90 --header @- \
    'ADDRESS') || {
  why=$(printf '%s' "$answer" | jq --raw-output '.detail // .title' 2>/dev/null)
  echo "Whether SERVICE would deploy could not be checked. ${why:-The gate gave no answer.}" >&2
  exit 3
}
printf '%s' "$answer" | jq --raw-output '.findings[]
  | select(.required and (.status == "fail" or .status == "unknown"))
  | "\(.status): \(.title) (\(.integration // "no integration"))."
    + " \(.evidence) \(.remedy) \(.link)"
  | gsub("\\s+"; " ")'
case $(printf '%s' "$answer" | jq --raw-output '.status') in
  pass | warn) echo "SERVICE would deploy now." ;;
  fail) echo "SERVICE would not deploy now." >&2; exit 1 ;;
  *) echo "Whether SERVICE would deploy could not be checked." >&2; exit 3 ;;
esac"""
CURL = """#!/bin/sh
# 0: SERVICE would deploy. 1: it would not. 3: it could not be checked.
# Needs curl 7.76 or newer, jq, and DFLOW_TOKEN in the environment.
SCRIPT
"""
GITHUB = """name: Deploy
on:
  push:
    branches: [main]
permissions: {}

jobs:
  gate:
    name: Would SERVICE deploy now?
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - name: Ask the gate
        shell: bash
        env:
          DFLOW_TOKEN: ${{ secrets.DFLOW_TOKEN }}
        run: |
SCRIPT

  deploy:
    needs: gate
    runs-on: ubuntu-latest
    steps:
      - run: echo "Your deploy stands here."
"""
GITLAB = """stages: [gate, deploy]

gate:
  stage: gate
  image: alpine:3
  timeout: 5 minutes
  before_script:
    - apk add --no-cache curl jq
  script:
    - |
SCRIPT
  # To let a deploy go on where it could not be checked:
  # allow_failure:
  #   exit_codes: 3

deploy:
  stage: deploy
  script:
    - echo "Your deploy stands here."
"""
COMMAND = "python manage.py preflight ORG SERVICE\n"


@dataclass(frozen=True)
class Snippet:
    """title: of its tab. place: the file or machine that it is pasted into. secret: where the token is kept there."""

    slug: str
    title: str
    place: str
    secret: str
    text: str


def address(base_url: str, organisation: str, service: str) -> str:
    """Where the gate of a service is asked."""
    return f"{base_url}/api/v1/organisations/{organisation}/services/{service}/preflight"


def snippets(base_url: str, organisation: str, service: str) -> list[Snippet]:
    """One for each pipeline; base_url without a slash at its end."""
    script = SCRIPT.replace("TOKEN_NAME", TOKEN).replace("ADDRESS", address(base_url, organisation, service))

    def written(text: str, indent: int = 0) -> str:
        body = "\n".join(" " * indent + line for line in script.splitlines())
        return text.replace("SCRIPT", body).replace("SERVICE", service).replace("ORG", organisation)

    return [
        Snippet("github-actions", "GitHub Actions", ".github/workflows/deploy.yml",
                "Keep it as the secret DFLOW_TOKEN of the repository: Settings, Secrets and variables, Actions.",
                written(GITHUB, 10)),
        Snippet("gitlab-ci", "GitLab CI", ".gitlab-ci.yml",
                "Keep it as the masked variable DFLOW_TOKEN of the project: Settings, CI/CD, Variables.",
                written(GITLAB, 6)),
        Snippet("curl", "Plain curl", "a shell script",
                "Give it in the environment variable DFLOW_TOKEN.", written(CURL)),
        Snippet("command", "The command", "the machine that runs this program", "It needs no token.", written(COMMAND)),
    ]
