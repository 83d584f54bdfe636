"""One tree of all files that make up a configuration: Hydra's defaults lists, inheritance, and then interpolation."""

from __future__ import annotations

import re
from pathlib import Path

from bpcheck.configs.nodes import Node, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Read = Callable[[Path], Node | None]

#: Files that are composed into one configuration, and scalars that are looked up for each other.
MOST_FILES = 60
MOST_HOPS = 12
_BASES = ("_base_", "_BASE_", "__base__", "base", "base_config")
_PACKAGE = re.compile(r"^\s*#\s*@package\s+(\S+)", re.MULTILINE)
_ONE = re.compile(r"\$\{([^${}]*)\}")


def compose(root: Node, file: Path, read: Read) -> Node:
    """``root`` of ``file``, with the files that it names merged into it and references replaced by what they mean.

    ``read`` gives what another file holds, or ``None`` where it is no configuration.
    """
    whole = _Files(read, file.parent).composed(root, file, "")
    return _References(whole).resolved(whole, (), 0) if _refers(whole) else whole


def merge(base: Node, over: Node) -> Node:
    """``base`` with what ``over`` says: key by key, lists replaced; neither is changed."""
    if base.kind != "mapping" or over.kind != "mapping":
        return over
    deleted = over.get("_delete_")
    if deleted is not None and deleted.value:
        return over
    made = base.copy()
    for key, value in over.items.items():
        old = made.items.get(key)
        made.items[key] = merge(old, value) if old is not None else value
        made.keys[key] = over.keys[key]
    return made


class _Files:
    """The files of one composition; ``folder`` is that of the primary configuration, where groups are looked for."""

    def __init__(self, read: Read, folder: Path) -> None:
        self.read = read
        self.folder = folder
        self.seen: list[Path] = []
        self.overrides: dict[str, Any] = {}

    def composed(self, root: Node, file: Path, group: str) -> Node:
        own = self._inherited(root, file)
        defaults = own.get("defaults")
        if defaults is None or defaults.kind != "sequence":
            return own
        own = own.copy()
        del own.items["defaults"], own.keys["defaults"]
        chosen = [choice for each in defaults.elements for choice in _choices(each)]
        for choice in chosen:
            if choice.override:
                self.overrides[choice.group] = choice.option
        parts: list[Node] = []
        placed = False
        for choice in chosen:
            if choice.option == "_self_":
                parts.append(own)
                placed = True
            elif not choice.override:
                part = self._part(choice, group, own)
                if part is not None:
                    parts.append(part)
        result = parts[0] if parts else own
        for part in [*parts[1:], *([] if placed else [own])]:
            result = merge(result, part)
        return result

    def _inherited(self, root: Node, file: Path) -> Node:
        """``root`` over the files that it names as its bases."""
        for key in _BASES:
            named = root.get(key)
            names = [each.value for each in named.elements] if named is not None and named.kind == "sequence" else []
            names += [named.value] if named is not None and named.kind == "scalar" else []
            for name in reversed(names):
                base = self._root(Path(file.parent, name)) if _is_file_name(name) else None
                if base is not None:
                    root = merge(self._inherited(base, Path(file.parent, name)), root)
        return root

    def _part(self, choice: _Choice, group: str, like: Node) -> Node | None:
        """What an entry of a defaults list brings, under the key that it goes to."""
        inner = (
            choice.group.lstrip("/")
            if choice.group.startswith("/") or not group
            else f"{group}/{choice.group}".strip("/")
        )
        option = self.overrides.get(choice.group, self.overrides.get(f"/{inner}", choice.option))
        if not isinstance(option, str) or inner.startswith("hydra/"):
            return None
        name = option if option.endswith((".yaml", ".yml")) else f"{option}.yaml"
        file = Path(self.folder, inner, name)
        root = self._root(file)
        if root is None:
            return None
        folder = "/".join(part for part in (inner, *option.split("/")[:-1]) if part)
        package = choice.package or _package(root) or folder.replace("/", ".")
        made = self.composed(root, file, folder)
        for key in reversed([part for part in package.split(".") if part and part != "_global_"]):
            outer = Node("mapping", made.source, made.mark)
            outer.items[key], outer.keys[key] = made, made
            made = outer
        return made

    def _root(self, file: Path) -> Node | None:
        if len(self.seen) >= MOST_FILES or not file.is_file() or self.seen.count(file) > 2:
            return None
        self.seen.append(file)
        return self.read(file)


