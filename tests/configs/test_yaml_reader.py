"""YAML: what values mean, where they stand, and what is not let in."""

from __future__ import annotations

from typing import Any

import pytest

from .reading import nodes, plain, read, text_at, tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("-12", -12), ("0x1F", 31), ("0o17", "0o17"), ("017", 15), ("0b11", 3), ("1_000", 1000), ("1:30", 90),
        ("1.5", 1.5), ("1e-3", 1e-3), ("5E-5", 5e-5), ("1.e+4", 1e4), ("1e4", 1e4), (".5", 0.5), ("-.inf", float("-inf")),
        ("08", "08"), ("1e", "1e"), ("e5", "e5"), ("1-2", "1-2"), ("1.2.3", "1.2.3"), (".", "."), ("+", "+"),
        ("0x_", "0x_"), ("true", True), ("True", True), ("tRue", "tRue"), ("yes", True), ("OFF", False), ("n", "n"),
        ("null", None), ("~", None), ("", None), ("None", "None"), ("'1'", "1"), ('"1e-3"', "1e-3"), ("2024-01-31", "2024-01-31"),
        ("!!str 1", "1"), ("!!float 1", 1.0), ("!!int 3", 3), ("! 1", "1"), ("!!bool yes", True), ("torch.optim.Adam", "torch.optim.Adam"),
        ("[1, a, null]", [1, "a", None]), ("!!python/tuple [1, 2]", [1, 2]), ("{a: 1, b: }", {"a": 1, "b": None}),
        ("|\n  one\n  two\n", "one\ntwo\n"), (">-\n  one\n  two\n", "one two"), ("one\n  two", "one two"), ("<<", "<<"),
    ],
)  # fmt: skip
def test_values(text: str, value: Any) -> None:
    found = plain(tree(f"k: {text}\n"))["k"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("!function a.b", "the tag !function"),
        ("!!python/object/apply:os.system ['x']", "the tag tag:yaml.org,2002:python/object/apply:os.system"),
        ("!!python/name:os.system", "the tag tag:yaml.org,2002:python/name:os.system"),
        ("!x {a: 1}", "the tag !x"),
        ("!!int a", "the tag tag:yaml.org,2002:int"),
        ("!!binary aGk=", "the tag tag:yaml.org,2002:binary"),
        ("9" * 5000, "a number with too many digits"),
    ],
)
def test_what_is_unknown(text: str, why: str) -> None:
    root = tree(f"k: {text}\nl: 1\n")
    node = root.items["k"]
    assert (node.kind, node.why) == ("unknown", why)
    assert plain(root)["l"] == 1


def test_a_nan_is_a_float() -> None:
    value = tree("k: .nan\n").items["k"].value
    assert value != value


PLACES = """# é
plain:   1   # comment
'quoted': "two é"
flow: [1, {inner: 😀}]  # comment
section: &anchor
  block: |  # comment
    text
    # no comment

  tagged: !!float &other 3

list:
- first
-   key: value
alias: *anchor
two lines: first
  second
empty:
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "---\n"])
def test_everything_knows_its_place(start: str, line_end: str) -> None:
    root = tree((start + PLACES).replace("\n", line_end))
    assert text_at(root.items["plain"]) == "1"
    assert text_at(root.keys["quoted"]) == "'quoted'"
    assert text_at(root.items["quoted"]) == '"two é"'
    assert text_at(root.items["flow"]) == "[1, {inner: 😀}]"
    assert text_at(root.items["flow"].elements[1].items["inner"]) == "😀"
    section = root.items["section"]
    assert text_at(section).startswith("block: |")
    assert text_at(section).endswith("&other 3")
    assert text_at(section.items["block"]).endswith("# no comment")
    assert text_at(section.items["tagged"]) == "3"
    assert text_at(root.items["list"]) == "- first\n-   key: value"
    assert text_at(root.items["list"].elements[1]) == "key: value"
    assert root.items["alias"] is section
    assert text_at(root.items["two lines"]) == "first\n  second"
    assert section.mark.lineno == 6 + (start == "---\n")


def test_what_is_merged_stays_where_it_is_written() -> None:
    root = tree("base: &b {a: 1, b: 2}\nmore: &m {b: 3, c: 4}\nrun:\n  <<: [*b, *m]\n  a: 9\n")
    run = root.items["run"]
    assert plain(run) == {"a": 9, "b": 2, "c": 4}
    assert [run.items[key].mark.lineno for key in "abc"] == [5, 1, 2]
    assert [run.keys[key].mark.lineno for key in "abc"] == [5, 1, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2\n", {"a": 2}),
        ("x\n---\n- 1\n---\na: 1\n---\n{ broken", {"a": 1}),
        ("a: &x 1\nb: &x 2\nc: *x\n", {"a": 1, "b": 2, "c": 2}),
        ("[1, 2]: 3\nx: 1\n", {"x": 1, ...: ...}),
        ("a: &a\n  <<: *a\n  b: *a\n", {"a": {"b": ..., ...: ...}}),
        ("a:\n  <<: nothing\n  b: 1\n", {"a": {"b": 1, ...: ...}}),
        ("a: {{ template }}\n", {"a": {...: ...}}),
        ("1: a\n'1': b\ntrue: c\n1.5: d\n", {1: "c", "1": "b", 1.5: "d"}),
    ],
)
def test_trees(text: str, expected: Any) -> None:
    assert plain(tree(text)) == expected


@pytest.mark.parametrize("text", ["", "# nothing\n", "- 1\n- 2\n", "just words\n", "---\n---\n", "3"])
def test_no_mapping_is_no_configuration(text: str) -> None:
    source = read(text)
    assert (source.config, source.tree, source.complete, source.diagnostics) == (None, None, True, ())


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: 1\n\tb: 2\n", 2, 1, "is no YAML: "),
        ("a: 'é\n", 2, 1, "unexpected end"),
        ("é: é: 1\n", 1, 5, "mapping values are not allowed"),
        ("a: *nowhere\n", 1, 4, "there is no anchor 'nowhere'"),
        ("a: 1\nb: \0\n", 2, 4, "the character '\\x00' is not allowed"),
        ("{% if x %}\na: 1\n", 1, 2, "is no YAML: "),
        ("[" * 20_000, 1, (101, 1001), "nested too deeply"),  # the second: noticed by PyYAML, from 6.0.4 on
        ("- " * 20_000, 1, 201, "nested too deeply"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(
    text: str, line: int, column: int | tuple[int, int], words: str
) -> None:
    source = read(text)
    assert (source.config, source.complete) == (None, True)
    [problem] = source.diagnostics
    assert (problem.kind, problem.line) == ("syntax-error", line)
    assert problem.column in (column if isinstance(column, tuple) else (column,))
    assert words in problem.message


def test_aliases_of_aliases_stay_small() -> None:
    laughs = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    root = tree(laughs)
    assert root.size < 40_000
    assert len(list(nodes(root))) < 60_000
    assert plain(root.items["a1"]) == [["x"]] * 10
    assert "..." not in str(plain(root.items["a2"]))
    assert root.items["a11"].elements[0].kind == "unknown"


def test_a_file_of_thousands_of_values_is_data() -> None:
    assert read("".join(f"k{number}: {number}\n" for number in range(25_000))).config is None
