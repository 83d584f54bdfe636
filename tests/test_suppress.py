"""Suppression comments: which finding each form answers, and what is said of those that answer nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bpcheck.analysis import Analysis
from bpcheck.directives import directives_of
from bpcheck.findings import Diagnostic, Place
from bpcheck.sources import read_source

Check = Callable[..., list[tuple[str, int]]]


@pytest.fixture
def found(bpcheck: Any, folder: Path) -> Check:
    """The findings (code, line) in a source text."""

    def check(text: str, *options: str, name: str = "train.py") -> list[tuple[str, int]]:
        (folder / name).write_text(text)
        report = json.loads(bpcheck(name, "--output-format", "json", *options).out)
        return [(finding["code"], finding["line"]) for finding in report["findings"]]

    return check


@pytest.mark.parametrize(
    "text",
    [
        "DOUBLE  # bpcheck: ignore\n",
        "DOUBLE  # bpcheck: ignore[BP403]\n",
        "DOUBLE  # bpcheck: ignore[bp403]\n",
        "DOUBLE  # bpcheck: ignore[double-softmax] soft targets\n",
        "DOUBLE  # bpcheck: ignore[BP4]\n",
        "DOUBLE  # type: ignore  # bpcheck: ignore[BP403]\n",
        "DOUBLE  #bpcheck:ignore[BP403]\n",
        "f(  # bpcheck: ignore[BP403]\n    1,\n    DOUBLE,\n)\n",
        "f(\n    1,\n    DOUBLE,  # bpcheck: ignore[BP403]\n)\n",
        "# bpcheck: ignore[BP403]\nDOUBLE\n",
        "# bpcheck: ignore[BP403]\n# a word on why\n\nf(\n    DOUBLE,\n)\n",
        "f(\n    # bpcheck: ignore[BP403]\n    DOUBLE,\n)\n",
        "# bpcheck: ignore[BP403]\n@decorated(\n    1)\n@twice\ndef DOUBLE():\n    pass\n",
        "if x:\n    # bpcheck: ignore[BP403]\n    DOUBLE\n",
        "#!/usr/bin/env python\n# bpcheck: ignore-file[BP403] generated\nimport a\n\nDOUBLE\nDOUBLE\n",
        "# bpcheck: ignore-file\nDOUBLE\n",
        "DOUBLE  # noqa\n",
        "DOUBLE  # NOQA\n",
        "DOUBLE  # noqa: BP403\n",
        "DOUBLE  # noqa:F401,BP403\n",
        "DOUBLE  # noqa: E501 BP403\n",
        "f(  # noqa: BP403\n    DOUBLE)\n",
        "# bpcheck: disable[BP403]\nDOUBLE\nDOUBLE\n# bpcheck: enable[BP403]\n",
        "# bpcheck: disable\nDOUBLE\n# bpcheck: enable\n",
        "# bpcheck: disable[BP403]\nDOUBLE\n",
        "\ufeffx = 'é'; DOUBLE  # bpcheck: ignore[BP403]\n",
        "x = 1\fy = 2\nDOUBLE  # bpcheck: ignore[BP403]\n",
    ],
)
def test_silenced(found: Check, text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("DOUBLE\n'# bpcheck: ignore[BP403]'\n", [("BP403", 1)]),
        ("DOUBLE = '# bpcheck: ignore[BP403]'\n", [("BP403", 1)]),
        ('"""\n# bpcheck: ignore-file\n"""\nDOUBLE\n', [("BP403", 4)]),
        ("DOUBLE  # noqa: E501\n", [("BP403", 1)]),
        ("# noqa\nDOUBLE\n", [("BP403", 2)]),
        ("DOUBLE  # noqa: BP4030\n", [("BP403", 1)]),
        ("DOUBLE + ZERO  # bpcheck: ignore[BP403]\n", [("BP305", 1)]),
        ("# bpcheck: ignore[BP403]\nDOUBLE\nDOUBLE\n", [("BP403", 3)]),
        ("# bpcheck: ignore[BP403]\nfor x in DOUBLE:\n    DOUBLE\n", [("BP403", 3)]),
        ("f(\n    # bpcheck: ignore[BP403]\n    DOUBLE,\n    DOUBLE,\n)\n", [("BP403", 4)]),
        ("# bpcheck: disable[BP403]\nDOUBLE\n# bpcheck: enable[BP403]\nDOUBLE\n", [("BP403", 4)]),
        ("DOUBLE  # bpcheck: ignored as it were\n", [("BP403", 1)]),
    ],
)
def test_not_silenced(found: Check, text: str, findings: list[tuple[str, int]]) -> None:
    assert found(text) == findings


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("x = 1  # bpcheck: ignore\n", [("BP001", 1)]),
        ("x = 1  # bpcheck: ignore[BP403]\n", [("BP001", 1)]),
        ("DOUBLE  # bpcheck: ignore[BP403, BP305]\n", [("BP001", 1)]),
        ("x = 1  # bpcheck: ignore[BP999]\n", [("BP002", 1)]),
        ("DOUBLE  # bpcheck: ignore[duoble-softmax]\n", [("BP403", 1), ("BP002", 1)]),
        ("x = 1  # bpcheck: ignore[BP403, BP999]\n", [("BP001", 1), ("BP002", 1)]),
        ("x = 1  # noqa: BP403\n", []),
        ("x = 1  # noqa: BP999\n", []),
        ("x = 1\n# bpcheck: ignore-file[BP403]\nDOUBLE\n", [("BP001", 2), ("BP403", 3)]),
        ("# bpcheck: disable[BP403]\nx = 1\n# bpcheck: enable[BP403]\n", [("BP001", 1)]),
        ("DOUBLE\n# bpcheck: enable[BP403]\n", [("BP403", 1), ("BP001", 2)]),
        ("x = 1  # bpcheck: ignore[BP403, BP001]\n", []),
        ("HINT  # bpcheck: ignore[BP404]\n", []),
    ],
)
def test_what_is_said_of_comments_in_vain(found: Check, text: str, findings: list[tuple[str, int]]) -> None:
    assert found(text) == findings


