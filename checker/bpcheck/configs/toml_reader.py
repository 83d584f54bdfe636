"""TOML with places: the library reads the values, and a walk over the text, now known to be valid, finds them."""

from __future__ import annotations

import re
import sys
from contextlib import suppress

from bpcheck.configs.nodes import MOST_LEVELS, MOST_NODES, Node
from bpcheck.configs.text import Text, Unreadable
from bpcheck.sources.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Path = tuple["str | int", ...]
Span = tuple[int, int]

STRING = r'"{3}(?:[^\\]|\\[\s\S])*?"{3,5}|\'{3}[\s\S]*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\''
_SPACE = re.compile(r"(?:\s+|#[^\n]*)*")
_STRINGS = re.compile(STRING)
_BARE = re.compile(r"\d{4}-\d\d-\d\d \d[\d:.]*(?:Z|z|[-+][\d:]+)?|[^\s,\]}#]+")
_PART = re.compile(rf"[ \t]*({STRING}|[A-Za-z0-9_-]+)[ \t]*")
_BRACKET = re.compile(r"[\[{]|[\]}]")
_LONG_KEY = re.compile(
    rf"(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*\.[ \t]*){{{MOST_LEVELS}}}"
)


def read_toml(text: Text, source: Source) -> Node | None:
    """The whole document, ``None`` where it is far too large; raises :class:`Unreadable` where the text is no TOML."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    _refuse_nesting(text)
    try:
        values = tomllib.loads(text.text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at line (\d+), column (\d+)\)| \(at end of document\)", str(error))
        end = text.person(len(text.text))
        place = (int(found[1]), int(found[2])) if found and found[1] else end if found else (1, 1)
        raise Unreadable(f"is no TOML: {str(error).partition(' (at')[0]}", place) from error
    except (RecursionError, ValueError) as error:  # such as a number of thousands of digits
        raise Unreadable(f"is no TOML: {error}") from error
    return _Builder(text, source, _Places(text.text)).built(values)


def _refuse_nesting(text: Text) -> None:
    """The library reads by recursion, and long keys take it long. Strings count too: they hardly have such words."""
    depth = 0
    key = _LONG_KEY.search(text.text)
    if key is not None:
        raise Unreadable("is nested too deeply for a configuration", text.person(key.start()))
    for bracket in _BRACKET.finditer(text.text):
        depth = depth + 1 if bracket.group() in "[{" else max(depth - 1, 0)
        if depth > MOST_LEVELS:
            raise Unreadable("is nested too deeply for a configuration", text.person(bracket.start()))


class _Places:
    """Where the keys and values of a document stand, by their path. A table stands at its header."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.keys: dict[Path, Span] = {}
        self.values: dict[Path, Span] = {}
        self._tables: dict[Path, int] = {}
        with suppress(IndexError):  # lost: what was found so far holds, the rest stands where its table does
            self._document()

    def _document(self) -> None:
        table: Path = ()
        position = self._skip(0)
        while position < len(self.text):
            if self.text[position] == "[":
                table, position = self._header(position)
            else:
                position = self._entry(position, table)
            position = self._skip(position)

    def _skip(self, position: int) -> int:
        found = _SPACE.match(self.text, position)
        return found.end() if found else position

    def _header(self, position: int) -> tuple[Path, int]:
        several = self.text.startswith("[[", position)
        path, end = self._key(position + 1 + several, ())
        if several:
            number = self._tables[path] = self._tables.get(path, -1) + 1
            path = (*path, number)
        start = position + 1 + several
        while self.text[start] in " \t":
            start += 1
        self.values[path] = start, start + len(self.text[start:end].rstrip())
        return path, end + 1 + several

    def _entry(self, position: int, table: Path) -> int:
        """A key and its value; where the value ends."""
        path, end = self._key(position, table)
        return self._value(self._skip(end + 1), path)

    def _key(self, position: int, path: Path) -> tuple[Path, int]:
        """The path that a dotted key means, and where the key ends."""
        while True:
            number = self._tables.get(path)
            if number is not None:  # of an array of tables, the last one is meant
                path = (*path, number)
            part = _PART.match(self.text, position)
            if part is None:
                raise IndexError
            path = (*path, _name(part[1]))
            if len(path) > 2 * MOST_LEVELS:
                raise IndexError
            self.keys.setdefault(path, part.span(1))
            if self.text[part.end()] != ".":
                return path, part.end()
            position = part.end() + 1

    def _value(self, position: int, path: Path) -> int:
        first = self.text[position]
        if first in "[{":
            end = self._array(position, path) if first == "[" else self._table(position, path)
        else:
            found = (_STRINGS if first in "\"'" else _BARE).match(self.text, position)
            if found is None:
                raise IndexError
            end = found.end()
        self.values[path] = position, end
        return end

    def _array(self, position: int, path: Path) -> int:
        number = 0
        position = self._skip(position + 1)
        while self.text[position] != "]":
            position = self._skip(self._value(position, (*path, number)))
            number += 1
            if self.text[position] == ",":
                position = self._skip(position + 1)
        return position + 1

    def _table(self, position: int, path: Path) -> int:
        position = self._skip(position + 1)
        while self.text[position] != "}":
            position = self._skip(self._entry(position, path))
            if self.text[position] == ",":
                position = self._skip(position + 1)
        return position + 1


