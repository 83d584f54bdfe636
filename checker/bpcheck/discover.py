"""From the paths on the command line to the files to check.

A path that names a file is taken as it is; a folder is walked, without what its ``.gitignore`` files and the settings
leave out. Of the YAML, JSON and TOML in it, which is mostly data and the settings of other tools, the walk takes what
may be about a training. Links to folders are not followed on the way: a link to a data set or to a parent folder would
make the walk endless, or as good as.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from bpcheck import gitignore
from bpcheck.configs.prefilter import LARGEST, is_of_another_tool, might_configure
from bpcheck.findings import Diagnostic
from bpcheck.gitignore import IgnoreFile
from bpcheck.records import field, record
from bpcheck.settings import SettingsFinder
from bpcheck.sources import display_path
from bpcheck.sources.reading import CONFIGS

# What a checker of this version can read. `include` in the settings narrows or widens the names, not this.
SUFFIXES = (".py", ".ipynb", *CONFIGS)


@record(slots=True)
class Discovery:
    """The files to check, in the order of their paths, and what stood in the way of finding them.

    ``named`` are those among them that were asked for by name.
    """

    files: list[Path] = field(default_factory=list)
    named: set[Path] = field(default_factory=set)
    diagnostics: list[Diagnostic] = field(default_factory=list)


@record(frozen=True, slots=True)
class _Folder:
    """A folder on the way down: its absolute path, the path to show, and the ignore files in force, outermost first."""

    path: str
    shown: str
    ignores: tuple[IgnoreFile, ...]
    hidden: bool = False


def discover(
    paths: Iterable[str], settings: SettingsFinder, *, respect_gitignore: bool = True, force_exclude: bool = False
) -> Discovery:
    """All files to check among and below ``paths``; each once, whatever the number of paths that lead to it."""
    walk = _Walk(settings, respect_gitignore)
    for path in paths:
        if os.path.isdir(path):
            if not (force_exclude and walk.is_excluded(path, is_directory=True)):
                walk.down(path)
        elif not os.path.exists(path):
            walk.diagnose("unreadable", path, "no such file or folder")
        elif not path.endswith(SUFFIXES):
            walk.diagnose("unsupported", path, f"not a kind of file that bpcheck reads ({', '.join(SUFFIXES)})")
        elif not os.path.isfile(path):
            walk.diagnose("unreadable", path, "not a regular file")  # a pipe would block, a device may never end
        elif not (force_exclude and walk.is_excluded(path, is_directory=False)):
            walk.take(os.path.abspath(path), _shown(path))
    return Discovery(walk.files_in_order(), walk.named, walk.diagnostics)


def is_excluded(path: str, settings: SettingsFinder, *, respect_gitignore: bool) -> bool:
    """Whether a walk would leave the file at ``path`` out; it need not exist."""
    return _Walk(settings, respect_gitignore).is_excluded(path, is_directory=False)


class _Walk:
    """One search. Remembers what was taken, so that overlapping paths and links give each file once."""

    def __init__(self, settings: SettingsFinder, respect_gitignore: bool) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.named: set[Path] = set()
        self._settings = settings
        self._respect_gitignore = respect_gitignore
        self._taken: dict[str, str] = {}
        self._links: dict[str, str] = {}

    def files_in_order(self) -> list[Path]:
        for absolute, shown in self._links.items():
            if os.path.realpath(absolute) not in self._taken:
                self._taken.setdefault(absolute, shown)
        return [Path(shown) for shown in sorted(self._taken.values())]

    def diagnose(self, kind: str, path: str, message: str) -> None:
        self.diagnostics.append(Diagnostic(kind, message, _shown(path)))

    def take(self, absolute: str, shown: str) -> None:
        """Take a file that was named."""
        self.named.add(Path(self._taken.setdefault(absolute, shown)))

    def down(self, top: str) -> None:
        absolute = os.path.abspath(top)
        pending = [_Folder(absolute, _shown(top), self._ignores_above(absolute))]
        while pending:
            folder = pending.pop()
            try:
                with os.scandir(folder.path) as scan:
                    entries = list(scan)
            except OSError as error:
                self.diagnose("unreadable", folder.shown, f"the folder cannot be read: {error.strerror}")
                continue
            pending.extend(self._step(folder, entries))

    def _step(self, folder: _Folder, entries: list[os.DirEntry[str]]) -> list[_Folder]:
        """Take the files of one folder, and give the folders in it that are to be walked."""
        if self._respect_gitignore and any(entry.name == ".gitignore" for entry in entries):
            own = gitignore.read(f"{folder.path}/.gitignore", _posix(folder.path))
            ignores = (*folder.ignores, own) if own else folder.ignores
            folder = _Folder(folder.path, folder.shown, ignores, folder.hidden)
        settings = self._settings.for_folder(folder.path, {entry.name for entry in entries})
        below: list[_Folder] = []
        for entry in entries:
            try:
                is_directory = entry.is_dir(follow_symlinks=False)
                wanted = is_directory or (_is_readable(entry.name, folder) and entry.is_file())
            except OSError:
                continue  # a link that leads in a circle
            path = _posix(os.path.join(folder.path, entry.name))
            if not wanted or settings.excludes(path, is_directory) or _ignored(folder.ignores, path, is_directory):
                continue
            shown = entry.name if folder.shown == "." else f"{folder.shown.rstrip('/')}/{entry.name}"
            if is_directory:
                hidden = folder.hidden or entry.name.startswith(".")
                below.append(_Folder(os.path.join(folder.path, entry.name), shown, folder.ignores, hidden))
            elif settings.includes(path) and (not path.endswith(CONFIGS) or _might_configure(entry)):
                (self._links if entry.is_symlink() else self._taken).setdefault(path, shown)
        return below

    def is_excluded(self, path: str, *, is_directory: bool) -> bool:
        """Whether the walk from the top of the project would have left ``path`` out, as it or a folder above it is."""
        absolute = os.path.abspath(path)
        settings = self._settings.for_folder(absolute if is_directory else os.path.dirname(absolute))
        ignores = self._ignores_above(absolute)
        top = ignores[0].base if ignores else _posix(str(settings.root))
        parts = _posix(absolute).split("/")
        for end in range(2, len(parts) + 1):
            prefix = "/".join(parts[:end])
            below_top = prefix.startswith(top.rstrip("/") + "/")
            last_is_directory = is_directory or end < len(parts)
            if below_top and settings.excludes(prefix, last_is_directory):
                return True
            if _ignored(ignores, prefix, last_is_directory):
                return True
        return not is_directory and not settings.includes(_posix(absolute))

    def _ignores_above(self, absolute: str) -> tuple[IgnoreFile, ...]:
        """The ignore files of the folders above, up to the top of the repository, if this is one."""
        if not self._respect_gitignore:
            return ()
        above: list[IgnoreFile] = []
        folder = absolute
        while True:
            inside_repository = os.path.exists(f"{folder}/.git")
            if folder != absolute:
                above.append(gitignore.read(f"{folder}/.gitignore", _posix(folder)) or IgnoreFile(_posix(folder), ()))
            if inside_repository:
                exclude = gitignore.read(f"{folder}/.git/info/exclude", _posix(folder))
                return tuple(reversed([*above, *([exclude] if exclude else [])]))
            parent = os.path.dirname(folder)
            if parent == folder:
                return ()  # not in a repository: only what lies below the given path speaks
            folder = parent


def _is_readable(name: str, folder: _Folder) -> bool:
    """Whether a file of this name may be of interest. In hidden folders are settings of tools: workflows, editors."""
    if not name.endswith(SUFFIXES):
        return False
    return not name.endswith(CONFIGS) or not (folder.hidden or is_of_another_tool(name))


def _might_configure(entry: os.DirEntry[str]) -> bool:
    """Whether the file may be about a training; one that cannot be read is not."""
    try:
        if not 0 < entry.stat().st_size <= LARGEST:
            return False
        with open(entry.path, "rb") as file:
            return might_configure(file.read(LARGEST + 1))
    except OSError:
        return False


def _ignored(ignores: tuple[IgnoreFile, ...], path: str, is_directory: bool) -> bool:
    """The innermost file that speaks about the path decides."""
    for ignore in reversed(ignores):
        decision = ignore.decision(path, is_directory)
        if decision is not None:
            return decision
    return False


def _posix(path: str) -> str:
    return path.replace(os.sep, "/") if os.sep != "/" else path


def _shown(path: str) -> str:
    """``path`` as in reports."""
    return display_path(Path(os.path.abspath(path)), Path.cwd())
