"""Bytes to text, as Python reads source files, and a little more forgiving where the reason can be told."""

from __future__ import annotations

import re

from bpcheck.records import record

_BOM = b"\xef\xbb\xbf"
# Compiled when a file asks for it: few do.
_COOKIE = rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)"  # PEP 263
_BLANK = rb"^[ \t\f]*(?:#.*)?$"
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))


@record(frozen=True, slots=True)
class Decoded:
    """Text, and what had to be guessed for it; or no text and what stands in the way, with its place."""

    text: str | None
    kind: str = ""
    message: str = ""
    line: int = 1
    column: int = 1


def decode(data: bytes) -> Decoded:
    """The text of a Python file. BOM and coding line (PEP 263) are honoured."""
    if b"\0" in data:
        return _with_null(data)
    if data.startswith(_BOM):
        data = data[3:]
        encoding = "utf-8"
    else:
        encoding = _declared(data) if b"coding" in data[:1000] else "utf-8"
    try:
        return Decoded(data.decode(encoding))
    except UnicodeDecodeError as error:
        return _undecodable(data, encoding, error.start)
    except (LookupError, UnicodeError):
        return _unknown(data, encoding)


def _declared(data: bytes) -> str:
    """The encoding that one of the first two lines names."""
    for line in re.split(rb"\r\n|\r|\n", data[:1000], maxsplit=2)[:2]:
        found = re.match(_COOKIE, line)
        if found:
            return found.group(1).decode("ascii", "replace")
        if not re.match(_BLANK, line):
            break
    return "utf-8"


def _unknown(data: bytes, encoding: str) -> Decoded:
    message = f"declares the encoding {encoding!r}, which Python does not know; read as "
    try:
        return Decoded(data.decode(), "encoding", message + "UTF-8")
    except UnicodeDecodeError:
        return Decoded(data.decode("latin-1"), "encoding", message + "Latin-1")


def _undecodable(data: bytes, encoding: str, start: int) -> Decoded:
    line, column = _position(data, start)
    if _is_binary(data):
        return Decoded(None, "not-text", "is not text, though its name says Python", line, column)
    message = f"byte 0x{data[start]:02x} is not {encoding}"
    if encoding == "utf-8":
        message += " and no coding line names another encoding"
    return Decoded(data.decode("latin-1"), "encoding", message + "; read as Latin-1", line, column)


def _with_null(data: bytes) -> Decoded:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Decoded(None, "not-text", "is in UTF-16, which Python does not read; save it as UTF-8")
    line, column = _position(data, data.index(b"\0"))
    if _is_binary(data):
        return Decoded(None, "not-text", "is not text, though its name says Python", line, column)
    return Decoded(None, "syntax-error", "holds a null byte, which Python refuses in source", line, column)


def _is_binary(data: bytes) -> bool:
    """Whether the beginning is dense with control characters: stray ones (or a few nulls) do not make a binary."""
    head = data[:8192]
    controls = len(head) - len(head.translate(None, _CONTROL))
    return data.startswith(b"\x7fELF") or (controls > 8 and controls * 20 > len(head))


def _position(data: bytes, offset: int) -> tuple[int, int]:
    before = data[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
