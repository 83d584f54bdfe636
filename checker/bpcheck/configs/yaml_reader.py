"""YAML as it is read by those who train: 1.1, but for numbers like ``1e-3``, which OmegaConf and people take for floats."""

from __future__ import annotations

import re

from bpcheck.configs.nodes import Node, mark, unknown
from bpcheck.configs.reading import Unreadable
from bpcheck.sources.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FLOAT = re.compile(r"[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_PLAIN = "tag:yaml.org,2002:"
#: Aliases make trees out of little text; what has more nodes is no configuration.
MOST_NODES = 50_000


def read_yaml(text: str, source: Source) -> Node | None:
    """The first document that is a mapping; raises :class:`Unreadable` where the text is no YAML."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for document in yaml.compose_all(text, Loader=loader):
            if isinstance(document, yaml.MappingNode):
                return _Reader(source).node(document)
    except yaml.MarkedYAMLError as error:
        place = error.problem_mark or error.context_mark
        line, column = (place.line + 1, place.column + 1) if place is not None else (1, 1)
        raise Unreadable(f"is no YAML: {error.problem or error.context}", line, column) from error
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(f"is no YAML: {error}") from error
    return None


class _Reader:
    """One document: nodes of the library to ours. An alias is the node that it stands for."""

    def __init__(self, source: Source) -> None:
        import yaml

        self.source = source
        self.done: dict[int, Node] = {}
        self.open: set[int] = set()
        self.scalars: Any = yaml.constructor.SafeConstructor()

    def node(self, raw: Any) -> Node:
        if id(raw) in self.done:
            return self.done[id(raw)]
        if id(raw) in self.open or len(self.done) > MOST_NODES:
            return unknown(self._new("unknown", raw), "an alias of what it is in")
        self.open.add(id(raw))
        made = self._made(raw)
        self.open.discard(id(raw))
        self.done[id(raw)] = made
        return made

    def _made(self, raw: Any) -> Node:
        tag = raw.tag if raw.tag.startswith(_PLAIN) else ""
        if not tag or "python/" in tag:
            return unknown(self._new("unknown", raw), f"the tag {raw.tag}")
        if raw.id == "mapping":
            return self._mapping(raw)
        if raw.id == "sequence":
            made = self._new("sequence", raw)
            made.elements = [self.node(each) for each in raw.value]
            return made
        made = self._new("scalar", raw)
        made.value = self._scalar(raw, tag[len(_PLAIN) :])
        return made

    def _mapping(self, raw: Any) -> Node:
        made = self._new("mapping", raw)
        merged: list[Node] = []
        for key, value in raw.value:
            if key.tag == f"{_PLAIN}merge":
                inner = self.node(value)
                merged += inner.elements if inner.kind == "sequence" else [inner]
                continue
            name = self.node(key)
            if name.kind == "scalar":
                made.items[name.value], made.keys[name.value] = self.node(value), name
        for other in merged:
            for word, inner in other.items.items():
                if word not in made.items:
                    made.items[word], made.keys[word] = inner, other.keys[word]
        return made

    def _scalar(self, raw: Any, tag: str) -> Any:
        if tag == "str":
            if raw.style is None and _FLOAT.fullmatch(raw.value):
                return float(raw.value.replace("_", ""))
            return raw.value
        if tag == "value":
            return raw.value
        try:
            return self.scalars.construct_object(raw)
        except Exception:  # a date that is none, a number with too many digits
            return raw.value

    def _new(self, kind: str, raw: Any) -> Node:
        """A node in its place. Block collections reach down to the next key: their first line stands for them."""
        start, end = raw.start_mark, raw.end_mark
        if end.line != start.line:
            width = len(self._line(start.line))
            return Node(kind, self.source, mark(start.line + 1, self._bytes(start), start.line + 1, width))
        return Node(kind, self.source, mark(start.line + 1, self._bytes(start), end.line + 1, self._bytes(end)))

    def _bytes(self, place: Any) -> int:
        line = self._line(place.line)
        return place.column if line.isascii() else len(line[: place.column].encode())

    def _line(self, number: int) -> str:
        lines = self.source.lines
        return lines[number] if number < len(lines) else ""
