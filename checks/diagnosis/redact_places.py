"""Secrets that are known by their place: in a URL, behind a command's short option, in a file of credentials."""
from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from checks.diagnosis.redact_context import Found, value_at
from checks.diagnosis.redact_names import promise
from checks.diagnosis.redact_values import How, is_placeholder, is_secret, is_uuid, looks_drawn, looks_random

# user[:password]@host. The password ends at the last @ before the path; one with a raw / or # in it, at the first @.
_USERINFO = re.compile(r"://([^\s:/?#@\"'<>\\]{0,256}+)(?::([^\s/?#\"'<>\\]{0,512}(?=@)|"
                       r"(?!\d{1,5}[/?#])[^\s\"'<>@\\]{1,128}(?=@)))?@"
                       r"(?=[\w\[.%$*-])")
_NO_PASSWORD = frozenset({"", "x-oauth-basic", "x", "X", "oauth", "token", "api", "api_token", "unused"})
_BARE_USERINFO = re.compile(r"(?<![\w.:/+%-])[\w.+%-]{1,64}:([^\s@:/\"'<>\\]{4,128})@(?:(tcp|unix|udp)\("
                            r"|[\w.-]{1,200})")
_ORACLE = re.compile(r"(?i)(?:jdbc:oracle:\w{1,8}:|sqlplus\s+(?:-\w+\s+){0,3}\"?)[\w$]{1,64}/([^\s@\"'<>]{1,128})@")
_QUERY = re.compile(r"[?&;#](?:[\w.-]{0,40}[-_.])?(key|code|auth|hash|st|s|sig|jwt|t|session|ticket|nonce|state"
                    r"|access|[sS]ignature)="
                    r"([^\s&;#\"'<>\\]{16,})")
_PGPASS = re.compile(r"(?m)^[\w.*-]{1,200}:(?:\d{3,5}|\*):[\w.*-]{1,64}:[\w.*@-]{1,64}:([^\s:]{1,200})[ \t\r]*$")
_COOKIE_FILE = re.compile(r"\t(?:TRUE|FALSE)\t[^\s]{1,200}\t(?:TRUE|FALSE)\t\d{1,12}\t[^\s]{1,200}\t([^\s]{4,8192})")
_NETRC = re.compile(r"(?:login|user|account)\s{1,8}[^\s]{1,200}\s{1,8}password\s{1,8}([^\s\"'<>]{1,256})")

_INLINE_LOGIN = re.compile(r"<auth-user-pass>\s{0,8}[^\n<>]{1,200}\n\s{0,8}([^\s<>]{3,200})\s{0,8}<")
# A line of names, and lines of as many values: a table that was exported.
_HEADING = re.compile(r"(?m)^[\"']?[A-Za-z][\w .-]{0,40}[\"']?(?:[,;\t][\"']?[A-Za-z][\w .-]{0,40}[\"']?){1,30}(?=\r?$)")

_LINE = 400  # characters between a command and its option
# short option -> the commands that read a secret there
_OPTIONS = {option: re.compile(rf"\b(?:{words})\b") for option, words in {
    "p": r"login|sshpass|mongo\w*|twine|cqlsh|rabbitmqadmin|nuget|add source|cf auth|arangosh|sqlcmd|helm (?:registry"
         r"|repo)"
         r"|oras|skopeo",
    "P": r"sqlcmd|bcp|ipmitool|zip|unzip|ssh-keygen|mosquitto_\w+|isql",
    "a": "redis-cli", "w": r"ldap\w+", "pw": "plink|pscp|psftp|putty", "N": "ssh-keygen", "k": "openssl|nuget push",
    "b": "secret set", "body": "secret set", "t": "vercel|netlify|surge|wrangler|now|caprover|doctl auth",
}.items()}
# Also as an argument of a list: ['docker', 'login', '-p', '…']
_OPTION = re.compile(r"(?<=[\s\"'])-{1,2}(pw|body|[pPawNkbt])"
                     r"(?:[ \t]{0,4}[\\^`]\r?\n[ \t]{0,16}|[ \t]{1,4}|=|[\"'],\s{0,40}(?=[\"']))(?=[^\s-])")
_GLUED = re.compile(r"(?<=\s)-(p)(?=[^\s=-])")
_GLUED_COMMANDS = re.compile(r"\b(?:mysql\w*|mariadb\w*|sshpass|7za?|xtrabackup|innobackupex|rar)\b")
_CONTINUED = re.compile(r"[\\^`]\r?\n")
_PAIR = re.compile(r"(?<=[\s\"'])(?:-u|--user|--proxy-user|-U|-a|--auth|--basic|--userpwd|-E|--creds|--src-creds"
                   r"|--dest-creds)(?:[ \t]{1,4}|=|[\"'],\s{0,40})?[\"']?([^\s:\"']{0,200})[:%]([^\s\"']{1,256})")
_PAIR_COMMANDS = re.compile(r"\b(?:curl|http|https|xh|wget|smbclient|svn|ab|wrk|hey|siege|influx|couchbase-cli|lftp"
                            r"|aria2c|skopeo|podman|buildah)\b")

