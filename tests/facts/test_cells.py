"""Recurrent cells that are written by hand: which are found, and what lies between two steps."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from bpcheck.facts.program import Program
from bpcheck.programs import entry_program
from bpcheck.project import Project

HEAD = """
import torch
import torch.nn.functional as F
from torch import nn
"""
LOOP = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.i, self.h, self.o = nn.Linear(3, 8), nn.Linear(8, 8), nn.Linear(8, 2)
        self.rate = nn.Parameter(torch.zeros(8))
        self.norm = nn.LayerNorm(8)

    def forward(self, xs):
        h = torch.zeros(len(xs), 8)
        for t in range(xs.shape[1]):
            x = xs[:, t]
            {step}
        return self.o(h)
"""
TRAINING = """
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(9):
    optimizer.zero_grad()
    net(torch.randn(4, 5, 3)).sum().backward()
    optimizer.step()
"""


def program(folder: Path, *parts: str) -> Program:
    (folder / "train.py").write_text(HEAD + "".join(dedent(part) for part in parts), encoding="utf-8")
    return entry_program(Project(folder, folder), folder / "train.py")


def activations(folder: Path, *parts: str) -> list[tuple[str, str]]:
    return [(cell.name, cell.activation) for cell in program(folder, *parts).cells]


@pytest.mark.parametrize(
    ("step", "activation"),
    [
        ("h = self.i(x) + self.h(h)", "none"),
        ("h = F.dropout(self.h(torch.cat((h,), 1)), 0.1, self.training).view(-1, 8) + self.i(x)", "none"),
        ("h = torch.tanh(self.i(x) + self.h(h))", "tanh"),
        ("h = self.h(h + F.relu(self.i(x))).tanh()", "tanh"),
        ("h = torch.sigmoid(self.i(x) + h @ self.h.weight.t())", "sigmoid"),
        ("h = F.relu(self.i(x) + F.linear(h, self.h.weight, self.h.bias))", "relu"),
    ],
)
def test_what_lies_between_two_steps(tmp_path: Path, step: str, activation: str) -> None:
    assert activations(tmp_path, LOOP.format(step=step), TRAINING) == [("h", activation)]


@pytest.mark.parametrize(
    "step",
    [
        "z = torch.sigmoid(self.i(x)); h = z * h + (1 - z) * torch.tanh(self.h(h))",  # gates
        "h = 0.9 * h + self.i(x)",  # decays, with no weights in between
        "h = torch.sigmoid(self.rate) * h + self.i(x)",
        "h = self.norm(self.i(x) + self.h(h))",
        "h = self.h(h.detach()) + self.i(x)",  # nothing is learned through time
        "h = h + torch.tanh(self.h(torch.relu(self.i(x))))",  # sums over time what each step gives
    ],
)
def test_what_is_no_plain_recurrence(tmp_path: Path, step: str) -> None:
    assert activations(tmp_path, LOOP.format(step=step), TRAINING) == []


def test_layers_that_are_applied_again_and_again_to_one_input_are_no_recurrence(tmp_path: Path) -> None:
    network = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.u, self.w = nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x):
            z = torch.zeros_like(x)
            for _ in range(6):
                z = self.w(z) + self.u(x)
            return z
    """
    assert activations(tmp_path, network, TRAINING) == []


STEPWISE = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.both, self.out = nn.Linear(11, 8), nn.Linear(11, 2)

    def forward(self, x, h):
        both = torch.cat((x, h), 1)
        return self.out(both), {state}

net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(9):
    xs, h = torch.randn(5, 4, 3), torch.zeros(4, 8)
    for x in xs:
        y, h = net({given}, h)
    y.sum().backward()
    optimizer.step()
    optimizer.zero_grad()
"""


def test_a_pass_for_each_step(tmp_path: Path) -> None:
    assert activations(tmp_path, STEPWISE.format(state="self.both(both)", given="x")) == [("both", "none")]
    assert activations(tmp_path, STEPWISE.format(state="self.both(both).tanh()", given="x")) == [("both", "tanh")]


def test_a_pass_for_each_step_needs_something_new(tmp_path: Path) -> None:
    fixed = STEPWISE.format(state="self.both(both)", given="first").replace(
        "    for x in xs:", "    first = xs[0]\n    for _ in xs:"
    )
    assert activations(tmp_path, fixed) == []


def test_only_what_is_trained_counts(tmp_path: Path) -> None:
    network = LOOP.format(step="h = self.i(x) + self.h(h)")
    assert activations(tmp_path, network, "print(Net()(torch.randn(4, 5, 3)))") == []
    fixed = TRAINING.replace("net = Net()", "net = Net()\nnet.h.requires_grad_(False)")
    assert activations(tmp_path, network, fixed) == []
