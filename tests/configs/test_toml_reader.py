"""TOML: the values are those of the library, and each stands where it is written."""

from __future__ import annotations

from typing import Any

import pytest

from .reading import nodes, plain, read, text_at, tree

TEXT = '''# comment
title = "é # no comment"
[optimizer]  # comment
lr = 1e-3
betas = [0.9, # first
  0.999,
]
"quoted key".inner = {a = 1, b = "x"}

[ model . head ]
text = """one \\"""
two"""
[[callbacks]]
name = 'first'
[[callbacks]]
name = 'second'
[callbacks.options]
deep.deeper = true
since = 2024-01-31 10:00:00
'''


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_everything_knows_its_place(start: str, line_end: str) -> None:
    root = tree((start + TEXT).replace("\n", line_end), "train.toml")
    optimizer = root.items["optimizer"]
    callbacks = root.items["callbacks"]
    assert text_at(root.items["title"]) == '"é # no comment"'
    assert text_at(root.keys["title"]) == "title"
    assert (text_at(root.keys["optimizer"]), root.keys["optimizer"].mark.lineno) == ("optimizer", 3)
    assert text_at(optimizer.items["lr"]) == "1e-3"
    assert text_at(optimizer.items["betas"]) == "[0.9, # first\n  0.999,\n]"
    assert text_at(optimizer.items["betas"].elements[1]) == "0.999"
    assert text_at(optimizer.keys["quoted key"]) == '"quoted key"'
    assert text_at(optimizer.items["quoted key"].items["inner"].items["b"]) == '"x"'
    assert (text_at(root.items["model"].keys["head"]), root.keys["model"].mark.lineno) == ("head", 10)
    assert text_at(root.items["model"].items["head"]) == "model . head"
    assert root.items["model"].items["head"].items["text"].value == 'one """\ntwo'
    assert [text_at(each.items["name"]) for each in callbacks.elements] == ["'first'", "'second'"]
    assert [each.mark.lineno for each in callbacks.elements] == [13, 15]
    options = callbacks.elements[1].items["options"]
    assert (text_at(options.items["deep"].items["deeper"]), options.mark.lineno) == ("true", 17)
    assert options.items["since"].value == text_at(options.items["since"]) == "2024-01-31 10:00:00"
    assert len(list(nodes(root))) == root.size + sum(1 for node in nodes(root) for _ in node.keys)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        ("a = true\nb = [1, [2.5, inf]]\n", {"a": True, "b": [1, [2.5, float("inf")]]}),
        ("a.b.c = 1\na.b.d = 2\n", {"a": {"b": {"c": 1, "d": 2}}}),
        ("a = 1979-05-27\nb = 07:32:00\nc = 1979-05-27T07:32:00Z\n",
         {"a": "1979-05-27", "b": "07:32:00", "c": "1979-05-27T07:32:00Z"}),
        ('"\\u00e9" = 1\n', {"é": 1}),
        ("[a.b]\n[a]\nc = 1\n", {"a": {"b": {}, "c": 1}}),
    ],
)  # fmt: skip
def test_values(text: str, value: Any) -> None:
    assert plain(tree(text, "train.toml")) == value


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a = \n", 1, 5, "is no TOML: "),
        ("a = 1\na = 2\n", 2, 6, "is no TOML: "),
        ("a = [1,\n", 2, 1, "is no TOML: "),
        ("a = '\0'\n", 1, 6, "is no TOML: "),
        ("a = " + "9" * 5000, 1, 1, "is no TOML: "),
        ("a = " + "[" * 20_000, 1, 105, "nested too deeply"),
        ("a." * 100_000 + "a = 1", 1, 1, "nested too deeply"),
        ("[" + "a." * 100_000 + "a]", 1, 2, "nested too deeply"),
    ],
)
def test_what_is_no_toml_is_told_with_its_place(text: str, line: int, column: int, words: str) -> None:
    source = read(text, "train.toml")
    assert (source.config, source.complete) == (None, True)
    [problem] = source.diagnostics
    assert problem.kind == "syntax-error"
    assert words in problem.message
    assert problem.line == line
    assert problem.column in (column, column + 1)  # the two libraries differ by one


def test_a_table_of_thousands_of_values_is_data() -> None:
    assert read("".join(f"k{number} = {number}\n" for number in range(25_000)), "train.toml").config is None
