"""C8: of a tensor it is known what its numbers mean, whether it hangs on a graph, and which samples it comes from."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Tensor

from .program import Evaluate, kind, origins

NET = """
    net = nn.Linear(4, 2)
    x, y = torch.ones(4), torch.ones(2)
    logits = net(x)
    loss = F.cross_entropy(logits, y)
"""


@pytest.mark.parametrize(
    ("expression", "meaning"),
    [
        ("logits", "raw"),
        ("logits * 2 + 1", "raw"),
        ("logits.view(-1, 2)", "raw"),
        ("logits.squeeze(1)[:, 0]", "raw"),
        ("logits.float().cpu()", "raw"),
        ("torch.cat([logits, logits], 0)", "raw"),
        ("torch.softmax(logits, 1)", "softmax"),
        ("F.softmax(logits)", "softmax"),
        ("logits.softmax(dim=-1)", "softmax"),
        ("nn.Softmax(dim=1)(logits)", "softmax"),
        ("logits.log_softmax(1).exp()", "softmax"),
        ("torch.softmax(logits, 1).view(-1, 2)", "softmax"),
        ("F.dropout(torch.softmax(logits, 1), 0.5)", "softmax"),
        ("F.log_softmax(logits, dim=1)", "log_softmax"),
        ("torch.log(torch.softmax(logits, 1))", "log_softmax"),
        ("torch.softmax(logits, 1).clamp(min=1e-8).log()", "log_softmax"),
        ("torch.sigmoid(logits)", "sigmoid"),
        ("logits.sigmoid()", "sigmoid"),
        ("nn.Sigmoid()(logits)", "sigmoid"),
        ("F.logsigmoid(logits)", "log_sigmoid"),
        ("F.relu(logits)", "relu"),
        ("torch.tanh(logits)", "tanh"),
        ("1 - torch.sigmoid(logits)", "unknown"),
        ("torch.softmax(logits, 1) * torch.sigmoid(logits)", "unknown"),
        ("logits.argmax(1)", "index"),
        ("logits.max(1)[1]", "index"),
        ("torch.max(logits, 1)[1]", "index"),
        ("torch.max(logits, 1)[0]", "raw"),
        ("(logits.argmax(1) == y).sum()", "index"),
        ("logits.mean().item()", "number"),
        ("loss", "loss"),
        ("loss / 4", "loss"),
        ("loss + 0.1 * loss", "loss"),
        ("loss.item()", "number"),
        ("float(loss)", "number"),
        ("nn.Linear(2, 2)(torch.softmax(logits, 1))", "raw"),
    ],
)
def test_what_the_numbers_mean(evaluate: Evaluate, expression: str, meaning: str) -> None:
    assert evaluate(NET, f"result = {expression}\n").tensor("result").kind == meaning


@pytest.mark.parametrize(
    ("expression", "grad"),
    [
        ("logits", True),
        ("loss", True),
        ("loss * 2", True),
        ("loss.clone()", True),
        ("loss.sum().view(1)[0]", True),
        ("0.9 * loss + x", True),
        ("torch.stack([loss, loss]).mean()", True),
        ("loss.detach()", False),
        ("loss.data", False),
        ("loss.data[0]", False),
        ("loss.item()", False),
        ("float(loss)", False),
        ("loss.detach().cpu().numpy()", False),
        ("loss.cpu().data.numpy()", False),
        ("logits.argmax(1)", False),
        ("(logits.argmax(1) == y).float().mean()", False),
        ("x", False),
        ("x * 2", False),
        ("torch.zeros(3, requires_grad=True)", True),
        ("sum([loss, loss])", True),
        ("[loss][0]", True),
        ("{'loss': loss}['loss']", True),
        ("{'loss': loss.item()}['loss']", False),
        ("str(loss)", False),
    ],
)
def test_whether_it_hangs_on_a_graph(evaluate: Evaluate, expression: str, grad: bool) -> None:
    result = evaluate(NET, f"result = {expression}\n").variable("result")
    assert flow([result]).grad is grad


@pytest.mark.parametrize(
    ("returned", "grad"),
    [("loss", True), ("loss.item()", False), ("loss.data[0] / 4", False), ("float(loss) / n", False)],
)
def test_what_a_helper_returns(evaluate: Evaluate, returned: str, grad: bool) -> None:
    run = evaluate(
        NET,
        f"""
        def step(n):
            loss = F.cross_entropy(net(x), y)
            return {returned}
        result = step(4)
        """,
    )
    assert run.tensor("result").grad is grad
    assert len(run.tensor("result").passes) == 1


def test_under_no_grad_nothing_hangs_on_a_graph(evaluate: Evaluate) -> None:
    run = evaluate(NET, "with torch.no_grad():\n    a = net(x)\n    b = F.cross_entropy(a, y) + 1\n")
    assert run.tensor("a").grad is False
    assert run.tensor("b").grad is False


def test_a_frozen_network_gives_no_graph_for_plain_data(evaluate: Evaluate) -> None:
    run = evaluate(NET, "net.requires_grad_(False)\nplain = net(x)\nlearned = net(nn.Linear(4, 4)(x))\n")
    assert run.tensor("plain").grad is False
    assert run.tensor("learned").grad is True


HEADS = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.real, self.kind = nn.Linear(4, 4), nn.Linear(4, 1), nn.Linear(4, 3)
        def forward(self, x):
            z = self.body(x)
            return {returned}
    net, x = Net(), torch.ones(4)
"""


