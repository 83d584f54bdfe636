"""Planted faults are found, and nothing else is reported. The figures: ``python tests/benchmarks/mutation.py``."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from textwrap import dedent

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import mutation
import plants

TRAINING = """
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from data import train_set, valid_set

net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.1), nn.Linear(8, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 5)
loader = DataLoader(train_set, batch_size=8, shuffle=True)
for epoch in range(5):
    net.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
    scheduler.step()
    net.eval()
    with torch.no_grad():
        for x, y in DataLoader(valid_set):
            print(net(x))
"""
LABELS = """
import torch
import torch.nn.functional as F
def step(net, x, y, optimizer):
    optimizer.zero_grad()
    loss = F.binary_cross_entropy_with_logits(net(x), y)
    loss.backward()
    optimizer.step()
"""


def planted(planter: str, text: str) -> list[str]:
    """The lines that the first plant changes, as they are afterwards."""
    plant = next(iter(getattr(plants, planter)(plants.File(dedent(text)))))
    after = plant.into(dedent(text))
    ast.parse(after)
    before = dedent(text).splitlines()
    return [line.strip() for line in after.splitlines() if line not in before]


@pytest.mark.parametrize(
    ("planter", "lines"),
    [
        ("no_zero_grad", ["pass"]),
        ("zero_grad_after_backward", ["pass"]),
        ("no_train_mode", ["pass"]),
        ("no_eval_mode", ["pass"]),
        ("no_no_grad", ["if True:"]),
        ("loss_kept_with_graph", ["total += loss"]),
        ("softmax_before_cross_entropy", ["loss = criterion((net(x)).softmax(dim=1), y)"]),
        ("log_softmax_before_cross_entropy", ["loss = criterion((net(x)).log_softmax(dim=1), y)"]),
        ("relu_on_logits", ["loss = criterion((net(x)).relu(), y)"]),
        ("nll_of_logits", ["criterion = nn.NLLLoss()"]),
        ("adam_with_decay", ["optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=0.01)"]),
        ("scheduler_not_stepped", ["pass"]),
        ("no_schedule", ["pass", "pass"]),
        ("clipping_after_step", ["pass"]),
        ("clipping_before_backward", ["pass"]),
        ("unshuffled", ["loader = DataLoader(train_set, batch_size=8, shuffle=False)"]),
        (
            "momentum_as_eps",
            ["net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8, 0.8), nn.Dropout(0.1), nn.Linear(8, 3))"],
        ),
    ],
)
def test_what_is_planted(planter: str, lines: list[str]) -> None:
    assert planted(planter, TRAINING) == lines


@pytest.mark.parametrize(
    ("planter", "text", "line"),
    [
        ("sigmoid_before_logit_bce", LABELS, "loss = F.binary_cross_entropy_with_logits((net(x)).sigmoid(), y)"),
        ("softmax_for_labels", LABELS, "loss = F.binary_cross_entropy((net(x)).softmax(dim=1), y)"),
        ("bce_of_logits", LABELS, "loss = F.binary_cross_entropy(net(x), y)"),
        ("log_of_softmax", "from torch.nn import functional as F\nF.log_softmax(x, -1)\n", "F.softmax(x, -1).log()"),
        ("softmax_without_dim", "from torch.nn import functional as F\nF.softmax(x, dim=1)\n", "F.softmax(x)"),
        ("plain_cell", "from torch import nn\nnn.GRU(3, 4, num_layers=2)\n", "nn.RNN(3, 4, num_layers=2)"),
        ("no_clipping", f"{TRAINING}\nrnn = nn.LSTM(3, 4)\n", "pass"),
        (
            "dropout_always",
            "import torch.nn.functional as F\nF.dropout(x, p, training=self.training)\n",
            "F.dropout(x, p)",
        ),
    ],
)
def test_what_is_planted_elsewhere(planter: str, text: str, line: str) -> None:
    assert planted(planter, text) == [line]


def test_every_planter_is_tested() -> None:
    named = {
        mark.args[1][n][0] if isinstance(mark.args[1][n], tuple) else mark.args[1][n].values[0]
        for test in (test_what_is_planted, test_what_is_planted_elsewhere)
        for mark in vars(test)["pytestmark"]
        for n in range(len(mark.args[1]))
    }
    assert named == {planter.__name__ for _, planter in plants.PLANTS}


def test_a_clip_goes_behind_the_step() -> None:
    text = dedent(TRAINING)
    after = next(iter(plants.clipping_after_step(plants.File(text)))).into(text).splitlines()
    step = after.index("        optimizer.step()")
    assert after[step + 1] == "        nn.utils.clip_grad_norm_(net.parameters(), 1.0)"


def test_planted_faults_are_found() -> None:
    """Over the programs of ``fixtures/``, one plant of a kind in a file."""
    programs = sorted((mutation.ROOT / "fixtures" / "programs").glob("*/train.py"))
    tallies = mutation.run(programs, frozenset(), at_most=1)
    total = sum(tally.planted for tally in tallies.values())
    found = sum(tally.found for tally in tallies.values())
    missed = [line for tally in tallies.values() for line in tally.missed]
    assert sum(tally.planted > 0 for tally in tallies.values()) >= 15
    assert found >= mutation.GOAL * total, missed
    assert sum(len(tally.else_) for tally in tallies.values()) <= total / 50, [t.else_ for t in tallies.values()]


def test_a_fault_that_is_there_already_is_not_planted(tmp_path: Path) -> None:
    """What is reported before counts neither as planted nor as found."""
    (tmp_path / "train.py").write_text(dedent(TRAINING).replace("        optimizer.zero_grad()\n", "        pass\n"))
    tallies = mutation.run([tmp_path / "train.py"], frozenset({"BP305"}), 3)
    assert not any(tally.planted for tally in tallies.values())
