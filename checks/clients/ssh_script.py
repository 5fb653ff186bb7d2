"""A shell script's way to a node and its answers' way back, whatever else writes on the same line.

A profile that greets, a forced command, a shell that refuses: all of them write where the script's answers come from.
Each answer therefore stands on a line of its own behind a mark that nobody can know beforehand, and the script's own
text does not hold that mark in one piece, so that a command which only repeats its input is not taken for an answer.
"""
from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST_VALUE = 400
LONGEST_SAID = 300
BEGIN, END = "begin", "end"
REPEATED = "what it was sent, repeated"
# say NAME VALUE: one answer on one line. It is written in one piece, so that answers of background jobs do not mix.
SCRIPT = """a={first}
b={second}
LC_ALL=C
export LC_ALL
say() {{ printf '\\n%s%s %s %s\\n' "$a" "$b" "$1" "$(printf '%s' "$2" | tr '\\r\\n\\t' '   ' | cut -c1-{longest})"; }}
main() {{
say {begin} ''
{body}
say {end} ''
}}
main </dev/null
"""
CONTROL = re.compile(r"[^\x20-\x7e\u00a1-\uffff]+")


@dataclass(frozen=True)
class Answers:
    """values: what the script said, by name. said: the beginning of what others said instead. ended: it came to its end."""

    values: Mapping[str, str]
    said: str = ""
    ended: bool = False

    @property
    def began(self) -> bool:
        return BEGIN in self.values

    def get(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass(frozen=True)
class Frame:
    """Made anew for each command."""

    first: str = field(default_factory=lambda: f"f{secrets.token_hex(8)}")
    second: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def mark(self) -> str:
        return self.first + self.second

    def script(self, body: str) -> str:
        """For a POSIX shell's standard input. The shell reads it whole before it runs a word of it."""
        return SCRIPT.format(first=self.first, second=self.second, longest=LONGEST_VALUE, begin=BEGIN, end=END, body=body)

    def has(self, name: str, output: bytes) -> bool:
        return f"{self.mark} {name} ".encode() in output

    def read(self, output: bytes) -> Answers:
        values: dict[str, str] = {}
        others = []
        for line in output.decode("utf-8", "replace").splitlines():
            before, mark, after = line.partition(self.mark + " ")
            if mark:
                name, _, value = after.partition(" ")
                values.setdefault(name, value.strip())
            if before.strip():
                others.append(CONTROL.sub(" ", before).strip())
        said = " ".join(filter(None, others))[:LONGEST_SAID]
        return Answers(values, REPEATED if self.first in said else said, END in values)