def test_a_comment_for_a_rule_that_did_not_run_is_not_called_unused(found: Check) -> None:
    text = "x = 1  # bpcheck: ignore[BP403]\nx = 2  # bpcheck: ignore\nx = 3  # bpcheck: ignore[contested]\n"
    assert found(text, "--select", "BP305,BP001") == []
    assert found(text, "--select", "BP403,BP001") == [("BP001", 1)]
    assert found(text) == [("BP001", 1), ("BP001", 2)]
    assert found(text, "--ignore", "BP001") == []


def test_nothing_is_called_unused_where_part_of_the_file_was_not_read(found: Check) -> None:
    assert found("x = (  # bpcheck: ignore[BP403]\n") == []


def test_nothing_is_called_unused_in_a_file_where_a_rule_failed(found: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    def analyse(project: Any, paths: Any, rules: Any) -> Analysis:
        return Analysis(diagnostics=[Diagnostic("internal-error", "double-softmax failed", "train.py")])

    monkeypatch.setattr("bpcheck.run.analyse", analyse)
    assert found("x = 1  # bpcheck: ignore[BP403]\n") == []


def test_the_comment_counts_at_the_finding_not_at_its_trace(found: Check) -> None:
    assert found("import x  # bpcheck: ignore[BP403]\nDOUBLE\n") == [("BP001", 1), ("BP403", 2)]


def notebook(*cells: str) -> str:
    return json.dumps({
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"language": "python", "name": "python3", "display_name": "Python 3"}},
        "cells": [
            {"cell_type": "code", "id": str(number), "metadata": {}, "outputs": [], "execution_count": None,
             "source": cell.splitlines(keepends=True)}
            for number, cell in enumerate(cells)
        ],
    })  # fmt: skip


def test_in_a_notebook_the_comment_stands_in_the_cell(found: Check) -> None:
    text = notebook(
        "%pip install it's\nDOUBLE  # bpcheck: ignore[BP403]", "x = 1\nDOUBLE", "# bpcheck: disable\nDOUBLE", "DOUBLE"
    )
    assert found(text, name="n.ipynb") == [("BP403", 2), ("BP403", 1)]


def test_an_unused_comment_in_a_notebook_is_placed_in_its_cell(bpcheck: Any, folder: Path) -> None:
    (folder / "n.ipynb").write_text(notebook("x = 1", "y = 2\nz = 3  # bpcheck: ignore[BP403]"))
    [finding] = json.loads(bpcheck("n.ipynb", "--output-format", "json").out)["findings"]
    assert (finding["cell"], finding["line"], finding["column"], finding["fix"]) == (1, 2, 8, None)


def test_columns_count_characters(folder: Path) -> None:
    (folder / "a.py").write_text("x = 'éü'  # bpcheck: ignore[BP403] why\n")
    [directive] = directives_of(read_source(folder / "a.py"))
    assert (directive.line, directive.column, directive.end) == (1, 10, 38)


def test_files_without_the_words_are_not_tokenized(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bpcheck.layout.read_layout", lambda source: pytest.fail("tokenized in vain"))
    (folder / "a.py").write_text("x = 1  # nothing to see\n")
    assert directives_of(read_source(folder / "a.py")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1  # bpcheck: ignore[BP403] why\n", "x = 1\n"),
        ("x = 1\n    \n# bpcheck: ignore[BP403]\ny = 2\n", "x = 1\n    \ny = 2\n"),
        ("DOUBLE  # bpcheck: ignore[BP403, BP305] why\n", "DOUBLE  # bpcheck: ignore[BP403] why\n"),
        ("x = 1  # type: ignore  # bpcheck: ignore\n", "x = 1  # type: ignore\n"),
        ("def f():  # bpcheck: ignore\n    # bpcheck: ignore\n    return 1", "def f():\n    return 1"),
        ("x = 1\n# bpcheck: ignore", "x = 1\n"),
    ],
)
def test_fix_removes_what_is_unused(bpcheck: Any, folder: Path, before: str, after: str) -> None:
    (folder / "a.py").write_text(before)
    assert bpcheck("a.py", "--fix").code == 0
    assert (folder / "a.py").read_text() == after


def test_place_of_an_unused_comment(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("x = 1  # bpcheck: ignore[BP403] why\n")
    [finding] = json.loads(bpcheck("a.py", "--output-format", "json").out)["findings"]
    place = Place("a.py", finding["line"], finding["column"], finding["end_line"], finding["end_column"])
    assert place == Place("a.py", 1, 8, 1, 36)
    assert finding["message"] == "`ignore` of `BP403` silences nothing here"