@pytest.mark.parametrize(
    ("returned", "taken"),
    [
        pytest.param("self.real(z), torch.softmax(self.kind(z), 1)", "a, b = net(x)", id="unpacked"),
        pytest.param(
            "self.real(z), torch.softmax(self.kind(z), 1)", "out = net(x)\na, b = out[0], out[1]", id="by index"
        ),
        pytest.param("[self.real(z), torch.softmax(self.kind(z), 1)]", "a, b = net(x)", id="a list"),
        pytest.param("self.real(z), (z, torch.softmax(self.kind(z), 1))", "a, (_, b) = net(x)", id="nested"),
        pytest.param("self.real(z), z, torch.softmax(self.kind(z), 1)", "a, *_, b = net(x)", id="with a rest"),
        pytest.param(
            "dict(real=self.real(z), kind=torch.softmax(self.kind(z), 1))",
            "out = net(x)\na, b = out['real'], out['kind']",
            id="a dict",
        ),
        pytest.param(
            "{'real': self.real(z), 'kind': torch.softmax(self.kind(z), 1)}",
            "a, b = net(x).values()",
            id="the values of a dict",
        ),
        pytest.param("Output(self.real(z), torch.softmax(self.kind(z), 1))", "a, b = net(x)", id="a named tuple"),
        pytest.param(
            "Output(kind=torch.softmax(self.kind(z), 1), real=self.real(z))",
            "out = net(x)\na, b = out.real, out.kind",
            id="the fields of a named tuple",
        ),
        pytest.param(
            "Record(self.real(z), torch.softmax(self.kind(z), 1))",
            "out = net(x)\na, b = out.real, out.kind",
            id="the fields of a dataclass",
        ),
    ],
)
def test_each_position_of_the_output_has_its_own_meaning(evaluate: Evaluate, returned: str, taken: str) -> None:
    run = evaluate(
        "from collections import namedtuple\nfrom dataclasses import dataclass\nfrom typing import Any\n"
        "Output = namedtuple('Output', 'real kind')\n@dataclass\nclass Record:\n    real: Any\n    kind: Any\n",
        HEADS.format(returned=returned),
        f"{taken}\nF.cross_entropy(b, torch.ones(3))\nF.binary_cross_entropy_with_logits(a, torch.ones(1))\n",
    )
    assert run.losses == [("cross_entropy", "softmax"), ("bce_logits", "raw")]
    assert run.tensor("b").passes == frozenset(run.of_kind("forward"))


def test_either_of_two_outputs_is_both(evaluate: Evaluate) -> None:
    run = evaluate(
        NET, "import time\nout = logits\nif time.time() > 5:\n    out = logits.softmax(1)\nF.cross_entropy(out, y)\n"
    )
    assert run.losses[-1] == ("cross_entropy", "raw|softmax")


