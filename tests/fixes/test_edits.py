"""Edits change what they name and no other byte."""

from __future__ import annotations

import pytest
from bpcheck.findings import Edit, Place
from bpcheck.fixes.edits import CannotEditError, apply_edits, overlap


def edit(line: int, column: int, end_line: int, end_column: int, content: str, path: str = "a.py") -> Edit:
    return Edit(Place(path, line, column, end_line, end_column), content)


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        (b"abc\n", [edit(1, 2, 1, 3, "XY")], b"aXYc\n"),
        (b"abc", [edit(1, 4, 1, 4, "\nd")], b"abc\nd"),
        (b"a\nb\nc\n", [edit(2, 1, 3, 1, "")], b"a\nc\n"),
        (b"a\nb\n", [edit(2, 1, 2, 1, "x\n"), edit(1, 1, 1, 1, "y\n")], b"y\na\nx\nb\n"),
        (b"a\r\nb\r\n", [edit(2, 1, 2, 1, "x\ny\n")], b"a\r\nx\r\ny\r\nb\r\n"),
        (b"a\rb\r", [edit(2, 1, 2, 2, "c\n")], b"a\rc\r\r"),
        (b"a\r\nb\nc", [edit(3, 1, 3, 2, "d")], b"a\r\nb\nd"),
        (b"\xef\xbb\xbfab\n", [edit(1, 1, 1, 2, "x")], b"\xef\xbb\xbfxb\n"),
        ("# coding: latin-1\nx = 'é'\n".encode("latin-1"), [edit(2, 6, 2, 7, "üé")],
         "# coding: latin-1\nx = 'üé'\n".encode("latin-1")),
        ("é = '模'; b\n".encode(), [edit(1, 10, 1, 11, "c")], "é = '模'; c\n".encode()),
        (b"x\x0cy\nz\n", [edit(2, 1, 2, 2, "w")], b"x\x0cy\nw\n"),
        (b"ab\n", [edit(1, 1, 1, 1, "import x\n"), edit(1, 1, 1, 1, "import x\n")], b"import x\nab\n"),
    ],
    ids=["replace", "at the end", "delete a line", "two", "crlf", "cr", "mixed", "bom", "latin-1", "wide", "form feed",
         "the same insertion twice"],
)  # fmt: skip
def test_applied(before: bytes, edits: list[Edit], after: bytes) -> None:
    assert apply_edits(before, edits) == after


@pytest.mark.parametrize(
    ("before", "edits", "why"),
    [
        (b"abc\n", [edit(1, 1, 1, 3, "x"), edit(1, 2, 1, 4, "y")], "overlap"),
        (b"abc\n", [edit(9, 1, 9, 1, "x")], "outside"),
        (b"abc\n", [edit(1, 3, 1, 1, "x")], "outside"),
        (b"\xff\n", [edit(1, 1, 1, 1, "x")], "encoding|utf-8"),
        (b"# coding: ascii\nx\n", [edit(2, 1, 2, 1, "é")], "ascii has no character"),
        (b"# coding: nonsense\nx\n", [edit(2, 1, 2, 1, "y")], "encoding is unknown"),
    ],
)
def test_refused(before: bytes, edits: list[Edit], why: str) -> None:
    with pytest.raises(CannotEditError, match=why):
        apply_edits(before, edits)


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        (edit(1, 1, 1, 3, "x"), edit(1, 3, 1, 5, "y"), False),
        (edit(1, 1, 1, 3, "x"), edit(1, 2, 1, 5, "y"), True),
        (edit(1, 1, 1, 1, "x"), edit(1, 1, 1, 1, "y"), True),
        (edit(1, 1, 1, 1, "x"), edit(1, 1, 1, 1, "x"), False),
        (edit(1, 1, 1, 1, "x"), edit(1, 1, 1, 4, "y"), True),
        (edit(1, 1, 9, 1, "x"), edit(4, 1, 4, 1, "y"), True),
        (edit(1, 1, 1, 3, "x"), edit(1, 1, 1, 3, "y", path="b.py"), False),
    ],
)
def test_overlap(one: Edit, other: Edit, collide: bool) -> None:
    assert overlap([one], [other]) is collide
    assert overlap([other], [one]) is collide
