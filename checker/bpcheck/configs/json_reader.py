"""JSON with places, read without recursion. Comments and commas before a closing bracket are let pass."""

from __future__ import annotations

import re
from json.decoder import scanstring  # type: ignore[attr-defined]  # the C function that `json` itself uses

from bpcheck.configs.nodes import MOST_LEVELS, MOST_NODES, Node
from bpcheck.configs.text import Text, Unreadable
from bpcheck.sources.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TOKEN = re.compile(
    r"""(?P<space>(?:[ \t\r\n]+|//[^\r\n]*|/\*[\s\S]*?\*/)+)
      | (?P<string>"[^"\\]*(?:\\[\s\S][^"\\]*)*")
      | (?P<float>-?\d+(?:\.\d+(?:[eE][-+]?\d+)?|[eE][-+]?\d+))
      | (?P<int>-?\d+)
      | (?P<word>true|false|null|NaN|-?Infinity)
      | (?P<mark>[{}\[\]:,])""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None, "NaN": float("nan"), "Infinity": float("inf"),
          "-Infinity": float("-inf")}  # fmt: skip
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LONGEST_NUMBER = 400


def read_json(text: Text, source: Source) -> Node | None:
    """The object at the top, ``None`` where there is none or it is too large for settings; raises :class:`Unreadable`
    where the text is no JSON."""
    return None if text.text.lstrip().startswith("[") else _Reader(text, source).read()


class _Begun:
    """An object or array whose end is still to come."""

    __slots__ = ("elements", "is_object", "items", "key", "keys", "start", "state")

    def __init__(self, start: int, is_object: bool) -> None:
        self.start = start
        self.is_object = is_object
        self.items: dict[Any, Node] = {}
        self.keys: dict[Any, Node] = {}
        self.elements: list[Node] = []
        self.key: Node | None = None
        self.state = "key" if is_object else "value"  # what may come next: key, colon, value, comma


class _Reader:
    def __init__(self, text: Text, source: Source) -> None:
        self.text = text
        self.source = source
        self.stack: list[_Begun] = []

    def read(self) -> Node | None:
        raw = self.text.text
        position, total = 0, 0
        root: Node | None = None
        while position < len(raw):
            token = _TOKEN.match(raw, position)
            if token is None:
                raise self._failure(position)
            kind, position = token.lastgroup, token.end()
            if kind == "space":
                continue
            if root is not None:
                raise self._failure(token.start())
            total += kind != "mark"
            if total > 2 * MOST_NODES:  # keys and values
                return None
            root = self._mark(token) if kind == "mark" else self._put(self._scalar(token), token.start())
        if root is None:
            raise self._failure(len(raw))
        return root

    def _failure(self, offset: int) -> Unreadable:
        found = self.text.text[offset : offset + 12].split("\n")[0]
        message = f"{found!r} cannot stand here" if found else "it ends too early"
        return Unreadable(f"is no JSON: {message}", self.text.person(offset))

    def _mark(self, token: re.Match[str]) -> Node | None:
        """Take a bracket, colon or comma; the root, where it is complete."""
        mark, at = token.group(), token.start()
        outer = self.stack[-1] if self.stack else None
        if mark in "{[":
            if outer is not None and outer.state != "value":
                raise self._failure(at)
            if len(self.stack) >= MOST_LEVELS:
                raise Unreadable("is nested too deeply for a configuration", self.text.person(at))
            self.stack.append(_Begun(at, mark == "{"))
            return None
        if outer is None:
            raise self._failure(at)
        if mark == ":" and outer.state == "colon":
            outer.state = "value"
        elif mark == "," and outer.state == "comma":
            outer.state = "key" if outer.is_object else "value"
        elif mark == "}" and outer.is_object and outer.state in ("key", "comma"):
            self.stack.pop()
            span = self.text.mark(outer.start, token.end())
            return self._put(Node("mapping", self.source, span, items=outer.items, keys=outer.keys), outer.start)
        elif mark == "]" and not outer.is_object:
            self.stack.pop()
            span = self.text.mark(outer.start, token.end())
            return self._put(Node("sequence", self.source, span, elements=outer.elements), outer.start)
        else:
            raise self._failure(at)
        return None

    def _put(self, node: Node, start: int) -> Node | None:
        """Hand a value (or a key) to what it is in; give it back where it is the whole."""
        if not self.stack:
            return node
        outer = self.stack[-1]
        if outer.state == "key" and isinstance(node.value, str):
            outer.key, outer.state = node, "colon"
        elif outer.state == "value":
            outer.state = "comma"
            if outer.key is None:
                outer.elements.append(node)
            else:
                outer.items[outer.key.value], outer.keys[outer.key.value] = node, outer.key
        else:
            raise self._failure(start)
        return None

    def _scalar(self, token: re.Match[str]) -> Node:
        raw, kind = token.group(), token.lastgroup
        mark = self.text.mark(token.start(), token.end())
        if kind == "string":
            return Node("scalar", self.source, mark, value=self._string(token))
        if kind == "word":
            return Node("scalar", self.source, mark, value=_WORDS[raw])
        if len(raw) > _LONGEST_NUMBER:
            return Node("unknown", self.source, mark, why="a number with too many digits")
        return Node("scalar", self.source, mark, value=int(raw) if kind == "int" else float(raw))

    def _string(self, token: re.Match[str]) -> str:
        raw = token.group()
        if "\\" not in raw:
            return raw[1:-1]
        try:
            value: str = scanstring(self.text.text, token.start() + 1, False)[0]
        except ValueError as error:
            place = self.text.person(token.start() + 1)
            raise Unreadable(f"is no JSON: {getattr(error, 'msg', error)}", place) from error
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
