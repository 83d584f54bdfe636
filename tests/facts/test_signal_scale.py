"""What initial weights do to the size of a signal, and which layers count."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from bpcheck.facts.signal_scale import misscaled
from bpcheck.programs import entry_program
from bpcheck.project import Project

TEXT = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(200, 200), nn.Linear(200, 200), nn.Linear(200, 5)
        self.norm = nn.LayerNorm(200)
        self.add = torch.add

    def forward(self, x):
        {forward}

net = Net()
{init}
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(9):
    optimizer.zero_grad()
    net(torch.randn(5, 200)).sum().backward()
    optimizer.step()
"""
PLAIN = "return self.c(torch.relu(self.b(torch.relu(self.a(x)))))"


def factors(folder: Path, init: str, forward: str = PLAIN) -> list[tuple[int, float]]:
    (folder / "train.py").write_text(dedent(TEXT.format(init=init, forward=forward)), encoding="utf-8")
    found = misscaled(entry_program(Project(folder, folder), folder / "train.py"))
    return [(len(each.layers), round(each.factor, 4)) for each in found]


BOTH = "for layer in (net.a, net.b): "


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        (BOTH + "nn.init.normal_(layer.weight, std=0.01)", [(2, 0.01)]),  # He's is 0.1
        (BOTH + "layer.weight.data.normal_()", [(2, 100.0)]),
        ("nn.init.normal_(net.a.weight, std=2)", [(1, 20.0)]),
        ("net.a.weight.data.uniform_(-8 * 3 ** 0.5, 8 * 3 ** 0.5)", [(1, 80.0)]),
        (BOTH + "nn.init.zeros_(layer.weight)", [(2, 0.0)]),
        ("nn.init.constant_(net.b.weight, 0.3)", [(1, 0.0)]),
        (BOTH + "nn.init.normal_(layer.weight, std=0.05)", []),
        (BOTH + "nn.init.normal_(layer.weight, std=0.02)", []),
        (BOTH + "nn.init.kaiming_normal_(layer.weight)", []),
        (BOTH + "nn.init.normal_(layer.weight, std=unseen)", []),
        ("nn.init.normal_(net.c.weight, std=1e-5); nn.init.zeros_(net.c.weight)", []),
        (BOTH + "nn.init.zeros_(layer.bias)", []),
        (BOTH + "nn.init.zeros_(layer.weight)\n" + BOTH + "nn.init.xavier_uniform_(layer.weight)", []),
        (BOTH + "nn.init.zeros_(layer.weight)\nnet.load_state_dict(torch.load('net.pt'))", []),
        (BOTH + "nn.init.zeros_(layer.weight)\nimport helpers; helpers.start(net)", []),
    ],
)
def test_the_factor_of_an_initialisation(tmp_path: Path, init: str, expected: list[tuple[int, float]]) -> None:
    assert factors(tmp_path, init) == expected


@pytest.mark.parametrize(
    "forward",
    [
        "return self.c(torch.relu(self.norm(self.b(torch.relu(self.a(x))))))",
        "return self.c(torch.tanh(self.b(torch.tanh(self.a(x)))))",
        "return self.c(x + self.b(torch.sigmoid(self.a(x))))",
        "return torch.relu(self.b(torch.sigmoid(self.a(x))))",  # the last layer
    ],
)
def test_layers_that_do_not_count(tmp_path: Path, forward: str) -> None:
    assert factors(tmp_path, BOTH + "nn.init.normal_(layer.weight, std=0.01)", forward) == []


def test_what_goes_past_a_layer_keeps_its_size(tmp_path: Path) -> None:
    forward = "x = x + torch.relu(self.a(x)); x = x + torch.relu(self.b(x)); return self.c(x)"
    assert factors(tmp_path, BOTH + "nn.init.normal_(layer.weight, std=0.01)", forward) == []
