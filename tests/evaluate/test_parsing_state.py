"""C1: any file can be read, and what could not be read is known to be missing."""

from __future__ import annotations

import json

import pytest

from .program import Evaluate

LOOP = """
net = nn.Linear(4, 2)
optimizer = optim.SGD(net.parameters(), lr=0.1)
for x, y in DataLoader(datasets.MNIST("d")):
    optimizer.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
"""
STEP = ["zero-grad", "forward", "loss", "backward", "step"]


def test_a_file_that_is_read_whole_closes_the_program(evaluate: Evaluate) -> None:
    run = evaluate(LOOP)
    assert run.closed
    assert run.order(*STEP) == STEP * 2


def test_python_2_prints_do_not_lose_the_file(evaluate: Evaluate) -> None:
    run = evaluate(LOOP, "print loss\n")
    assert run.closed
    assert run.order(*STEP) == STEP * 2


def test_the_old_async_argument_is_read(evaluate: Evaluate) -> None:
    run = evaluate("net = nn.Linear(4, 2)\nx = torch.ones(4).cuda(async=True)\nout = net(x)\n")
    assert run.closed
    assert run.code("forward") == ["net(x)"]


def test_a_file_that_cannot_be_read_opens_the_program(evaluate: Evaluate) -> None:
    run = evaluate("def broken(:\n")
    assert not run.closed
    assert run.gaps == ["part of the file could not be read"]


def test_a_broken_helper_opens_the_program_of_the_script_that_uses_it(evaluate: Evaluate) -> None:
    run = evaluate("from helper import evaluate_all\n", LOOP, "evaluate_all(net)\n", helper="def evaluate_all(net:\n")
    assert not run.closed
    assert run.order("step") == ["step", "step"]


def test_a_broken_module_that_is_not_imported_changes_nothing(evaluate: Evaluate) -> None:
    assert evaluate(LOOP, other="def broken(:\n").closed


@pytest.mark.parametrize(
    "old",
    [
        "total += loss.data[0]",
        "F.softmax(net(x))",
        "nn.utils.clip_grad_norm(net.parameters(), 1)",
        "nn.CrossEntropyLoss(size_average=False)(net(x), y)",
    ],
)
def test_old_api_is_code(evaluate: Evaluate, old: str) -> None:
    run = evaluate("total = 0\n", LOOP, old + "\n")
    assert run.closed
    assert run.gaps == []


def test_commented_code_does_not_happen(evaluate: Evaluate) -> None:
    run = evaluate(LOOP, "# nn.utils.clip_grad_norm_(net.parameters(), 1)\n# net.eval()\n")
    assert run.order("clip", "mode") == []


def test_code_in_a_string_does_not_happen(evaluate: Evaluate) -> None:
    assert evaluate(LOOP, '"""\nnet.eval()\n"""\n').order("mode") == []


def test_spaces_and_line_breaks_in_a_call_mean_nothing(evaluate: Evaluate) -> None:
    run = evaluate("net = nn.Linear (4,\n    2)\nnet . eval ()\nout = net \\\n    (torch.ones(4))\n")
    assert run.modes == ["eval"]


def notebook(*cells: str) -> str:
    return json.dumps(
        {
            "cells": [
                {"cell_type": "code", "source": cell, "metadata": {}, "outputs": [], "execution_count": None}
                for cell in cells
            ],
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def test_the_cells_of_a_notebook_share_their_names(evaluate: Evaluate) -> None:
    cells = notebook("import torch\nfrom torch import nn", "net = nn.Linear(4, 2)", "net.eval()\nnet(torch.ones(4))")
    run = evaluate.files({"train.ipynb": cells}, "train.ipynb")
    assert run.closed
    assert run.modes == ["eval"]


def test_magics_of_a_notebook_are_passed_over(evaluate: Evaluate) -> None:
    cells = notebook(
        "%matplotlib inline\n!pip install torch\nfrom torch import nn", "%%time\nnet = nn.Linear(4, 2)\nnet(1)"
    )
    run = evaluate.files({"train.ipynb": cells}, "train.ipynb")
    assert run.closed
    assert run.subjects("forward") == ["Linear"]


def test_a_broken_cell_does_not_lose_the_others(evaluate: Evaluate) -> None:
    cells = notebook("from torch import nn\nnet = nn.Linear(4, 2)", "def broken(:", "net(1)")
    run = evaluate.files({"train.ipynb": cells}, "train.ipynb")
    assert run.subjects("forward") == ["Linear"]
    assert not run.closed


def test_a_later_cell_defines_a_name_anew(evaluate: Evaluate) -> None:
    cells = notebook("from torch import nn\nnet = nn.Linear(4, 2)", "net = nn.Conv2d(1, 2, 3)", "net(1)")
    assert evaluate.files({"train.ipynb": cells}, "train.ipynb").subjects("forward") == ["Conv2d"]


def test_the_main_of_a_library_file_is_not_the_script_s(evaluate: Evaluate) -> None:
    library = """
        from torch import nn
        def make():
            return nn.Linear(4, 2)
        if __name__ == "__main__":
            make()(1)
    """
    run = evaluate("from library import make\nnet = make()\n", library=library)
    assert run.order("forward") == []


def test_an_import_that_leads_back_is_no_endless_loop(evaluate: Evaluate) -> None:
    run = evaluate(
        "from a import net\nnet(torch.ones(4))\n",
        a="from b import make\nnet = make()\n",
        b="import a\nfrom torch import nn\ndef make():\n    return nn.Linear(4, 2)\n",
    )
    assert run.subjects("forward") == ["Linear"]
