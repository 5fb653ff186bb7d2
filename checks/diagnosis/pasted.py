"""What was pasted or piped, as text: what a file's bytes say, and why something cannot be read."""
from __future__ import annotations

import codecs

from checks.diagnosis.reading import WINDOW

MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be", codecs.BOM_UTF8: "utf-8"}
CONTROL_SHARE = 10  # a text has fewer control characters than one in so many
NO_TEXT = "is not text: it looks like the content of a file. Give the message or the log as one reads it."
EMPTY = "is empty, or blanks alone."
_WHITE = frozenset("\t\n\r\x0b\x0c\x1b\x08\x07")
_STRANGE = sorted({*map(chr, range(1, 32)), "\x7f", "\ufffd"} - _WHITE)
_LOOKED_AT = 4096  # bytes that tell which of their halves are zero


def decoded(data: bytes) -> str:
    """The bytes as text: by their mark, else as UTF-16 where every other byte is zero, else as UTF-8."""
    for mark, name in MARKS.items():
        if data.startswith(mark):
            return data[len(mark):].decode(name, "replace")
    head = data[:_LOOKED_AT]
    if len(head) >= 8:
        for name, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
            if zeros.count(0) * 10 >= len(zeros) * 9:
                return data.decode(name, "replace")
    return data.decode("utf-8", "replace")


def trouble(text: str) -> str:
    """Why this cannot be read, a sentence without its subject, or "". Zeros of a UTF-16 file: see unpadded()."""
    if not text.strip():
        return EMPTY
    if "\0" in text:
        return NO_TEXT
    return NO_TEXT if sum(map(text.count, _STRANGE)) * CONTROL_SHARE > len(text) else ""


def what_was_read(text: str) -> str:
    """Of a long text, which part the rules saw: a sentence, or "" where they saw all of it."""
    if len(text) <= WINDOW:
        return ""
    return (f"It is {len(text) // 1024:,} KiB long. {WINDOW // 1024} KiB of it were read: its end, and from before that the "
            "lines that speak of trouble.")


def unpadded(text: str) -> str:
    """A UTF-16 text whose zeros came along as characters, without them; any other as it is."""
    text = text.lstrip("\ufeff")
    zeros = text.count("\0")
    return text.replace("\0", "") if zeros >= 4 and abs(2 * zeros - len(text)) <= 2 + len(text) // 10 else text
