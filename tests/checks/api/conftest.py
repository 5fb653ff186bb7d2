"""Programs that call the API, each with a token of its own; whatever they are answered is held against the description."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import jsonschema
import pytest
from django.test import Client

from checks.api.api import ROOT
from checks.api.document import description
from checks.models import Heartbeat
from organisations import tokens
from organisations.models import Role
from tests.checks.engine.conftest import integration, make_integration, make_service, provider, server  # noqa: F401 -- fixtures

PROBLEM = "application/problem+json"


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """The operation that the description has for an address."""
    for spelled, methods in description()["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", spelled), path):
            return methods.get(method)
    return None


def shape(schema: dict[str, Any], method: str, path: str, answer: Any) -> None:
    """Assert that an answer is what the description says: its status, its type, its document."""
    operation, status = operation_of(method, path), str(answer.status_code)
    kind = answer["Content-Type"].split(";")[0]
    if operation is None or status == "405":
        assert kind == PROBLEM, (path, status)
        expected = {"$ref": "#/components/schemas/ProblemDocument"}
    else:
        assert status in operation["responses"], (path, status, answer.content)
        told = operation["responses"][status]
        told = schema["components"]["responses"][status] if "$ref" in told else told
        assert kind in told["content"], (path, status, kind)
        expected = told["content"][kind]["schema"]
    jsonschema.Draft202012Validator({**expected, "components": schema["components"]}).validate(answer.json())


@dataclass
class Program:
    """token: what it sends; None sends nothing."""

    token: str | None
    client: Client

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One call; path without /api/v1. Its answer is held against the description."""
        path = path if path.startswith("/api/") else f"{ROOT}{path.lstrip('/')}"
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        sent = {"data": body, "content_type": "application/json"} if method == "post" else {}
        answer = getattr(self.client, method)(path, **{k: v for k, v in sent.items() if v is not None}, headers=headers)
        if method in ("get", "post"):
            shape(description(), method, path.partition("?")[0], answer)
        if answer.status_code >= 400 and method != "head":
            assert answer["Content-Type"] == PROBLEM
            assert answer.json()["status"] == answer.status_code
        return answer

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("get", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("post", path, body, **headers)


def token_of(organisation, maker, role, days=90, name="") -> str:
    """The text of a token, made by the verb that the page uses. A weaker maker than an admin had been one when it was made."""
    from organisations.models import Membership
    member = Membership.objects.get(organisation=organisation, user=maker)
    before, member.role = member.role, Role.OWNER
    member.save()
    text = tokens.make(organisation=organisation, actor=maker, name=name or f"{maker} {role}", role=Role(role), days=days)[1]
    member.role = before
    member.save()
    return text


@pytest.fixture
def program(people):
    """program(role) -> one that holds a token of acme with this role, made by alice."""

    def make(role: str = "developer", organisation=None, maker=None, **more) -> Program:
        return Program(token_of(organisation or people.acme, maker or people.alice, role, **more), Client())

    return make


@pytest.fixture
def reader(program) -> Program:
    return program("viewer")


@pytest.fixture
def pipeline(program) -> Program:
    return program("developer", name="the pipeline")


@pytest.fixture(autouse=True)
def worker(db):
    from django.utils import timezone
    Heartbeat.objects.create(name="here:1/clicks", pid=1, started_at=timezone.now(), beat_at=timezone.now())
