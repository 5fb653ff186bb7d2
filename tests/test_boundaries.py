"""The import table of the house, who may touch the network, and where a provider's name may stand."""
from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from checks.providers import PROVIDERS
from tests.installation import ROOT, environment

OURS = ("checks", "organisations", "dflow_integrations")
CORE = {"checks.verdict", "checks.vault", "checks.egress", "checks.clients", "checks.providers", "checks.runner",
        "checks.masking", "checks.troubles", "checks.diagnosis", "checks.changes"}

# module prefix -> prefixes of ours that it may import (itself always).
ALLOWED: dict[str, set[str]] = {
    "checks.verdict": set(),
    "checks.vault": set(),
    "checks.egress": set(),  # django.conf.settings is all it needs
    "checks.clients": {"checks.egress"},
    "checks.providers": {"checks.verdict", "checks.clients"},
    "checks.diagnosis": {"checks.verdict", "checks.clients.errors", "checks.providers.base"},
    "checks.changes": {"checks.verdict"},
    "checks.masking": {"checks.verdict", "checks.diagnosis.redact"},
    "checks.troubles": {"checks.verdict", "checks.clients.errors"},
    "checks.runner": {"checks.verdict", "checks.clients.errors", "checks.clients.deadline", "checks.providers.base",
                      "checks.masking", "checks.troubles"},
    "organisations": {"dflow_integrations"},
    "checks.models": {"organisations.models", "checks.verdict", "checks.vault"},
    "checks.engine": {"checks.models", "checks.providers", "checks.runner", "checks.notify", "checks.vault", "checks.verdict",
                      "checks.clients.errors", "organisations"},
    "checks.actions": {"checks.models", "checks.providers", "checks.runner", "checks.engine", "checks.vault",
                       "checks.egress", "checks.diagnosis", "checks.masking", "checks.verdict", "organisations"},
    "checks.organisation_rows": {"checks.models", "checks.engine.upstream", "checks.providers", "checks.diagnosis", "checks.verdict",
                                 "organisations"},
}
# These parse, call one action and render: they may use what is above them, and never each other.
FACES = ("checks.pages", "checks.api", "checks.webhooks", "checks.admin", "checks.management")
# Sockets and the libraries that open them.
WIRE = {"socket", "requests", "urllib3", "boto3", "botocore", "paramiko", "http.client", "urllib.request", "ssl"}
MAY_TOUCH_THE_WIRE = ("checks.egress", "checks.clients", "checks.demo")


def sources() -> dict[str, Path]:
    found = {}
    for top in OURS:
        for path in (ROOT / top).rglob("*.py"):
            if "migrations" not in path.parts:
                parts = path.relative_to(ROOT).with_suffix("").parts
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


SOURCES = sources()


def imports(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def below(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


def owner(module: str) -> str | None:
    matches = [prefix for prefix in ALLOWED if below(module, prefix)]
    return max(matches, key=len) if matches else None


@pytest.mark.parametrize("module", sorted(m for m in SOURCES if owner(m)))
def test_a_module_imports_only_what_the_table_allows(module):
    mine = owner(module)
    allowed = ALLOWED[mine] | {mine}
    wrong = {name for name in imports(SOURCES[module])
             if any(below(name, top) for top in OURS) and not any(below(name, prefix) for prefix in allowed)}
    assert not wrong


@pytest.mark.parametrize("module", sorted(m for m in SOURCES if any(below(m, f) for f in FACES)))
def test_pages_commands_and_admin_never_import_each_other(module):
    mine = next(face for face in FACES if below(module, face))
    others = [face for face in FACES if face != mine]
    assert not {name for name in imports(SOURCES[module]) if any(below(name, face) for face in others)}


def test_no_provider_imports_another():
    shared = {"base", "hook", "pick", "deprecations", "git_token", "git_ref", "git_scopes", "git_form", "iam_texts", "clone_url",
              "token_forms"}
    slugs = {provider.slug for provider in PROVIDERS}
    for module, path in SOURCES.items():
        if not module.startswith("checks.providers."):
            continue
        mine = module.split(".")[2]
        used = {name.split(".")[2] for name in imports(path) if name.startswith("checks.providers.")}
        assert not (used & slugs - {mine}), module
        if mine in shared:
            assert not used & slugs, module


def test_only_egress_clients_and_the_demo_touch_the_wire():
    for module, path in SOURCES.items():
        if any(below(module, prefix) for prefix in MAY_TOUCH_THE_WIRE):
            continue
        used = {wire for name in imports(path) for wire in WIRE if below(name, wire)}
        # a process may ask for its own host's name; nobody but the door opens a connection
        if used == {"socket"} and "socket.gethostname" in imports(path) | {f"socket.{w}" for w in _attributes(path, "socket")}:
            used = set() if _attributes(path, "socket") <= {"gethostname"} else used
        assert not used, (module, used)


def _attributes(path: Path, name: str) -> set[str]:
    return {node.attr for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name}


def test_the_core_knows_no_model_and_no_settings():
    for module, path in SOURCES.items():
        if any(below(module, prefix) for prefix in CORE):
            wrong = {name for name in imports(path) if below(name, "django.db") or below(name, "django.http")
                     or (below(name, "django.conf") and not below(module, "checks.egress"))}
            assert not wrong, module


def test_only_the_demo_command_imports_the_demo():
    for module, path in SOURCES.items():
        if not below(module, "checks.demo") and module != "checks.management.commands.demo":
            assert not {name for name in imports(path) if below(name, "checks.demo")}, module


def test_a_provider_is_named_only_in_its_own_file():
    slugs = {provider.slug for provider in PROVIDERS}
    for module, path in SOURCES.items():
        if below(module, "checks.demo"):
            continue
        own = {slug for slug in slugs if below(module, f"checks.providers.{slug}") or below(module, f"checks.pages.setup.{slug}")}
        words = {node.value for node in ast.walk(ast.parse(path.read_text()))
                 if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        assert not (words & slugs) - own, module


def test_nothing_is_called_utils_helpers_or_common():
    assert not [m for m in SOURCES if m.rsplit(".", 1)[-1] in ("utils", "helpers", "common")]


def test_an_import_inside_a_function_says_why():
    for module, path in SOURCES.items():
        lines = path.read_text().splitlines()
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for node in ast.walk(function):
                    if isinstance(node, (ast.Import, ast.ImportFrom)):
                        assert "PLC0415 --" in lines[node.lineno - 1], f"{module}:{node.lineno}"


@pytest.mark.parametrize("module", ["boto3", "botocore", "paramiko"])
def test_a_web_worker_does_not_load_what_only_checks_need(module):
    code = ("import sys, django; from django.test import Client; import dflow_integrations.wsgi; "
            "Client().get('/healthz'); Client().get('/accounts/login/'); "
            f"sys.exit({module!r} in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
                          env={**environment("sqlite:///:memory:"), "DEBUG": "true", "ALLOWED_HOSTS": "testserver"})
    assert done.returncode == 0, done.stderr[-2000:]