class _Choice:
    """One entry of a defaults list."""

    __slots__ = ("group", "option", "override", "package")

    def __init__(self, group: str, option: Any) -> None:
        words = group.split()
        self.override = "override" in words
        self.group, _, self.package = (words[-1] if words else "").partition("@")
        self.option = option


def _choices(entry: Node) -> list[_Choice]:
    if entry.kind == "scalar" and isinstance(entry.value, str):
        if entry.value == "_self_":
            return [_Choice("", "_self_")]
        name, _, package = entry.value.partition("@")
        folder, _, option = name.rpartition("/")
        return [_Choice(f"{folder}@{package}" if package else folder, option)]
    made: list[_Choice] = []
    for group, chosen in entry.items.items():
        options = [each.value for each in chosen.elements] if chosen.kind == "sequence" else [chosen.value]
        made += [_Choice(str(group), each) for each in options]
    return made


def _package(root: Node) -> str:
    """What a ``# @package`` comment at the head of a file says."""
    found = _PACKAGE.search(root.source.text[:500])
    return found[1].replace("_group_", "") if found else ""


def _is_file_name(name: object) -> bool:
    return isinstance(name, str) and name.endswith((".yaml", ".yml", ".json"))


def _refers(node: Node) -> bool:
    return any("${" in source or "???" in source for source in _texts(node))


def _texts(node: Node) -> set[str]:
    """The texts of the files in a tree."""
    found: dict[int, str] = {}
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            found[id(each.source)] = each.source.text
            waiting += [*each.items.values(), *each.elements]
    return set(found.values())


class _References:
    """Replaces ``${...}`` in a tree by what stands at the path; ``???`` and resolvers are unknown."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.nodes = 0

    def resolved(self, node: Node, path: tuple[Any, ...], hops: int) -> Node:
        self.nodes += 1
        if self.nodes > 50_000:
            return unknown(node, "too large")
        if node.kind == "mapping":
            made = node.copy()
            made.items = {key: self.resolved(value, (*path, key), hops) for key, value in node.items.items()}
            return made
        if node.kind == "sequence":
            made = node.copy()
            made.elements = [self.resolved(each, (*path, number), hops) for number, each in enumerate(node.elements)]
            return made
        if not isinstance(node.value, str):
            return node
        if node.value == "???":
            return unknown(node, "is to be set")
        return self._text(node, path, hops) if "${" in node.value else node

    def _text(self, node: Node, path: tuple[Any, ...], hops: int) -> Node:
        if hops > MOST_HOPS:
            return unknown(node, "refers to itself")
        whole = _ONE.fullmatch(node.value)
        if whole:
            found = self._found(whole[1], path)
            if found is None:
                return unknown(node, node.value)
            target = self.resolved(*found, hops + 1).copy()
            target.mark, target.source = node.mark, node.source
            return target
        text = node.value
        for reference in _ONE.findall(node.value):
            found = self._found(reference, path)
            meant = self.resolved(*found, hops + 1) if found is not None else None
            if meant is None or meant.kind != "scalar":
                return unknown(node, node.value)
            text = text.replace(f"${{{reference}}}", str(meant.value))
        if "${" in text:
            return unknown(node, node.value)
        made = node.copy()
        made.value = text
        return made

    def _found(self, reference: str, path: tuple[Any, ...]) -> tuple[Node, tuple[Any, ...]] | None:
        """The node that a reference means, and its path."""
        if ":" in reference:  # a resolver: ${oc.env:HOME}
            return None
        up = len(reference) - len(reference.lstrip("."))
        start = path[: len(path) - up] if up else ()
        if up > len(path):
            return None
        names = re.findall(r"[^.\[\]]+", reference.lstrip("."))
        steps = (*start, *(int(name) if name.isdigit() else name for name in names))
        found = self.root.at(steps) if steps else None
        return (found, steps) if found is not None else None