def test_the_proof_names_the_operations(evaluate: Evaluate) -> None:
    run = evaluate(NET, "probabilities = torch.sigmoid(logits)\n")
    name, site = run.tensor("probabilities").steps[-1]
    assert name == "sigmoid"
    assert site.scope.source.lines[site.node.lineno - 1] == "probabilities = torch.sigmoid(logits)"  # type: ignore[attr-defined]


def test_a_project_function_of_the_name_of_an_operation(evaluate: Evaluate) -> None:
    run = evaluate(NET, "def softmax(v):\n    return v + 1\nresult = softmax(logits)\n")
    assert run.tensor("result").kind == "raw"


SETS = """
    whole = datasets.CIFAR10("d", train=True)
    held_out = datasets.CIFAR10("d", train=False)
"""


def test_the_split_of_a_batch(evaluate: Evaluate) -> None:
    run = evaluate(SETS, "for x, y in DataLoader(whole):\n    pass\nfor a, b in DataLoader(held_out):\n    pass\n")
    assert {o.split for o in origins(run.variable("x"))} == {"train"}
    assert {o.split for o in origins(run.variable("b"))} == {"test"}
    assert not origins(run.variable("x")) & origins(run.variable("y"))


@pytest.mark.parametrize(
    "made",
    [
        pytest.param("one, two = torch.utils.data.random_split(whole, [40000, 10000])", id="random_split"),
        pytest.param(
            "parts = torch.utils.data.random_split(whole, [4, 1])\none, two = parts[0], parts[1]", id="by index"
        ),
        pytest.param(
            "from torch.utils.data import Subset\none, two = Subset(whole, range(40000)), Subset(whole, range(40000, 50000))",
            id="Subset",
        ),
        pytest.param("one, two = whole, held_out", id="two data sets"),
        pytest.param(
            "from sklearn.model_selection import train_test_split\none, two = train_test_split(whole)", id="of sklearn"
        ),
        pytest.param("data = torch.load('x.pt')\none, two = data[3:], data[:3]", id="slices"),
        pytest.param("data = torch.load('x.pt')\none, two = data['train'], data['val']", id="entries"),
        pytest.param(
            "import numpy as np\ndata, chosen = np.load('x.npy'), np.random.rand(9) < 0.8\none, two = data[chosen], data[~chosen]",
            id="a mask and its reverse",
        ),
        pytest.param(
            "from torchtext.datasets import IMDB\none, two = IMDB.splits(None, None)", id="the splits of torchtext"
        ),
        pytest.param("one, two = torch.load('train.pt'), torch.load('val.pt')", id="two files"),
    ],
)
def test_different_samples(evaluate: Evaluate, made: str) -> None:
    run = evaluate(
        SETS,
        f"net = nn.Linear(4, 2)\n{made}\nfor x in DataLoader(one):\n    net(x)\nfor x in DataLoader(two):\n    net(x)\n",
    )
    seen = [flow(event.data["args"]).origins for event in run.of_kind("forward")]
    assert seen[0]
    assert not seen[0] & seen[-1]


def test_different_samplers_of_one_data_set(evaluate: Evaluate) -> None:
    run = evaluate(
        SETS,
        """
        from torch.utils.data.sampler import SubsetRandomSampler
        indices = list(range(50000))
        train, valid = indices[5000:], indices[:5000]
        one = DataLoader(whole, sampler=SubsetRandomSampler(train))
        two = DataLoader(whole, sampler=SubsetRandomSampler(valid))
        a, b = next(iter(one)), next(iter(two))
        """,
    )
    assert origins(run.variable("a"))
    assert not origins(run.variable("a")) & origins(run.variable("b"))


