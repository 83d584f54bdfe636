"""Layers that are made in the forward pass, and those that are only made in the first."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.facts.passing_layers import passing_layers

from tests.evaluate.program import Evaluate


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("return nn.Linear(4, 2)(x)", 1),
        ("return nn.ReLU()(x)", 0),
        ("return nn.BatchNorm1d(4, affine=False)(x)", 0),
        ("self.late = nn.Linear(4, 2); return self.late(x)", 1),
        ("self.late = self.late or nn.Linear(4, 2); return self.late(x)", 0),
        ("if x.sum() > 0: x = nn.Linear(4, 4)(x)", 0),
        ("layer = nn.Linear(4, 2); nn.init.eye_(layer.weight); return layer(x)", 0),
        ("layer = nn.Linear(4, 2); layer.weight.data = x; return layer(x)", 0),
        ("return nn.Sequential(nn.Linear(4, 2), nn.Tanh())(x)", 1),
    ],
)
def test_layers_of_one_pass(tmp_path: Path, body: str, count: int) -> None:
    program = Evaluate(tmp_path)(
        f"""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.late = None
            def forward(self, x):
                {body}
        net = Net()
        for x, y in DataLoader(datasets.MNIST("d")):
            net(x)
        """
    )
    assert len(passing_layers(program)) == count
