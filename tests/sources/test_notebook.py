"""Notebooks become one module, and places lead back to a cell and a line in it."""

from __future__ import annotations

import ast
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from bpcheck.findings import Place
from bpcheck.sources import Source, read_source


def code(source: str | list[str], **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": [], "metadata": {}, "execution_count": None, **more}


TITLE = {"cell_type": "markdown", "source": ["# Title"], "metadata": {}}


def read(*cells: dict[str, Any], **metadata: Any) -> Source:
    return read_bytes(json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4}).encode())


def read_bytes(data: bytes) -> Source:
    return read_source(Path("a.ipynb"), data=data)


def name_places(source: Source) -> dict[str, Place]:
    assert source.tree is not None
    return {node.id: source.place(node) for node in ast.walk(source.tree) if isinstance(node, ast.Name)}


def test_cells_are_one_module_and_places_are_within_cells() -> None:
    source = read(TITLE, code(["import torch\n", "lr = 1"]), TITLE, code("é = lr\nif lr:\n    net = 2\n"), code("last"))
    assert source.complete
    assert source.cells == [(1, 1, 2), (3, 3, 4), (4, 7, 1)]
    assert source.text == "import torch\nlr = 1\né = lr\nif lr:\n    net = 2\n\nlast"
    places = name_places(source)
    assert (places["net"].cell, places["net"].line, places["net"].column) == (3, 3, 5)
    assert (places["last"].cell, places["last"].line) == (4, 1)
    assert places["é"] == Place("a.ipynb", 1, 1, 1, 2, 3)
    assert str(places["net"]) == "a.ipynb:cell 3:3:5"


def test_places_survive_magics() -> None:
    source = read(code("%%time\n%time f(xx)\nout = !ls\nfor y in out:\n    %time zz"))
    places = name_places(source)
    assert (places["xx"].line, places["xx"].column) == (2, 9)
    assert (places["zz"].line, places["zz"].column) == (5, 11)


def test_an_indented_cell_keeps_its_columns() -> None:
    places = name_places(read(code("    def f():\n        return net")))
    assert (places["net"].line, places["net"].column, places["net"].end_column) == (2, 16, 19)


def test_a_broken_cell_does_not_take_the_others_along() -> None:
    source = read(code("aa = 1"), TITLE, code("x = 1\nbb = = 2\ny = 3"), code("cc = 3"))
    assert not source.complete
    assert {"aa", "x", "y", "cc"} <= set(name_places(source))
    [diagnostic] = source.diagnostics
    assert (diagnostic.kind, diagnostic.cell, diagnostic.line, diagnostic.fatal) == ("syntax-error", 2, 2, True)
    assert "line 2 is left out" in diagnostic.message
    assert name_places(source)["cc"].cell == 3


def test_cells_that_only_parse_together_are_broken() -> None:
    source = read(code("x = (1,"), code("2)"), code("ok = 1"))
    assert not source.complete
    assert [diagnostic.cell for diagnostic in source.diagnostics] == [0, 1]
    assert "ok" in name_places(source)


@pytest.mark.parametrize("cell", ["if x:", "x = 1 \\", "@decorated", "'''", "x = ("])
def test_an_unfinished_cell_ends_where_it_ends(cell: str) -> None:
    source = read(code(cell), code("ok = 1"), code("def f(): pass"))
    assert not source.complete
    assert [diagnostic.cell for diagnostic in source.diagnostics] == [0]
    assert name_places(source)["ok"] == Place("a.ipynb", 1, 1, 1, 3, 1)


def test_python_2_is_repaired_cell_by_cell() -> None:
    source = read(code("print 'a'"), code("net.cuda(async=True)"), kernelspec={"name": "python2", "language": "python"})
    assert source.complete
    assert [(found.kind, found.cell, found.fatal) for found in source.diagnostics] == [
        ("repaired-syntax", 0, False), ("repaired-syntax", 1, False),
    ]  # fmt: skip
    assert name_places(source)["net"].cell == 1