def userinfo(text: str) -> Iterator[Found]:
    """Passwords, and tokens used as user names, in URLs and data source names."""
    if "@" not in text:
        return
    for found in _USERINFO.finditer(text):
        user, password = found[1], found[2]
        if password and not is_placeholder(password) and password not in _NO_PASSWORD:
            yield "url-password", found.start(2), found.end(2)
        lone = password is None or password in _NO_PASSWORD or password == "*" * len(password)
        if user and not is_placeholder(user) and (looks_drawn(user) or (
                lone and password is not None and len(user) >= 8 and looks_random(user))):
            yield "url-password", found.start(1), found.end(1)
    for found in _BARE_USERINFO.finditer(text):
        if not is_placeholder(found[1]) and (found[2] or looks_random(found[1])):
            yield "url-password", found.start(1), found.end(1)
    for found in _ORACLE.finditer(text):
        if not is_placeholder(found[1]):
            yield "url-password", found.start(1), found.end(1)


def query(text: str) -> Iterator[Found]:
    """Parameters of a URL whose names are too common to mean anything elsewhere."""
    if "=" not in text:
        return
    for found in _QUERY.finditer(text):
        signed = found[1].lower() in ("sig", "signature") and len(found[2]) >= 24 and not is_placeholder(found[2])
        if signed or looks_drawn(found[2]) or (is_uuid(found[2]) and found[1] in ("key", "code", "auth")):
            yield "url-parameter", found.start(2), found.end(2)


class _Before:
    """Whether one of some commands stands before a place, on the same line (or one that it continues)."""

    def __init__(self, text: str, commands: re.Pattern[str]) -> None:
        self._text = text
        self._ends = [found.end() for found in commands.finditer(text)]

    def __call__(self, at: int) -> bool:
        place = bisect_right(self._ends, at) - 1
        if place < 0 or at - self._ends[place] > _LINE:
            return False
        between = self._text[self._ends[place]:at]
        return "\n" not in between or "\n" not in _CONTINUED.sub("", between)


def _option_places(text: str) -> Iterator[int]:
    """Where the value of a short option that is a secret for its command begins."""
    before: dict[str, _Before] = {}
    for pattern, suffix in ((_OPTION, ""), (_GLUED, "glued")):
        for found in pattern.finditer(text):
            option = found[1] + suffix
            if option not in before:
                before[option] = _Before(text, _GLUED_COMMANDS if suffix else _OPTIONS[option])
            if before[option](found.start()):
                yield found.end()


def options(text: str) -> Iterator[Found]:
    """-p, -u and the like, where the command before them makes them a secret."""
    if "-" not in text:
        return
    for place in _option_places(text):
        start, end, _ = value_at(text, place)
        if start < end and is_secret(text[start:end], How.ASSIGNED, strong=True):
            yield "password", start, end
    before: _Before | None = None
    for found in _PAIR.finditer(text):
        before = before or _Before(text, _PAIR_COMMANDS)
        if not is_placeholder(found[2]) and (before(found.start()) or looks_random(found[2])):
            yield "password", found.start(2), found.end(2)


def files(text: str) -> Iterator[Found]:
    """.netrc, .pgpass, a browser's cookie file."""
    yield from _logins(text)
    if "password" in text:
        for found in _NETRC.finditer(text):
            if is_secret(found[1], How.ASSIGNED, strong=True):
                yield "password", found.start(1), found.end(1)
    if ":" in text:
        for found in _PGPASS.finditer(text):
            if looks_random(found[1]) or found[0].split(":", 2)[1] in ("5432", "6432", "*"):
                yield "password", found.start(1), found.end(1)
    if "\tTRUE\t" in text or "\tFALSE\t" in text:
        for found in _COOKIE_FILE.finditer(text):
            yield "cookie", found.start(1), found.end(1)


def _logins(text: str) -> Iterator[Found]:
    """OpenVPN's name and password within its configuration."""
    if "<auth-user-pass>" in text:
        for found in _INLINE_LOGIN.finditer(text):
            yield "password", found.start(1), found.end(1)


def columns(text: str) -> Iterator[Found]:
    """The columns of an exported table whose heading says that they hold secrets: username,password."""
    at = 0
    while heading := _HEADING.search(text, at):
        at = heading.end()
        mark = next(sign for sign in heading[0] if sign in ",;\t")
        kinds = [promise(name.strip("\"' ")) for name in heading[0].split(mark)]
        if not any(kinds):
            continue
        for start, end in _lines_below(text, at):
            cells = list(_cells(text, start, end, mark))
            if len(cells) != len(kinds):
                break
            at = end
            for promised, (left, right) in zip(kinds, cells, strict=True):
                if promised is not None and is_secret(text[left:right], How.PROSE, strong=promised.strong):
                    yield promised.kind, left, right


def _lines_below(text: str, at: int) -> Iterator[tuple[int, int]]:
    while (at := text.find("\n", at) + 1) and at < len(text):
        end = text.find("\n", at)
        yield at, len(text) if end < 0 else end


def _cells(text: str, start: int, end: int, mark: str) -> Iterator[tuple[int, int]]:
    """Where each cell of a line begins and ends, without its quotes and blanks."""
    for cell in text[start:end].split(mark):
        inner = cell.strip("\"' \r")
        left = start + cell.index(inner)
        yield left, left + len(inner)
        start += len(cell) + 1
