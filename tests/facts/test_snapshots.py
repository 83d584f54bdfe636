"""Snapshots of one training whose predictions are averaged."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.facts.snapshots import snapshots

from tests.evaluate.program import Evaluate

TRAINING = """
    import copy
    net = nn.Linear(784, 10)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    scheduler = optim.lr_scheduler.{schedule}
    members, states = [], []
    for epoch in range(60):
        for x, y in DataLoader(datasets.MNIST("data"), batch_size=64, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
        scheduler.step({argument})
        if {when}:
            {keep}
    x, y = next(iter(DataLoader(datasets.MNIST("data", train=False))))
{use}
"""
MEMBERS = "members.append(copy.deepcopy(net).eval())"
SUM = "total = 0\nfor m in members:\n    total += m(x).softmax(1)"
STACKED = "mean = torch.stack([m(x).softmax(1) for m in members]).mean(0)\nprint((mean.argmax(1) == y).sum())"
STATES = "total = 0\nfor s in states:\n    net.load_state_dict(s)\n    total += net(x).softmax(1)"
FILES = "total = 0\nfor e in (9, 19):\n    net.load_state_dict(torch.load(f'{e}.pt'))\n    total += net(x).softmax(1)"


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    return Evaluate(tmp_path)


def found(evaluate: Evaluate, keep: str = MEMBERS, use: str = SUM, **changes: str) -> int:
    parts = {"schedule": "CosineAnnealingLR(optimizer, 60)", "argument": "", "when": "epoch % 10 == 9", **changes}
    use = "\n".join("    " + line for line in use.split("\n"))
    return len(list(snapshots(evaluate(TRAINING.format(keep=keep, use=use, **parts)))))


@pytest.mark.parametrize(
    ("keep", "use", "expected"),
    [
        (MEMBERS, SUM, 1),
        (MEMBERS, STACKED, 1),
        (MEMBERS, "hits = 0\nfor m in members:\n    hits += (m(x).argmax(1) == y).sum().item()", 0),
        (MEMBERS, "hits = [(m(x).argmax(1) == y).sum().item() for m in members]", 0),
        (MEMBERS, "total = members[-1](x).softmax(1)", 0),
        (MEMBERS, "pass", 0),
        ("states.append(copy.deepcopy(net.state_dict()))", STATES, 1),
        ("states.append({k: v.clone() for k, v in net.state_dict().items()})", STATES, 1),
        ("torch.save(net.state_dict(), f'{epoch}.pt')", FILES, 1),
        ("pass", FILES, 0),
    ],
)
def test_snapshots(evaluate: Evaluate, keep: str, use: str, expected: int) -> None:
    assert found(evaluate, keep, use) == expected


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("CosineAnnealingLR(optimizer, 60)", 1),
        ("StepLR(optimizer, 20)", 1),
        ("CosineAnnealingLR(optimizer, 10)", 0),  # it climbs again
        ("CosineAnnealingLR(optimizer, unknown)", 0),
        ("CosineAnnealingWarmRestarts(optimizer, 10)", 0),
        ("LambdaLR(optimizer, unknown)", 0),
    ],
)
def test_single_descent(evaluate: Evaluate, schedule: str, expected: int) -> None:
    assert found(evaluate, schedule=schedule) == expected


def test_restarted_by_hand(evaluate: Evaluate) -> None:
    assert found(evaluate, argument="epoch % 20") == 0


def test_last_stretch(evaluate: Evaluate) -> None:
    assert found(evaluate, when="epoch >= 50") == 0
