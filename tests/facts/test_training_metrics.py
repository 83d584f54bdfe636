"""Numbers of the training in the place of those of an evaluation."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.facts.training_metrics import stale_metrics, training_stops

from tests.evaluate.program import Evaluate

DATA = """
    train_loader = DataLoader(datasets.MNIST("data"), batch_size=64, shuffle=True)
    valid_loader = DataLoader(datasets.MNIST("data", train=False), batch_size=64)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    optimizer = optim.SGD(net.parameters(), lr=0.1)
"""
EPOCH = """
    best, waited, total, hits, losses = 1e9, 0, 0, 0, []
    for epoch in range(30):
        trained = 0
        for x, y in train_loader:
            optimizer.zero_grad()
            output = net(x)
            loss = F.cross_entropy(output, y)
            loss.backward()
            optimizer.step()
            trained += loss.item()
        valid = 0
        for x, y in valid_loader:
            guess = net(x)
            {}
            valid += F.cross_entropy(guess, y).item()
{}
"""
PATIENCE = """\
        if {} < best:
            best, waited = {}, 0
        else:
            waited += 1
        if waited > 3:
            break
"""


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    return Evaluate(tmp_path)


@pytest.mark.parametrize(
    ("added", "stale"),
    [
        ("total += loss.item()", 1),
        ("total = total + loss.item()", 1),
        ("total += loss.item() * len(x)", 1),
        ("losses.append(loss.item())", 1),
        ("hits += (output.argmax(1) == y).sum().item()", 1),
        ("total += F.cross_entropy(guess, y).item()", 0),
        ("loss = F.cross_entropy(guess, y); total += loss.item()", 0),
        ("loss = unknown(guess, y); total += loss.item()", 0),
        ("total += loss.item() - F.cross_entropy(guess, y).item()", 0),
        ("total += loss.item(); loss = F.cross_entropy(guess, y)", 0),
        ("total += len(x)", 0),
        ("losses.append(unknown(loss))", 0),
    ],
)
def test_sum_of_an_evaluation(evaluate: Evaluate, added: str, stale: int) -> None:
    program = evaluate(DATA + EPOCH.format(added, ""))
    assert len(stale_metrics(program)) == stale


def test_a_loop_that_trains_adds_up_what_it_has(evaluate: Evaluate) -> None:
    program = evaluate(
        DATA
        + """
    total = 0
    for epoch in range(30):
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            print(net(x).argmax(1))
        total += loss.item()
"""
    )
    assert program.passes.evaluation
    assert not stale_metrics(program)


@pytest.mark.parametrize(
    ("code", "stops"),
    [
        (PATIENCE.format("trained", "trained"), 1),
        (PATIENCE.format("valid", "valid"), 0),
        (PATIENCE.format("trained + valid", "trained"), 0),
        (PATIENCE.format("trained", "0.1"), 0),
        ("        if trained < 0.1:\n            break\n", 0),
        ("        if trained != trained:\n            break\n", 0),
        (
            "        if valid < 0.5:\n            torch.save(net.state_dict(), 'best.pt')\n"
            + PATIENCE.format("trained", "trained"),
            0,
        ),
    ],
)
def test_early_stopping(evaluate: Evaluate, code: str, stops: int) -> None:
    program = evaluate(DATA + EPOCH.format("pass", code))
    assert len(training_stops(program)) == stops


STOPPER = """
    class Stopper:
        def __init__(self):
            self.best, self.count, self.stop = None, 0, False
        def better(self, loss):
            return self.best is None or loss < self.best
        def step(self, loss):
            if self.best is None or loss < self.best:
                self.best = loss
                self.count = 0
            else:
                self.count += 1
            self.stop = self.count > 3
            return self.stop
    stopper, other = Stopper(), Stopper()
"""


@pytest.mark.parametrize(
    ("code", "stops"),
    [
        ("stopper.step(trained)\nif stopper.stop:\n    break", 1),
        ("if stopper.step(trained):\n    break", 1),
        ("stopper.step(trained)\nif other.stop:\n    break", 0),
        ("stopper.step(valid)\nif stopper.stop:\n    break", 0),
        ("if stopper.step(valid):\n    break", 0),
        ("other.step(valid)\nif stopper.step(trained):\n    break", 0),  # both are watched
    ],
)
def test_object_that_keeps_count(evaluate: Evaluate, code: str, stops: int) -> None:
    loop = "\n".join(8 * " " + line for line in code.split("\n"))
    program = evaluate(STOPPER + DATA + EPOCH.format("pass", loop))
    assert len(training_stops(program)) == stops


def test_validation_that_decides_the_rate(evaluate: Evaluate) -> None:
    plateau = "        plateau.step(valid)\n" + PATIENCE.format("trained", "trained")
    made = "    plateau = optim.lr_scheduler.ReduceLROnPlateau(optimizer)\n"
    assert not training_stops(evaluate(DATA + made + EPOCH.format("pass", plateau)))


def test_where_nothing_is_held_out_the_training_loss_is_all_there_is(evaluate: Evaluate) -> None:
    loop = EPOCH.format("pass", PATIENCE.format("trained", "trained")).replace("in valid_loader", "in train_loader")
    assert not training_stops(evaluate(DATA + loop))


LIGHTNING = """
    import lightning as L
    from lightning.pytorch.callbacks import EarlyStopping
    class Net(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
        def training_step(self, batch, index):
            loss = F.cross_entropy(self.net(batch[0]), batch[1])
            self.log("train_loss", loss)
            return loss
        def validation_step(self, batch, index):
            self.log("val_loss", F.cross_entropy(self.net(batch[0]), batch[1]))
        def configure_optimizers(self):
            return optim.AdamW(self.parameters())
    trainer = L.Trainer(max_epochs=10, callbacks=[EarlyStopping({})])
    trainer.fit(Net(), DataLoader(datasets.MNIST("data")), DataLoader(datasets.MNIST("data", train=False)))
"""


@pytest.mark.parametrize(
    ("arguments", "stops"),
    [
        ("monitor='train_loss'", 1),
        ("monitor='val_loss'", 0),
        ("monitor='train_loss', stopping_threshold=0.01", 0),
    ],
)
def test_callback(evaluate: Evaluate, arguments: str, stops: int) -> None:
    assert len(training_stops(evaluate(LIGHTNING.format(arguments)))) == stops
