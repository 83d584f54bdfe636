"""Whatever the bytes, reading a configuration ends: in a tree, in a word about why there is none, or in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.configs.compose import compose
from bpcheck.configs.prefilter import might_configure
from bpcheck.directives import directives_of
from bpcheck.sources import Source, read_source
from hypothesis import given, settings
from hypothesis import strategies as st

from .reading import nodes, text_at

NAMES = st.sampled_from(["a.yaml", "a.json", "a.toml"])
FRAGMENTS = st.sampled_from([
    "a", "b", ": ", ":", "- ", "-", "\n", "\n  ", "\n    ", "{", "}", "[", "]", ",", "&a ", "*a", "<<: ", "? ", "|\n", ">-\n",
    "'", '"', '"""', "'''", "\\", "\\u00e9", "\\ud800", "#", " # bpcheck: ignore\n", "---\n", "...", "!!str ", "!x ", "%", "${", "${a}",
    "${.b}", "defaults", "_self_", "_base_", "a.yaml", "???", "1", "1e-3", "0x", ".5", "=", " = ", ".", "[[", "]]", "true", "null",
    "\t", "\r", "\0", "é", "😀", "\x85", "\u2028", "\ufeff", "//", "/*", "*/", "2024-01-01", "inf", "@",
])  # fmt: skip


def check(source: Source) -> None:
    """What holds for every configuration."""
    assert (source.tree, source.complete) == (None, True)
    assert len(source.diagnostics) <= (source.config is None)
    for diagnostic in source.diagnostics:
        assert diagnostic.kind == "syntax-error"
        assert diagnostic.line >= 1
        assert diagnostic.column >= 1
        assert "\n" not in diagnostic.message
    directives_of(source)
    if source.config is None:
        return
    for root in (source.config, compose(source.config, source.file, lambda file: source.config)):
        for node in nodes(root):
            place = node.source.place(node.mark)
            assert 1 <= place.line <= len(source.lines)
            assert place.column >= 1
            assert (place.line, place.column) <= (place.end_line, place.end_column)
            assert bool(node.why) or node.kind != "unknown"
            text_at(node)


@given(st.binary(max_size=200), NAMES)
def test_any_bytes(data: bytes, name: str) -> None:
    might_configure(data)
    check(read_source(Path(name), data=data))


@settings(max_examples=1000, deadline=None)
@given(st.lists(FRAGMENTS, max_size=40).map("".join), NAMES)
def test_any_mixture(text: str, name: str) -> None:
    check(read_source(Path(name), data=text.encode("utf-8", "surrogatepass")))


@settings(deadline=None)
@given(st.lists(FRAGMENTS, min_size=1, max_size=4).map("".join), st.integers(1, 3000), NAMES)
def test_any_repetition(text: str, times: int, name: str) -> None:
    check(read_source(Path(name), data=(text * times).encode("utf-8", "surrogatepass")))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
@pytest.mark.parametrize("name", ["a.yaml", "a.json", "a.toml"])
def test_any_encoding(encoding: str, name: str) -> None:
    check(read_source(Path(name), data="a = 'é'".encode(encoding)))
