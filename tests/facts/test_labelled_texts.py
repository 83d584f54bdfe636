"""Classifiers of texts: by which data they are known, and what counts as knowing something before."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.apis.labelled_texts import is_labelled_text
from bpcheck.facts.labelled_texts import from_scratch

from tests.evaluate.program import Evaluate

IMDB = "import torchtext\nrows, rest = torchtext.datasets.IMDB()\nx, y = zip(*rows)\nx, y = torch.tensor(x), torch.tensor(y)\n"
HUB = """
from datasets import load_dataset
data = load_dataset({name}, split='train')
x, y = torch.tensor([row['ids'] for row in data]), torch.tensor([row['label'] for row in data])
"""
NETWORK = """
    class Net(nn.Module):
        def __init__(self, outputs=2):
            super().__init__()
            self.table, self.rnn, self.out = nn.Embedding({table}), nn.GRU(8, 8), nn.Linear(8, outputs)
        def forward(self, x):
            return self.out(self.rnn(self.table(x))[0][-1])
    vectors = torch.load('vectors.pt')
"""
TRAINING = """
optimizer = optim.AdamW(net.parameters())
for _ in range(100):
    optimizer.zero_grad()
    F.cross_entropy(net(x), y).backward()
    optimizer.step()
"""


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    return Evaluate(tmp_path)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (IMDB, ["Net"]),
        (IMDB.replace("IMDB", "Multi30k"), []),
        (HUB.format(name="'imdb'"), ["Net"]),
        (HUB.format(name="'glue', 'sst2'"), ["Net"]),
        (HUB.format(name="'glue', 'mrpc'"), []),
        (HUB.format(name="'cifar10'"), []),
        ("from sklearn.datasets import fetch_20newsgroups\nx, y = fetch_20newsgroups(return_X_y=True)\n", ["Net"]),
        ("from sklearn.datasets import load_digits\nx, y = load_digits(return_X_y=True)\n", []),
        ("x, y = torch.load('x.pt'), torch.load('y.pt')\n", []),
        (IMDB + "y = torch.load('y.pt')\n", []),
    ],
)
def test_data_that_are_labelled_texts(evaluate: Evaluate, data: str, found: list[str]) -> None:
    run = evaluate(data, NETWORK.format(table="999, 8"), "net = Net()\n", TRAINING)
    assert [each.network.label for each in from_scratch(run)] == found


@pytest.mark.parametrize(
    ("table", "made", "found"),
    [
        ("999, 8", "net = Net()", True),
        ("999, 8, padding_idx=0", "net = Net(5)", True),
        ("999, 8", "net = Net(999)", False),
        ("999, 8, _weight=torch.load('vectors.pt')", "net = Net()", False),
        ("999, 8", "net = Net()\nnet.table.weight.data.copy_(vectors)", False),
        ("999, 8", "net = Net()\nnet.table.weight.data = vectors", False),
        ("999, 8", "net = Net()\nnet.table.weight.data[3] = vectors[3]", False),
        ("999, 8", "net = Net()\nnet.table.weight = nn.Parameter(vectors)", False),
        ("999, 8", "net = Net()\nnet.table.weight.data.uniform_(-0.1, 0.1)", True),
        ("999, 8", "net = Net()\nnet.table = nn.Embedding.from_pretrained(vectors)", False),
        ("999, 8", "net = Net()\nnet.load_state_dict(torch.load('net.pt'))", False),
        ("999, 8", "net = Net()\nnet.rnn.load_state_dict(torch.load('encoder.pt'))", False),
        ("999, 8", "import unknown\nnet = unknown.started(Net())", False),
        ("999, 8", "net, other = Net(), nn.Embedding.from_pretrained(vectors)\nother(torch.ones(3).long())", False),
    ],
)
def test_what_was_learned_before(evaluate: Evaluate, table: str, made: str, found: bool) -> None:
    run = evaluate(IMDB, NETWORK.format(table=table), made + "\n", TRAINING)
    assert bool(from_scratch(run)) is found


def test_weights_that_are_loaded_after_the_training_taught_it_nothing(evaluate: Evaluate) -> None:
    run = evaluate(
        IMDB,
        NETWORK.format(table="999, 8"),
        "net = Net()\n",
        TRAINING,
        "net.load_state_dict(torch.load('best.pt'))\nnet(x)\n",
    )
    assert len(from_scratch(run)) == 1


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("torchtext.datasets.IMDB part 0", True),
        ("torchtext.legacy.datasets.SST.splits", True),
        ("datasets.load_dataset stanfordnlp/imdb None", True),
        ("datasets.load_dataset imdb_reviews_of_mine None", False),
        ("file imdb", False),
        ("imdb labels", True),
    ],
)
def test_names_of_data_sets(key: str, answer: bool) -> None:
    assert is_labelled_text(key) is answer
