"""Configuration files in the tests: read from text, and shown as what they mean and where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bpcheck.configs.compose import compose
from bpcheck.configs.nodes import Node
from bpcheck.sources import Source, read_source


def read(text: str | bytes, name: str = "train.yaml") -> Source:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return read_source(Path(name), name, data)


def tree(text: str | bytes, name: str = "train.yaml") -> Node:
    source = read(text, name)
    assert source.config is not None, source.diagnostics
    return source.config


def plain(node: Node | None) -> Any:
    """What a node means, as plain data; ``...`` is unknown, as a value and as a key."""
    if node is None or node.kind == "unknown":
        return ... if node is not None else None
    if node.kind == "mapping":
        known = {key: plain(value) for key, value in node.items.items()}
        return {**known, ...: ...} if node.why else known
    return [plain(each) for each in node.elements] if node.kind == "sequence" else node.value


def text_at(node: Node) -> str:
    """What stands in the file where the node's mark is."""
    place = node.source.place(node.mark)
    lines = node.source.lines[place.line - 1 : place.end_line]
    lines[-1] = lines[-1][: place.end_column - 1]
    lines[0] = lines[0][place.column - 1 :]
    return "\n".join(lines)


def nodes(node: Node) -> Iterator[Node]:
    """All nodes of a tree, those of keys too."""
    yield node
    for key, _ in node.items.items():
        yield node.keys[key]
        yield from nodes(node.items[key])
    for each in node.elements:
        yield from nodes(each)


def composed_node(folder: Path, files: dict[str, str], name: str = "") -> Node:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    file = folder / (name or next(iter(files)))
    root = read_source(file).config
    assert root is not None
    return compose(root, file, lambda other: read_source(other).config)
