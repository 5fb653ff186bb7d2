"""The cases of diagnosis, and the same ones as they come in the wild: in a log, in colours, of other hosts and names."""
from __future__ import annotations

import random
import re
from dataclasses import dataclass

from tests.make_redaction_cases import DATA, unescape


@dataclass(frozen=True)
class Case:
    text: str
    layers: tuple[str, ...]  # best first; () when nothing may be recognised

    @property
    def name(self) -> str:
        return self.text[:60]


def cases(name: str) -> list[Case]:
    return [Case(unescape(row[0]), () if row[1] == "-" else tuple(row[1].split("|"))) for row in _rows(name)]


def _rows(name: str) -> list[list[str]]:
    """A line without a tab is a remark; a message may begin with #, as BuildKit's do."""
    return [line.split("\t") for line in (DATA / name).read_text(encoding="utf-8").split("\n") if "\t" in line]


def negatives() -> list[str]:
    return [unescape(row[0]) for row in _rows("diagnose_negatives.tsv")]


SHIPPED = cases("diagnose_cases.tsv")
OWN = cases("diagnose_own_cases.tsv")
BEFORE = """Deployment 4711 of shop started
Reading configuration of acme/shop
Using cache from the last build
Preparing workspace /builds/acme/shop
Step 1/9 : FROM python:3.11-slim
 ---> 1cb3ef84a715
Step 2/9 : RUN pip install -r requirements.txt
Collecting django==5.2.19
  Downloading django-5.2.19-py3-none-any.whl (8.3 MB)
Successfully installed django-5.2.19
added 812 packages in 14s
found 0 vulnerabilities
webpack compiled with 2 warnings in 5123 ms
214 tests passed, 0 failed
Exporting layers
done in 48 s""".split("\n")
AFTER = """Cleaning up
Removing intermediate container 9c1f
Job finished with exit code 1
Duration: 1 m 12 s""".split("\n")


def in_a_log(text: str, seed: int, *, crlf: bool = False) -> str:
    """10 to 60 lines of progress, times and colours around the one that decides."""
    generator = random.Random(seed)
    before = [generator.choice(BEFORE) for _ in range(generator.randint(8, 50))]
    lines = [*before, *text.splitlines(), *AFTER[:generator.randint(1, len(AFTER))]]
    style = generator.randint(0, 4)
    return ("\r\n" if crlf else "\n").join(_styled(line, number, style) for number, line in enumerate(lines))


def _styled(line: str, number: int, style: int) -> str:
    second = number % 60
    if style == 0:
        return f"2026-11-23T10:00:{second:02d}.123456Z {line}"
    if style == 1:
        return f"\x1b[36m[10:00:{second:02d}]\x1b[0m \x1b[1;31m{line}\x1b[0m"
    if style == 2:
        return f"#12 {number}.345 {line}"
    if style == 3:
        return f"Nov 23 10:00:{second:02d} node1 deploy[4711]: {line}"
    return f"downloading {number}%\rdownloading {number + 1}%\r{line}"


KNOWN = ("github.com", "gitlab.com", "bitbucket.org", "amazonaws.com", "aka.ms", "quay.io", "gcr.io", "ghcr.io", "s3.", "minio", "docker", "registry", "git", "r2.")
URL = re.compile(r"(https?://)((?:[a-z0-9-]+\.)+[a-z]{2,})(?=[:/])")


def of_others(text: str, seed: int) -> str:
    """The same message of another host and repository; those that are known to the world stay what they are."""
    generator = random.Random(seed)

    def other(found: re.Match[str]) -> str:
        if any(word in found[2] for word in KNOWN):
            return found[0]
        return f"{found[1]}{generator.choice(['code', 'forge', 'srv1', 'intern'])}.{generator.choice(['acme.example', 'corp.lan', 'firma.de'])}"
    text = URL.sub(other, text)
    return re.sub(r"(?<=/)(?:shop|app|acme|infrastructure|syllabus)(?=[/.:'\"])", lambda _: generator.choice(["web", "blog-7", "tool_x"]), text)
