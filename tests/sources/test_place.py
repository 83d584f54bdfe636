"""The way back from the tree to the file: what stands at the place of a node is the node's own text."""

from __future__ import annotations

import ast
import random
import sys
import sysconfig
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from bpcheck.findings import Place
from bpcheck.sources import Source, read_source

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))


def read(text: str | bytes) -> Source:
    return read_source(Path("train.py"), data=text.encode() if isinstance(text, str) else text)


def names(source: Source) -> Iterator[ast.Name]:
    """Every Name of the tree, but those in f-strings, which Python before 3.12 misplaces."""
    assert source.tree is not None
    waiting: list[ast.AST] = [source.tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            yield node
        if not isinstance(node, ast.JoinedStr) or sys.version_info >= (3, 12):
            waiting.extend(ast.iter_child_nodes(node))


def text_at(source: Source, place: Place) -> str:
    assert place.line == place.end_line
    return source.lines[place.line - 1][place.column - 1 : place.end_column - 1]


def sample(count: int) -> list[Path]:
    files = sorted(path for path in STANDARD_LIBRARY.rglob("*.py") if "site-packages" not in path.parts)
    return random.Random(20).sample(files, min(count, len(files)))


def test_every_name_of_the_standard_library_is_found_at_its_place() -> None:
    wrong, right = [], 0
    for file in sample(150):
        source = read_source(file)
        for node in names(source) if source.tree else ():
            place = source.place(node)
            if unicodedata.normalize("NFKC", text_at(source, place)) == node.id:
                right += 1
            else:
                wrong.append((place, node.id, text_at(source, place)))
    assert not wrong
    assert right > 10_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x = 1\n\nlabel = x\n", id="plain"),
        pytest.param("größe = 1; lr = größe; '日本' + lr\n", id="not-ascii"),
        pytest.param("'🎉'; lr\n", id="astral"),
        pytest.param(b"\xef\xbb\xbflr = 1\nlr\n", id="byte-order-mark"),
        pytest.param(b"a = 1\r\nlr = a\r\n'''\r\n''' + lr\r\n", id="crlf"),
        pytest.param(b"a = 1\rlr = a\r", id="cr"),
        pytest.param("a = 1\n\x0c\nlr = a\n\x0cx = lr\n'a\x0cb' + lr\n", id="form-feed"),
        pytest.param("a = '\u2028\x1c\x85'\nlr = a\n", id="not-a-line-end"),
        pytest.param(b"# coding: latin-1\n'\xe9' + lr\n", id="latin-1"),
        pytest.param(b"'\xe9' + lr\n", id="latin-1-undeclared"),
        pytest.param("x = 1\n\tif_ = 1".replace("\n\t", "\nif x:\n\t"), id="tab"),
    ],
)
def test_names_are_found(text: str | bytes) -> None:
    source = read(text)
    found = [text_at(source, source.place(node)) for node in names(source)]
    assert found == [node.id for node in names(source)]
    assert found


def test_columns_count_characters_from_one() -> None:
    source = read("é = f(x)\n")
    assert source.tree is not None
    call = source.tree.body[0]
    assert isinstance(call, ast.Assign)
    assert source.place(call.value) == Place("train.py", 1, 5, 1, 9)


def test_a_range_may_be_given_as_ast_counts_it() -> None:
    assert read("é = f(x)\n").place((1, 5, 1, 9)) == Place("train.py", 1, 5, 1, 9)


def test_a_range_beyond_the_text_is_no_error() -> None:
    assert read("é\n").place((7, 3, 8, 1)) == Place("train.py", 7, 4, 8, 2)


def test_a_node_without_position_spans_its_children() -> None:
    source = read("with open(a) as b, c:\n    pass\n[x for x in y if x]\ndef f(a, b=1): pass\n")
    assert source.tree is not None
    found = {
        type(node).__name__: source.place(node)
        for node in ast.walk(source.tree)
        if isinstance(node, (ast.comprehension, ast.arguments, ast.Module))
    }
    assert found == {
        "Module": Place("train.py", 1, 1, 4, 20),
        "comprehension": Place("train.py", 3, 8, 3, 19),
        "arguments": Place("train.py", 4, 7, 4, 13),
    }


def test_an_empty_module_has_a_place() -> None:
    source = read("")
    assert source.tree is not None
    assert source.place(source.tree) == Place("train.py", 1, 1, 1, 1)
    assert source.complete
    assert source.diagnostics == ()