def _name(part: str) -> str:
    if part[0] == '"' and "\\" in part:
        return _unescaped(part)
    return part[1:-1] if part[0] in "\"'" else part


def _unescaped(part: str) -> str:
    import ast

    try:
        return str(ast.literal_eval(part))  # the escapes of TOML are Python's
    except (SyntaxError, ValueError):
        return part


class _Builder:
    """Values and their places, put together."""

    def __init__(self, text: Text, source: Source, places: _Places) -> None:
        self.text = text
        self.source = source
        self.places = places
        self.total = 0

    def built(self, values: dict[str, Any]) -> Node | None:
        made = self._node(values, (), (0, 0))
        return made if self.total <= MOST_NODES else None

    def _node(self, value: Any, path: Path, outer: Span) -> Node:
        """The node of ``value``, standing where the walk found it, or else with what it is in: at ``outer``."""
        self.total += 1
        if len(path) > MOST_LEVELS:
            raise Unreadable("is nested too deeply for a configuration", self.text.person(outer[0]))
        span = self.places.values.get(path) or self.places.keys.get(path) or outer
        if isinstance(value, (dict, list)):
            mark = self.text.mark(*span)
            if self.total > MOST_NODES:
                return Node("unknown", self.source, mark, why="too large")
            if isinstance(value, list):
                elements = [self._node(each, (*path, number), span) for number, each in enumerate(value)]
                return Node("sequence", self.source, mark, elements=elements)
            items = {key: self._node(inner, (*path, key), span) for key, inner in value.items()}
            keys = {key: self._key(key, (*path, key), span) for key in value}
            return Node("mapping", self.source, mark, items=items, keys=keys)
        written = self.text.text[slice(*span)]
        if not _fits(written, value):
            span = self.places.keys.get(path, outer)
        mark = self.text.mark(*span)
        if not isinstance(value, (str, int, float)):  # a date or a time
            value = written if _fits(written, value) else str(value)
        return Node("scalar", self.source, mark, value=value)

    def _key(self, key: str, path: Path, outer: Span) -> Node:
        return Node("scalar", self.source, self.text.mark(*self.places.keys.get(path, outer)), value=key)


def _fits(written: str, value: object) -> bool:
    """Whether what stands at a place can be the value."""
    if isinstance(value, bool):
        return written == ("true" if value else "false")
    if isinstance(value, str):
        return written[:1] in ("'", '"')
    return written[:1].isdigit() or written[:1] in ("+", "-", "i", "n")