@pytest.mark.parametrize(
    "made",
    [
        pytest.param("one = two = whole", id="one data set under two names"),
        pytest.param("one, two = torch.load('x.pt'), torch.load('x.pt')", id="one file read twice"),
        pytest.param("data = torch.load('x.pt')\none, two = data['a'], data['a']", id="one entry"),
        pytest.param(
            "import numpy as np\ndata, chosen = np.load('x.npy'), np.random.rand(9) < 0.8\none, two = data[chosen], data[chosen]",
            id="one mask",
        ),
    ],
)
def test_the_same_samples(evaluate: Evaluate, made: str) -> None:
    run = evaluate(
        SETS,
        f"net = nn.Linear(4, 2)\n{made}\nfor x in DataLoader(one):\n    net(x)\nfor x in DataLoader(two):\n    net(x)\n",
    )
    seen = [flow(event.data["args"]).origins for event in run.of_kind("forward")]
    assert seen[0]
    assert seen[0] == seen[-1]


@pytest.mark.parametrize(("flag", "split"), [("'train'", "train"), ("'val'", "validation"), ("split='test'", "test")])
def test_the_split_that_a_data_set_of_the_project_is_asked_for(evaluate: Evaluate, flag: str, split: str) -> None:
    run = evaluate(f"""
        from torch.utils.data import Dataset
        class Images(Dataset):
            def __init__(self, split):
                self.split = split
            def __getitem__(self, i):
                return torch.load(f"{{self.split}}_{{i}}.pt"), i
        for x, y in DataLoader(Images({flag})):
            pass
    """)
    assert {o.split for o in origins(run.variable("x"))} == {split}


def test_numbers_made_in_the_program_are_synthetic(evaluate: Evaluate) -> None:
    run = evaluate("noise, data = torch.randn(4), torch.load('x.pt')['x']\n")
    assert [o.synthetic for o in origins(run.variable("noise"))] == [True]
    assert [o.synthetic for o in origins(run.variable("data"))] == [False]


def test_a_metric_knows_its_data(evaluate: Evaluate) -> None:
    run = evaluate(
        SETS,
        """
        net = nn.Linear(4, 2)
        def accuracy(loader):
            correct, count = 0, 0
            for x, y in loader:
                correct += (net(x).argmax(1) == y).sum().item()
                count += len(y)
            return correct / count
        result = accuracy(DataLoader(held_out))
        """,
    )
    assert {o.split for o in origins(run.variable("result"))} == {"test"}
    assert isinstance(run.variable("result"), Tensor)
    assert kind(run.variable("result")) in ("number", "index")


def test_the_halves_of_each_fold_are_different_samples(evaluate: Evaluate) -> None:
    run = evaluate(
        SETS,
        """
        from sklearn.model_selection import KFold
        from torch.utils.data import Subset
        for fold, (train, valid) in enumerate(KFold(5).split(whole)):
            for a in DataLoader(Subset(whole, train)):
                pass
            for b in DataLoader(Subset(whole, valid)):
                pass
        """,
    )
    assert origins(run.variable("a"))
    assert not origins(run.variable("a")) & origins(run.variable("b"))


def test_joined_data_sets_are_all_of_them(evaluate: Evaluate) -> None:
    run = evaluate(
        SETS,
        "from torch.utils.data import ConcatDataset\nfor x, y in DataLoader(ConcatDataset([whole, held_out])):\n    pass\n",
    )
    assert {o.split for o in origins(run.variable("x"))} == {"train", "test"}


def test_data_sets_made_for_each_phase_by_a_comprehension(evaluate: Evaluate) -> None:
    run = evaluate(
        """
        import os, sys
        sets = {phase: datasets.ImageFolder(os.path.join(sys.argv[1], phase)) for phase in ["train", "val"]}
        loaders = {phase: DataLoader(sets[phase]) for phase in sets}
        a, b = next(iter(loaders["train"])), next(iter(loaders["val"]))
        """
    )
    assert {o.split for o in origins(run.variable("a"))} == {"train"}
    assert {o.split for o in origins(run.variable("b"))} == {"validation"}


def test_what_a_generator_passes_on(evaluate: Evaluate) -> None:
    run = evaluate(SETS, "def batches():\n    yield from DataLoader(held_out)\nfor x, y in batches():\n    pass\n")
    assert {o.split for o in origins(run.variable("x"))} == {"test"}
