"""Names that lie: what a variable, a parameter, a class or a part of the data is called says nothing about what it is."""

from __future__ import annotations

import pytest

from .program import Evaluate, kind
from .training import NETWORK, STEP, VALIDATION, training

CHOOSE = """
best = 0
def evaluate({name}_loader):
    net.eval()
    correct = 0
    with torch.no_grad():
        for x, y in {name}_loader:
            correct += (net(x).argmax(1) == y).sum().item()
    return correct
"""
KEEP = """
{name}_accuracy = evaluate(held_out)
if {name}_accuracy > best:
    best = {name}_accuracy
    torch.save(net.state_dict(), "best_on_{name}.pt")
"""
PARTS = """
class Part(torch.utils.data.Dataset):
    def __init__(self, part):
        self.files = open(part + ".txt").read().split()
    def __len__(self):
        return len(self.files)
    def __getitem__(self, i):
        return torch.load(self.files[i]), i
def make_loader(part):
    return DataLoader(Part(part), shuffle=part == "train")
loader = make_loader(part="train")
held_out = make_loader(part="{}")
"""
SPLIT = """
from torch.utils.data import random_split
full = datasets.MNIST("d", train=True)
{}
loader, held_out = DataLoader(train_set, shuffle=True), DataLoader(other_set)
"""
FOLDERS = """
import os
from torchvision import transforms
def build(is_train):
    transform = transforms.TrivialAugmentWide() if is_train else transforms.ToTensor()
    return datasets.ImageFolder(os.path.join("data", "train" if is_train else "{}"), transform)
loader, held_out = DataLoader(build(True), shuffle=True), DataLoader(build(False))
"""


@pytest.mark.parametrize("name", ["test", "val", "train"])
@pytest.mark.parametrize(
    ("data", "codes"),
    [
        pytest.param(SPLIT.format("train_set, other_set = random_split(full, [5, 1])"), set(), id="a part of the training data"),
        pytest.param(SPLIT.format("train_set, other_set = full, datasets.MNIST('d', train=False)"), {"BP102"}, id="the test set"),
        pytest.param(
            SPLIT.format("sets = dict(zip(['train', 'test'], random_split(full, [5, 1])))\ntrain_set, other_set = sets.values()"),
            set(),
            id="a part under the key of a test set",
        ),
        pytest.param(PARTS.format("test"), {"BP102"}, id="an argument that says test"),
        pytest.param(PARTS.format("val"), set(), id="an argument that says val"),
        pytest.param(FOLDERS.format("val"), set(), id="a folder of validation samples"),
        pytest.param(FOLDERS.format("test"), {"BP102"}, id="a folder of test samples"),
    ],
)  # fmt: skip
def test_the_part_of_the_data_that_decides(evaluate: Evaluate, name: str, data: str, codes: set[str]) -> None:
    run = evaluate(training(data, CHOOSE.format(name=name), validation=KEEP.format(name=name)))
    assert run.codes == codes


@pytest.mark.parametrize(("folder", "codes"), [("test", {"BP102"}), ("val", set())])
def test_a_folder_that_is_taken_if_it_is_there(evaluate: Evaluate, folder: str, codes: set[str]) -> None:
    data = f"""
        import pathlib
        from torchvision.transforms import TrivialAugmentWide
        root = pathlib.Path("data")
        folder = root / "test" if (root / "test").exists() else root / "val"
        loader = DataLoader(datasets.ImageFolder(root / "train", TrivialAugmentWide()), shuffle=True)
        held_out = DataLoader(datasets.ImageFolder(root / "{folder}"))
        either = DataLoader(datasets.ImageFolder(folder))
    """
    run = evaluate(training(data, CHOOSE.format(name="val"), validation=KEEP.format(name="val")))
    assert run.codes == codes
    open_ = evaluate(training(data, "held_out = either", CHOOSE.format(name="val"), validation=KEEP.format(name="val")))
    assert open_.codes == set()


CELL = """
class {name}(nn.Module):
    def __init__(self):
        super().__init__()
        self.{attribute}, self.fc = nn.{cell}, nn.Linear(8, 2)
    def forward(self, x):
        return self.fc({called})
net = {name}()
"""
LAST = "self.{attribute}(x)[0][:, -1]"


@pytest.mark.parametrize(
    ("name", "attribute", "cell", "codes"),
    [
        ("RNN", "rnn", "LSTM(4, 8, batch_first=True)", {"BP503"}),
        ("Transformer", "attention", "GRU(4, 8, batch_first=True)", {"BP503"}),
        ("LSTM", "lstm", "Linear(4, 8)", set()),
        ("RNNModel", "gru", "Conv1d(4, 8, 1)", set()),
    ],
)
def test_the_name_of_a_recurrence(evaluate: Evaluate, name: str, attribute: str, cell: str, codes: set[str]) -> None:
    called = LAST.format(attribute=attribute) if codes else f"self.{attribute}(x)"
    network = CELL.format(name=name, attribute=attribute, cell=cell, called=called)
    assert evaluate(training(network=network)).codes == codes


