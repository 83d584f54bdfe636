"""Hydra's defaults lists: a configuration is composed of one file from each of several folders, its groups.

Follows Hydra from 1.1 on: without ``_self_`` in its list, what a file says itself comes last.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from bpcheck.configs.merge import bounded, merge, without
from bpcheck.configs.nodes import MOST_LEVELS, Node, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[[Path], Node | None]
    Inherit = Callable[[Node, Path, tuple[Path, ...]], Node]

_SELF = "_self_"
_GLOBAL = "_global_"
_PACKAGE = re.compile(r"^[ \t]*#[ \t]*@package[ \t]+(\S+)", re.MULTILINE)
_CHOICE = re.compile(r"\$\{\s*([^${}]*?)\s*\}")
#: Files that include each other, one in the other.
_MOST_NESTED = 20
#: Files that are put together; the same may be among them several times.
_MOST_PARTS = 300
#: Folders above a configuration that is itself in a group, up to the one that holds all groups.
_MOST_FOLDERS = 4


class _Entry:
    """An entry of a defaults list. ``options`` are names of files, None for "nothing by default"."""

    __slots__ = ("absolute", "group", "is_group", "node", "optional", "options", "override", "package")

    def __init__(self, words: str, options: list[str | None], node: Node, *, is_group: bool) -> None:
        *flags, name = words.split() or [""]
        name, _, package = name.partition("@")
        self.override = "override" in flags
        self.optional = "optional" in flags
        self.package = ("" if package == "_here_" else package) if package else None
        self.absolute = name.startswith("/")
        name = name.lstrip("/")
        self.is_group = is_group
        if is_group:
            self.group, self.options = name, options
        else:
            self.group, _, option = name.rpartition("/")
            self.options = [option]
        self.node = node

    @property
    def is_self(self) -> bool:
        return not self.is_group and self.options == [_SELF]

    def folder(self, inside: str) -> str:
        """The group's folder, for an entry of a file in the folder ``inside``."""
        return self.group if self.absolute or not inside else f"{inside}/{self.group}".rstrip("/")


def defaults_of(root: Node) -> list[_Entry] | None:
    """The defaults list of a configuration; ``None`` where it has none."""
    listed = root.items.get("defaults")
    if listed is None or listed.kind != "sequence":
        return None
    entries = [_entry(each) for each in listed.elements]
    return None if None in entries else [entry for entry in entries if entry is not None]


def _entry(node: Node) -> _Entry | None:
    if node.kind == "scalar" and isinstance(node.value, str):
        return _Entry(node.value, [], node, is_group=False)
    if node.kind != "mapping" or len(node.items) != 1:
        return None
    [(group, chosen)] = node.items.items()
    options = chosen.elements if chosen.kind == "sequence" else [chosen]
    if not isinstance(group, str) or any(each.kind != "scalar" for each in options):
        return None
    names = [None if each.value is None else str(each.value) for each in options]
    return _Entry(group, names, node, is_group=True)


