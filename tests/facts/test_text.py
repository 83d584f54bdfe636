"""Which recurrent networks learn from text, what proves it, and which of them are language models."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.facts.moments import default_betas
from bpcheck.facts.text import predicts_next, surely_undropped, surely_unregularised

from tests.evaluate.program import Evaluate

NET = """
    class Net(nn.Module):
        def __init__(self, symbols, outputs):
            super().__init__()
            self.{table}, self.rnn, self.out = {layers}, nn.Linear(8, outputs)
        def forward(self, x):
            return self.out(self.rnn(self.{table}(x))[0])
"""
DATA = "codes = torch.tensor([ord(c) for c in open('text.txt').read()])\nx, y = codes[:-1], codes[1:]\n"
TRAINING = """
optimizer = {optimizer}
for _ in range(100):
    optimizer.zero_grad()
    loss = F.{loss}(net(x), y)
    {more}
    loss.backward()
    optimizer.step()
"""
EMBEDDED = "nn.Embedding(symbols, 8), nn.LSTM(8, 8)"
ADAM = "optim.Adam(net.parameters())"


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    return Evaluate(tmp_path)


def program(
    layers: str = EMBEDDED, made: str = "net = Net(128, 128)", data: str = DATA, loss: str = "cross_entropy", more: str = "pass",
    optimizer: str = ADAM,
) -> tuple[str, ...]:  # fmt: skip
    network = NET.format(table="table", layers=layers)
    return network, data, made, TRAINING.format(optimizer=optimizer, loss=loss, more=more)


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        pytest.param({}, ["Net"], id="an embedding in front of a recurrence"),
        pytest.param({"layers": "nn.Embedding(symbols, 8), nn.Linear(8, 8)"}, [], id="no recurrence"),
        pytest.param({"layers": "nn.Linear(1, 8), nn.LSTM(8, 8)"}, [], id="no embedding"),
        pytest.param({"loss": "mse_loss"}, [], id="a quantity is predicted"),
        pytest.param({"data": "x, y = torch.zeros(3, 4).long(), torch.ones(3).long()"}, [], id="made up"),
        pytest.param({"data": "x, y = [3, 4], [1, 2]"}, [], id="of unknown origin"),
    ],
)
def test_what_learns_from_text(evaluate: Evaluate, parts: dict[str, str], found: list[str]) -> None:
    assert [model.label for model in evaluate(*program(**parts)).text_models] == found


CELL = """
    class Cell(nn.Module):
        def __init__(self):
            super().__init__()
            self.i, self.o = nn.Linear(40, 8), nn.Linear(8, 32)
        def forward(self, x, h):
            {seen}
            h = torch.tanh(self.i(torch.cat([x, h], 1)))
            return self.o(h), h
    net = Cell()
    optimizer = optim.Adam(net.parameters())
    text = open('text.txt').read()
"""
STEPS = """
    for _ in range(100):
        h, loss = torch.zeros(1, 8), 0
        optimizer.zero_grad()
        for t in range(20):
            scores, h = net({given}, h)
            loss = loss + F.cross_entropy(scores, torch.tensor([ord(text[t + 1])]))
        loss.backward()
        optimizer.step()
"""
POINTED = """
    rows = torch.zeros(20, 1, 32)
    for t in range(20):
        rows[t][0][{at}] = {value}
