"""The text of a configuration file, and the places of its characters."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right

_MARKS = (("utf-8", b"\xef\xbb\xbf"), ("utf-32-le", b"\xff\xfe\0\0"), ("utf-32-be", b"\0\0\xfe\xff"),
          ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"))  # fmt: skip
_LINE_END = re.compile(r"\r\n|\r|\n")
_BLOCK = 256


class Unreadable(Exception):
    """The text is not what the suffix says; ``place`` is the line and column where that shows, both from 1."""

    def __init__(self, message: str, place: tuple[int, int] = (1, 1)) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


def decoded(data: bytes) -> tuple[str, Unreadable | None]:
    """The text without its byte order mark. What is in no Unicode encoding is given as Latin-1, with a complaint."""
    encoding, mark = next((each for each in _MARKS if data.startswith(each[1])), ("utf-8", b""))
    try:
        return data[len(mark) :].decode(encoding), None
    except UnicodeDecodeError as error:
        text = data.decode("latin-1")
        byte = f"byte 0x{error.object[error.start]:02x} is not {encoding}"
        return text, Unreadable(byte, Text(text).person(len(mark) + error.start))


class Text:
    """Offsets in a text to places in it. Lines end as in ``Source.lines``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        #: Bytes before every so many characters: a line may be as long as the file.
        self._bytes: list[int] | None = None
        if not text.isascii():
            self._bytes = [0]
            for start in range(0, len(text), _BLOCK):
                self._bytes.append(self._bytes[-1] + len(text[start : start + _BLOCK].encode("utf-8", "replace")))

    def mark(self, start: int, end: int) -> ast.Constant:
        """The syntax node of the text from ``start`` to ``end``. A value that is not written takes the room of one
        character."""
        line, column = self._place(start)
        width = len(self.text[start : start + 1].encode("utf-8", "replace")) or 1
        end_line, end_column = self._place(end) if end > start else (line, column + width)
        return ast.Constant(None, lineno=line, col_offset=column, end_lineno=end_line, end_col_offset=end_column)

    def person(self, offset: int) -> tuple[int, int]:
        """Line and column of a character as people count them, from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        return line, offset - start if self._bytes is None else self._before(offset) - self._before(start)

    def _before(self, offset: int) -> int:
        """The bytes before a character."""
        assert self._bytes is not None
        block = offset // _BLOCK
        return self._bytes[block] + len(self.text[block * _BLOCK : offset].encode("utf-8", "replace"))
