"""Secrets of several lines or fields: private keys (whole or cut), and documents that name what they hold."""
from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from checks.diagnosis.redact_context import Found, value_at
from checks.diagnosis.redact_names import promise
from checks.diagnosis.redact_values import How, is_secret

LONGEST = 32 * 1024  # characters from BEGIN to END; beyond that END belongs to something else
_MARK = re.compile(r"(?:-{4,5} ?|(?<![\w-]))(BEGIN|END) [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?(?: ?-{1,5})?")
_BODY = re.compile(r"(?:^|(?<=[\s|>\"':\]]))([A-Za-z0-9+/]+={0,2})(?:\\[nr]|[\s\"',\\+;.]){0,12}$")
_HEADER = re.compile(r"(?:^|[\s|>\]:])(?:[A-Z][\w-]{2,24}: |[A-Z][\w-]{2,24}:$)")
_SAME_LINE = re.compile(r"(?:[ \t]*+[A-Za-z0-9+/=]{16,}+)++(?: [A-Za-z0-9+/]{1,80}={0,2}(?=\s|$))?")
_PUTTY = re.compile(r"Private-Lines: (\d{1,3})[^\n]*\n")
_PUTTY_MAC = re.compile(r"Private-MAC: ([0-9a-f]{20,})")
_JWK = re.compile(r"[\"'](?:d|p|q|dp|dq|qi|k)[\"']\s{0,4}:\s{0,4}[\"']([A-Za-z0-9_-]{16,})[\"']")
_SECRET_KIND = re.compile(r"kind[\"']?\s{0,4}:\s{0,4}[\"']?(?:Sealed)?Secret\b")
_DATA = re.compile(r"(?m)^([ \t]*)(?:data|stringData):[ \t]*\r?\n")
_DATA_LINE = re.compile(r"([ \t]*)[\"']?[\w.-]+[\"']?:[ \t]*[\"']?(?:[|>][+-]?[ \t]*\r?\n[ \t]+)?"
                        r"([^\s\"'|>]{4,})[\"']?[ \t]*\r?\n?")
_DATA_JSON = re.compile(r"[\"'](?:data|stringData)[\"']\s{0,4}:\s{0,4}\{([^{}]{1,16384})\}")
_JSON_VALUE = re.compile(r":\s{0,4}\"([^\"\n]{4,})\"")
# A name and, in a field of its own, its value: <add key= value=>, {"name": …, "value": …}, - name: … value: …
_NAME_FIELD = re.compile(r"(?i)(?<![A-Za-z0-9])[\"']?(?:name|key|id|keyname|parametername"
                         r"|variable)[\"']?[ \t]{0,4}[=:][ \t]{0,4}[\"']?([\w./-]{3,80})[\"']?"
                         r"(?:,[ \t]{0,4}\"\w{1,20}\":[ \t]{0,4}\"?\w{1,40}\"?|[ \t]{1,4}\w{1,20}=\"[^\"<>\n]{0,40}\"){0,3}"
                         r"[^{}<>=:\n]{0,60}"
                         r"(?:\n[ \t-]{0,40})?[\"']?(?:value|content|val|default)[\"']?[ \t]{0,4}[=:]")
_VALUE_FIELD = re.compile(r"(?i)[\"']value[\"']\s{0,4}:\s{0,4}\"([^\"\n]{1,4096})\"\s{0,4},\s{0,40}\"(?:name"
                          r"|key)\"\s{0,4}:\s{0,4}\"([\w.-]{3,80})\"")
_ELEMENT = re.compile(r"<([A-Za-z][\w.:-]{0,80})(?:[ \t]([^<>]{0,200}))?>\s{0,20}(?:<!\[CDATA\[)?([^<>\n]{1,4096})"
                      r"(?=</|\]\]>)")
_ELEMENT_OF_LINES = re.compile(r"<([A-Za-z][\w.:-]{0,80})>[ \t\r]{0,8}\n\s{0,40}([^<>\s]{4,4096}+)\s{1,40}</")
# A part of a multipart form: its name, perhaps more headers, an empty line, its value.
_PART = re.compile(r"form-data;[^\n]{0,20}name=\"([\w.\[\]-]{1,80})\"[^\n]{0,200}\n(?:[\w-]{1,40}:[^\n]{0,200}\n){0,4}\r?\n"
                   r"([^\r\n]{1,4096})")
_ATTRIBUTE = re.compile(r"(?i)(?:name|key|id)=[\"']([\w.:-]{1,80})[\"']")
_PLIST = re.compile(r"<key>([^<>\n]{1,80})</key>\s{0,40}<(?:string|data)>\s{0,40}([^<>]{1,4096}?)\s{0,40}<")


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    body = text[start:end]
    start += len(body) - len(body.lstrip())
    return start, max(start, start + len(body.strip()))


def _whole_lines(text: str, at: int, limit: int) -> Iterator[tuple[int, int]]:
    while at < limit:
        end = text.find("\n", at, limit)
        end = limit if end < 0 else end
        yield at, end
        at = end + 1


