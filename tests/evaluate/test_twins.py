"""Pairs of programs that differ in one line: one with a defect, one without. What goes by names gets one of them wrong."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.values import Const, Obj

from .program import Evaluate, origins, plain, rates
from .training import STEP, VALIDATION, training

EVALUATION = """
def evaluate(m, test_loader):
    m.eval()
    with torch.no_grad():
        for x, y in test_loader:
            print((m(x).argmax(1) == y).sum().item())
    LINE
"""
MEASURED = """
def update(x, y):
    optimizer.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    return LINE
total = 0
"""
HEADS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.real, self.kind = nn.Linear(4, 8), nn.Linear(8, 1), nn.Linear(8, 2)
    def forward(self, x):
        z = self.body(x)
        return self.real(z), self.kind(z), torch.softmax(self.kind(z), 1)
net = Net()
"""
TWO_LOSSES = """
optimizer.zero_grad()
real, scores, chances = net(x)
(F.binary_cross_entropy_with_logits(real, y) + nn.CrossEntropyLoss()(LINE, y)).backward()
optimizer.step()
print(chances.argmax(1) == y)
"""
GROUPS = "groups = [{'params': net[0].parameters(), 'weight_decay': LINE}, {'params': net[2].parameters()}]"
KEPT = """
score = evaluate(held_out)
if score > best:
    best = score
    torch.save(net.state_dict(), "best.pt")
"""
SCORED = """
best = 0
def evaluate(batches):
    net.eval()
    with torch.no_grad():
        return sum((net(x).argmax(1) == y).sum().item() for x, y in batches)
class Set(torch.utils.data.Dataset):
    def __init__(self, split):
        self.split = split
    def __getitem__(self, i):
        return torch.load(self.split)[i], i
loader = DataLoader(Set(split="train"), shuffle=True)
LINE
"""
SCALED = """
optimizer.zero_grad()
old = optimizer.param_groups[0]["lr"]
optimizer.param_groups[0]["lr"] = old * len(x) / 64
F.cross_entropy(net(x), y).backward()
optimizer.step()
LINE
"""
TRAINER = """
class Trainer:
    def __init__(self):
        self.sched = None
    def set_sched(self, sched):
        self.sched = sched
    def end_epoch(self):
        if self.sched:
            self.sched.step()
trainer = Trainer()
"""
SAMPLERS = """
from torch.utils.data import SubsetRandomSampler
data = datasets.MNIST("d", train=True)
indices = list(range(60000))
train_sampler, valid_sampler = SubsetRandomSampler(indices[10000:]), SubsetRandomSampler(indices[:10000])
loader = DataLoader(data, sampler=train_sampler)
held_out = DataLoader(data, sampler=LINE)
"""
CELL = """
class Cell(nn.Module):
    def __init__(self, width, hidden, layers=LINE, drop=0.0):
        super().__init__()
        self.rnn = nn.LSTM(width, hidden, layers, dropout=drop, batch_first=True)
    def forward(self, x):
        return self.rnn(x)[0][:, -1]
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.out = Cell(4, 8, drop=0.3), nn.Linear(8, 2)
    def forward(self, x):
        return self.out(self.cell(x))
net = Net()
"""
CLIPPED = STEP.replace("optimizer.step()", "nn.utils.clip_grad_norm_(net.parameters(), 1.0)\noptimizer.step()")
TRANSFORMED = """
from torchvision import transforms
flipped = transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ToTensor()])
plain = transforms.Compose([transforms.Resize(32), transforms.ToTensor()])
loader = DataLoader(datasets.CIFAR10("d", train=True, transform=flipped), shuffle=True)
held_out = DataLoader(datasets.CIFAR10("d", train=False, transform=LINE))
"""
BODY = """
class Body(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 8)
    def forward(self, x):
        with torch.no_grad():
            return self.fc(x)
net = nn.Sequential(Body(), nn.Dropout(), nn.Linear(8, 2))
"""
ASKED = "net.eval()\nfor x, y in held_out:\n    LINE\n"
DEAD = """
optimizer.zero_grad()
out = net(x)
if LINE:
    loss = F.cross_entropy(out, y)
else:
    loss = F.cross_entropy(out.softmax(1), y)
loss.backward()
optimizer.step()
"""


def twin(number: int, flawed: str, right: str, code: str, **parts: str) -> object:
    """A pair: ``LINE`` in the parts of the program is replaced by either line."""
    return pytest.param(flawed, right, code, parts, id=f"{number}")


