"""Names to addresses: one look-up, in bounded daemon threads, and every answer judged.

getaddrinfo() cannot be given a time limit, so it runs in a thread that nobody waits for longer than that. A look-up
asks for the absolute name (with the root dot), so that search domains of resolv.conf never complete it; the names of
/etc/hosts, which the resolver does not find by an absolute name, are read here.
"""
from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from checks.egress import address as addresses
from checks.egress.address import Address
from checks.egress.spelling import Refused, is_inner_name, is_localhost, literal

LOOK_UP_SECONDS = 5.0
THREADS = 20
HOSTS_FILE = Path("/etc/hosts")
_places = threading.BoundedSemaphore(THREADS)

Resolver = Callable[[str], Sequence[str]]
Info = tuple[int, int, int, str, tuple]  # as getaddrinfo gives it


class NameTrouble(Exception):
    """The name gave no address. exists: False when two look-ups said that it does not exist, None when nobody knows."""

    def __init__(self, reason: str, exists: bool | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.exists = exists


def resolve(host: str, port: int | None, timeout: float = LOOK_UP_SECONDS) -> list[Info]:
    """Every address of a parsed host, each judged, in the order to try them.

    Raises Refused when any answer may not be reached: a name that gives one good and one inner address is not trusted.
    Raises NameTrouble when there is no answer within `timeout` seconds (never more than five).
    """
    found = literal(host)
    infos = _numeric([str(found)], port) if found is not None else _look_up(host, port, min(timeout, LOOK_UP_SECONDS))
    judge_answers(host, port, [address_of(info) for info in infos])
    return infos


def judge_answers(host: str, port: int | None, answers: Sequence[Address]) -> None:
    """Raises Refused unless every answer, and the port, may be reached."""
    for answer in answers:
        if what := addresses.refusal(answer):
            raise Refused(f"{host} resolves to {answer}, {what}." if literal(host) is None else f"{host} is {what}.")
    if literal(host) is None and is_inner_name(host) and not all(map(addresses.is_opened, answers)):
        raise Refused(f"{host} is a name of an inner network, and none that the operator opened: use the public name.")
    if port is not None and (closed := addresses.port_refusal(port, answers)):
        raise Refused(f"On {host}, {closed}.")


def resolved_by(resolver: Resolver, host: str) -> list[Address]:
    """The answers of a resolver that was handed in. Raises NameTrouble when it has none."""
    answers = [ip_address(text) for text in resolver(host)]
    if not answers:
        raise NameTrouble(f"{host} does not resolve.", exists=False)
    return answers


def address_of(info: Info) -> Address:
    """The address of one answer, its zone included."""
    return ip_address(info[4][0])


def _look_up(host: str, port: int | None, timeout: float) -> list[Info]:
    if listed := _in_hosts_file(host) or (["127.0.0.1"] if is_localhost(host) else []):
        return _numeric(listed, port)
    ends_at = time.monotonic() + timeout
    for last in (False, True):
        try:
            return _in_thread(host, port, ends_at - time.monotonic())
        except socket.gaierror as error:
            if error.errno != socket.EAI_NONAME:
                raise _trouble(host, error) from None
            if last:
                raise NameTrouble(f"Two look-ups said that the name {host} does not exist.", exists=False) from None
    raise AssertionError("the second look-up returned or raised")


def _in_thread(host: str, port: int | None, timeout: float) -> list[Info]:
    answer: queue.SimpleQueue[list[Info] | BaseException] = queue.SimpleQueue()
    places = _places
    crowded = NameTrouble(f"{host} could not be looked up in time: too many look-ups are waiting for an answer.")
    if timeout <= 0 or not places.acquire(timeout=timeout):
        raise crowded

    def ask() -> None:
        try:
            answer.put(_system(f"{host}.", port))
        except BaseException as error:  # handed to the thread that waits
            answer.put(error)
        finally:
            places.release()

    try:
        threading.Thread(target=ask, name="look-up", daemon=True).start()
    except RuntimeError:  # the machine gives no more threads
        places.release()
        raise crowded from None
    try:
        found = answer.get(timeout=timeout)
    except queue.Empty:
        raise NameTrouble(f"{host} was not answered by the name servers in time.") from None
    if isinstance(found, BaseException):
        raise found
    if not found:
        raise NameTrouble(f"{host} exists but has no address.", exists=True)
    return found


def _system(name: str, port: int | None) -> list[Info]:
    infos = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list({info[4]: info for info in infos if info[0] in (socket.AF_INET, socket.AF_INET6)}.values())


def _numeric(texts: Sequence[str], port: int | None) -> list[Info]:
    infos: list[Info] = []
    for text in texts:
        infos += socket.getaddrinfo(text, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return infos


def _in_hosts_file(host: str) -> list[str]:
    """The addresses that this machine's own file gives a name."""
    found = []
    with suppress(OSError):
        for line in HOSTS_FILE.read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.partition("#")[0].split()
            if host in (word.lower() for word in words[1:]):
                with suppress(ValueError):
                    found.append(str(ip_address(words[0])))
    return found


def _trouble(host: str, error: socket.gaierror) -> NameTrouble:
    if error.errno == getattr(socket, "EAI_NODATA", None):
        return NameTrouble(f"{host} exists but has no address.", exists=True)
    return NameTrouble(f"{host} could not be looked up: the name servers gave no usable answer.")