def _cut(text: str, at: int, limit: int) -> Iterator[tuple[int, int]]:
    """The span of a key whose END is not there: what follows for as long as it looks like base64."""
    same = _SAME_LINE.match(text, at, limit)
    first: int | None = None
    last = at
    if same and same.end() - at >= 16:
        first, last = _trimmed(text, at, same.end())
    started = first is not None
    for count, (start, end) in enumerate(_whole_lines(text, last, limit)):
        line = text[start:end]
        body = _BODY.search(line[-200:])
        if body and (len(body[1]) >= 40 or ((started and line.strip() == body[0].strip()) or len(body[1]) >= 24)) and (
                not re.fullmatch("[0-9a-f]+", body[1]) or len(body[1]) < 32):
            origin = end - len(line[-200:])
            first = origin + body.start(1) if first is None else first
            last, started = origin + body.end(1), True
        elif started or (count and line.strip() and not (count < 6 and _HEADER.search(line[:200]))):
            break
    if first is not None and last > first:
        yield first, last


def _headless(text: str, end: int) -> Iterator[tuple[int, int]]:
    """The span of a key whose BEGIN was cut off, upwards from its END."""
    first, full = end, False
    at = text.rfind("\n", max(0, end - 400), end)
    for count in range(200):
        if at <= 0:
            break
        start = max(text.rfind("\n", max(0, at - 400), at) + 1, at - 400, 0)
        body = _BODY.search(text[start:at])
        if body is None or (count and len(body[1]) < 40):
            break
        first, full, at = start + body.start(1), full or len(body[1]) >= 40, start - 1
    if full:
        yield _trimmed(text, first, end)


def private_keys(text: str) -> Iterator[Found]:
    """Between the marks of a private key; the marks stay. Public keys and certificates are left alone."""
    if "PRIVATE KEY" not in text:
        return
    opened: int | None = None
    for mark in _MARK.finditer(text):
        if mark[1] == "BEGIN":
            if opened is not None:
                yield from (("private-key", *span) for span in _cut(text, opened, mark.start()))
            opened = mark.end()
        elif opened is not None and mark.start() - opened <= LONGEST:
            start, end = _trimmed(text, opened, mark.start())
            if end > start:
                yield "private-key", start, end
            opened = None
        else:
            yield from (("private-key", *span) for span in _headless(text, mark.start()))
            opened = None
    if opened is not None:
        yield from (("private-key", *span) for span in _cut(text, opened, len(text)))


def putty_keys(text: str) -> Iterator[Found]:
    """The private lines of a PuTTY key file, and its MAC."""
    for found in _PUTTY.finditer(text):
        lines = islice(_whole_lines(text, found.end(), min(len(text), found.end() + LONGEST)), int(found[1]))
        start, end = _trimmed(text, found.end(), max((line_end for _, line_end in lines), default=found.end()))
        if end > start:
            yield "private-key", start, end
    for found in _PUTTY_MAC.finditer(text):
        yield "private-key", found.start(1), found.end(1)


def json_web_keys(text: str) -> Iterator[Found]:
    """The private members of a JSON Web Key (RFC 7518, section 6)."""
    for found in _JWK.finditer(text):
        yield "private-key", found.start(1), found.end(1)


def kubernetes_secrets(text: str) -> Iterator[Found]:
    """Everything under data and stringData where a Secret is declared."""
    if "Secret" not in text or not _SECRET_KIND.search(text):
        return
    for block in _DATA.finditer(text):
        at = block.end()
        while (line := _DATA_LINE.match(text, at)) and len(line[1]) > len(block[1]):
            if is_secret(line[2], How.ASSIGNED, strong=True):
                yield "secret", line.start(2), line.end(2)
            at = line.end()
    for found in _DATA_JSON.finditer(text):
        for value in _JSON_VALUE.finditer(text, found.start(1), found.end(1)):
            if is_secret(value[1], How.ASSIGNED, strong=True):
                yield "secret", value.start(1), value.end(1)


def _held(name: str, text: str, start: int, end: int) -> Iterator[Found]:
    promised = promise(name)
    if promised is None or end <= start:
        return
    if is_secret(text[start:end].strip(), How.ASSIGNED, strong=promised.strong):
        yield promised.kind, start, end


def fields(text: str) -> Iterator[Found]:
    """The value of a field whose name is in another field."""
    for found in _NAME_FIELD.finditer(text):
        start, end, _ = value_at(text, found.end())
        yield from _held(found[1], text, start, end)
    if "value" in text:
        for found in _VALUE_FIELD.finditer(text):
            yield from _held(found[2], text, found.start(1), found.end(1))


def parts(text: str) -> Iterator[Found]:
    """The value of a part of a multipart form."""
    if "form-data;" in text:
        for found in _PART.finditer(text):
            yield from _held(found[1], text, found.start(2), found.end(2))


def elements(text: str) -> Iterator[Found]:
    """The content of XML elements: <password>…</password>, <property name="password">…</property>, property lists."""
    if "<" not in text:
        return
    for found in _ELEMENT.finditer(text):
        named = _ATTRIBUTE.search(found[2] or "")
        start, end = _trimmed(text, found.start(3), found.end(3))
        yield from _held(found[1], text, start, end)
        if named:
            yield from _held(named[1], text, start, end)
    for found in _ELEMENT_OF_LINES.finditer(text):
        yield from _held(found[1], text, found.start(2), found.end(2))
    for found in _PLIST.finditer(text):
        yield from _held(found[1], text, found.start(2), found.end(2))