class Composition:
    """One configuration that is put together. ``top`` is the folder that holds the groups."""

    def __init__(self, read: Read, inherit: Inherit, file: Path) -> None:
        self.read = read
        self.inherit = inherit
        self.top = Path(os.path.normpath(file.parent))
        self.parts = 0
        self.overrides: dict[tuple[str, str | None], _Entry] = {}
        self.chosen: dict[str, str | None] = {}

    def composed(self, root: Node, file: Path) -> Node:
        """``root`` of ``file`` with all that its defaults list brings."""
        entries = defaults_of(root) or []
        inside = self._find_top(entries)
        for_others = [entry for entry in entries if entry.override and entry.folder(inside).split("/")[0] != "hydra"]
        parts: list[tuple[str, Node]] = []
        known = -1
        while known < len(self.overrides):  # again, where a file overrides what was chosen before it was read
            known = len(self.overrides)
            self.chosen, self.parts = {}, 0
            parts = self._expanded(root, inside, "", (Path(os.path.normpath(file)),))
        groups = {(entry.folder(inside), entry.package) for entry in entries if not entry.override}
        unmet = [entry for entry in for_others if (entry.folder(inside), entry.package) not in groups]
        whole = Node("mapping", root.source, root.mark)
        for package, part in [*self._unmet(unmet, inside), *parts]:
            whole = merge(whole, _at(package, part))
        if whole.kind != "mapping":
            return whole
        whole = without(whole, "hydra")
        why = "it is put over another configuration" if unmet else whole.why
        return Node("mapping", root.source, root.mark, items=whole.items, keys=whole.keys, why=why)

    def _unmet(self, entries: list[_Entry], inside: str) -> list[tuple[str, Node]]:
        """What a file chooses instead of the choices of a file that it is put over, and that is not seen."""
        made: list[tuple[str, Node]] = []
        for entry in entries:
            if not any(group == entry.folder(inside) for group in self.chosen):
                made += self._brought(entry, entry.options, inside, "", ())
        return made

    def _find_top(self, entries: list[_Entry]) -> str:
        """Find the folder of all groups, for a configuration that may be in a group; the path of its own folder below."""
        absolute = [entry.group.split("/")[0] for entry in entries if entry.absolute and entry.group]
        names = [name for name in absolute if name != "hydra"]
        below: list[str] = []
        folder = self.top
        for _ in range(_MOST_FOLDERS if names else 0):
            if all((folder / name).is_dir() for name in names):
                self.top = folder
                return "/".join(below)
            below.insert(0, folder.name)
            folder = folder.parent
        return ""

    def _expanded(self, root: Node, inside: str, package: str, above: tuple[Path, ...]) -> list[tuple[str, Node]]:
        """The parts of a configuration with their packages, in the order in which they are merged."""
        entries = defaults_of(root)
        if entries is None:
            return [(package, root)]
        own = without(root, "defaults")
        for entry in entries:
            if entry.override:  # of several, the outermost has its way
                self.overrides.setdefault((entry.folder(inside), entry.package), entry)
        plain = [entry for entry in entries if not entry.override]
        for entry in plain:
            options = self._options(entry, inside)
            if entry.is_group and len(options) == 1:
                self.chosen.setdefault(entry.folder(inside), options[0])
        parts = [] if any(entry.is_self for entry in plain) else [[(package, own)]]
        for entry in reversed(plain):  # a later one may override the choices of those before it
            if entry.is_self:
                parts.append([(package, own)])
            else:
                parts.append(self._brought(entry, self._options(entry, inside), inside, package, above))
        return [part for each in reversed(parts) for part in each]

    def _options(self, entry: _Entry, inside: str) -> list[str | None]:
        override = self.overrides.get((entry.folder(inside), entry.package)) if entry.is_group else None
        return entry.options if override is None else override.options

    def _brought(
        self, entry: _Entry, options: list[str | None], inside: str, package: str, above: tuple[Path, ...]
    ) -> list[tuple[str, Node]]:
        """What the files of one entry bring."""
        folder = entry.folder(inside)
        if folder.split("/")[0] == "hydra":
            return []
        made: list[tuple[str, Node]] = []
        for option in options:
            if option is None or option == "null":
                continue
            option = _CHOICE.sub(lambda found: self.chosen.get(found[1]) or found[0], option)
            file = self._file(folder, option)
            root = self.read(file) if file is not None else None
            self.parts += 1
            if file is None or root is None or file in above or len(above) > _MOST_NESTED or self.parts > _MOST_PARTS:
                if not (entry.optional and root is None):
                    why = f"`{'/'.join(filter(None, (folder, option)))}` cannot be read"
                    made.append((_joined(package, _package(entry, None, option)), unknown(entry.node, why)))
                continue
            root = self.inherit(root, file, above)
            here = _joined(package, _package(entry, root, option))
            made += self._expanded(root, folder, here, (*above, file))
        return made

    def _file(self, folder: str, option: str) -> Path | None:
        """The file of an option; ``None`` where its name is only known when the program runs."""
        if "${" in option or option == "???":
            return None
        name = option if option.endswith((".yaml", ".yml")) else f"{option}.yaml"
        return Path(os.path.normpath(self.top / folder / name))


def _package(entry: _Entry, root: Node | None, option: str) -> str:
    """Where the content of a file goes, below the package of the file that names it."""
    group = entry.group.replace("/", ".")
    if entry.package is not None:
        return entry.package.replace("_group_", group).replace("_name_", option)
    header = _PACKAGE.search(root.source.text[:1000]) if root is not None else None
    if header is None or header[1] == "_group_":
        return group
    name = header[1].replace("_group_", group).replace("_name_", option)
    return name if name.startswith(_GLOBAL) else f"{_GLOBAL}.{name}"


def _joined(outer: str, inner: str) -> str:
    whole = f"{outer}.{inner}".strip(".")
    _, found, rest = whole.rpartition(_GLOBAL)
    return rest.lstrip(".") if found else whole


def _at(package: str, node: Node) -> Node:
    """``node`` under the keys of its package."""
    names = package.split(".") if package else []
    if len(names) > MOST_LEVELS:
        return unknown(node, "composed, it is too large")
    for name in reversed(names):
        key = Node("scalar", node.source, node.mark, value=name)
        node = bounded("mapping", node, items={name: node}, keys={name: key})
    return node
