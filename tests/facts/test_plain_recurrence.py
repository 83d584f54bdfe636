"""Plain recurrent layers: which are trained on real data, and whether a gated one may take their place."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from bpcheck.facts.plain_recurrence import compares_cells, plain_layers
from bpcheck.facts.program import Program
from bpcheck.programs import entry_program
from bpcheck.project import Project

HEAD = """
import argparse
import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--cell", default="RNN")
args = parser.parse_args()

class Net(nn.Module):
    def __init__(self, kind="RNN"):
        super().__init__()
        self.rnn, self.out = {layer}, nn.Linear(8, 2)

    def forward(self, xs):
        return self.out(self.rnn(xs)[0])

class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.GRU(3, 8), nn.Linear(8, 2)

    def forward(self, xs):
        return self.out(self.rnn(xs)[0])
"""
TRAINING = """
data = {data}
for net in [{nets}]:
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for batch in data.split(8):
        optimizer.zero_grad()
        net(batch).sum().backward()
        optimizer.step()
"""


def program(
    folder: Path, layer: str = "nn.RNN(3, 8)", nets: str = "Net()", data: str = "torch.load('x.pt')"
) -> Program:
    text = HEAD.format(layer=layer) + TRAINING.format(nets=nets, data=data)
    (folder / "train.py").write_text(dedent(text), encoding="utf-8")
    return entry_program(Project(folder, folder), folder / "train.py")


def test_a_plain_layer_on_real_data(tmp_path: Path) -> None:
    found = program(tmp_path)
    (plain,) = plain_layers(found)
    assert (plain.name, plain.activation, plain.read is not None) == ("RNN", "tanh", True)
    assert not compares_cells(found, plain)


@pytest.mark.parametrize("layer", ["nn.LSTM(3, 8)", "nn.GRU(3, 8)", "nn.RNN(3, 8).requires_grad_(False)"])
def test_what_is_none(tmp_path: Path, layer: str) -> None:
    assert plain_layers(program(tmp_path, layer)) == []


def test_data_that_the_program_makes_up(tmp_path: Path) -> None:
    (plain,) = plain_layers(program(tmp_path, data="torch.randn(99, 5, 3)"))
    assert plain.read is None


def test_the_activation_is_known(tmp_path: Path) -> None:
    (plain,) = plain_layers(program(tmp_path, "nn.RNN(3, 8, 2, 'relu')"))
    assert plain.activation == "relu"


@pytest.mark.parametrize(
    ("layer", "nets"),
    [
        ("getattr(nn, args.cell)(3, 8)", "Net()"),
        ("{'RNN': nn.RNN, 'LSTM': nn.LSTM}[kind](3, 8)", "Net()"),
        ("nn.GRU(3, 8) if kind == 'GRU' else nn.RNN(3, 8)", "Net()"),
        ("nn.RNN(3, 8)", "Net(), Gated()"),
        ("nn.RNN(3, 8)", "Gated() if args.cell == 'GRU' else Net()"),
        ("nn.RNN(3, 8)", "{'RNN': Net, 'GRU': Gated}[args.cell]()"),
    ],
)
def test_cells_that_are_compared(tmp_path: Path, layer: str, nets: str) -> None:
    found = program(tmp_path, layer, nets)
    assert [compares_cells(found, plain) for plain in plain_layers(found)] == [True]