def test_format_3() -> None:
    cells = [
        {"cell_type": "heading", "source": "x"},
        {"cell_type": "code", "language": "python", "input": ["print 1\n", "lr"]},
    ]
    data = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}
    source = read_bytes(json.dumps(data).encode())
    assert source.cells == [(1, 1, 2)]
    assert name_places(source)["lr"] == Place("a.ipynb", 2, 1, 2, 3, 1)


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "ir", "language": "R"}},
        {"kernelspec": {"name": "julia-1.9"}},
        {"language_info": {"name": "scala"}},
    ],
)
def test_another_language_is_not_our_business(metadata: dict[str, Any]) -> None:
    source = read(code("x <- 1"), **metadata)
    assert source.tree is None
    assert source.complete
    assert source.diagnostics == ()


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"kernelspec": {"name": "my-conda-env"}},
        {"kernelspec": {"name": "python3", "language": "python"}},
        {"language_info": {"name": "ipython", "version": "3.11"}},
        {"kernelspec": None, "language_info": []},
    ],
)
def test_python_is_the_rule(metadata: dict[str, Any]) -> None:
    assert "x" in name_places(read(code("x"), **metadata))


def test_a_cell_in_another_language_is_skipped() -> None:
    source = read(code("select 1", metadata={"vscode": {"languageId": "sql"}}), code("x"))
    assert source.complete
    assert source.cells == [(1, 1, 1)]


def test_a_command_that_may_hide_code_opens_the_notebook() -> None:
    source = read(code("%run other.py"), code("x"))
    assert not source.complete
    assert source.diagnostics == ()


@pytest.mark.parametrize(
    ("data", "message", "line", "column"),
    [
        (b'{"cells": [\n  {"a": 1,}\n]}', "is no notebook: ", 2, None),
        (b"[]", "is no notebook: it has no cells", 1, 1),
        (b"{}", "is no notebook: it has no cells", 1, 1),
        (b"\xff\xfe", "is no notebook: ", 1, 1),
        (b"[" * 100_000, "is no notebook: ", 1, None),
        (b"<html>", "is no notebook: Expecting value", 1, 1),
    ],
)
def test_what_is_no_notebook_is_told(data: bytes, message: str, line: int, column: int | None) -> None:
    source = read_bytes(data)
    assert (source.tree, source.complete) == (None, False)
    [diagnostic] = source.diagnostics
    assert (diagnostic.kind, diagnostic.line, diagnostic.fatal) == ("invalid-notebook", line, True)
    assert diagnostic.message.startswith(message)
    assert column is None or diagnostic.column == column


@pytest.mark.parametrize(
    "cells",
    [None, "x", [None, 3, "x"], [{}], [{"cell_type": "code"}], [{"cell_type": "code", "source": 3}],
     [{"cell_type": "code", "source": [None, 3, "x"]}], [{"cell_type": "code", "source": "x", "metadata": 3}],
     [{"cell_type": "code", "source": "'\ud800'"}]],
)  # fmt: skip
def test_odd_cells_are_no_error(cells: object) -> None:
    source = read_bytes(json.dumps({"cells": cells}).encode())
    assert source.tree is not None
    assert source.complete
    assert source.diagnostics == ()


@pytest.mark.parametrize("data", [b"", b" \n"])
def test_an_empty_file_is_an_empty_notebook(data: bytes) -> None:
    source = read_bytes(data)
    assert source.tree is not None
    assert source.tree.body == []
    assert (source.complete, source.diagnostics) == (True, ())


def test_a_byte_order_mark_and_crlf_in_cells() -> None:
    source = read_bytes(b"\xef\xbb\xbf" + json.dumps({"cells": [code("x = 1\r\nyy = 2\r\n"), code("zz")]}).encode())
    places = name_places(source)
    assert (places["yy"].line, places["zz"].line, places["zz"].cell) == (2, 1, 1)


def test_outputs_do_not_pile_up_in_memory() -> None:
    picture = "iVBORw0KGgo" * 100_000
    cells = [code("x = 1", outputs=[{"data": {"image/png": picture}}]) for _ in range(20)]
    data = json.dumps({"cells": cells}).encode()
    tracemalloc.start()
    try:
        source = read_bytes(data)
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert source.complete
    assert kept < len(picture)
    assert most < len(data) + 3 * len(picture)  # the text, and the output of the cell that is being read
