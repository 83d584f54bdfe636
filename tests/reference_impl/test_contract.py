"""What every block promises, whatever it does. This file names no block."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from bpcheck.practices import PRACTICES
from bpcheck.registry import BUILT_IN, collect

PACKAGE = Path(__file__).parents[2] / "reference_impl" / "bpcheck_reference"
FOLDERS = ("data", "learning_rate", "training", "activations", "architectures")
BLOCKS = sorted(file for folder in FOLDERS for file in (PACKAGE / folder).glob("*.py") if file.name != "__init__.py")
PRACTICE = re.compile(r"^Practice: ([A-Z]\d+)\. Rules: ((?:BP\d{3}, )*BP\d{3})\.$", re.MULTILINE)
#: Third-party packages that tabular blocks may use, inside the functions that need them.
LAZY = {"pandas", "sklearn"}

every_block = pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.parent.name}/{block.stem}")


def docstring(block: Path) -> str:
    return ast.get_docstring(ast.parse(block.read_text(encoding="utf-8"))) or ""


def test_every_practice_has_a_block() -> None:
    answered = {practice for block in BLOCKS for practice, _ in PRACTICE.findall(docstring(block))}
    assert answered == PRACTICES.keys()


@every_block
def test_a_block_says_its_practice_its_rules_and_its_source(block: Path) -> None:
    text = docstring(block)
    assert len(PRACTICE.findall(text)) == 1, "one line `Practice: D1. Rules: BP101.`"
    assert "\nSource: " in text
    rules = {rule.code for rule in collect([BUILT_IN])}
    assert set(PRACTICE.findall(text)[0][1].split(", ")) <= rules


@every_block
def test_a_block_stands_alone(block: Path) -> None:
    """It imports torch and the standard library only, so that one file can be copied into a project."""
    tree = ast.parse(block.read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots = {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative import"
            roots = {(node.module or "").partition(".")[0]}
        else:
            continue
        assert not roots & {"bpcheck", "bpcheck_reference", "bpcheck_rules", "numpy", "torchvision"}
        assert not (roots & LAZY and node in top)


@every_block
def test_what_is_public_is_documented(block: Path) -> None:
    tree = ast.parse(block.read_text(encoding="utf-8"))
    public = [n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and not n.name.startswith("_")]
    assert public
    for node in public:
        assert ast.get_docstring(node), f"{node.name} has no docstring"
        for method in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(method, ast.FunctionDef) and not method.name.startswith("_") and method.name != "extra_repr":
                assert ast.get_docstring(method), f"{node.name}.{method.name} has no docstring"


@every_block
def test_a_block_has_tests(block: Path) -> None:
    assert (Path(__file__).parent / block.parent.name / f"test_{block.stem}.py").is_file()
