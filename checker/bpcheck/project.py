"""The project round the files that are checked: which file an import means, and which files import which."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from bpcheck.imports import ImportGraph, Search
from bpcheck.sources import Source, display_path, read_source
from bpcheck.sources.prefilter import might_train

__all__ = ["Project", "might_train"]

_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg")


class Project:
    """The files below ``root``, read once each."""

    def __init__(self, root: Path, cwd: Path) -> None:
        self.root = _absolute(root, cwd)
        self.cwd = cwd
        self._sources: dict[Path, Source] = {}
        self._overlays: dict[Path, bytes] = {}
        self._search = Search(self.root)
        self._graph: ImportGraph | None = None

    @classmethod
    def around(cls, paths: Iterable[Path], cwd: Path) -> Project:
        """The project that holds ``paths``: the nearest directory above them with a sign of being a root."""
        places = [_absolute(path, cwd) for path in paths] or [cwd]
        folders = [place if place.is_dir() else place.parent for place in places]
        common = Path(os.path.commonpath([str(folder) for folder in folders]))
        for folder in (common, *common.parents):
            if any((folder / mark).exists() for mark in _MARKS):
                return cls(folder, cwd)
            if folder == Path.home():
                break
        return cls(common, cwd)

    def overlay(self, file: Path, data: bytes) -> None:
        """Let ``data`` stand for the content of ``file`` (what an editor has not saved, or stdin)."""
        file = _absolute(file, self.cwd)
        self._overlays[file] = data
        self._sources.pop(file, None)
        self._graph = None

    def source(self, file: Path) -> Source:
        """The file, read; never raises."""
        file = _absolute(file, self.cwd)
        found = self._sources.get(file)
        if found is None:
            found = read_source(file, display_path(file, self.cwd), self._overlays.get(file))
            self._sources[file] = found
        return found

    def resolve(self, module: str, importer: Path, level: int = 0, entry: Path | None = None) -> Path | None:
        """The file of the project that ``importer`` gets for ``import module`` (``level`` dots before it).

        A package is its ``__init__.py``, a namespace package its directory; None for what lies outside the project.
        ``entry`` is the script that runs: its directory comes first on Python's path.
        """
        importer = _absolute(importer, self.cwd)
        return self._search.resolve(module, importer, level, None if entry is None else _absolute(entry, self.cwd))

    def importers(self, file: Path) -> list[Path]:
        """The scripts and modules of the project that import ``file``, directly or through others; sorted."""
        return self._imports().importers(_absolute(file, self.cwd))

    def entries_of(self, file: Path) -> list[Path]:
        """Those of :meth:`importers` that are meant to be run."""
        return [importer for importer in self.importers(file) if self.is_entry(importer)]

    def is_entry(self, file: Path) -> bool:
        """Whether ``file`` does something when run, beyond defining names: a script or a notebook."""
        return self._imports().is_entry(_absolute(file, self.cwd))

    def _imports(self) -> ImportGraph:
        if self._graph is None:
            self._graph = ImportGraph(self.root, self._search, self.source)
        return self._graph


def _absolute(file: Path, cwd: Path) -> Path:
    return Path(os.path.normpath(cwd / file))
