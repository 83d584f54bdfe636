"""How weights are initialised: by which routes it is seen, and what may be an identity."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from bpcheck.evaluate.modules import descendants
from bpcheck.evaluate.values import Obj
from bpcheck.facts.initialisation import initialisations, starts_as_identity
from bpcheck.facts.program import Program
from bpcheck.programs import entry_program
from bpcheck.project import Project

TEXT = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.RNN(3, 8, nonlinearity="relu"), nn.Linear(8, 2)
        {inside}

    def forward(self, xs):
        return self.out(self.rnn(xs)[0])

def start(module):
    if isinstance(module, nn.RNN):
        nn.init.orthogonal_(module.weight_hh_l0)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.02)

net = Net()
{outside}
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(9):
    optimizer.zero_grad()
    net(torch.randn(5, 4, 3)).sum().backward()
    optimizer.step()
"""


def network(folder: Path, inside: str = "pass", outside: str = "") -> tuple[Program, dict[str, Obj]]:
    (folder / "train.py").write_text(dedent(TEXT.format(inside=inside, outside=outside)), encoding="utf-8")
    program = entry_program(Project(folder, folder), folder / "train.py")
    (event, *_) = program.passes.training
    assert isinstance(event.subject, Obj)
    return program, {inner.label: inner for inner in descendants(event.subject)}


@pytest.mark.parametrize(
    ("inside", "outside", "identity"),
    [
        ("pass", "", False),
        ("nn.init.xavier_uniform_(self.rnn.weight_hh_l0)", "", False),
        ("nn.init.eye_(self.rnn.weight_ih_l0)", "", False),
        ("self.apply(lambda m: None)", "", False),
        ("nn.init.eye_(self.rnn.weight_hh_l0)", "", True),
        ("pass", "nn.init.eye_(net.rnn.weight_hh_l0.data)", True),
        ("pass", "net.apply(start)", True),
        ("pass", "for p in net.parameters(): nn.init.uniform_(p, -0.1, 0.1)", False),
        ("pass", "for n, p in net.rnn.named_parameters(): nn.init.eye_(p) if 'hh' in n else nn.init.zeros_(p)", True),
        ("pass", "net.rnn.weight_hh_l0.data.copy_(torch.eye(8))", None),
        ("pass", "net.rnn.weight_hh_l0.data = torch.eye(8)", None),
        ("self.rnn.weight_hh_l0 = nn.Parameter(torch.eye(8))", "", None),
        ("pass", "net.load_state_dict(torch.load('net.pt'))", None),
        ("pass", "import helpers; helpers.prepare(net)", None),
    ],
)
def test_what_may_be_an_identity(tmp_path: Path, inside: str, outside: str, identity: bool | None) -> None:
    program, layers = network(tmp_path, inside, outside)
    assert starts_as_identity(program, layers["RNN"], "weight_hh") is identity


def test_the_last_one_counts_and_knows_its_numbers(tmp_path: Path) -> None:
    program, layers = network(tmp_path, "nn.init.ones_(self.out.weight)", "net.apply(start)")
    made = initialisations(program, layers["Linear"], "weight")
    assert made is not None
    assert [each.scheme for each in made] == ["ones", "normal"]
    assert made[-1].certain


@pytest.mark.parametrize(
    "test",
    [
        "isinstance(module, nn.Linear)",
        "type(module) == nn.Linear",
        "type(module) in (nn.Conv2d, nn.Linear)",
        "module.__class__.__name__ == 'Linear'",
        "module.__class__.__name__.find('Linear') != -1",
    ],
)
def test_which_layers_a_function_means(tmp_path: Path, test: str) -> None:
    outside = f"def fill(module):\n    if {test}:\n        module.weight.data.normal_()\nnet.apply(fill)"
    program, layers = network(tmp_path, outside=outside)
    made = initialisations(program, layers["Linear"], "weight")
    assert [(each.scheme, each.certain) for each in made or ()] == [("normal", True)]
    assert initialisations(program, layers["RNN"], "weight") == []
