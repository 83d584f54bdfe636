"""The project round the files that are checked: which file an import means, and which files import which."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bpcheck.imports import Search
from bpcheck.sources import Source, display_path, read_source
from bpcheck.sources.prefilter import might_train
from bpcheck.sources.reading import read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.apis.vocabulary import Word
    from bpcheck.importers import ImportGraph

__all__ = ["Project", "might_train"]

_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg")


class Project:
    """The files below ``root``, each read and parsed once."""

    def __init__(self, root: Path, cwd: Path) -> None:
        self.root = _absolute(root, cwd)
        self.cwd = cwd
        self._sources: dict[Path, Source] = {}
        self._overlays: dict[Path, bytes] = {}
        self._last_read: tuple[Path, bytes] | None = None
        self._search = Search(self.root)
        self._graph: ImportGraph | None = None
        #: What the user says that names mean, by the file of the script that runs.
        self.vocabulary: Callable[[Path], Mapping[str, Word]] = _nothing

    @classmethod
    def around(cls, paths: Iterable[Path], cwd: Path) -> Project:
        """The project that holds ``paths``: the nearest directory above all of them that looks like a root."""
        return cls(_root(paths, cwd), cwd)

    def with_file(self, file: Path) -> Project:
        """This project, or a larger one that also holds ``file``, which lies above it."""
        if _absolute(file, self.cwd).is_relative_to(self.root):
            return self
        wider = Project(_root([self.root, file], self.cwd), self.cwd)
        wider._sources, wider._overlays, wider.vocabulary = self._sources, self._overlays, self.vocabulary
        return wider

    def overlay(self, file: Path, data: bytes) -> None:
        """Let ``data`` stand for the content of ``file`` (what an editor has not saved, or stdin)."""
        file = _absolute(file, self.cwd)
        self._overlays[file] = data
        self._sources.pop(file, None)
        self._last_read = None
        self._graph = None

    def content(self, file: Path) -> bytes:
        """The bytes of ``file``; raises ``OSError`` where it cannot be read."""
        file = _absolute(file, self.cwd)
        if file in self._overlays:
            return self._overlays[file]
        if self._last_read is None or self._last_read[0] != file:  # looked through first, then parsed: one read
            self._last_read = file, read_bytes(file)
        return self._last_read[1]

    def size(self, file: Path) -> int:
        """The number of bytes in ``file``; raises ``OSError`` where it cannot be told."""
        file = _absolute(file, self.cwd)
        return len(self._overlays[file]) if file in self._overlays else os.stat(file).st_size

    def source(self, file: Path) -> Source:
        """The file, read; never raises."""
        file = _absolute(file, self.cwd)
        found = self._sources.get(file)
        if found is None:
            data = self._overlays.get(file)
            if data is None and self._last_read is not None and self._last_read[0] == file:
                data = self._last_read[1]
                self._last_read = None
            found = read_source(file, display_path(file, self.cwd), data)
            self._sources[file] = found
        return found

    def resolve(self, module: str, importer: Path, level: int = 0, entry: Path | None = None) -> Path | None:
        """The file of the project that ``importer`` gets for ``import module`` (``level`` dots before it).

        A package is its ``__init__.py``, a namespace package its directory; None for what lies outside the project.
        ``entry`` is the script that runs: its directory comes first on Python's path.
        """
        entry = None if entry is None else _absolute(entry, self.cwd)
        return self._search.resolve(module, _absolute(importer, self.cwd), level, entry)

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
            from bpcheck.importers import ImportGraph  # one file on its own is often all there is

            self._graph = ImportGraph(self)
        return self._graph


def _nothing(file: Path) -> Mapping[str, Word]:
    return {}


def _absolute(file: Path, cwd: Path) -> Path:
    """``file`` without dots; links stay as they are, since people call files by the path they know."""
    return Path(os.path.normpath(cwd / file))


def _root(paths: Iterable[Path], cwd: Path) -> Path:
    places = [_absolute(path, cwd) for path in paths] or [cwd]
    folders = {str(place if place.is_dir() else place.parent) for place in places}
    try:
        common = Path(os.path.commonpath(folders))
    except ValueError:  # on several drives
        return cwd
    try:
        home = Path.home()
    except RuntimeError:
        home = None
    for folder in (common, *common.parents):
        if folder == home and folder != common:  # a home directory under version control is no project
            break
        if any((folder / mark).exists() for mark in _MARKS):
            return folder
    return common
