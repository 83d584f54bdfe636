"""Which file an import means, and who imports whom, within one project and without running anything."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bpcheck.sources import Source

MOST_FILES = 2_000
"""How many files of a project are searched for importers; a project beyond that is searched in part."""
_LARGEST = 5 * 1024 * 1024

EXCLUDED = frozenset({
    ".git", ".hg", ".svn", ".venv", "venv", "env", ".env", ".tox", ".nox", ".eggs", ".mypy_cache", ".ruff_cache",
    ".pytest_cache", ".ipynb_checkpoints", "__pycache__", "__pypackages__", "node_modules", "site-packages",
    "dist-packages", "build", "dist", "wandb", "mlruns", "lightning_logs",
})  # fmt: skip

KNOWN_LIBRARIES = frozenset({
    "torch", "torchvision", "torchaudio", "torchtext", "torchmetrics", "torchtune", "numpy", "scipy", "pandas",
    "sklearn", "matplotlib", "seaborn", "PIL", "cv2", "tensorflow", "keras", "jax", "flax", "optax", "haiku",
    "fastai", "fastcore", "lightning", "pytorch_lightning", "transformers", "datasets", "tokenizers", "accelerate",
    "evaluate", "diffusers", "peft", "trl", "timm", "ultralytics", "wandb", "mlflow", "tensorboard", "tensorboardX",
    "tqdm", "yaml", "hydra", "omegaconf", "click", "rich", "ray", "optuna", "ignite", "monai", "kornia",
    "albumentations", "einops", "deepspeed", "apex", "mmcv", "mmengine", "detectron2", "nltk", "spacy", "gensim",
    "xgboost", "lightgbm", "catboost", "joblib", "requests", "pytest", "gym", "gymnasium", "h5py", "skimage",
})  # fmt: skip
"""Names that mean the installed library, unless the directory of the script itself says otherwise."""


class Search:
    """Module names to files, as Python would find them if the importer's script were run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._found: dict[tuple[str, Path, int, Path | None], Path | None] = {}
        self._names: dict[Path, frozenset[str]] = {}

    def resolve(self, module: str, importer: Path, level: int, entry: Path | None) -> Path | None:
        """See :meth:`bpcheck.project.Project.resolve`."""
        key = (module, importer, level, entry)
        if key not in self._found:
            self._found[key] = self._relative(module, importer, level) if level else self._absolute(*key[:2], entry)
        return self._found[key]

    def _relative(self, module: str, importer: Path, level: int) -> Path | None:
        folder = importer.parent
        for _ in range(level - 1):
            folder = folder.parent
        if not self._inside(folder):
            return None
        return self._module(folder, module.split(".")) if module else self._package(folder)

    def _absolute(self, module: str, importer: Path, entry: Path | None) -> Path | None:
        parts = module.split(".")
        if not all(parts) or parts[0] in sys.builtin_module_names:
            return None
        for folder, is_own in self._path(importer, entry):
            if not is_own and (parts[0] in sys.stdlib_module_names or parts[0] in KNOWN_LIBRARIES):
                continue
            found = self._module(folder, parts)
            if found is not None and (is_own or found.suffix):
                return found
        return None

    def _path(self, importer: Path, entry: Path | None) -> Iterator[tuple[Path, bool]]:
        """The directories to search, and whether each is surely on Python's path ahead of the libraries."""
        if entry is not None:
            yield entry.parent, not self._is_package(entry.parent)
        own = importer.parent
        if not self._is_package(own):
            yield own, entry is None
        top = own
        while self._is_package(top) and self._inside(top.parent):
            top = top.parent
        yield top, False
        for folder in (*(above for above in own.parents if self._inside(above) and not self._is_package(above)),):
            yield folder, False
        yield self.root, False
        yield self.root / "src", False

    def _module(self, folder: Path, parts: list[str]) -> Path | None:
        for part in parts[:-1]:
            folder = folder / part
            if part not in self._listing(folder.parent) or folder.name in EXCLUDED:
                return None
        last = parts[-1]
        names = self._listing(folder)
        if last in names and "__init__.py" in self._listing(folder / last):
            return folder / last / "__init__.py"
        if last + ".py" in names and (folder / f"{last}.py").is_file():
            return folder / f"{last}.py"
        if last in names and last not in EXCLUDED:
            return self._package(folder / last)
        return None

    def _package(self, folder: Path) -> Path | None:
        """What importing ``folder`` gives: its ``__init__.py``, or itself if Python files lie in it."""
        names = self._listing(folder)
        if "__init__.py" in names:
            return folder / "__init__.py"
        return folder if any(name.endswith(".py") for name in names) else None

    def _is_package(self, folder: Path) -> bool:
        return "__init__.py" in self._listing(folder)

    def _inside(self, folder: Path) -> bool:
        return folder == self.root or self.root in folder.parents

    def _listing(self, folder: Path) -> frozenset[str]:
        names = self._names.get(folder)
        if names is None:
            try:
                names = frozenset(os.listdir(folder))
            except OSError:
                names = frozenset()
            self._names[folder] = names
        return names


