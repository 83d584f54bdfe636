"""JSON: the same values as the standard library reads, each with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .reading import nodes, plain, read, text_at, tree

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
DATA = st.dictionaries(
    st.text(),
    st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20),
)


@given(DATA, st.booleans(), st.sampled_from([None, 0, 2, "\t"]))
def test_the_same_as_the_standard_library(data: dict[str, Any], escaped: bool, indent: int | str | None) -> None:
    text = json.dumps(data, ensure_ascii=escaped, indent=indent)
    root = tree(text, "train.json")
    assert plain(root) == json.loads(text)
    for node in nodes(root):
        assert json.loads(text_at(node)) == plain(node)


def test_comments_and_trailing_commas_are_let_pass() -> None:
    text = '// c\n{"a": [1, 2,], /* "x": 0, */ "b": {"c": "//",}, // d\n}\n'
    assert plain(tree(text, "train.json")) == {"a": [1, 2], "b": {"c": "//"}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("\ufeff{}", {}),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('{"a": "\\ud83d\\ude00 \\/"}', {"a": "😀 /"}),
        ('{"a": "\\ud800"}', {"a": "�"}),
        ('{"a": [-Infinity, 1E5, -0.5]}', {"a": [float("-inf"), 1e5, -0.5]}),
        ('{"a": ' + "9" * 5000 + "}", {"a": ...}),
    ],
)
def test_values(text: str, value: Any) -> None:
    assert plain(tree(text, "train.json")) == value


@pytest.mark.parametrize("text", ["[]", " [1, 2", '"text"', "3"])
def test_no_object_is_no_configuration(text: str) -> None:
    source = read(text, "train.json")
    assert (source.config, source.tree, source.complete, source.diagnostics) == (None, None, True, ())


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "ends too early"),
        ('{"a": 1', 1, 8, "ends too early"),
        ('{\n"é": 1 "b"}', 2, 8, "'\"b\"}' cannot stand here"),
        ("{a: 1}", 1, 2, "'a: 1}' cannot stand here"),
        ('{"a" 1}', 1, 6, "cannot stand here"),
        ('{"a": 1}}', 1, 9, "cannot stand here"),
        ('{"a": 1]', 1, 8, "cannot stand here"),
        ('{"a": [1}', 1, 9, "cannot stand here"),
        ('{1: 2}', 1, 2, "cannot stand here"),
        ('{"a": {} {}}', 1, 10, "cannot stand here"),
        ('{"a": "\\uZZ"}', 1, 8, "escape"),
        ('{"a": "', 1, 7, "cannot stand here"),
        ('{"a":' * 20_000, 1, 501, "nested too deeply"),
        ('{"a": ' + "[" * 20_000, 1, 106, "nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_told_with_its_place(text: str, line: int, column: int, words: str) -> None:
    source = read(text, "train.json")
    assert (source.config, source.complete) == (None, True)
    [problem] = source.diagnostics
    assert (problem.kind, problem.line, problem.column) == ("syntax-error", line, column)
    assert words in problem.message


def test_an_object_of_thousands_of_values_is_data() -> None:
    assert read(json.dumps({str(number): number for number in range(25_000)}), "train.json").config is None
