"""The settings in force for a path, and the finder that knows which file they come from.

Nearest wins and nothing is merged: a folder is governed by the first ``bpcheck.toml`` or ``pyproject.toml`` with a
``[tool.bpcheck]`` table at or above it. What the command line says holds for every folder.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from bpcheck import gitignore
from bpcheck.errors import UsageError
from bpcheck.findings import Severity
from bpcheck.gitignore import IgnoreFile
from bpcheck.records import field, record, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.apis.vocabulary import Word

CONFIG_FILES = ("bpcheck.toml", "pyproject.toml")
OUTPUT_FORMATS = ("text", "concise", "json", "jsonl", "sarif", "github")
DEFAULT_EXCLUDE = (
    ".bzr", ".direnv", ".eggs", ".git", ".git-rewrite", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pants.d",
    ".pytest_cache", ".pytype", ".ruff_cache", ".svn", ".tox", ".venv", "__pycache__", "__pypackages__", "build",
    "dist", "node_modules", "site-packages", "venv",
)  # fmt: skip
DEFAULT_INCLUDE = ("*.py", "*.ipynb", "*.yaml", "*.yml", "*.json", "*.toml")


@record(frozen=True)
class Settings:
    """What governs one folder. Patterns are read as in a ``.gitignore`` that stands in ``root``.

    ``fail_on`` is ``None`` for `never`. ``models`` are the user's own words, by full name. ``origins`` says for each key
    that is not at its default where it was set.
    """

    root: Path
    file: Path | None = None
    select: tuple[str, ...] = ("recommended",)
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING
    fail_on: Severity | None = Severity.WARNING
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = DEFAULT_INCLUDE
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    output_format: str = "text"
    models: Mapping[str, Word] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)

    def excludes(self, path: str, is_directory: bool) -> bool:
        """Whether `exclude` or `extend-exclude` speaks against ``path`` (absolute, forward slashes)."""
        return any(patterns.decision(path, is_directory) for patterns in self._excluded)

    def includes(self, path: str) -> bool:
        """Whether `include` wants the file at ``path`` (absolute, forward slashes)."""
        return bool(self._included.decision(path, False))

    def ignored_in(self, path: str) -> list[str]:
        """The selectors that `per-file-ignores` has for ``path`` (absolute, forward slashes)."""
        return [word for patterns, words in self._ignored_by_file if _covers(patterns, path) for word in words]

    @cached_property
    def _excluded(self) -> tuple[IgnoreFile, ...]:
        # The defaults are names, which mean the same everywhere, also outside the folder that `root` is.
        root = _top(self.root) if self.exclude is DEFAULT_EXCLUDE else self._base
        return gitignore.parse(self.exclude, root), gitignore.parse(self.extend_exclude, self._base)

    @cached_property
    def _included(self) -> IgnoreFile:
        return gitignore.parse(self.include, _top(self.root) if self.include is DEFAULT_INCLUDE else self._base)

    @cached_property
    def _ignored_by_file(self) -> list[tuple[IgnoreFile, tuple[str, ...]]]:
        return [(gitignore.parse([glob], self._base), words) for glob, words in self.per_file_ignores]

    @property
    def _base(self) -> str:
        return self.root.as_posix()


def _top(path: Path) -> str:
    return Path(path.anchor).as_posix()


def _covers(patterns: IgnoreFile, path: str) -> bool:
    """Whether a pattern speaks about ``path`` or about a folder that holds it."""
    parts = path.split("/")
    return any(patterns.decision("/".join(parts[:end]), end < len(parts)) for end in range(2, len(parts) + 1))


@record(slots=True)
class Overrides:
    """What the command line says about settings; ``None`` where it says nothing.

    `--select` starts afresh, so that it means exactly what it lists; `--ignore` and `--extend-select` add.
    """

    select: Sequence[str] | None = None
    ignore: Sequence[str] = ()
    extend_select: Sequence[str] = ()
    severity: Severity | None = None
    fail_on: Severity | None = None
    fail_never: bool = False
    output_format: str | None = None

    def applied_to(self, settings: Settings) -> Settings:
        origins = dict(settings.origins)
        changed: dict[str, object] = {}

        def put(key: str, value: object) -> None:
            changed[key.replace("-", "_")] = value
            origins[key] = "the command line"

        if self.select is not None:
            put("select", tuple(self.select))
            changed.update(ignore=(), extend_select=())
            origins.pop("ignore", None)
            origins.pop("extend-select", None)
        if self.ignore:
            put("ignore", (*(() if self.select is not None else settings.ignore), *self.ignore))
        if self.extend_select:
            put("extend-select", (*(() if self.select is not None else settings.extend_select), *self.extend_select))
        if self.severity is not None:
            put("severity", self.severity)
        if self.fail_never or self.fail_on is not None:
            put("fail-on", None if self.fail_never else self.fail_on)
        if self.output_format is not None:
            put("output-format", self.output_format)
        return replace(settings, **changed, origins=origins) if changed else settings  # type: ignore[arg-type]  # keys and types are set together above


class SettingsFinder:
    """Settings by folder. ``config`` names the one file to use; ``isolated`` uses none."""

    def __init__(
        self, *, config: str | None = None, isolated: bool = False, overrides: Overrides | None = None
    ) -> None:
        self._overrides = overrides or Overrides()
        self._by_folder: dict[str, Settings] = {}
        self._fixed: Settings | None = None
        if isolated:
            self._fixed = self._finish(_defaults())
        elif config is not None:
            self._fixed = self._finish(_read_named(config))

    @property
    def typed_selectors(self) -> list[str]:
        """The selectors of the command line, in force or not."""
        overrides = self._overrides
        return [*(overrides.select or ()), *overrides.ignore, *overrides.extend_select]

    def for_file(self, path: str) -> Settings:
        """The settings for one file."""
        return self.for_folder(os.path.dirname(os.path.abspath(path)))

    def for_folder(self, folder: str, names: Collection[str] | None = None) -> Settings:
        """The settings for files in ``folder`` (absolute). ``names`` lists the folder, where that is known already."""
        if self._fixed is not None:
            return self._fixed
        found = self._by_folder.get(folder)
        if found is None:
            found = self._own(folder, names) or self._above(folder)
            self._by_folder[folder] = found
        return found

    def for_paths(self, paths: Sequence[str]) -> Settings:
        """The settings for a whole run (its format, its exit code): those of the folder that holds all its paths."""
        absolute = [os.path.abspath(path) for path in paths]
        folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in absolute]
        try:
            return self.for_folder(os.path.commonpath(folders))
        except ValueError:  # no paths, or on several drives
            return self.for_folder(os.getcwd())

    def _own(self, folder: str, names: Collection[str] | None) -> Settings | None:
        for name in CONFIG_FILES:
            if names is not None and name not in names:
                continue
            path = Path(folder, name)
            if path.is_file():
                from bpcheck.settings_file import read_settings  # the defaults need no TOML

                settings = read_settings(path)
                if settings:
                    return self._finish(settings)
        return None

    def _above(self, folder: str) -> Settings:
        parent = os.path.dirname(folder)
        return self._finish(_defaults()) if parent == folder else self.for_folder(parent)

    def _finish(self, settings: Settings) -> Settings:
        return self._overrides.applied_to(settings)


def _defaults() -> Settings:
    return Settings(Path.cwd())


def _read_named(config: str) -> Settings:
    from bpcheck.settings_file import read_settings

    path = Path(config)
    if not path.is_file():
        raise UsageError(f"{config}: no such settings file")
    settings = read_settings(path.absolute())
    if settings is None:
        raise UsageError(f"{config}: has no [tool.bpcheck] table")
    return replace(settings, root=Path.cwd())