HEAD = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.{attribute} = nn.Linear(4, 2), {layer}
    def forward(self, x):
        return {returned}
net = Net()
"""


@pytest.mark.parametrize(
    ("attribute", "layer", "returned", "loss", "meaning", "codes"),
    [
        ("softmax", "nn.LogSoftmax(1)", "self.softmax(self.fc(x))", "F.nll_loss", "log_softmax", set()),
        ("softmax", "nn.Softmax(1)", "self.fc(x)", "F.cross_entropy", "raw", set()),
        ("logits", "nn.Softmax(1)", "self.logits(self.fc(x))", "F.cross_entropy", "softmax", {"BP403"}),
        ("probabilities", "nn.Identity()", "self.probabilities(self.fc(x))", "F.cross_entropy", "raw", set()),
    ],
)
def test_the_name_of_an_activation(
    evaluate: Evaluate, attribute: str, layer: str, returned: str, loss: str, meaning: str, codes: set[str]
) -> None:
    network = HEAD.format(attribute=attribute, layer=layer, returned=returned)
    run = evaluate(training(network=network, step=STEP.replace("F.cross_entropy", loss)))
    assert run.codes == codes
    assert {kind(event.data["output"]) for event in run.of_kind("loss")} == {meaning}


@pytest.mark.parametrize(
    ("assigned", "codes"),
    [
        ("probs = net(x)", set()),
        ("logits = net(x).softmax(1)", {"BP403"}),
        ("logits = net(x)\nprobs = logits.softmax(1)\nlogits = probs", {"BP403"}),
        ("probs = net(x)\nlogits = probs.softmax(1)\nlogits = probs", set()),
    ],
)
def test_the_name_of_a_variable(evaluate: Evaluate, assigned: str, codes: set[str]) -> None:
    name = assigned.rpartition("\n")[2].split(" ")[0]
    assert evaluate(training(step=f"{assigned}\n{STEP.replace('net(x)', name)}")).codes == codes


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ("output = F.cross_entropy(net(x), y)\nloss = output.item()\ntotal += loss\noutput.backward()", set()),
        ("loss_value = F.cross_entropy(net(x), y)\ntotal += loss_value\nloss_value.backward()", {"BP309"}),
        ("loss = F.cross_entropy(net(x), y)\ntotal += float(loss)\nloss.backward()", set()),
        ("item = F.cross_entropy(net(x), y)\ntotal += item.clone()\nitem.backward()", {"BP309"}),
    ],
)
def test_the_name_of_a_number(evaluate: Evaluate, lines: str, codes: set[str]) -> None:
    step = f"optimizer.zero_grad()\n{lines}\noptimizer.step()\n"
    assert evaluate(training("total = 0", step=step)).codes == codes


@pytest.mark.parametrize(
    ("function", "codes"),
    [
        pytest.param("def train(m):\n    pass", {"BP306"}, id="does nothing"),
        pytest.param("def train(m):\n    m.train()", set(), id="does it"),
        pytest.param("def train(m):\n    for part in m:\n        part.train()", set(), id="does it part by part"),
    ],
)
def test_a_function_called_train(evaluate: Evaluate, function: str, codes: set[str]) -> None:
    assert evaluate(training(function, start="train(net)")).codes == codes


def test_a_function_called_detach(evaluate: Evaluate) -> None:
    function = "total = 0\ndef detach(value):\n    return value{}\n"
    step = (
        STEP.replace("F.cross", "loss = F.cross").replace(".backward()", "\nloss.backward()")
        + "total += detach(loss)\n"
    )
    assert evaluate(training(function.format(""), step=step)).codes == {"BP309"}
    assert evaluate(training(function.format(".detach()"), step=step)).codes == set()


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        pytest.param("return x", {"BP308"}, id="ignored"),
        pytest.param("torch.set_grad_enabled(not evaluation)\n    return x", set(), id="obeyed"),
    ],
)
def test_a_parameter_called_evaluation(evaluate: Evaluate, body: str, codes: set[str]) -> None:
    function = f"def get_batch(x, evaluation=False):\n    {body}\n"
    ask = "net.eval()\nfor x, y in held_out:\n    print((net(get_batch(x, evaluation=True)).argmax(1) == y).sum().item())\n"
    run = evaluate(training(function, start="net.train()\ntorch.set_grad_enabled(True)", validation=ask))
    assert run.codes == codes


@pytest.mark.parametrize(("touched", "codes"), [("schedule.step()", set()), ("pass", {"BP207"})])
def test_a_schedule_that_is_passed_on(evaluate: Evaluate, touched: str, codes: set[str]) -> None:
    function = f"def end_epoch(optimizer, schedule):\n    {touched}\n"
    assert evaluate(training(function, after="end_epoch(optimizer, schedule)")).codes == codes


@pytest.mark.parametrize(
    ("definition", "made", "codes"),
    [
        ("class Adam(optim.AdamW):\n    pass", "Adam(net.parameters(), lr=0.1, weight_decay=0.1)", set()),
        ("class AdamW(optim.Adam):\n    pass", "AdamW(net.parameters(), lr=0.1, weight_decay=0.1)", {"BP304"}),
        (
            "class AdamW(optim.Adam):\n    def __init__(self, params, wd):\n        super().__init__(params, lr=0.1, weight_decay=wd)",
            "AdamW(net.parameters(), 0.1)",
            {"BP304"},
        ),
        (
            "class AdamW(optim.Adam):\n    def step(self):\n        super().step()",
            "AdamW(net.parameters(), lr=0.1, weight_decay=0.1)",
            set(),
        ),
        ("from torch.optim import AdamW as Adam", "Adam(net.parameters(), lr=0.1, weight_decay=0.1)", set()),
        ("from torch.optim import Adam as AdamW", "AdamW(net.parameters(), lr=0.1, weight_decay=0.1)", {"BP304"}),
        ("Adam = optim.AdamW", "Adam(net.parameters(), lr=0.1, weight_decay=0.1)", set()),
        ("optim.Adam = optim.SGD", "optim.SGD(net.parameters(), lr=0.1, weight_decay=0.1)", set()),
    ],
)
def test_the_name_of_an_optimizer(evaluate: Evaluate, definition: str, made: str, codes: set[str]) -> None:
    assert evaluate(training(definition, optimizer=made)).codes == codes


@pytest.mark.parametrize(
    ("definition", "codes"),
    [
        pytest.param("class CrossEntropyLoss(nn.MSELoss):\n    pass", set(), id="another loss"),
        pytest.param("class CrossEntropyLoss(nn.CrossEntropyLoss):\n    pass", {"BP403"}, id="the same"),
        pytest.param(
            "class CrossEntropyLoss(nn.Module):\n    def __init__(self, use_sigmoid=True):\n        super().__init__()\n"
            "        self.f = F.mse_loss if use_sigmoid else F.cross_entropy\n    def forward(self, a, b):\n"
            "        return self.f(a, b)",
            set(),
            id="another by default",
        ),
        pytest.param(
            "class CrossEntropyLoss(nn.Module):\n    def __init__(self, use_sigmoid=False):\n        super().__init__()\n"
            "        self.f = F.mse_loss if use_sigmoid else F.cross_entropy\n    def forward(self, a, b):\n"
            "        return self.f(a, b)",
            {"BP403"},
            id="the same by default",
        ),
        pytest.param("class NLLLoss(nn.CrossEntropyLoss):\n    pass\nCrossEntropyLoss = NLLLoss", {"BP403"}, id="under another name"),
    ],
)  # fmt: skip
def test_a_class_of_the_project_with_the_name_of_a_loss(evaluate: Evaluate, definition: str, codes: set[str]) -> None:
    step = STEP.replace("F.cross_entropy(net(x), y)", "CrossEntropyLoss()(net(x).softmax(1), y)")
    assert evaluate(training(definition, step=step)).codes == codes


def test_a_local_variable_hides_a_module(evaluate: Evaluate) -> None:
    hidden = """
        def train_step(x, y):
            F = x * 2
            net = nn.Identity()
            optim = [F, net(F)]
            return sum(optim)
    """
    run = evaluate(training(hidden, after="schedule.step()\ntrain_step(x, y)"))
    assert run.codes == set()


def test_a_name_that_is_used_before_it_is_defined(evaluate: Evaluate) -> None:
    run = evaluate("""
        model = Net()
        out = model(torch.ones(4))
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)
            def forward(self, x):
                return self.fc(x).softmax(1)
        F.cross_entropy(out, later)
        later = torch.ones(1)
        net = Net()
        F.cross_entropy(net(torch.ones(4)), later)
    """)
    assert [meaning for _, meaning in run.losses] == ["unknown", "softmax"]
    assert run.gaps == ["a call could not be followed"]


def test_comments_and_strings_are_no_code(evaluate: Evaluate) -> None:
    clipped = STEP.replace("optimizer.step()", "{}\noptimizer.step()")
    network = NETWORK.replace("nn.Linear(4, 8)", "nn.LSTM(4, 8)").replace("net =", "body =") + CELL.format(
        name="Net", attribute="rnn", cell="LSTM(4, 8, batch_first=True)", called=LAST.format(attribute="rnn")
    )
    clip = "nn.utils.clip_grad_norm_(net.parameters(), 1.0)"
    ask = VALIDATION
    for code, codes in ((clip, set[str]()), (f"# {clip}", {"BP503"}), (f'"""{clip}"""', {"BP503"})):
        assert evaluate(training(network=network, step=clipped.format(code), validation=ask)).codes == codes
