"""Regressions of which the program knows the range, in both directions."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.facts.ranges import known_ranges

from tests.evaluate.program import Evaluate

PROGRAM = """
    net = {net}
    optimizer = optim.Adam(net.parameters())
    for x, y in DataLoader(datasets.ImageFolder("train"), shuffle=True):
        optimizer.zero_grad()
        {loss}.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        for x, y in DataLoader(datasets.ImageFolder("valid")):
            predicted = {predicted}
"""
NET = "nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))"
LOSS = "F.mse_loss(net(x), y)"
CUT = "net(x).clamp(1, 5)"


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    return Evaluate(tmp_path)


@pytest.mark.parametrize(
    ("net", "loss", "predicted", "bounds"),
    [
        (NET, LOSS, CUT, [(1, 5)]),
        (NET, LOSS, "net(x).squeeze(1).clip(min=0.5, max=5.0)", [(0.5, 5)]),
        (NET, LOSS, "torch.clamp(net(x), 1, 5)", [(1, 5)]),
        (NET, "nn.HuberLoss()(net(x).flatten(), y)", CUT, [(1, 5)]),
        (NET, LOSS, "net(x).clamp(min=0)", []),
        (NET, LOSS, "net(x).clamp(-1e7, 1e7)", []),
        (NET, LOSS, "net(x.clamp(1, 5))", []),
        (NET, LOSS, "net(x).exp().clamp(1, 5)", []),
        (NET, "F.mse_loss(net(x).clamp(1, 5), y)", CUT, []),
        (NET, "F.mse_loss(4 * torch.sigmoid(net(x)) + 1, y)", CUT, []),
        (NET, "F.mse_loss(net(x), x)", CUT, []),
        (NET, "F.cross_entropy(net(x), y)", CUT, []),
        ("nn.Conv2d(3, 1, 3)", LOSS, CUT, []),
        ("nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(8, 1))", LOSS, CUT, [(1, 5)]),
        ("nn.Sequential(nn.Linear(4, 1), nn.Hardtanh(1, 5))", LOSS, CUT, []),
    ],
)
def test_known_ranges(
    evaluate: Evaluate, net: str, loss: str, predicted: str, bounds: list[tuple[float, float]]
) -> None:
    program = evaluate(PROGRAM.format(net=net, loss=loss, predicted=predicted))
    assert [(known.low, known.high) for known in known_ranges(program)] == bounds


def test_a_cut_within_training_is_no_prediction(evaluate: Evaluate) -> None:
    program = evaluate(
        """
        net = nn.Linear(4, 1)
        optimizer = optim.Adam(net.parameters())
        for x, y in DataLoader(datasets.ImageFolder("train"), shuffle=True):
            scores = net(x)
            shown = scores.clamp(1, 5)
            optimizer.zero_grad()
            F.mse_loss(scores, y).backward()
            optimizer.step()
        """
    )
    assert program.of_kind("bounded")
    assert not known_ranges(program)
