"""Which scripts a configuration is for, where the script is told of it on its command line."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.project import Project

#: Scripts that are tried with one configuration.
MOST_SCRIPTS = 6
#: Folders in which they are looked for, from that of the configuration upwards.
MOST_LEVELS = 4
#: What a script has in it that reads its settings from a file it is told of.
_READS = (
    b"yaml",
    b"json.load",
    b"toml",
    b"OmegaConf",
    b"hydra",
    b"Config.fromfile",
    b"config.parse",
    b"read_json",
    b"load_config",
)
_EXECUTES = (b"exec(",)


def scripts_for(project: Project, config: Path, asking: Iterable[Path]) -> Iterator[Path]:
    """The scripts that may be meant: of those that asked for a configuration (else of all that read one), the nearest
    in the folders above it."""
    words = _EXECUTES if config.suffix == ".py" else _READS
    known = {path.absolute() for path in asking}
    found = 0
    for folder in _above(config.absolute(), project.cwd):
        nearby = [path for path in sorted(folder.glob("*.py")) if path.absolute() != config.absolute()]
        for script in nearby:
            if found < MOST_SCRIPTS and (script in known or (not known and _reads(project, script, words))):
                found += 1
                yield script
        if found:
            return


def _above(config: Path, cwd: Path) -> Iterator[Path]:
    """The folders above a configuration, as far as the working directory or the top of the repository."""
    for folder in list(config.parents)[:MOST_LEVELS]:
        yield folder
        if folder == cwd or (folder / ".git").exists():
            return


def _reads(project: Project, script: Path, words: tuple[bytes, ...]) -> bool:
    try:
        content = project.content(script)
    except OSError:
        return False
    return any(word in content for word in words) and project.is_entry(script)


def is_settings(tree: ast.Module | None) -> bool:
    """Whether a Python file does nothing but give names to values: it may be executed by a script for its settings."""
    statements = tree.body if tree is not None else []
    return any(isinstance(each, ast.Assign) for each in statements) and all(map(_sets, statements))


def _sets(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.With):  # mmengine's `with read_base():`, round imports
        return all(map(_sets, statement.body))
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, (ast.Constant, ast.Call))
    return isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete, ast.Import, ast.ImportFrom))
