"""Who imports whom in a project, and which files are meant to be run."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.project import Project

MOST_FILES = 2_000
MOST_FOLDERS = 5_000
"""What is searched for importers: of a project beyond that, a part. Both bounds hold the time to about a second."""
_LARGEST = 5 * 1024 * 1024

_SKIPPED = frozenset({
    "__pycache__", "__pypackages__", "node_modules", "site-packages", "dist-packages", "venv", "build", "dist",
    "wandb", "mlruns", "lightning_logs",
})  # fmt: skip

# Every import clause, and some prose: what a clause names is looked up afterwards. Notebooks keep lines in strings.
_IMPORT = rb"\b(?:from|import)\b((?:\([^()]*\)|\\\r?\n|[^\n\\(]|\\.)*)"
_WORD = rb"\w+"


class ImportGraph:
    """Files are searched for words first; only those that may match are parsed."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._by_word: dict[str, list[Path]] | None = None
        self._imported: dict[Path, frozenset[Path]] = {}
        self._importers: dict[Path, list[Path]] = {}
        self._entries: dict[Path, bool] = {}

    def importers(self, file: Path) -> list[Path]:
        """See :meth:`bpcheck.project.Project.importers`."""
        if file not in self._importers:
            found: set[Path] = set()
            waiting = [file]
            while waiting:
                imported = waiting.pop()
                for candidate in self._candidates(imported):
                    if candidate not in found and candidate != file and imported in self._imports(candidate):
                        found.add(candidate)
                        waiting.append(candidate)
            self._importers[file] = sorted(found)
        return self._importers[file]

    def is_entry(self, file: Path) -> bool:
        """See :meth:`bpcheck.project.Project.is_entry`."""
        if file not in self._entries:
            tree = self._project.source(file).tree
            is_notebook = file.suffix == ".ipynb"
            does = _runs if (file.parent / "__init__.py").exists() else _does_something
            starts = tree is not None and (is_notebook or any(map(does, tree.body)) or _calls_own_class(tree))
            self._entries[file] = starts
        return self._entries[file]

    def _candidates(self, file: Path) -> list[Path]:
        name = file.parent.name if file.name == "__init__.py" else file.stem
        if self._by_word is None:
            self._by_word = self._words()
        return self._by_word.get(name, [])

    def _words(self) -> dict[str, list[Path]]:
        """Every word of an import statement, with the files that have it."""
        found: dict[str, list[Path]] = {}
        for file in files_below(self._project.root):
            try:
                data = self._project.content(file) if os.stat(file).st_size <= _LARGEST else b""
            except OSError:
                continue
            for word in {word for clause in re.findall(_IMPORT, data) for word in re.findall(_WORD, clause)}:
                found.setdefault(word.decode("utf-8", "replace"), []).append(file)
        return found

    def _imports(self, file: Path) -> frozenset[Path]:
        if file not in self._imported:
            tree = self._project.source(file).tree
            resolved = [
                self._project.resolve(module, file, level) for module, level in (imported_modules(tree) if tree else ())
            ]
            self._imported[file] = frozenset(found for found in resolved if found is not None)
        return self._imported[file]


def imported_modules(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Module and level of all that the import statements of ``tree`` may load, wherever they stand."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, 0
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield module, node.level
            for alias in node.names:  # each may be a module itself
                yield f"{module}.{alias.name}" if module else alias.name, node.level
        else:
            for block in _BLOCKS:
                waiting += getattr(node, block, ())


_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def files_below(root: Path) -> Iterator[Path]:
    """Python files and notebooks below ``root``, in a stable order, without following links to directories."""
    files = 0
    for visited, (folder, folders, names) in enumerate(os.walk(root)):
        if visited >= MOST_FOLDERS:
            return
        if "pyvenv.cfg" in names and visited:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        for name in sorted(names):
            if name.endswith((".py", ".ipynb")):
                yield Path(folder, name)
                files += 1
                if files >= MOST_FILES:
                    return


_QUIET = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign,
    ast.AugAssign, ast.Pass, ast.Delete, ast.Assert,
)  # fmt: skip
_TRAINERS = frozenset({"fit", "fit_one_cycle", "fine_tune", "train", "hyperparameter_search"})
_RUNNERS = _TRAINERS | {"run", "Fire", "main", "launch", "cli"}
_REGISTERING = frozenset({"register", "update_forward_refs", "model_rebuild"})
#: Decorators that run the function at once.
_RUNNING_DECORATORS = frozenset({"call_parse"})


def _does_something(statement: ast.stmt) -> bool:
    """Whether a top-level statement runs something, other than defining, importing or setting up a library."""
    if isinstance(statement, ast.FunctionDef):
        return any(isinstance(each, ast.Name) and each.id in _RUNNING_DECORATORS for each in statement.decorator_list)
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
        trained = statement.value.func  # `history = model.fit(...)`, `net = train(...)`
        name = trained.attr if isinstance(trained, ast.Attribute) else getattr(trained, "id", None)
        return name in _TRAINERS
    if isinstance(statement, _QUIET):
        return False
    if isinstance(statement, ast.If):
        return _is_main_guard(statement.test) or any(map(_does_something, [*statement.body, *statement.orelse]))
    if isinstance(statement, ast.Try):
        handlers = [inner for handler in statement.handlers for inner in handler.body]
        inner = [*statement.body, *handlers, *statement.orelse, *statement.finalbody]
        return any(map(_does_something, inner))
    if isinstance(statement, ast.Expr):
        value = statement.value
        if not isinstance(value, ast.Call):
            return isinstance(value, ast.Await)
        called = value.func  # `warnings.filterwarnings(...)` sets up, `main()` and `fire.Fire(main)` run
        return not isinstance(called, ast.Attribute) or called.attr in _RUNNERS
    return not isinstance(statement, ast.Raise)


def _calls_own_class(tree: ast.Module) -> bool:
    """Whether a class that the module defines is put to work in it: `Solver.solve(net, loader)`."""
    classes = {statement.name for statement in tree.body if isinstance(statement, ast.ClassDef)}
    for statement in tree.body if classes else ():
        called = (
            statement.value.func if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) else None
        )
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in classes:
            return called.attr not in _REGISTERING
    return False


def _runs(statement: ast.stmt) -> bool:
    """The same for a module of a package, where calls at the top level register things rather than run them."""
    if isinstance(statement, ast.If) and _is_main_guard(statement.test):
        return True
    return isinstance(statement, (ast.For, ast.While))


def _is_main_guard(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(test))