"""


@pytest.mark.parametrize(
    ("seen", "rows", "given", "found"),
    [
        ("x = F.one_hot(x, 32)", "", "torch.tensor([ord(text[t])])", "symbols become one-hot vectors in it"),
        ("pass", "", "F.one_hot(torch.tensor([ord(text[t])]), 32)", "reads symbols as one-hot vectors"),
        ("pass", POINTED.format(at="ord(text[t])", value="1"), "rows[t]", "reads symbols as one-hot vectors"),
        ("pass", POINTED.format(at="ord(text[t])", value="0.5"), "rows[t]", None),
        ("pass", POINTED.format(at="3", value="1"), "rows[t]", None),
        ("pass", "rows = torch.tensor([float(c) for c in text])", "rows[t]", None),
    ],
)
def test_symbols_that_are_one_hot(evaluate: Evaluate, seen: str, rows: str, given: str, found: str | None) -> None:
    run = evaluate(CELL.format(seen=seen), rows, STEPS.format(given=given))
    assert [model.evidence[0] for model in run.text_models] == ([] if found is None else [found])


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param({}, True, id="the next symbol of one alphabet"),
        pytest.param({"made": "n = open('n').read()\nsize = len(n)\nnet = Net(size, size)"}, True, id="of unknown size"),
        pytest.param({"made": "net = Net(128, 2)"}, False, id="a class"),
        pytest.param({"made": "n = open('n').read()\nnet = Net(len(n), 128)"}, False, id="sizes that may differ"),
        pytest.param({"data": DATA + "y = torch.load('y.pt')\n"}, False, id="the answers come from elsewhere"),
        pytest.param({"loss": "binary_cross_entropy_with_logits"}, False, id="scores of their own"),
        pytest.param(
            {"made": "net = Net(128, 128)\nnet.second = nn.Embedding(9, 8)"}, False, id="two alphabets",
        ),
    ],
)  # fmt: skip
def test_language_models(evaluate: Evaluate, parts: dict[str, str], expected: bool) -> None:
    (model,) = evaluate(*program(**parts)).text_models
    assert predicts_next(model) is expected


def test_an_encoder_and_its_decoder_are_one_model(evaluate: Evaluate) -> None:
    run = evaluate(
        NET.format(table="table", layers=EMBEDDED),
        DATA,
        """
    one, two = Net(128, 128), Net(128, 128)
    first, second = optim.Adam(one.parameters()), optim.Adam(two.parameters())
    for _ in range(100):
        loss = F.cross_entropy(one(x), y) + F.cross_entropy(two(x), y)
        loss.backward()
        first.step()
        second.step()
    """,
    )
    (model,) = run.text_models
    assert len(model.optimizers) == len(model.cells) == 2


@pytest.mark.parametrize(
    ("optimizer", "more", "expected"),
    [
        (ADAM, "pass", True),
        ("optim.SGD(net.parameters(), 0.1)", "loss = loss / 3", True),
        ("optim.AdamW(net.parameters())", "pass", False),
        ("optim.AdamW(net.parameters(), weight_decay=0)", "pass", True),
        ("optim.Adam(net.parameters(), weight_decay=1e-6)", "pass", False),
        ("optim.Adam([{'params': net.parameters(), 'weight_decay': 1e-6}])", "pass", False),
        (ADAM, "loss = loss + 2 * net(x).pow(2).mean()", False),
        (ADAM, "loss += 1e-5 * sum(p.norm() for p in net.parameters())", False),
        (ADAM, "loss = unknown.penalty(loss)", False),
        (ADAM, "loss = loss + unknown.penalty(net)", False),
        (ADAM, "loss = loss + F.cross_entropy(net(x), y)", True),
        (ADAM, "loss = loss + 0.5", True),
        (ADAM, "if unknown.flag: loss = loss + net(x).pow(2).mean()", False),
        ("unknown.Optimizer(net.parameters())", "pass", False),
    ],
)
def test_what_holds_weights_and_activations_down(evaluate: Evaluate, optimizer: str, more: str, expected: bool) -> None:
    run = evaluate("import unknown", *program(optimizer=optimizer, more=more))
    models = run.text_models
    assert bool(models and surely_unregularised(models[0])) is expected


@pytest.mark.parametrize(
    ("made", "more", "expected"),
    [
        ("net = Net(128, 128)", "pass", True),
        ("net = Net(128, 128)\nnet.drop = nn.Dropout()", "pass", False),
        ("net = Net(128, 128)", "drop = nn.Dropout(); loss = F.cross_entropy(drop(net(x)), y)", False),
        ("net = Net(128, 128)", "loss = F.cross_entropy(F.dropout(net(x)), y)", False),
        ("import unknown\nnet = unknown.changed(Net(128, 128))", "pass", False),
    ],
)
def test_what_drops_nothing(evaluate: Evaluate, made: str, more: str, expected: bool) -> None:
    models = evaluate(*program(made=made, more=more)).text_models
    assert bool(models and surely_undropped(models[0])) is expected


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (ADAM, True),
        ("optim.AdamW(net.parameters(), 1e-3, (0.9, 0.999))", True),
        ("optim.AdamW(net.parameters(), betas=(0.8, 0.99))", False),
        ("optim.AdamW(net.parameters(), betas=unknown.betas)", False),
        ("optim.AdamW([{'params': net.parameters(), 'betas': (0.7, 0.99)}])", False),
        ("optim.SGD(net.parameters(), 0.1)", False),
        ("optim.Adam(net.parameters())\ns = optim.lr_scheduler.OneCycleLR(optimizer, 0.1, 100)", False),
        (
            "optim.Adam(net.parameters())\ns = optim.lr_scheduler.OneCycleLR(optimizer, 0.1, 100, cycle_momentum=False)",
            True,
        ),
        ("optim.Adam(net.parameters())\ns = optim.lr_scheduler.CosineAnnealingLR(optimizer, 100)", True),
    ],
)
def test_betas_by_default(evaluate: Evaluate, optimizer: str, expected: bool) -> None:
    run = evaluate("import unknown", *program(optimizer=optimizer))
    assert default_betas(run, run.the_optimizer) is expected


@pytest.mark.parametrize(
    ("layers", "outputs", "found"),
    [
        pytest.param("nn.Embedding(symbols, 4), nn.LSTM(8, 8)", "2", False, id="what is read is wider"),
        pytest.param("nn.Embedding(symbols, 4), nn.LSTM(8, 8)", "128", True, id="scores for all symbols"),
        pytest.param("nn.Embedding(symbols, unknown.width), nn.LSTM(8, 8)", "2", True, id="of unknown width"),
        pytest.param("nn.Embedding(symbols, 4), nn.LSTM(unknown.width, 8)", "2", True, id="an unknown width is read"),
    ],
)
def test_an_embedding_beside_quantities(evaluate: Evaluate, layers: str, outputs: str, found: bool) -> None:
    run = evaluate("import unknown\n", *program(layers=layers, made=f"net = Net(128, {outputs})"))
    assert bool(run.text_models) is found
