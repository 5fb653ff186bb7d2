"""What a paste is, as text: empty, binary, in another encoding, far too long; each is a sentence, and none takes long."""
from __future__ import annotations

import pytest

from checks.diagnosis.pasted import EMPTY, NO_TEXT, decoded, trouble, unpadded, what_was_read

MESSAGE = "fatal: Authentication failed for 'https://gitlab.com/a/b.git/'\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_text_is_read_in_the_encoding_it_came_in(encoding):
    assert decoded(MESSAGE.encode(encoding)) == MESSAGE


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", "\u00a0\u2003".encode()])
def test_nothing_is_empty(data):
    assert trouble(decoded(data)) == EMPTY


@pytest.mark.parametrize("data", [bytes(range(256)) * 8, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40, b"\xff\xd8\xff\xe0" + b"\xfe\x81\x9c" * 90,
                                  b"\x7fELF" + b"\0\x01" * 90])
def test_the_content_of_a_file_is_no_text(data):
    assert trouble(decoded(data)) == NO_TEXT


def test_a_utf16_text_whose_zeros_came_along_is_read_without_them():
    padded = "\0".join(MESSAGE) + "\0"
    assert unpadded(padded) == MESSAGE
    assert unpadded(MESSAGE) == MESSAGE
    assert trouble(unpadded("a\0b")) == NO_TEXT


def test_colours_and_a_few_broken_bytes_are_text():
    assert trouble(decoded(b"\x1b[31m" + MESSAGE.encode() * 3 + b"\xff")) == ""


def test_of_a_long_text_it_is_said_what_was_read():
    assert what_was_read(MESSAGE) == ""
    assert what_was_read("x" * 1024 * 1024).startswith("It is 1,024 KiB long. 64 KiB of it were read")
