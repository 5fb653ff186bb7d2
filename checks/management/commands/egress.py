"""`manage.py egress [--resolve NAME=IP[,IP…]]…`: which of these addresses may be reached?

Exit 0 when every line was judged; 3 when the name servers left one open (it is blocked, for now).
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from django.core.management.base import CommandParser

from checks import egress
from checks.management.base import EXIT, Answer, ApiCommand, WrongInput, read_bytes
from checks.verdict import Status

UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")  # all control characters but the tab


class Command(ApiCommand):
    help = "Judge URLs and hosts, one a line of standard input, by spelling, address and port."
    needs_keys = False

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--resolve", action="extend", nargs="+", default=[], metavar="NAME=IP[,IP…]",
                            help="answer for NAME instead of the name servers; names not listed then do not resolve")

    def answer(self, **options: Any) -> Answer:
        names = read_pairs(options["resolve"])
        resolver = (lambda host: names.get(host, ())) if options["resolve"] else None
        judged = [(line, egress.judge(line, resolver)) for line in read_lines(read_bytes())]
        results = [{"input": line, "verdict": "allowed" if its.allowed else "blocked", "reason": its.reason}
                   for line, its in judged]
        return Answer({"results": results},
                      "\n".join(f"{r['verdict']}\t{one_line(r['input'])}\t{r['reason']}" for r in results),
                      EXIT[Status.PASS if all(its.known for _, its in judged) else Status.UNKNOWN])


def read_lines(data: bytes) -> list[str]:
    """The inputs. A file in which every line ends with CR LF is taken for one from Windows; any other CR is input."""
    lines = data.decode("utf-8-sig", errors="replace").split("\n")
    if lines[-1] == "":
        lines.pop()
    if lines and all(line.endswith("\r") for line in lines):
        lines = [line[:-1] for line in lines]
    return lines


def one_line(text: str) -> str:
    """The input as it is, but for control characters that would break the line or steer a terminal."""
    return UNPRINTABLE.sub(lambda found: repr(found[0])[1:-1], text)


def read_pairs(pairs: Sequence[str]) -> dict[str, list[str]]:
    """NAME=IP[,IP…] by name, in lower case and without a trailing dot. Raises WrongInput for anything else."""
    names: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, answers = pair.partition("=")
        name = name.strip().lower().removesuffix(".")
        if not name or not equals:
            raise WrongInput(f"--resolve: “{pair}” is not NAME=IP[,IP…].")
        for text in answers.split(","):
            try:
                answer = str(ip_address(text.strip().strip("[]")))
            except ValueError:
                raise WrongInput(f"--resolve: “{text}” is not an IP address, in “{pair}”.") from None
            if answer not in (known := names.setdefault(name, [])):
                known.append(answer)
    return names