_IMPORT = re.compile(rb"\b(?:from|import)\b((?:\([^()]*\)|\\\r?\n|[^\n\\(]|\\.)*)")
_WORD = re.compile(rb"\w+")


class ImportGraph:
    """Who imports whom. Files are searched for words first; only those that may match are parsed."""

    def __init__(self, root: Path, search: Search, source: Callable[[Path], Source]) -> None:
        self.root = root
        self._search = search
        self._source = source
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
            tree = self._source(file).tree
            is_notebook = file.suffix == ".ipynb"
            self._entries[file] = tree is not None and (is_notebook or any(_does_something(s) for s in tree.body))
        return self._entries[file]

    def _candidates(self, file: Path) -> list[Path]:
        name = file.parent.name if file.name == "__init__.py" else file.stem
        if self._by_word is None:
            self._by_word = self._words()
        return self._by_word.get(name, [])

    def _words(self) -> dict[str, list[Path]]:
        """Every word of an import statement, with the files that have it."""
        found: dict[str, list[Path]] = {}
        for file in _files(self.root):
            try:
                if file.stat().st_size > _LARGEST:
                    continue
                data = file.read_bytes()
            except OSError:
                continue
            words = {word for clause in _IMPORT.findall(data) for word in _WORD.findall(clause)}
            for word in words:
                found.setdefault(word.decode("utf-8", "replace"), []).append(file)
        return found

    def _imports(self, file: Path) -> frozenset[Path]:
        if file not in self._imported:
            self._imported[file] = frozenset(self._resolved(file))
        return self._imported[file]

    def _resolved(self, file: Path) -> Iterator[Path]:
        """The project files that ``file`` names in its import statements, wherever they stand."""
        tree = self._source(file).tree
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Import):
                modules = [(alias.name, 0) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                dotted = module + "." if module else ""
                modules = [(module, node.level), *((dotted + alias.name, node.level) for alias in node.names)]
            else:
                continue
            for module, level in modules:
                found = self._search.resolve(module, file, level, None)
                if found is not None:
                    yield found


def _files(root: Path) -> Iterator[Path]:
    """Python files and notebooks below ``root``, in a stable order, without following links to directories."""
    count = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in EXCLUDED and not name.startswith("."))
        for name in sorted(names):
            if name.endswith((".py", ".ipynb")):
                yield Path(folder, name)
                count += 1
                if count >= MOST_FILES:
                    return


_QUIET = (
    ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign,
    ast.AugAssign, ast.Pass, ast.Delete, ast.Assert,
)  # fmt: skip
_RUNNERS = frozenset({"run", "Fire", "main", "launch", "cli", "fit", "train"})


def _does_something(statement: ast.stmt) -> bool:
    """Whether a top-level statement runs something, other than defining, importing or setting up a library."""
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
    return True


def _is_main_guard(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(test))
