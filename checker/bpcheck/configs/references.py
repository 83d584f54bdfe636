"""``${...}`` in a tree: a reference to another part of it is replaced by that part, and resolvers are unknown."""

from __future__ import annotations

import re

from bpcheck.configs.merge import bounded
from bpcheck.configs.nodes import MOST_LEVELS, MOST_NODES, Node, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Path = tuple[object, ...]

#: References that lead one to the other.
_MOST_HOPS = 30
_LONGEST = 100_000
_MARK = re.compile(r"(\\*)\$\{|\}")
_KEYS = re.compile(r"[^.\[\]]+")
_PATH = re.compile(r"\.*[^.\[\]]+(?:\.[^.\[\]]+|\[[^.\[\]]+\])*")


def resolve(root: Node) -> Node:
    """``root`` with its references followed. ``???`` is unknown: it is to be set elsewhere."""
    return _Resolver(root).node(root, ())


class _Resolver:
    def __init__(self, root: Node) -> None:
        self.root = root
        self.done: dict[Path, Node] = {}
        self.active: set[Path] = set()
        self.total = 0
        self.hops = 0

    def node(self, node: Node, path: Path) -> Node:
        """What ``node``, which stands at ``path``, comes to."""
        found = self.done.get(path)
        if found is None:
            if path in self.active:
                return unknown(node, "it refers to itself")
            if len(self.active) > MOST_LEVELS or self.hops > _MOST_HOPS or self.total > MOST_NODES:
                return unknown(node, "it refers on and on")
            self.active.add(path)
            found = self.done[path] = self._made(node, path)
            self.active.discard(path)
            self.total += 1
        return found

    def _made(self, node: Node, path: Path) -> Node:
        if node.kind == "mapping":
            items = {key: self.node(value, (*path, key)) for key, value in node.items.items()}
            return bounded("mapping", node, items=items, keys=node.keys, why=node.why)
        if node.kind == "sequence":
            elements = [self.node(each, (*path, number)) for number, each in enumerate(node.elements)]
            return bounded("sequence", node, elements=elements)
        if not isinstance(node.value, str):
            return node
        if node.value == "???":
            return unknown(node, "it is to be set elsewhere")
        return self._text(node, path) if "${" in node.value else node

    def _text(self, node: Node, path: Path) -> Node:
        """A text with references: it is one, or they are part of it."""
        self.hops += 1
        try:
            parts, rest = _parts(node.value, 0, self, path)
            if rest < len(node.value):
                raise _UnknownError(f"`{node.value}` is not understood")
            if len(parts) == 1 and isinstance(parts[0], Node):
                return self._referred(parts[0], node)
            return Node("scalar", node.source, node.mark, value=_joined(parts))
        except _UnknownError as error:
            return unknown(node, str(error))
        finally:
            self.hops -= 1

    def _referred(self, target: Node, node: Node) -> Node:
        self.total += target.size
        return unknown(node, "it refers to too much") if self.total > MOST_NODES else target.moved(node)

    def found(self, reference: str, path: Path) -> Node:
        """What a reference at ``path`` means; raises :class:`_UnknownError` where that cannot be told."""
        name = reference.strip()
        if ":" in name or not _PATH.fullmatch(name):
            raise _UnknownError(f"`${{{reference}}}` is computed when the program runs")
        up = len(name) - len(name.lstrip("."))
        if up > len(path):
            raise _UnknownError(f"`${{{reference}}}` leads out of the file")
        steps = _KEYS.findall(name)
        target = self._at((*path[: len(path) - up], *steps) if up else tuple(steps))
        if target is None:
            raise _UnknownError(f"there is no `{name}`")
        return target

    def _at(self, steps: Path) -> Node | None:
        """The node at the end of ``steps``, resolved. What lies on the way is looked through, and resolved only where
        it is a reference itself: a part may refer to its neighbours."""
        node, path = self.root, ()
        for number, step in enumerate(steps):
            if node.kind == "scalar":
                found: Node | None = self.node(node, path)
                for later in steps[number:]:
                    found = found.step(str(later)) if found is not None and found.kind != "unknown" else found
                return found
            key = _key(node, step)
            inner = node.elements[key] if node.kind == "sequence" and isinstance(key, int) else node.get(key)
            if inner is None or inner.kind == "unknown":
                return inner
            node, path = inner, (*path, key)  # type: ignore[assignment]  # a longer tuple each time
        return self.node(node, path)


class _UnknownError(Exception):
    """What a reference means cannot be told; the text says why."""


def _key(node: Node, step: object) -> Any:
    """The key or index of ``node`` that a word in a reference (or a step on its way) means; None where there is none."""
    if step in node.items:
        return step
    number = int(step) if isinstance(step, str) and step.isdecimal() and len(step) < 10 else step
    if node.kind == "sequence":
        return number if isinstance(number, int) and number < len(node.elements) else None
    return number if number in node.items else step


def _parts(text: str, start: int, resolver: _Resolver, path: Path, depth: int = 0) -> tuple[list[Node | str], int]:
    """The pieces of ``text`` from ``start`` on, and where they end: at the end, or within a reference at its brace."""
    if depth > 10:
        raise _UnknownError("references in references")
    parts: list[Node | str] = []
    position = start
    while True:
        mark = _MARK.search(text, position)
        if mark is None:
            if depth:
                raise _UnknownError(f"`{text}` is not understood")
            parts.append(text[position:])
            position = len(text)
            break
        parts.append(text[position : mark.start()])
        if mark.group() == "}":
            if depth:
                position = mark.start()
                break
            parts.append("}")
            position = mark.end()
        elif len(mark[1]) % 2:  # the dollar is meant as it stands
            parts.append(mark.group().replace("\\\\", "\\").removeprefix("\\"))
            position = mark.end()
        else:
            parts.append(mark[1][: len(mark[1]) // 2])
            inner, position = _parts(text, mark.end(), resolver, path, depth + 1)
            parts.append(resolver.found(_joined(inner), path))
            position += 1
    return [part for part in parts if part != ""], position


def _joined(parts: list[Node | str]) -> str:
    text = "".join(map(_written, parts))
    if len(text) > _LONGEST:
        raise _UnknownError("a text that grows with every reference")
    return text


def _written(part: Node | str) -> str:
    if isinstance(part, str):
        return part
    if part.kind != "scalar":
        raise _UnknownError(part.why or "a reference to a whole section within a text")
    return str(part.value)
