"""Which experiments there are: every module in a folder of experiments that defines ``EXPERIMENT``."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from importlib import import_module
from pathlib import Path

from bpcheck_reference.experiments.experiment import Experiment

FOLDERS = ("data", "learning_rate", "training", "activations", "architectures")
_HERE = Path(__file__).parent
# What an experiment says about itself does not change what it measures.
_TEXTS = {"practice", "rules", "question", "subject", "data", "metric", "smallest", "clear"}


class UnknownExperimentError(ValueError):
    """A name that is no experiment's; the message says what there is."""


@cache
def files() -> dict[str, Path]:
    """File by name of experiment, folder by folder."""
    found = [file for folder in FOLDERS for file in sorted((_HERE / folder).glob("[!_]*.py"))]
    return {file.stem: file for file in found}


@cache
def experiment(name: str) -> Experiment:
    """The experiment called ``name``; raises :class:`UnknownExperimentError`."""
    if name not in files():
        raise UnknownExperimentError(f"`{name}` is no experiment; there are {', '.join(files())}")
    module = import_module(f"{__package__}.{files()[name].parent.name}.{name}")
    found: Experiment = module.EXPERIMENT
    return found


def about(name: str) -> str:
    """What the experiment's file says of itself, without line breaks inside paragraphs."""
    text = ast.get_docstring(ast.parse(files()[name].read_text(encoding="utf-8"))) or ""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def code_hash(name: str) -> str:
    """A digest of the code of an experiment that comments, layout and its texts do not change."""
    tree = ast.parse(files()[name].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Experiment":
            node.keywords = [keyword for keyword in node.keywords if keyword.arg not in _TEXTS]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]
