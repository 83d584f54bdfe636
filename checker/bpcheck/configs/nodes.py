"""What a configuration file says, as a tree: every key and value knows its place."""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from bpcheck.sources.source import Source

MOST_NODES = 20_000
"""Nodes of one file: what has more is data. As many may appear again, by aliases; so walking a tree takes no time."""
MOST_LEVELS = 100
"""How deep a tree is at most: deeper than any settings, and safe to walk by recursion."""


class Node:
    """A mapping (``items`` by key, and ``keys`` for their places), a sequence (``elements``), a scalar (``value``), or
    something unknown (``why``).

    ``value`` is str, int, float, bool or None; a date is the text that it was written as. On a mapping ``why`` says why
    there may be keys that are not seen; it is empty where there are none. ``mark`` is a syntax node that carries the
    place in the text of ``source``: lines from 1, columns in UTF-8 bytes from 0.

    A tree is not changed once it is made: nodes are shared, within one file (aliases) and between trees. There are no
    cycles.
    """

    __slots__ = ("elements", "items", "keys", "kind", "levels", "mark", "size", "source", "value", "why")

    def __init__(
        self, kind: str, source: Source, mark: ast.Constant, *, value: Any = None, items: dict[Any, Node] | None = None,
        keys: dict[Any, Node] | None = None, elements: list[Node] | None = None, why: str = "",
    ) -> None:  # fmt: skip
        self.kind = kind
        self.source = source
        self.mark = mark
        self.value = value
        self.why = why
        self.items: dict[Any, Node] = {} if items is None else items
        self.keys: dict[Any, Node] = {} if keys is None else keys
        self.elements: list[Node] = [] if elements is None else elements
        self.size = self.levels = 1
        inner = self.elements or self.items.values()
        if inner:
            self.size += sum([node.size for node in inner])
            self.levels += max([node.levels for node in inner])

    def __repr__(self) -> str:
        shown = {"mapping": list(self.items), "sequence": self.elements, "scalar": self.value}.get(self.kind, self.why)
        return f"Node({self.kind}, {shown!r})"

    def __contains__(self, key: object) -> bool:
        return key in self.items

    def get(self, key: Any) -> Node | None:
        """The value of a key. ``None`` where the key is known to be absent, unknown where it may be there."""
        found = self.items.get(key)
        return unknown(self, self.why) if found is None and self.why else found

    def at(self, path: str) -> Node | None:
        """The node at a path such as ``trainer.callbacks.0``; ``None`` and unknown as for :meth:`get`."""
        node: Node | None = self
        for key in path.split("."):
            if node is None or node.kind == "unknown":
                break
            node = node.step(key)
        return node

    def step(self, key: str) -> Node | None:
        """One step of :meth:`at`: numbers are elements of sequences, and keys that happen to be numbers."""
        number = int(key) if key.isascii() and key.isdigit() and len(key) < 10 else None
        if self.kind == "sequence":
            return self.elements[number] if number is not None and number < len(self.elements) else None
        return self.get(number if key not in self.items and number in self.items else key)

    def moved(self, to: Node) -> Node:
        """The same value, standing where ``to`` stands."""
        made = Node(self.kind, to.source, to.mark, value=self.value, why=self.why)
        made.items, made.keys, made.elements = self.items, self.keys, self.elements
        made.size, made.levels = self.size, self.levels
        return made


def unknown(like: Node, why: str) -> Node:
    """An unknown value where ``like`` stands."""
    return Node("unknown", like.source, like.mark, why=why)
