"""Which file of a project an import means, as Python would find it if the importer's script were run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

_LIBRARIES = sys.stdlib_module_names | {
    "torch", "torchvision", "torchaudio", "torchtext", "torchmetrics", "torchtune", "numpy", "scipy", "pandas",
    "sklearn", "matplotlib", "seaborn", "PIL", "cv2", "skimage", "tensorflow", "keras", "jax", "flax", "optax", "haiku",
    "fastai", "fastcore", "lightning", "pytorch_lightning", "transformers", "datasets", "tokenizers", "accelerate",
    "evaluate", "diffusers", "peft", "trl", "timm", "ultralytics", "wandb", "mlflow", "tensorboard", "tensorboardX",
    "tqdm", "yaml", "hydra", "omegaconf", "click", "rich", "ray", "optuna", "ignite", "monai", "kornia",
    "albumentations", "einops", "deepspeed", "apex", "mmcv", "mmengine", "mmdet", "detectron2", "nltk", "spacy",
    "gensim", "xgboost", "lightgbm", "catboost", "joblib", "requests", "pytest", "gym", "gymnasium", "h5py",
}  # fmt: skip
"""Names that mean what is installed, unless Python would surely look in a directory of the project first."""

_FOREIGN = frozenset({"site-packages", "dist-packages", "node_modules", "__pycache__"})


class Search:
    """Module names to files of the project below ``root``. Directories are listed once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._found: dict[tuple[str, Path, int, Path | None], Path | None] = {}
        self._names: dict[Path, frozenset[str]] = {}

    def resolve(self, module: str, importer: Path, level: int, entry: Path | None) -> Path | None:
        """See :meth:`bpcheck.project.Project.resolve`."""
        key = (module, importer.parent, level, None if entry is None else entry.parent)
        if key not in self._found:
            self._found[key] = self._relative(*key[:3]) if level else self._absolute(module, key[1], key[3])
        return self._found[key]

    def _relative(self, module: str, folder: Path, level: int) -> Path | None:
        for _ in range(min(level - 1, len(folder.parts))):
            folder = folder.parent
        if not self._inside(folder):
            return None
        return self._module(folder, module.split(".")) if module else self._package(folder)

    def _absolute(self, module: str, own: Path, entry: Path | None) -> Path | None:
        parts = module.split(".")
        if not all(parts) or parts[0] in sys.builtin_module_names:
            return None
        is_library = parts[0] in _LIBRARIES
        for folder, is_first in self._path(parts[0], own, entry):
            if is_library and not is_first:
                continue
            found = self._module(folder, parts) if self._inside(folder) else None
            if found is not None and (found.suffix or not is_library):  # an installed library beats a mere directory
                return found
        return None

    def _path(self, name: str, own: Path, entry: Path | None) -> Iterator[tuple[Path, bool]]:
        """The directories to search for ``name``, each with whether it surely precedes what is installed.

        That is so of the directory of the script that runs, and of the package that the importer itself belongs to.
        """
        if entry is not None:
            yield entry, not self._is_package(entry)
        if not self._is_package(own):
            yield own, entry is None
        top, package = own, ""
        while self._is_package(top) and self._inside(top.parent):
            top, package = top.parent, top.name
        yield top, name == package
        for folder in own.parents:
            if self._inside(folder) and not self._is_package(folder):
                yield folder, False
        yield self.root, False
        yield self.root / "src", False
        yield own, False  # a script may be kept, and run, in the directory of a package

    def _module(self, folder: Path, parts: list[str]) -> Path | None:
        for part in parts[:-1]:
            if not self._holds(folder, part):
                return None
            folder = folder / part
        last = parts[-1]
        package = self._package(folder / last) if self._holds(folder, last) else None
        if package is not None and package.suffix:
            return package
        if last + ".py" in self._listing(folder) and not (folder / f"{last}.py").is_dir():
            return folder / f"{last}.py"
        return package

    def _package(self, folder: Path) -> Path | None:
        """What importing ``folder`` gives: its ``__init__.py``, or itself if Python files lie in it, or just below."""
        names = self._listing(folder)
        if "__init__.py" in names:
            return folder / "__init__.py"
        below = (self._listing(folder / name) for name in names if "." not in name)
        return folder if _holds_python(names) or any(map(_holds_python, below)) else None

    def _holds(self, folder: Path, name: str) -> bool:
        """Whether a directory ``name`` of the project is in ``folder``: no installed library, no environment."""
        names = self._listing(folder)
        return name in names and name not in _FOREIGN and "pyvenv.cfg" not in self._listing(folder / name)

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


def _holds_python(names: frozenset[str]) -> bool:
    return any(name.endswith(".py") for name in names)
