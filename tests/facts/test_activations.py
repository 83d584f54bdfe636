"""Activations before a loss: which numbers it is fed with, in both directions."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.facts.activations import (
    exported,
    logs_of_softmax,
    one_per_activation,
    squashed_scores,
    without_log_softmax,
)
from bpcheck.facts.losses import fed_with
from bpcheck.programs import fragments, lone_evaluator
from bpcheck.project import Project

from tests.evaluate.program import Evaluate

NET = """
    net, other = nn.Linear(4, 3), nn.Linear(4, 3)
    x, y = torch.load("x.pt"), torch.load("y.pt")
    z, p = net(x), F.softmax(net(x), dim=1)
"""


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    return Evaluate(tmp_path)


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("torch.log(p)", True),
        ("p.log()", True),
        ("torch.log(p + 1e-8)", True),
        ("torch.log(1e-8 + p)", True),
        ("p.clamp(min=1e-8).log()", True),
        ("p.gather(1, y).log()", True),
        ("p[torch.arange(4), y].log()", True),
        ("p.max(1)[0].log()", True),
        ("torch.log2(p)", True),
        ("F.log_softmax(z, 1)", False),
        ("torch.log(p + 0.5)", False),
        ("torch.log(0.5 * p + 0.5 * F.softmax(other(x), 1))", False),
        ("torch.log(p.mean(0))", False),
        ("torch.log(p.sum(1))", False),
        ("torch.log(1 - p)", False),
        ("torch.log1p(p)", False),
        ("torch.log(torch.sigmoid(z))", False),
        ("torch.log(p.detach())", False),
        ("torch.log(p if y.sum() > 0 else 0.5 * p)", False),
        ("(p if y.sum() > 0 else 0.5 * p).log()", False),
        ("(p if y.sum() > 0 else F.softmax(other(x), 1)).log()", True),
    ],
)
def test_logarithm_of_a_softmax(evaluate: Evaluate, expression: str, found: bool) -> None:
    assert bool(logs_of_softmax(evaluate(NET, f"result = {expression}\n"))) is found


def test_no_gradient_goes_through_the_logarithm(evaluate: Evaluate) -> None:
    assert not logs_of_softmax(evaluate(NET, "with torch.no_grad():\n    result = torch.log(F.softmax(net(x), 1))\n"))


def test_whoever_calls_may_hand_over_a_graph(tmp_path: Path) -> None:
    file = tmp_path / "entropy.py"
    file.write_text(
        "import torch\n\ndef entropy(scores):\n    p = torch.softmax(scores, -1)\n    return (-p * p.log()).sum()\n"
    )
    evaluator = lone_evaluator(Project(tmp_path, tmp_path))
    assert [len(logs_of_softmax(fragment)) for fragment in fragments(evaluator, file, set())] == [1]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("z", [False]),
        ("z.view(-1, 3)", [False]),
        ("F.leaky_relu(z)", [False]),
        ("F.relu(z)", [False]),
        ("p", [True]),
        ("torch.sigmoid(z)", [True]),
        ("F.log_softmax(z, 1)", []),
        ("torch.log(p + 1e-8)", []),
        ("F.logsigmoid(z)", []),
        ("F.log_softmax(z, 1) / 2", []),
        ("F.log_softmax(z, 1) + 0.1", []),
        ("z - z.logsumexp(1)", []),
        ("x", []),
        ("F.log_softmax(z, 1) if y.sum() > 0 else z", []),
    ],
)
def test_negative_log_likelihood(evaluate: Evaluate, given: str, found: list[bool]) -> None:
    program = evaluate(NET, f"loss = nn.NLLLoss()({given}, y)\n")
    assert [normalised for _, normalised in without_log_softmax(program)] == found


@pytest.mark.parametrize(
    ("loss", "found"),
    [
        ("F.cross_entropy(F.relu(z), y)", ["relu"]),
        ("F.cross_entropy(nn.Sequential(nn.Linear(4, 3), nn.GELU())(x), y)", ["GELU"]),
        ("F.cross_entropy(torch.tanh(z), y)", ["tanh"]),
        ("F.cross_entropy(torch.sigmoid(z).flatten(1), y)", ["sigmoid"]),
        ("nn.BCEWithLogitsLoss()(F.relu(z), y)", ["relu"]),
        ("F.cross_entropy(z, F.relu(y))", []),
        ("F.cross_entropy(other(F.relu(z)), y)", []),
        ("F.cross_entropy(nn.PReLU()(z), y)", []),
        ("F.cross_entropy(F.leaky_relu(z, 0.1), y)", []),
        ("F.cross_entropy(10 * torch.tanh(z), y)", []),
        ("F.cross_entropy(F.relu(z).mean(2), y)", []),
        ("F.cross_entropy(nn.AdaptiveAvgPool2d(1)(F.relu(z)).flatten(1), y)", []),
        ("F.cross_entropy(F.adaptive_avg_pool2d(F.relu(z), 1).flatten(1), y)", []),
        ("F.mse_loss(F.relu(z), y)", []),
    ],
)
def test_squashed_scores(evaluate: Evaluate, loss: str, found: list[str]) -> None:
    program = evaluate(NET, f"loss = {loss}\n")
    assert [fed.steps[-1][0] for fed in squashed_scores(program)] == found


def test_one_sigmoid_with_three_losses(evaluate: Evaluate) -> None:
    program = evaluate(
        NET,
        """
        d = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
        real, fake = F.binary_cross_entropy(d(x), y), F.binary_cross_entropy(d(y), y)
        own = F.binary_cross_entropy(torch.sigmoid(z), y)
        """,
    )
    losses = fed_with(program, ("bce",), ("sigmoid",))
    assert len(losses) == 3
    assert one_per_activation(program, losses) == [losses[0], losses[2]]


@pytest.mark.parametrize(
    ("use", "given"),
    [
        ("torch.jit.script(d)", True),
        ("torch.onnx.export(d, x, 'd.onnx')", True),
        ("torch.jit.trace(net, x)", False),
        ("torch.compile(d)", False),
        ("torch.save(d.state_dict(), 'd.pt')", False),
    ],
)
def test_exported(evaluate: Evaluate, use: str, given: bool) -> None:
    program = evaluate(
        NET,
        "d = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())\nloss = F.binary_cross_entropy(d(x), y)\n",
        f"{use}\n",
    )
    (loss,) = fed_with(program, ("bce",), ("sigmoid",))
    assert exported(program, loss) is given
