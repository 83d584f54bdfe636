"""Dropout that takes effect, and dropout that never does."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.facts.dropout import has_dropout, inert

from tests.evaluate.program import Evaluate

NET = """
    class Net(nn.Module):
        def __init__(self, p=0.3, layers=1):
            super().__init__()
            self.fc, self.p = nn.Linear(4, 4), p
            {made}
        def forward(self, x):
            return {given}
    net = Net()
    net(torch.load('x.pt'))
"""


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    return Evaluate(tmp_path)


@pytest.mark.parametrize(
    ("made", "given", "drops"),
    [
        ("pass", "self.fc(x)", False),
        ("self.drop = nn.Dropout(p)", "self.fc(self.drop(x))", True),
        ("self.drop = nn.Dropout(0.0)", "self.fc(self.drop(x))", False),
        ("self.drop = nn.Dropout(unknown.p)", "self.fc(self.drop(x))", None),
        ("self.rnn = nn.GRU(4, 4, layers, dropout=p)", "self.rnn(x)[0]", False),
        ("self.rnn = nn.GRU(4, 4, layers + 1, dropout=p)", "self.rnn(x)[0]", True),
        ("self.rnn = nn.GRU(4, 4, layers + 1, dropout=p if layers > 1 else 0)", "self.rnn(x)[0]", False),
        ("self.rnn = nn.GRU(4, 4, unknown.layers, dropout=p)", "self.rnn(x)[0]", None),
        ("pass", "F.dropout(self.fc(x), self.p, self.training)", True),
        ("pass", "F.dropout(self.fc(x), 0.0, self.training)", False),
        ("pass", "self.fc(x) * torch.bernoulli(torch.full_like(x, 0.7))", None),
        ("pass", "self.fc(x) * self.fc(x).data.new(4).bernoulli_(0.7)", None),
        ("pass", "self.fc(x) * (torch.rand(4) > 0.3)", None),
        ("pass", "self.fc(x) + torch.randn(4)", False),
        ("self.part = unknown.Part()", "self.part(x)", None),
    ],
)
def test_what_a_network_drops(evaluate: Evaluate, made: str, given: str, drops: bool | None) -> None:
    run = evaluate("import unknown", NET.format(made=made, given=given))
    assert has_dropout(run.module("net")) is drops


@pytest.mark.parametrize(
    ("layer", "found"),
    [
        ("nn.LSTM(4, 4, dropout=0.5)", [("LSTM", 0.5)]),
        ("nn.GRU(4, 4, 1, True, False, 0.2)", [("GRU", 0.2)]),
        ("nn.RNN(4, 4, dropout=p, num_layers=layers)", [("RNN", 0.3)]),
        ("nn.LSTM(4, 4, 2, dropout=0.5)", []),
        ("nn.LSTM(4, 4, dropout=0)", []),
        ("nn.LSTM(4, 4, layers, dropout=p if layers > 1 else 0)", []),
        ("nn.LSTM(4, 4, dropout=unknown.p)", []),
        ("nn.LSTM(4, 4, unknown.layers, dropout=0.5)", []),
    ],
)
def test_a_dropout_between_the_layers_of_one_layer(evaluate: Evaluate, layer: str, found: list[object]) -> None:
    run = evaluate("import unknown", NET.format(made=f"self.rnn = {layer}", given="self.rnn(x)[0]"))
    assert [(each.layer.label, each.p) for each in inert(run)] == found


def test_a_recurrence_that_never_runs_asks_for_nothing(evaluate: Evaluate) -> None:
    assert inert(evaluate(NET.format(made="self.rnn = nn.LSTM(4, 4, dropout=0.5)", given="self.fc(x)"))) == []


def test_a_line_that_makes_several_sizes_is_judged_by_all(evaluate: Evaluate) -> None:
    run = evaluate(
        NET.format(made="self.rnn = nn.LSTM(4, 4, layers, dropout=p)", given="self.rnn(x)[0]"),
        "deep = Net(layers=3)\ndeep(torch.load('x.pt'))\n",
    )
    assert inert(run) == []
