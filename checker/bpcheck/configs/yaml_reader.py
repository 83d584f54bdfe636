"""YAML as it is read by those who train: 1.1, but for numbers like ``1e-3``, which OmegaConf and people take for floats.

Built from the parser's events and not by its composer, which follows nesting into a stack overflow. Nothing is ever
constructed: a tag that is not one of plain data makes a value unknown.
"""

from __future__ import annotations

import re

from bpcheck.configs.nodes import MOST_LEVELS, MOST_NODES, Node
from bpcheck.configs.text import Text, Unreadable
from bpcheck.sources.source import Source

_TOO_DEEP = "is nested too deeply for a configuration"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_YAML = "tag:yaml.org,2002:"
_COLLECTIONS = frozenset(_YAML + name for name in ("map", "seq", "python/tuple", "python/list", "python/dict"))
_WORDS = {"": None, "~": None, "null": None, "true": True, "yes": True, "on": True, "false": False, "no": False,
          "off": False}  # fmt: skip
_WORDS = {form: value for word, value in _WORDS.items() for form in (word, word.capitalize(), word.upper())}
_INT = re.compile(r"[-+]?(?:0b[01_]+|0x[\da-fA-F_]+|0[0-7_]*|[1-9][\d_]*(?::[0-5]?\d)*)")
_FLOAT = re.compile(
    r"[-+]?(?:\d[\d_]*(?:\.[\d_]*(?:[eE][-+]?\d+)?|[eE][-+]?\d+)|\.\d[\d_]*(?:[eE][-+]?\d+)?|\.(?:inf|Inf|INF))"
    r"|\.(?:nan|NaN|NAN)"
)
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)+")
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST_NUMBER = 400


def read_yaml(text: Text, source: Source) -> Node | None:
    """The first document that is a mapping; raises :class:`Unreadable` where what stands before its end is no YAML."""
    reader = _Reader(text, source)
    for event in events(text):
        root = reader.take(event)
        if root is not None and root.kind == "mapping":
            return root
        if reader.total > MOST_NODES:
            return None
    return None


