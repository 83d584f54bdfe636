"""Edits on the cells of a notebook. The JSON stays as it is, byte for byte, but for the lines that change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]

from bpcheck.findings import Edit
from bpcheck.fixes.edits import CannotEditError, edit_text
from bpcheck.records import record

_SPACE = re.compile(r"[ \t\n\r]*")
_BOM = "\ufeff"

Span = tuple[int, int]


@record(slots=True)
class _Code:
    """The source of one cell: where it stands in the JSON, and each of its strings, with their places."""

    span: Span
    strings: list[tuple[str, Span]]
    is_list: bool


def edit_notebook(data: bytes, edits: Iterable[Edit]) -> bytes:
    """``data`` with ``edits`` made in the cells that they name; raises :class:`CannotEditError` where that fails."""
    try:
        text = data.decode("utf-8")
        cells = list(_cells(text))
    except (ValueError, IndexError, RecursionError):
        raise CannotEditError("the notebook cannot be read") from None
    by_cell: dict[int, list[Edit]] = {}
    for edit in edits:
        if edit.place.cell is None or not 0 <= edit.place.cell < len(cells):
            raise CannotEditError("its edits lie outside the notebook")
        by_cell.setdefault(edit.place.cell, []).append(edit)
    for index in sorted(by_cell, reverse=True):
        code = cells[index]
        if code is None:
            raise CannotEditError("its edits lie in a cell without source")
        changed = edit_text("".join(string for string, _ in code.strings), by_cell[index])
        start, end = code.span
        text = text[:start] + _written(text, code, changed) + text[end:]
    return text.encode("utf-8")


def _written(text: str, code: _Code, changed: str) -> str:
    """The JSON of a cell's new source. Lines that stay keep their spelling, and new ones the look of the others."""
    ascii_only = text.isascii()
    if not code.is_list:
        return json.dumps(changed, ensure_ascii=ascii_only)
    old = [string for string, _ in code.strings]
    by_lines = old == "".join(old).splitlines(keepends=True)
    new = changed.splitlines(keepends=True) if by_lines else _regrouped(old, changed)
    same = min(len(old), len(new))
    head = next((n for n in range(same) if old[n] != new[n]), same)
    tail = next((n for n in range(same - head) if old[-1 - n] != new[-1 - n]), same - head)
    spelled = [text[slice(*span)] for _, span in code.strings]
    middle = [json.dumps(line, ensure_ascii=ascii_only) for line in new[head : len(new) - tail]]
    items = [*spelled[:head], *middle, *spelled[len(spelled) - tail :]]
    if not code.strings:
        return "[" + ", ".join(items) + "]"
    if not items:
        return "[]"
    first, last = code.strings[0][1], code.strings[-1][1]
    opening, closing = text[code.span[0] : first[0]], text[last[1] : code.span[1]]
    gaps = [text[one[1] : other[0]] for (_, one), (_, other) in zip(code.strings, code.strings[1:], strict=False)]
    if len(new) != len(old):  # else whatever lies between them stays, however it looks
        gaps = [gaps[0] if gaps else "," + (opening[1:] or " ")] * (len(items) - 1)
    return opening + "".join(map("".join, zip(items, [*gaps, closing], strict=True)))


def _regrouped(old: list[str], changed: str) -> list[str]:
    """The lines of a source that was not stored line by line: what begins and ends alike stays in its strings."""
    head = 0
    while head < len(old) and changed.startswith("".join(old[: head + 1])):
        head += 1
    rest = changed[len("".join(old[:head])) :]
    tail = 0
    while tail < len(old) - head and rest.endswith("".join(old[len(old) - tail - 1 :])):
        tail += 1
    kept = old[len(old) - tail :] if tail else []
    middle = rest[: len(rest) - len("".join(kept))]
    return [*old[:head], *middle.splitlines(keepends=True), *kept]


def _cells(text: str) -> Iterator[_Code | None]:
    """The cells in the order in which they are counted, of format 4 or 3."""
    start = _skip(text, len(_BOM) if text.startswith(_BOM) else 0)
    top = dict(_members(text, start))
    sheets = _elements(text, top["worksheets"][0]) if "worksheets" in top else [(start, start)]
    for sheet_start, _ in sheets:
        members = dict(_members(text, sheet_start))
        for cell_start, _ in _elements(text, members["cells"][0]) if "cells" in members else ():
            yield _code(text, cell_start)


def _code(text: str, start: int) -> _Code | None:
    if text[start] != "{":
        return None
    members = dict(_members(text, start))
    span = members.get("source") or members.get("input")
    if span is None:
        return None
    if text[span[0]] == '"':
        return _Code(span, [(json.loads(text[slice(*span)]), span)], is_list=False)
    if text[span[0]] != "[":
        return None
    strings = [(json.loads(text[slice(*each)]), each) for each in _elements(text, span[0])]
    return _Code(span, strings, is_list=True) if all(isinstance(string, str) for string, _ in strings) else None


def _members(text: str, start: int) -> Iterator[tuple[str, Span]]:
    """The keys of the object at ``start``, with the places of their values."""
    position = _after_mark(text, start, "{")
    while text[position] != "}":
        key, position = scanstring(text, position + 1, True)
        position = _after_mark(text, _skip(text, position), ":")
        end = _end(text, position)
        yield key, (position, end)
        position = _skip(text, end)
        position = _after_mark(text, position, ",") if text[position] == "," else position


def _elements(text: str, start: int) -> Iterator[Span]:
    """The places of the elements of the array at ``start``."""
    position = _after_mark(text, start, "[")
    while text[position] != "]":
        end = _end(text, position)
        yield position, end
        position = _skip(text, end)
        position = _after_mark(text, position, ",") if text[position] == "," else position


def _end(text: str, start: int) -> int:
    return json.JSONDecoder().raw_decode(text, start)[1]


def _after_mark(text: str, position: int, mark: str) -> int:
    if text[position] != mark:
        raise ValueError(f"no {mark}")
    return _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
