"""Edits on the bytes of a file: spans of text become other text, and all else stays as it is, byte for byte."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from collections.abc import Iterable, Sequence

from bpcheck.findings import Edit, Place

_LINE_END = re.compile(r"\r\n|\r|\n")


class CannotEditError(Exception):
    """The edits cannot be made in this file; the text says why."""


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """``data`` with ``edits`` made. Encoding, byte order mark and line ends stay; new lines get the file's line ends.

    Raises :class:`CannotEditError` where the edits overlap, where the file is not in the encoding that it declares, or
    where that encoding has no character for what is to be written.
    """
    edits = list(edits)
    if any(edit.place.path.endswith(".ipynb") for edit in edits):
        from bpcheck.fixes.notebooks import edit_notebook

        return edit_notebook(data, edits)
    encoding = encoding_of(data) if all(edit.place.path.endswith(".py") for edit in edits) else _encoding_of_data(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise CannotEditError(f"the file is not valid {encoding}") from None
    try:
        return edit_text(text, edits).encode(encoding)
    except UnicodeEncodeError:
        raise CannotEditError(f"{encoding} has no character for what is to be written") from None


def edit_text(text: str, edits: Iterable[Edit]) -> str:
    """``text`` with ``edits`` made; raises :class:`CannotEditError` where they overlap or lie outside."""
    starts = _line_starts(text)
    newline = _newline(text)
    spans = sorted({(*_span(edit.place, starts, len(text)), edit.content) for edit in edits})
    parts: list[str] = []
    position = 0
    for start, end, content in spans:
        if start < position:
            raise CannotEditError("its edits overlap")
        parts += (text[position:start], _LINE_END.sub(lambda _: newline, content))
        position = end
    parts.append(text[position:])
    return "".join(parts)


def _encoding_of_data(data: bytes) -> str:
    """The same for a configuration: a comment in it says nothing of its encoding."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CannotEditError("the file is in UTF-16")
    return "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"


def encoding_of(data: bytes) -> str:
    """The encoding that Python would read ``data`` with."""
    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError:
        raise CannotEditError("the file's encoding is unknown") from None


def overlap(left: Sequence[Edit], right: Sequence[Edit]) -> bool:
    """Whether two fixes touch the same text. An edit that both make alike (an import, say) is made once and is fine."""
    return any(_collide(one, other) for one in left for other in right)


def _collide(one: Edit, other: Edit) -> bool:
    if (one.place.path, one.place.cell) != (other.place.path, other.place.cell) or one == other:
        return False
    start, end = _bounds(one.place)
    other_start, other_end = _bounds(other.place)
    if start == end and other_start == other_end:
        return start == other_start  # two insertions at one point: their order is not ours to choose
    return (start < other_end and other_start < end) or start == other_start


def _bounds(place: Place) -> tuple[tuple[int, int], tuple[int, int]]:
    return (place.line, place.column), (place.end_line, place.end_column)


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in _LINE_END.finditer(text))]


def _newline(text: str) -> str:
    first = _LINE_END.search(text)
    return first.group() if first else "\n"


def _span(place: Place, starts: Sequence[int], length: int) -> tuple[int, int]:
    start, end = _offset(place.line, place.column, starts), _offset(place.end_line, place.end_column, starts)
    if not 0 <= start <= end <= length:
        raise CannotEditError("its edits lie outside the file")
    return start, end


def _offset(line: int, column: int, starts: Sequence[int]) -> int:
    if not 1 <= line <= len(starts):
        raise CannotEditError("its edits lie outside the file")
    return starts[line - 1] + column - 1
