"""Edits in the cells of a notebook touch the lines that change, and no other byte of the JSON."""

from __future__ import annotations

import json

import pytest
from bpcheck.findings import Edit, Place
from bpcheck.fixes.edits import CannotEditError, apply_edits


def edit(cell: int | None, line: int, column: int, end_column: int, content: str) -> Edit:
    return Edit(Place("n.ipynb", line, column, line, end_column, cell), content)


def notebook(source: str, rest: str = "") -> bytes:
    return f'{{"cells": [{{"cell_type": "code", "source": {source}}}{rest}], "nbformat" :4}}\n'.encode()


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        ('["a\\n", "b\\n",\n "c"]', [edit(0, 2, 1, 2, "x")], '["a\\n", "x\\n",\n "c"]'),
        ('["a\\n", "b"]', [edit(0, 1, 1, 1, "n\n")], '["n\\n", "a\\n", "b"]'),
        ('[\n  "a\\n",\n  "b"\n ]', [edit(0, 2, 2, 2, "\nc")], '[\n  "a\\n",\n  "b\\n",\n  "c"\n ]'),
        ('[\n  "a"\n ]', [edit(0, 1, 1, 1, "n\n")], '[\n  "n\\n",\n  "a"\n ]'),
        ('"a\\nb"', [edit(0, 2, 1, 2, "x")], '"a\\nx"'),
        ('["a\\nb\\n", "c"]', [edit(0, 3, 1, 2, "x")], '["a\\nb\\n", "x"]'),
        ('["\\u00e9\\n", "b"]', [edit(0, 2, 1, 2, "é")], '["\\u00e9\\n", "\\u00e9"]'),
        ('["é\\n", "b"]', [edit(0, 2, 1, 2, "ü")], '["é\\n", "ü"]'),
        ('["\\/ a\\n", "b"]', [edit(0, 2, 1, 2, "x")], '["\\/ a\\n", "x"]'),
        ('["a\\r\\n", "b"]', [edit(0, 1, 1, 1, "n\n")], '["n\\r\\n", "a\\r\\n", "b"]'),
    ],
    ids=["a line", "before", "after the last", "look of the others", "one string", "not by lines", "escaped", "plain",
         "odd escapes", "carriage return"],
)  # fmt: skip
def test_edited(before: str, edits: list[Edit], after: str) -> None:
    assert apply_edits(notebook(before), edits) == notebook(after)
    json.loads(notebook(after))


def test_cells_are_edited_one_by_one() -> None:
    before = notebook('["a"]', ', {"cell_type": "markdown", "source": []}, {"source": "a", "cell_type": "code"}')
    after = apply_edits(before, [edit(0, 1, 1, 2, "xyz"), edit(2, 1, 1, 2, "b\nc")])
    assert after == notebook(
        '["xyz"]', ', {"cell_type": "markdown", "source": []}, {"source": "b\\nc", "cell_type": "code"}'
    )


def test_format_three_and_a_byte_order_mark() -> None:
    text = '\ufeff{"worksheets": [{"cells": [{"cell_type": "code", "input": ["a"]}]}]}'
    assert apply_edits(text.encode(), [edit(0, 1, 1, 2, "b")]).decode() == text.replace('a"]', 'b"]')


@pytest.mark.parametrize(
    ("data", "where"),
    [(b"{", edit(0, 1, 1, 1, "")), (notebook('["a"]'), edit(4, 1, 1, 1, "")), (notebook('["a"]'), edit(None, 1, 1, 1, "")),
     (notebook('["a"]'), edit(0, 9, 1, 1, "")), (notebook("[1]"), edit(0, 1, 1, 1, ""))],
)  # fmt: skip
def test_refused(data: bytes, where: Edit) -> None:
    with pytest.raises(CannotEditError):
        apply_edits(data, [where])
