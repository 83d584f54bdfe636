"""Cells are judged from top to bottom; a proof that hangs on that says so where they were last run otherwise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from bpcheck.analysis import analyse
from bpcheck.findings import Finding
from bpcheck.programs import may_train
from bpcheck.project import Project
from bpcheck.registry import load_rules

IMPORTS = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n%matplotlib inline"
NET = (
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.fc = nn.Linear(4, 2)\n"
    "    def forward(self, x):\n        return self.fc(x).softmax(1)\nnet = Net()"
)
LOSS = "x, y = torch.rand(8, 4), torch.ones(8).long()\nloss = F.cross_entropy(net(x), y)"


def check(folder: Path, cells: Sequence[tuple[str, object]], key: str = "execution_count") -> list[Finding]:
    """The findings in a notebook of these cells, each with the number that it was last run as."""
    made = [{"cell_type": "code", "source": text, "outputs": [], key: number} for text, number in cells]
    path = folder / "train.ipynb"
    path.write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4}))
    return analyse(Project.around([path], folder), [path], load_rules()).findings


def notes(finding: Finding) -> list[tuple[int | None, str]]:
    return [(step.place.cell, step.message) for step in finding.trace if "when the notebook was saved" in step.message]


@pytest.mark.parametrize(
    ("numbers", "note"),
    [
        pytest.param((1, 2, 3), [], id="from top to bottom"),
        pytest.param((4, 9, 12), [], id="from top to bottom, some several times"),
        pytest.param((None, None, None), [], id="saved without outputs"),
        pytest.param((9, 2, 3), [], id="another cell later"),
        pytest.param((1, 5, 3), [(2, "cell 2 was last run before cell 1 when the notebook was saved")], id="swapped"),
        pytest.param((1, 2, None), [(2, "cell 2 had not been run when the notebook was saved")], id="not run"),
        pytest.param((1, None, 2), [(1, "cell 1 had not been run when the notebook was saved")], id="skipped"),
        pytest.param(("1", 2.5, True), [], id="no numbers"),
    ],
)
def test_a_proof_over_two_cells(tmp_path: Path, numbers: Sequence[object], note: list[tuple[int, str]]) -> None:
    [finding] = check(tmp_path, list(zip((IMPORTS, NET, LOSS), numbers, strict=True)))
    assert finding.code == "BP403"
    assert finding.place.cell == 2
    assert notes(finding) == note


def test_a_proof_within_one_cell_does_not_hang_on_the_order(tmp_path: Path) -> None:
    [finding] = check(tmp_path, [(IMPORTS, 2), (f"{NET}\n{LOSS}", 1)])
    assert (finding.code, notes(finding)) == ("BP403", [])


def test_the_numbers_of_format_3(tmp_path: Path) -> None:
    [finding] = check(tmp_path, [(IMPORTS, 1), (NET, 3), (LOSS, 2)], key="prompt_number")
    assert len(notes(finding)) == 1


def test_the_mode_that_a_cell_further_up_leaves(tmp_path: Path) -> None:
    net = (
        "net = nn.Sequential(nn.Linear(4, 2), nn.Dropout())\nx, y = torch.rand(8, 4), torch.ones(8).long()\nnet.train()"
    )
    ask = "with torch.no_grad():\n    print(net(x).argmax(1))"
    train = "optimizer = torch.optim.Adam(net.parameters())\nF.cross_entropy(net(x), y).backward()\noptimizer.step()"
    found = {f.code: f for f in check(tmp_path, [(IMPORTS, 1), (net, 4), (train, 2), (ask, 3)])}
    assert notes(found["BP307"])


def test_names_come_from_all_cells_and_the_later_definition_wins(tmp_path: Path) -> None:
    logits = "net = nn.Linear(4, 2)"
    assert check(tmp_path, [(IMPORTS, 1), (NET, 2), (logits, 3), (LOSS, 4)]) == []
    assert [f.code for f in check(tmp_path, [(IMPORTS, 1), (logits, 2), (NET, 3), (LOSS, 4)])] == ["BP403"]
    later = "def build():\n    return make()\ndef make():\n    return nn.Sequential(nn.Linear(4, 2), nn.Softmax(1))"
    assert [f.code for f in check(tmp_path, [(IMPORTS, 1), (later, 2), ("net = build()", 3), (LOSS, 4)])] == ["BP403"]


def test_what_cells_printed_is_no_part_of_the_program(tmp_path: Path) -> None:
    printed = {"output_type": "stream", "text": ["import torch\n", "loss.backward()\n"] * 1000}
    cells = [{"cell_type": "code", "source": "print(1)", "outputs": [printed], "execution_count": 1}]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "metadata": {}}))
    assert not may_train(Project.around([path], tmp_path), path)
