"""Asking a hostile server with a credential that must not stray."""
from __future__ import annotations

import pytest

from checks.clients import deadline
from checks.clients.errors import ClientError
from checks.clients.http import Http
from tests.faults.server import FaultServer

SECRET = "canary-0f3b9c-credential"


def client(url: str, **kwargs) -> Http:
    return Http(url, auth=("deploy", SECRET), headers={"PRIVATE-TOKEN": SECRET}, **kwargs)


def fails(url: str, seconds: float = 60.0, path: str = "/api/v1/user", **kwargs) -> ClientError:
    """The ClientError of one request, which carries no secret."""
    with pytest.raises(ClientError) as raised, deadline.within(seconds):
        client(url).get(path, **kwargs)
    error = raised.value
    assert error.detail.endswith(".")
    assert SECRET not in repr((error, error.args, error.detail, error.body, error.__cause__))
    return error


def sent(server: FaultServer) -> tuple[str, dict[str, str]]:
    """The first request that a server got: its first line, and its headers by their names in lower case."""
    head = server.received.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return head[0], {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
