"""`bpcheck new-rule` writes what a rule needs, and nothing over what is there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bpcheck.documentation import SECTIONS, code_blocks, parse_documentation


@pytest.fixture
def checkout(folder: Path) -> Path:
    (folder / "rules/bpcheck_rules/training").mkdir(parents=True)
    return folder


def test_the_files_and_the_next_free_code(bpcheck: Any, checkout: Path) -> None:
    result = bpcheck("new-rule", "training", "stale-momentum")
    assert result.code == 0
    assert result.out.splitlines() == [
        "wrote rules/bpcheck_rules/training/stale_momentum.py",
        "wrote fixtures/rules/BP320-stale-momentum/bad_minimal.py",
        "wrote fixtures/rules/BP320-stale-momentum/good_minimal.py",
    ]
    assert "wrote fixtures/rules/BP321-other/bad_minimal.py" in bpcheck("new-rule", "training", "other").out
    assert "BP120" in bpcheck("new-rule", "data", "first").out
    assert "BP220" in bpcheck("new-rule", "learning-rate", "first_too").out


def test_the_rule_is_whole(bpcheck: Any, checkout: Path) -> None:
    bpcheck("new-rule", "training", "stale-momentum")
    text = (checkout / "rules/bpcheck_rules/training/stale_momentum.py").read_text()
    tree = ast.parse(text)
    documentation = parse_documentation(ast.get_docstring(tree) or "")
    assert [heading for heading, _ in documentation.sections] == list(SECTIONS)
    assert all(body for _, body in documentation.sections)
    for heading in ("Example", "Use instead"):
        [block] = code_blocks(documentation.section(heading))
        ast.parse(block)
    assert any(isinstance(node, ast.FunctionDef) and node.name == "stale_momentum" for node in tree.body)
    assert 'code="BP320"' in text


def test_what_is_written_passes_the_linter(bpcheck: Any, checkout: Path) -> None:
    bpcheck("new-rule", "training", "stale-momentum")
    settings = Path(__file__).parents[1] / "pyproject.toml"
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--config", str(settings), "--no-cache", "."]
        done = subprocess.run(ruff, cwd=checkout, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_bad_fixture_expects_the_code_and_the_good_one_nothing(bpcheck: Any, checkout: Path) -> None:
    bpcheck("new-rule", "training", "stale-momentum")
    fixtures = checkout / "fixtures/rules/BP320-stale-momentum"
    assert (fixtures / "bad_minimal.py").read_text().count("# expect: BP320") == 1
    assert "# expect" not in (fixtures / "good_minimal.py").read_text()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("trainning", "x-y"), "Did you mean `training`?"),
        (("training", "Two Words"), "is no name for a rule"),
        (("training", "double-softmax"), "is the name of BP403 already"),
        (("training", "x-y", "--root", "elsewhere"), "no checkout of bpcheck"),
    ],
)
def test_mistakes(bpcheck: Any, checkout: Path, args: tuple[str, ...], message: str) -> None:
    result = bpcheck("new-rule", *args)
    assert result.code == 2
    assert message in result.err
    assert not (checkout / "fixtures").exists()


def test_nothing_is_overwritten(bpcheck: Any, checkout: Path) -> None:
    file = checkout / "rules/bpcheck_rules/training/stale_momentum.py"
    file.write_text("mine")
    result = bpcheck("new-rule", "training", "stale-momentum")
    assert result.code == 2
    assert "exists already" in result.err
    assert file.read_text() == "mine"
    assert not (checkout / "fixtures").exists()
