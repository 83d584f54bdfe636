"""From the file that a program names to the configuration that it gets: other files merged in, references followed."""

from __future__ import annotations

import os
from pathlib import Path

from bpcheck.configs import hydra
from bpcheck.configs.merge import merge, without
from bpcheck.configs.nodes import Node, unknown
from bpcheck.configs.references import resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from bpcheck.sources.source import Source

    Read = Callable[[Path], Node | None]

#: Files that are read for one configuration.
MOST_FILES = 200
_SUFFIXES = (".yaml", ".yml", ".json", ".toml")
#: Keys whose value is the file, or the files, that a configuration starts from.
_BASES = ("_base_", "_BASE_", "__base__")
#: Keys that may mean the same: they do where the file is there.
_MAYBE_BASES = ("base", "_base", "base_config", "BASE", "inherit_from")


def compose(root: Node, file: Path, read: Read) -> Node:
    """``root`` of ``file``, with the files that it names merged into it and references replaced by what they mean.

    ``read`` gives what another file holds, or ``None`` where it is no configuration. Where a file is not found, what it
    would have brought is unknown.
    """
    files = _Files(read)
    whole = files.inherited(root, file, ())
    defaults = hydra.defaults_of(whole)
    if defaults is not None:
        whole = hydra.Composition(files.read, files.inherited, file).composed(whole, file)
    texts = {id(each): each.text for each in (root.source, *files.sources)}.values()
    return resolve(whole) if any("${" in text or "???" in text for text in texts) else whole


class _Files:
    """The files of one composition."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.sources: list[Source] = []
        self._known: dict[Path, Node | None] = {}

    def read(self, file: Path) -> Node | None:
        """What is in a file; ``None`` also where too many have been read."""
        if file not in self._known:
            root = self._read(file) if len(self._known) < MOST_FILES else None
            self._known[file] = root
            if root is not None:
                self.sources.append(root.source)
        return self._known[file]

    def inherited(self, root: Node, file: Path, above: tuple[Path, ...]) -> Node:
        """``root`` over the files that it names as its bases; ``above`` are those that named it."""
        above = (*above, _normal(file))
        for key in (*_BASES, *_MAYBE_BASES):
            named = root.items.get(key)
            names = [named] if named is not None and named.kind == "scalar" else named.elements if named else []
            bases = [self._base(each, file, above) for each in names]
            if key in _MAYBE_BASES:
                bases = [base for base in bases if base.kind == "mapping"]
            if not bases:
                continue
            whole = bases[0]
            for base in bases[1:]:
                whole = merge(whole, base)
            root = merge(whole, without(root, key))
        return root

    def _base(self, named: Node, file: Path, above: tuple[Path, ...]) -> Node:
        """What the file brings whose name stands at ``named``."""
        name = named.value
        if not isinstance(name, str) or not name.endswith(_SUFFIXES):
            return unknown(named, "it starts from something else than a file of settings")
        base = _normal(file.parent / os.path.expanduser(name))
        found = self.read(base) if base not in above else None
        return self.inherited(found, base, above) if found is not None else unknown(named, f"`{name}` cannot be read")


def _normal(file: Path) -> Path:
    return Path(os.path.normpath(file))
