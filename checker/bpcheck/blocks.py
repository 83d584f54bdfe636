"""The blocks of the reference package, found as files: what each is, which practice it stands for, which rules it answers.

Nothing of the package is imported, so that it can be read where PyTorch is not installed.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

from bpcheck.errors import UsageError, did_you_mean
from bpcheck.practices import PRACTICES
from bpcheck.records import record

PACKAGE = "bpcheck_reference"
FOLDERS = ("data", "learning_rate", "training", "activations", "architectures")
_ANSWERS = re.compile(r"^Practice: (\w+)\. Rules: (BP\d{3}(?:, BP\d{3})*)\.$", re.MULTILINE)


@record(frozen=True, slots=True)
class Block:
    """One file of the package. ``names`` are its public functions and classes."""

    name: str
    folder: str
    file: Path
    summary: str
    practice: str
    rules: tuple[str, ...]
    names: tuple[str, ...]


def blocks() -> list[Block]:
    """All blocks, folder by folder; raises :class:`UsageError` where the reference package is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise UsageError(f"the package `{PACKAGE}` is not installed: install bpcheck anew")
    root = Path(next(iter(found.submodule_search_locations)))
    files = [file for folder in FOLDERS for file in sorted((root / folder).glob("*.py")) if file.stem != "__init__"]
    return [_block(file) for file in files]


def _block(file: Path) -> Block:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    text = ast.get_docstring(tree) or ""
    answers = _ANSWERS.search(text)
    names = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return Block(
        file.stem, file.parent.name, file, text.partition("\n")[0], answers[1] if answers else "",
        tuple(answers[2].split(", ")) if answers else (), tuple(name for name in names if name[0] != "_"),
    )  # fmt: skip


def block_named(name: str) -> Block:
    """The block called ``name``, or the one that defines it; raises :class:`UsageError` for a name that is neither."""
    known = blocks()
    wanted = name.replace("-", "_").removesuffix(".py")
    for block in known:
        if block.name == wanted:
            return block
    for block in known:
        if wanted in block.names:
            return block
    hint = did_you_mean(wanted, [word for block in known for word in (block.name, *block.names)])
    raise UsageError(f"`{name}` is no reference implementation.{hint}")


def index() -> Iterator[str]:
    """The lines of the table in `reference_impl/README.md`: practices, their blocks, and the rules that they answer."""
    known = blocks()
    yield "| practice | block | what it holds | rules |"
    yield "|---|---|---|---|"
    for practice, said in PRACTICES.items():
        for block in known:
            if block.practice == practice:
                path = f"{PACKAGE}/{block.folder}/{block.file.name}"
                names = ", ".join(f"`{name}`" for name in block.names)
                yield f"| {practice}: {said} | [{block.name}]({path}) | {names} | {', '.join(block.rules)} |"