def events(text: Text) -> Iterator[Any]:
    """What the parser of the library sees, up to the end or to what it cannot read."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text.text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = text.person(mark.index) if mark is not None else (1, 1)
        if "nesting" in str(error.problem):  # from PyYAML 6.0.4 on the parser has a limit of its own, and looks ahead
            raise Unreadable(_TOO_DEEP, place) from error
        raise Unreadable(f"is no YAML: {error.problem or error.context}", place) from error
    except (yaml.YAMLError, ValueError) as error:
        wrong = _FORBIDDEN.search(text.text)
        reason = f"the character {wrong.group()!r} is not allowed" if wrong else str(error)
        raise Unreadable(f"is no YAML: {reason}", text.person(wrong.start()) if wrong else (1, 1)) from error


class _Begun:
    """A collection whose end is still to come. ``key`` is the key whose value comes next."""

    __slots__ = ("anchor", "end", "event", "inner", "key", "merged", "start", "why")

    def __init__(self, event: Any) -> None:
        self.event = event
        self.anchor = event.anchor
        self.inner: list[Any] = []  # elements, or pairs of key and value
        self.key: Node | None = None
        self.merged: list[Node] = []
        self.start: int | None = None
        self.end = event.end_mark.index
        self.why = ""


class _Reader:
    """Events to nodes, with an own stack: nesting costs no recursion."""

    def __init__(self, text: Text, source: Source) -> None:
        self.text = text
        self.source = source
        self.total = 0
        self.shared = 0
        self.stack: list[_Begun] = []
        self.anchors: dict[str, Node | None] = {}

    def take(self, event: Any) -> Node | None:
        """Go on by one event; the root, where it ends a document."""
        kind = type(event).__name__
        if kind == "ScalarEvent":
            start, end = self._span(event)
            return self._put(self._scalar(event, start, end), start, end, event.anchor)
        if kind == "AliasEvent":
            return self._put(self._alias(event), event.start_mark.index, event.end_mark.index, None)
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            if len(self.stack) >= MOST_LEVELS:
                place = self.text.person(event.start_mark.index)
                raise Unreadable(_TOO_DEEP, place)
            if event.anchor:
                self.anchors[event.anchor] = None  # until it ends
            self.stack.append(_Begun(event))
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            begun = self.stack.pop()
            flow = event.end_mark.index > event.start_mark.index
            end = event.end_mark.index if flow else begun.end
            start = begun.event.start_mark.index
            if not flow and begun.start is not None and (begun.anchor or begun.event.tag):
                start = begun.start  # these stand on the line of the key above
            make = self._mapping if kind == "MappingEndEvent" else self._sequence
            return self._put(make(begun, start, end), start, end, begun.anchor)
        elif kind == "DocumentStartEvent":
            self.anchors = {}
        return None

    def _put(self, node: Node, start: int, end: int, anchor: str | None) -> Node | None:
        """Hand a finished node to the collection that it is in; give it back where there is none."""
        self.total += 1
        outer = self.stack[-1] if self.stack else None
        is_key = outer is not None and type(outer.event).__name__ == "MappingStartEvent" and outer.key is None
        if node.kind == "merge" and not is_key:
            node = Node("scalar", self.source, node.mark, value="<<")
        if anchor:
            self.anchors[anchor] = node
        if outer is None:
            return node
        outer.start = start if outer.start is None else outer.start
        outer.end = end
        if type(outer.event).__name__ == "SequenceStartEvent":
            outer.inner.append(node)
        elif is_key:
            outer.key = node
        else:
            assert outer.key is not None
            key, outer.key = outer.key, None
            self._pair(outer, key, node)
        return None

    def _pair(self, outer: _Begun, key: Node, value: Node) -> None:
        if key.kind == "merge":
            merged = value.elements[::-1] if value.kind == "sequence" else [value]
            self.shared += sum(node.size for node in merged)
            if self.shared <= MOST_NODES:
                outer.merged += merged
            if not all(node.kind == "mapping" for node in merged) or self.shared > MOST_NODES:
                outer.why = "what is merged into it is not known"
        elif key.kind == "scalar":
            outer.inner.append((key, value))
        else:
            outer.why = "it has a key that is not known"

    def _mapping(self, begun: _Begun, start: int, end: int) -> Node:
        items: dict[Any, Node] = {}
        keys: dict[Any, Node] = {}
        for merged in begun.merged:  # what is merged last wins over the others, and an own key over all
            items.update(merged.items)
            keys.update(merged.keys)
            begun.why = begun.why or merged.why
        for key, value in begun.inner:
            items[key.value], keys[key.value] = value, key
        mark = self.text.mark(start, end)
        if begun.event.tag and begun.event.tag not in _COLLECTIONS:
            return Node("unknown", self.source, mark, why=f"the tag {begun.event.tag}")
        return Node("mapping", self.source, mark, items=items, keys=keys, why=begun.why)

    def _sequence(self, begun: _Begun, start: int, end: int) -> Node:
        mark = self.text.mark(start, end)
        if begun.event.tag and begun.event.tag not in _COLLECTIONS:
            return Node("unknown", self.source, mark, why=f"the tag {begun.event.tag}")
        return Node("sequence", self.source, mark, elements=begun.inner)

    def _alias(self, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor not in self.anchors:
            place = self.text.person(start)
            raise Unreadable(f"is no YAML: there is no anchor {event.anchor!r}", place)
        found = self.anchors[event.anchor]
        if found is not None and self.shared + found.size <= MOST_NODES:
            self.shared += found.size
            return found
        why = "an alias of what it is in" if found is None else "aliases of aliases make it too large"
        return Node("unknown", self.source, self.text.mark(start, end), why=why)

    def _span(self, event: Any) -> tuple[int, int]:
        """Where the text of a scalar begins and ends, without its anchor and tag."""
        start: int = event.start_mark.index
        end: int = event.end_mark.index
        if event.anchor or event.tag:
            found = _PROPERTIES.match(self.text.text, start, end)
            start = found.end() if found else start
        if event.style in ("|", ">"):  # with the line end and all empty lines after it
            end = start + len(self.text.text[start:end].rstrip())
        return start, end

    def _scalar(self, event: Any, start: int, end: int) -> Node:
        text, tag = event.value, event.tag
        mark = self.text.mark(start, end)
        plain = not event.style
        if plain and not tag and text == "<<":
            return Node("merge", self.source, mark)
        why = ""
        if tag and tag != "!":
            text, why = _tagged(text, tag)
        elif plain and not tag:
            text, why = plain_value(text)
        return Node("unknown" if why else "scalar", self.source, mark, value=text, why=why)


def plain_value(text: str) -> tuple[Any, str]:
    """What a word without quotes means, and why it is not known where it is not."""
    if text in _WORDS:
        return _WORDS[text], ""
    if text[0] not in "+-.0123456789":
        return text, ""
    is_int = _INT.fullmatch(text) is not None
    if is_int or _FLOAT.fullmatch(text):
        if len(text) > _LONGEST_NUMBER:
            return None, "a number with too many digits"
        try:
            return (_int(text) if is_int else _float(text)), ""
        except ValueError:  # such as 0x_
            return text, ""
    return text, ""


def _tagged(text: str, tag: str) -> tuple[Any, str]:
    kind = tag.removeprefix(_YAML)
    value, why = plain_value(text)
    if kind in ("str", "timestamp"):
        return text, ""
    if kind == "float" and type(value) is int:
        return float(value), ""
    fits = {"int": int, "float": float, "bool": bool, "null": type(None)}.get(kind)
    return (value, why) if type(value) is fits else (None, f"the tag {tag}")


def _int(text: str) -> int:
    sign = -1 if text[0] == "-" else 1
    digits = text.lstrip("+-").replace("_", "")
    if ":" in digits:
        total = 0
        for part in digits.split(":"):
            total = total * 60 + int(part)
        return sign * total
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def _float(text: str) -> float:
    number = text.replace("_", "").lower()
    return float(number.replace(".inf", "inf").replace(".nan", "nan"))
