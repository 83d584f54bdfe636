"""TOML with places: the library reads the values, and the headers and keys of the text say where they stand."""

from __future__ import annotations

import re

from bpcheck.configs.nodes import Node, mark
from bpcheck.configs.reading import Unreadable
from bpcheck.sources.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PART = r'(?:[A-Za-z0-9_-]+|"[^"]*"|\'[^\']*\')'
_HEADER = re.compile(rf"\s*\[\[?\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]\]?")
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=\s*")
Path = tuple[str, ...]


def read_toml(text: str, source: Source) -> Node | None:
    """The whole document; raises :class:`Unreadable` where the text is no TOML."""
    try:
        import tomllib
    except ImportError:  # before Python 3.11
        import tomli as tomllib  # type: ignore[no-redef, import-not-found, unused-ignore]

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = (int(found[1]), int(found[2])) if found else (1, 1)
        raise Unreadable(f"is no TOML: {str(error).partition(' (at')[0]}", line, column) from error
    return _Reader(source, _places(source.lines)).node(values, ())


def _places(lines: list[str]) -> dict[Path, tuple[int, int, int]]:
    """Line and columns (in bytes) of the keys in the text; of a table, those of its header."""
    found: dict[Path, tuple[int, int, int]] = {}
    table: Path = ()
    for number, line in enumerate(lines, 1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = _split(header[1])
            found.setdefault(table, _span(line, number, header.start(1), header.end(1)))
        elif key:
            found.setdefault((*table, *_split(key[1])), _span(line, number, key.start(1), len(line.rstrip())))
    return found


def _span(line: str, number: int, start: int, end: int) -> tuple[int, int, int]:
    return number, len(line[:start].encode()), len(line[:end].encode())


def _split(path: str) -> Path:
    return tuple(part.strip("\"'") for part in re.findall(_PART, path))


class _Reader:
    def __init__(self, source: Source, places: dict[Path, tuple[int, int, int]]) -> None:
        self.source = source
        self.places = places

    def node(self, value: Any, path: Path) -> Node:
        if isinstance(value, dict):
            made = self._new("mapping", path)
            for key, inner in value.items():
                made.items[key], made.keys[key] = self.node(inner, (*path, key)), self._new("scalar", (*path, key))
                made.keys[key].value = key
            return made
        if isinstance(value, list):
            made = self._new("sequence", path)
            made.elements = [self.node(each, path) for each in value]
            return made
        made = self._new("scalar", path)
        made.value = value
        return made

    def _new(self, kind: str, path: Path) -> Node:
        """A node where its key stands; without a place of its own, where the nearest table round it begins."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.places:
                line, start, stop = self.places[path[:end]]
                return Node(kind, self.source, mark(line, start, line, stop))
        return Node(kind, self.source, mark(1, 0, 1, 1))
