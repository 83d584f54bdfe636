"""What a configuration file says, as a tree: every key and value knows its place."""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from bpcheck.sources.source import Source


class Node:
    """A mapping (``items`` by key, and ``keys`` for their places), a sequence (``elements``), a scalar (``value``), or
    something unknown (``why``).

    ``mark`` is a syntax node that carries the place in ``source``: lines from 1, columns in UTF-8 bytes from 0.
    """

    __slots__ = ("elements", "items", "keys", "kind", "mark", "source", "value", "why")

    def __init__(self, kind: str, source: Source, mark: ast.Constant) -> None:
        self.kind = kind
        self.source = source
        self.mark = mark
        self.value: Any = None
        self.why = ""
        self.items: dict[Any, Node] = {}
        self.keys: dict[Any, Node] = {}
        self.elements: list[Node] = []

    def __contains__(self, key: object) -> bool:
        return key in self.items

    def get(self, key: Any) -> Node | None:
        """The value of a key, or ``None``."""
        return self.items.get(key)

    def at(self, path: Iterable[Any]) -> Node | None:
        """The node that the keys (and numbers of elements) of ``path`` lead to, one after the other."""
        node: Node | None = self
        for key in path:
            if node is not None and node.kind == "sequence" and isinstance(key, int):
                node = node.elements[key] if -len(node.elements) <= key < len(node.elements) else None
            else:
                node = node.items.get(key) if node is not None else None
        return node

    def copy(self) -> Node:
        """The same node, with containers of its own."""
        made = Node(self.kind, self.source, self.mark)
        made.value, made.why = self.value, self.why
        made.items, made.keys, made.elements = dict(self.items), dict(self.keys), list(self.elements)
        return made


def unknown(like: Node, why: str) -> Node:
    """An unknown value where ``like`` stands."""
    made = Node("unknown", like.source, like.mark)
    made.why = why
    return made


def mark(line: int, column: int, end_line: int, end_column: int) -> ast.Constant:
    """A place. Lines count from 1, columns in bytes from 0."""
    return ast.Constant(
        value=None, lineno=line, col_offset=column, end_lineno=end_line, end_col_offset=max(end_column, column + 1)
    )
