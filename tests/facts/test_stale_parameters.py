"""What an optimizer does not hold although it is trained, and optimizers that are made anew in every epoch."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.facts.stale_parameters import rebuilt, stale

from tests.evaluate.program import Evaluate

SETUP = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.head = nn.Linear(4, 4), nn.Linear(4, 2)
        def forward(self, x):
            return self.head(self.body(x))
    loader = DataLoader(datasets.MNIST("d"))
    def fit(net, optimizer):
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
    net = Net()
"""
MAKE, FIT = "optimizer = optim.AdamW(net.parameters(), lr=1e-3)", "fit(net, optimizer)"
REPLACE = "net.head = nn.Linear(4, 3)"
FREEZE, UNFREEZE = "net.body.requires_grad_(False)", "net.body.requires_grad_(True)"
HEAD = "optimizer = optim.AdamW(net.head.parameters(), lr=1e-3)"
TRAINED = "optimizer = optim.AdamW(filter(lambda p: p.requires_grad, net.parameters()), lr=1e-3)"
ADDED = 'optimizer.add_param_group({"params": net.body.parameters()})'


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        ((MAKE, REPLACE, FIT), ["attached"]),
        ((REPLACE, MAKE, FIT), []),
        ((MAKE, FIT, REPLACE), []),
        ((MAKE, FIT, REPLACE, MAKE, FIT), []),
        ((MAKE, "net.head = nn.Sequential(net.head, nn.ReLU())", FIT), []),
        ((MAKE, "net.head = nn.Linear(4, 3).requires_grad_(False)", FIT), []),
        ((MAKE, "other = Net()", FIT), []),
        ((FREEZE, HEAD, FIT, UNFREEZE, FIT), ["unfrozen"]),
        ((FREEZE, TRAINED, FIT, UNFREEZE, FIT), ["unfrozen"]),
        ((FREEZE, TRAINED, FIT, UNFREEZE, ADDED, FIT), []),
        ((FREEZE, MAKE, FIT, UNFREEZE, FIT), []),
        ((FREEZE, TRAINED, FIT, UNFREEZE), []),
        ((FREEZE, TRAINED, UNFREEZE, FREEZE, FIT), []),
        ((HEAD, UNFREEZE, FIT), []),
    ],
)
def test_weights_that_no_optimizer_holds(tmp_path: Path, lines: tuple[str, ...], kinds: list[str]) -> None:
    program = Evaluate(tmp_path)(SETUP, *[line + "\n" for line in lines])
    assert [found.kind for found in stale(program)] == kinds


@pytest.mark.parametrize(
    ("before", "inside", "count"),
    [
        ("", MAKE, 1),
        (MAKE, "pass", 0),
        ("", MAKE.replace("AdamW", "SGD"), 0),
        ("", MAKE.replace("AdamW", "SGD").replace("lr=1e-3", "lr=1e-3, momentum=0.9"), 1),
        ("", "net = Net(); " + MAKE, 0),
        ("", "net.load_state_dict(torch.load('w')); " + MAKE, 0),
        ("", MAKE.replace("1e-3", "1e-3 / (epoch + 1)"), 0),
        (MAKE, f"if epoch == 3: {MAKE}", 0),
    ],
)
def test_optimizers_that_begin_anew(tmp_path: Path, before: str, inside: str, count: int) -> None:
    body = f"{before}\nfor epoch in range(9):\n    {inside}\n    {FIT}\n"
    assert len(rebuilt(Evaluate(tmp_path)(SETUP, body))) == count
