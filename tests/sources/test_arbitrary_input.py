"""Whatever the bytes, reading them ends in a Source: with a tree, or with a word about why there is none."""

from __future__ import annotations

import ast
import json
import random
import sysconfig
import time
from pathlib import Path

import pytest
from bpcheck.sources import Source, read_source
from bpcheck.sources.source import split_lines
from hypothesis import given, settings
from hypothesis import strategies as st

FRAGMENTS = st.sampled_from([
    "print x", "async=", "except A, b:", "`", "0777", 'f"{', '"}', "lambda (a, b):", "def f[T](", "type X = ", "(", ")",
    "\n", "\n\t", "\n    ", ":", "%time ", "!ls", "?", '"""', "'", "\\", "\\\n", "\r", "\x0c", "\0", "é", "if x",
    "else", "ur''", "<>", "<<<<<<<", "exec ", "raise E, 1", "[", "]", "{", "}", "#", ";", "x", "1", " ", "class A",
    "@a", "t'{", "pip install", ">>> ",
])  # fmt: skip


def check(source: Source) -> None:
    """What holds for every Source."""
    if source.tree is None:
        assert not source.complete
        assert any(diagnostic.fatal for diagnostic in source.diagnostics)
        return
    for node in ast.walk(source.tree):
        place = source.place(node)
        assert place.line >= 1
        assert place.column >= 1
        assert (place.line, place.column) <= (place.end_line, place.end_column)
    for diagnostic in source.diagnostics:
        assert diagnostic.line >= 1
        assert diagnostic.column >= 1
        assert "\n" not in diagnostic.message


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    check(read_source(Path("a.py"), data=data))


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    check(read_source(Path("a.py"), data=text.encode("utf-8", "replace")))


@settings(max_examples=400, deadline=None)
@given(st.lists(FRAGMENTS, max_size=30).map("".join))
def test_any_mixture_of_old_new_and_broken(text: str) -> None:
    check(read_source(Path("a.py"), data=text.encode()))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(FRAGMENTS, max_size=12).map("".join), max_size=5))
def test_any_cells(cells: list[str]) -> None:
    notebook = {"cells": [{"cell_type": "code", "source": cell} for cell in cells]}
    source = read_source(Path("a.ipynb"), data=json.dumps(notebook).encode())
    check(source)
    assert source.tree is not None
    for cell, first, count in source.cells or ():
        assert source.lines[first - 1 : first - 1 + count] == split_lines(cells[cell])


@given(st.binary(max_size=100))
def test_any_bytes_as_a_notebook(data: bytes) -> None:
    source = read_source(Path("a.ipynb"), data=data)
    assert (source.tree is None) is bool(data.strip())
    check(source)


@pytest.mark.parametrize("seed", range(30))
def test_real_code_with_a_hole(seed: int) -> None:
    """Code of the standard library with a stretch cut out, as an editor leaves it in the midst of a change."""
    chance = random.Random(seed)
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    data = chance.choice(files).read_bytes()[:20_000]
    start = chance.randrange(len(data))
    check(read_source(Path("a.py"), data=data[:start] + data[start + chance.randrange(200) :]))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("f'{\"" * 5_000, id="fstrings-begun"),
        pytest.param('a = f"{x\n' * 5_000, id="fstrings-unclosed"),
        pytest.param("def " * 20_000, id="functions-begun"),
        pytest.param("x = = 1\n" + "lambda: " * 20_000, id="lambdas"),
        pytest.param("!x\n" + "a\n" * 20_000, id="lines"),
        pytest.param("x = = 1\n" * 20_000, id="all-broken"),
        pytest.param('x = = "' + "\\" * 100_001, id="backslashes"),
        pytest.param(('x = = "' + "a" * 100_000 + '"\n') * 20, id="long-lines"),
    ],
)
def test_no_text_takes_time_out_of_proportion(text: str) -> None:
    started = time.process_time()
    source = read_source(Path("a.py"), data=text.encode())
    assert time.process_time() - started < 10
    check(source)
