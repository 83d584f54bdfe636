"""Files that no repair helps: what parses is kept, what does not is told, and nothing may be called absent."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from bpcheck.sources import Source, read_source
from bpcheck.sources.omission import MOST_OMISSIONS


def read(text: str) -> Source:
    return read_source(Path("train.py"), data=text.encode())


def defined(source: Source) -> list[str]:
    assert source.tree is not None
    return [node.name for node in source.tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]


IN_CLASS = "def a(): pass\n@f\n@g(1)\nclass C:\n  x = = 1\ndef b(): pass\n"
CONFLICT = "<<<<<<< HEAD\ndef a(): pass\n=======\ndef b(): pass\n>>>>>>> x\n"
AFTER_STRING = 'def a():\n  """\ntext\n"""\n  x = = 1\ndef b(): pass\n'


@pytest.mark.parametrize(
    ("text", "kept", "line", "left_out"),
    [
        pytest.param("def a(): pass\nx = = 1\ndef b(): pass\n", ["a", "b"], 2, "line 2 is", id="statement"),
        pytest.param("def a():\n  y\n  x = = 1\n  z\n\ndef b(): pass\n", ["b"], 3, "lines 1-4 are", id="function"),
        pytest.param("x = foo(1,\n\ndef b(): pass\n", ["b"], 1, "line 1 is", id="open-bracket"),
        pytest.param("def a(): pass\nif x:\ndef b(): pass\n", ["a"], 3, "lines 2-3 are", id="no-block"),
        pytest.param(IN_CLASS, ["a", "b"], 5, "lines 2-5 are", id="decorated"),
        pytest.param("if a:\n  b\nelse:\n  c = = d\ndef b(): pass\n", ["b"], 4, "lines 1-4 are", id="else-branch"),
        pytest.param("try:\n  b = = c\nexcept E:\n  pass\ndef b(): pass\n", ["b"], 2, "lines 1-4 are", id="try"),
        pytest.param(CONFLICT, ["a", "b"], 1, "lines 1, 3, 5 are", id="merge-conflict"),
        pytest.param(AFTER_STRING, ["b"], 5, "lines 1-5 are", id="docstring"),
    ],
)
def test_the_rest_is_kept(text: str, kept: list[str], line: int, left_out: str) -> None:
    source = read(text)
    assert defined(source) == kept
    assert not source.complete
    [diagnostic] = source.diagnostics
    assert (diagnostic.kind, diagnostic.line, diagnostic.fatal) == ("syntax-error", line, True)
    assert left_out in diagnostic.message
    assert len(source.parsed.split("\n")) == len(text.split("\n"))


def test_what_is_kept_keeps_its_place() -> None:
    source = read("x = = 1\n\n\ndef b(): pass\n")
    assert source.tree is not None
    assert source.place(source.tree.body[-1]).line == 4


def test_old_syntax_and_a_broken_statement_are_both_told() -> None:
    source = read("print x\ny = = 1\ndef b(): pass\n")
    assert defined(source) == ["b"]
    assert [diagnostic.kind for diagnostic in source.diagnostics] == ["syntax-error", "repaired-syntax"]
    assert source.diagnostics[0].line == 2


def test_a_file_that_is_broken_all_over_is_given_up() -> None:
    source = read("".join(f"x{number} = = 1\ny = 1\n" for number in range(MOST_OMISSIONS + 5)))
    assert source.tree is None
    assert not source.complete
    assert [(diagnostic.line, diagnostic.fatal) for diagnostic in source.diagnostics] == [(1, True)]


@pytest.mark.parametrize(
    "text", ["x = = 1", "(", '"""', "x = (\n" * 30, "  x", "\\", "x = 1\n  y = 2", "\x0c(", "else:"]
)
def test_nothing_that_parses_may_be_left(text: str) -> None:
    source = read(text)
    assert not source.complete
    assert any(diagnostic.fatal for diagnostic in source.diagnostics)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("(" * 2000 + ")" * 2000, "too many nested parentheses", id="brackets"),
        pytest.param("-" * 20_000 + "1", "nested too deeply", id="signs"),
        pytest.param("a" + ".b" * 20_000, "nested too deeply", id="attributes"),
        pytest.param("x = 1" + "+1" * 20_000, "nested too deeply", id="sum"),
    ],
)
def test_deep_nesting_is_told_and_the_rest_kept(text: str, message: str) -> None:
    source = read(f"def a(): pass\n{text}\ndef b(): pass\n")
    if source.complete:  # some Pythons bear more than others
        assert defined(source) == ["a", "b"]
        return
    [diagnostic] = source.diagnostics
    assert message in diagnostic.message or "too many nested parentheses" in diagnostic.message
    assert (diagnostic.line, diagnostic.fatal) == (2, True)
    assert defined(source) == ["a", "b"]
