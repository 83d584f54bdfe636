"""Bytes to text: encodings, declared or guessed, and bytes that are no text."""

from __future__ import annotations

import pytest
from bpcheck.sources.decoding import decode


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"x = 'a'", "x = 'a'", id="ascii"),
        pytest.param("x = 'é'".encode(), "x = 'é'", id="utf-8"),
        pytest.param(b"\xef\xbb\xbfx", "x", id="byte-order-mark"),
        pytest.param(b"# -*- coding: latin-1 -*-\n'\xe9'", "# -*- coding: latin-1 -*-\n'é'", id="first-line"),
        pytest.param(b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n\x80", None, id="second-line"),
        pytest.param(b"x = 1\n# coding: latin-1\n'\xc3\xa9'", "x = 1\n# coding: latin-1\n'é'", id="after-code"),
        pytest.param(b"\n\n# coding: latin-1\n'\xc3\xa9'", "\n\n# coding: latin-1\n'é'", id="third-line"),
        pytest.param(b"# coding: utf8\r\n'\xc3\xa9'", "# coding: utf8\r\n'é'", id="crlf"),
        pytest.param(b"", "", id="empty"),
    ],
)
def test_python_text_is_decoded_without_a_word(data: bytes, text: str | None) -> None:
    decoded = decode(data)
    assert decoded.text == (text if text is not None else data[:-1].decode() + "€")
    assert decoded.kind == ""


@pytest.mark.parametrize(
    ("data", "text", "message", "line", "column"),
    [
        (b"a = 1\n# caf\xe9\n", "a = 1\n# café\n", "byte 0xe9 is not utf-8 and no coding line", 2, 6),
        (b"# coding: ascii\n\xe9", "# coding: ascii\né", "byte 0xe9 is not ascii; read as Latin-1", 2, 1),
        (b"# coding: foo\n", "# coding: foo\n", "the encoding 'foo', which Python does not know; read as UTF-8", 1, 1),
        (b"# coding: rot13\n\xe9", "# coding: rot13\né", "'rot13', which Python does not know; read as Latin-1", 1, 1),
        (b"# coding: undefined\n", "# coding: undefined\n", "does not know; read as UTF-8", 1, 1),
    ],
)
def test_what_had_to_be_guessed_is_told(data: bytes, text: str, message: str, line: int, column: int) -> None:
    decoded = decode(data)
    assert decoded.text == text
    assert decoded.kind == "encoding"
    assert message in decoded.message
    assert (decoded.line, decoded.column) == (line, column)


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        pytest.param(b"\x7fELF\x02\x01\x01\x00" + bytes(60), "not-text", "is not text", id="program"),
        pytest.param(b"PK\x03\x04" + bytes(range(256)) * 4, "not-text", "is not text", id="archive"),
        pytest.param(bytes(range(1, 32)) * 8 + b"\xff\xfe\xfd" * 9, "not-text", "is not text", id="without-nulls"),
        pytest.param("x = 1\n".encode("utf-16"), "not-text", "UTF-16", id="utf-16"),
        pytest.param(b"x = 1\ny = '\0'\n", "syntax-error", "null byte", id="one-null-byte"),
    ],
)
def test_what_is_no_source_is_told(data: bytes, kind: str, message: str) -> None:
    decoded = decode(data)
    assert decoded.text is None
    assert decoded.kind == kind
    assert message in decoded.message


def test_a_null_byte_has_its_place() -> None:
    decoded = decode("x = 1\r\né = '\0'\n".encode())
    assert (decoded.line, decoded.column) == (2, 6)