@pytest.mark.parametrize(
    ("flawed", "right", "code", "parts"),
    [
        twin(1, "pass", "m.train()", "BP306", first=EVALUATION, start="", validation="evaluate(net, held_out)"),
        twin(2, "loss", "loss.item()", "BP309", first=MEASURED, step="total += update(x, y)"),
        twin(3, "chances", "scores", "BP403", network=HEADS, step=TWO_LOSSES, validation=VALIDATION.replace("net(x)", "net(x)[1]")),
        twin(5, "1e-4", "0.0", "BP304", first=GROUPS, optimizer="optim.Adam(groups, lr=0.1, weight_decay=0)"),
        twin(6, "val = held_out = DataLoader(Set(split='test'))", "test = held_out = DataLoader(Set(split='val'))", "BP102",
             first=SCORED, validation=KEPT),
        twin(7, "lambda s: 1.0", "lambda s: 1 - s / 100", "BP204", schedule="optim.lr_scheduler.LambdaLR(optimizer, LINE)"),
        twin(8, "optimizer.param_groups[0]['lr'] = old", "pass", "BP204", step=SCALED, schedule="", after=""),
        twin(9, "pass", "trainer.set_sched(schedule)", "BP207", first=TRAINER, after="LINE\ntrainer.end_epoch()"),
        twin(11, "train_sampler", "valid_sampler", "BP101", first=SAMPLERS),
        twin(13, "# nn.utils.clip_grad_norm_(net.parameters(), 1.0)", "nn.utils.clip_grad_norm_(net.parameters(), 1.0)", "BP503",
             network=CELL.replace("LINE", "2"), step=STEP.replace("optimizer.step()", "LINE\noptimizer.step()")),
        twin(14, "1", "2", "BP502", network=CELL, step=CLIPPED),
        twin(15, "flipped", "plain", "BP104", first=TRANSFORMED),
        twin(18, "print(net(x).argmax(1))", "with torch.no_grad(): print(net(x).argmax(1))", "BP308", network=BODY, validation=ASKED),
        twin(20, "False", "True", "BP403", step=DEAD),
    ],
)  # fmt: skip
def test_one_line_makes_the_difference(
    evaluate: Evaluate, flawed: str, right: str, code: str, parts: dict[str, str]
) -> None:
    for line, codes in ((flawed, {code}), (right, set[str]())):
        filled = {name: part.replace("LINE", line) for name, part in parts.items()}
        definitions = [filled.pop("first")] if "first" in filled else []
        run = evaluate(training(*definitions, **filled))
        assert run.codes == codes
        assert run.order("step")


@pytest.mark.parametrize(("power", "rising"), [("n - i", True), ("i", False)])
def test_rates_that_rise_or_fall_with_the_depth(evaluate: Evaluate, power: str, rising: bool) -> None:
    """Pair 4."""
    groups = f"""
        n = len(net)
        groups = [dict(params=part.parameters(), lr=0.1 * 0.5 ** ({power})) for i, part in enumerate(net)]
    """
    found = rates(evaluate(training(groups, optimizer="optim.SGD(groups, lr=0.1)")).the_optimizer)
    assert found == sorted(found, key=lambda rate: rate or 0, reverse=not rising)
    assert len(set(found)) == 3


@pytest.mark.parametrize(
    ("lines", "order"),
    [
        (
            "def closure():\n    F.cross_entropy(net(x), y).backward()\noptimizer.step(closure)",
            ["zero-grad", "backward", "step"],
        ),
        ("loss = F.cross_entropy(net(x), y)\noptimizer.step()\nloss.backward()", ["zero-grad", "step", "backward"]),
    ],
)
def test_a_closure_runs_before_the_step_and_a_backward_pass_where_it_stands(
    evaluate: Evaluate, lines: str, order: list[str]
) -> None:
    """Pair 10."""
    run = evaluate(training(step=f"optimizer.zero_grad()\n{lines}\n"))
    assert run.order("zero-grad", "backward", "step") == order * 4


@pytest.mark.parametrize(("loss", "codes"), [("net(x).softmax(1)", {"BP403"}), ("net(x)", set())])
def test_a_file_in_the_syntax_of_another_time(evaluate: Evaluate, loss: str, codes: set[str]) -> None:
    """Pair 12."""
    step = STEP.replace("optimizer.zero_grad()", "optimizer.zero_grad()\nx = x.cuda(async=True)\nprint 'batch'")
    run = evaluate(training(step=step.replace("net(x)", loss)))
    assert run.codes == codes
    assert run.closed


@pytest.mark.parametrize(
    ("options", "shuffle"), [("dict(batch_size=4, shuffle=True)", True), ("dict(batch_size=4)", False)]
)
def test_an_option_in_keyword_arguments(evaluate: Evaluate, options: str, shuffle: bool) -> None:
    """Pair 17."""
    run = evaluate(
        f"def make(**options):\n    return DataLoader(datasets.MNIST('d'), **options)\nl = make(**{options})\n"
    )
    loader = run.variable("l")
    assert isinstance(loader, Obj)
    assert isinstance(loader.args["shuffle"], Const)
    assert plain(loader.args["shuffle"]) is shuffle


@pytest.mark.parametrize(("indent", "modes"), [("", {"train"}), ("    ", {"train", "eval"})])
def test_eval_after_the_last_epoch_or_after_each(evaluate: Evaluate, indent: str, modes: set[str]) -> None:
    """Pair 19."""
    program = training(start="", validation="", after="schedule.step()") + f"{indent}net.eval()\n"
    run = evaluate("net = None\n", program, "for x, y in held_out:\n    net(x)\n")
    assert {str(e.data["mode"]) for e in run.passes.training} == modes
    assert {str(e.data["mode"]) for e in run.passes.evaluation} == {"eval"}
    assert ("BP306" in run.codes) is ("eval" in modes)


def test_samplers_over_one_data_set_choose_different_samples(evaluate: Evaluate) -> None:
    run = evaluate(SAMPLERS.replace("LINE", "valid_sampler"), "a, b = next(iter(loader)), next(iter(held_out))\n")
    assert not origins(run.variable("a")) & origins(run.variable("b"))
