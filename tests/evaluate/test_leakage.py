"""What training knows of held-out samples."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest
from bpcheck.facts.leakage import leaks

from .program import Evaluate

READ = """\
import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, train_test_split
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, Normalizer, StandardScaler
x = np.load("x.npy")
y = np.load("y.npy")
"""
SPLIT = """
train_x, valid_x, train_y, valid_y = train_test_split(x, y)
"""
CUT = """
train_x, valid_x, train_y, valid_y = x[:800], x[800:], y[:800], y[800:]
"""
TRAIN = """
model = nn.Linear(4, 1)
optimizer = optim.AdamW(model.parameters())
for epoch in range(9):
    optimizer.zero_grad()
    F.mse_loss(model(torch.tensor(train_x)), torch.tensor(train_y)).backward()
    optimizer.step()
with torch.no_grad():
    print(F.mse_loss(model(torch.tensor(valid_x)), torch.tensor(valid_y)))
"""


def found(evaluate: Evaluate, *parts: str) -> list[str]:
    """The code of what leaks."""
    return [ast.unparse(leak.site.node) for leak in leaks(evaluate(READ, *map(dedent, parts), TRAIN))]


@pytest.mark.parametrize("split", [SPLIT, CUT])
@pytest.mark.parametrize(
    ("before", "where"),
    [
        ("x = StandardScaler().fit_transform(x)", "StandardScaler().fit_transform(x)"),
        ("scaler = MinMaxScaler()\nscaler.fit(x)\nx = scaler.transform(x)", "scaler.fit(x)"),
        ("x = (x - x.mean(axis=0)) / x.std(axis=0)", "x.mean(axis=0)"),
        ("x = x / np.max(x)", "np.max(x)"),
        ("y = y / max(y)", "max(y)"),
        ("low, high = x.min(), x.max()\nx = (x - low) / (high - low)", "x.min()"),
        ("def scaled(a):\n    return (a - a.mean(0)) / a.std(0)\nx = scaled(x)", "a.mean(0)"),
    ],
)
def test_statistics_of_all_rows(evaluate: Evaluate, before: str, where: str, split: str) -> None:
    assert found(evaluate, before, split) == [where]


@pytest.mark.parametrize("split", [SPLIT, CUT])
@pytest.mark.parametrize(
    "after",
    [
        "s = StandardScaler()\ntrain_x = s.fit_transform(train_x)\nvalid_x = s.transform(valid_x)",
        "m = train_x.mean(0)\ntrain_x, valid_x = train_x - m, valid_x - m",
        "def scaled(a):\n    return (a - a.mean(0)) / a.std(0)\ntrain_x, valid_x = scaled(train_x), scaled(valid_x)",
        "for part in (train_x, valid_x):\n    part -= part.mean(0)",
    ],
)
def test_statistics_of_each_part_alone(evaluate: Evaluate, after: str, split: str) -> None:
    assert found(evaluate, split, after) == []


@pytest.mark.parametrize(
    "before",
    [
        "x = x / x.sum(axis=1, keepdims=True)",
        "x = x / x.max(1)[:, None]",
        "x = Normalizer().fit_transform(x)",
        "y = LabelEncoder().fit_transform(y)",
        "x = x / 255",
        "x = np.array([(row - row.mean()) / row.std() for row in x])",
        "x = np.stack([np.mean([word for word in row], 0) for row in x])",
        "print(x.mean(0), x.std(0))",
        "m = x[:800].mean(0)\nx = x - m",
    ],
)
def test_what_no_other_row_has_a_part_in(evaluate: Evaluate, before: str) -> None:
    assert found(evaluate, before, CUT) == []


def test_the_larger_of_two_maxima(evaluate: Evaluate) -> None:
    both = "top = max(train_x.max(), valid_x.max())\ntrain_x, valid_x = train_x / top, valid_x / top"
    assert found(evaluate, CUT, both) == ["valid_x.max()"]


def test_files_that_are_joined_first(evaluate: Evaluate) -> None:
    program = evaluate(
        READ,
        """
        train, valid = pd.read_csv("train.csv"), pd.read_csv("valid.csv")
        whole = pd.concat([train, valid])
        whole = (whole - whole.mean()) / whole.std()
        train_x, valid_x = whole[: len(train)].values, whole[len(train) :].values
        train_y, valid_y = train["y"].values, valid["y"].values
        """,
        TRAIN,
    )
    (leak,) = leaks(program)
    assert leak.together is not None
    assert ast.unparse(leak.together.node) == "pd.concat([train, valid])"


def test_the_mean_of_either_is_not_one_of_both(evaluate: Evaluate) -> None:
    assert found(evaluate, CUT, "parts = {k: v - v.mean(0) for k, v in (('a', train_x), ('b', valid_x))}",
                 "train_x, valid_x = parts['a'], parts['b']") == []  # fmt: skip


def test_mini_batches_of_one_array_are_no_split(evaluate: Evaluate) -> None:
    program = evaluate(
        READ,
        """
        x = (x - x.mean(0)) / x.std(0)
        model = nn.Linear(4, 1)
        optimizer = optim.AdamW(model.parameters())
        for epoch in range(9):
            for i in range(0, 1000, 10):
                optimizer.zero_grad()
                F.mse_loss(model(torch.tensor(x[i : i + 10])), torch.tensor(y[i : i + 10])).backward()
                optimizer.step()
        for j in range(0, 1000, 50):
            print(model(torch.tensor(x[j : j + 50])))
        """,
    )
    assert leaks(program) == []


FOLDS = """
x = torch.tensor(x)
for rows, others in KFold(5).split(x):
    model = nn.Linear(4, 1)
    optimizer = optim.AdamW(model.parameters())
    for epoch in range(9):
        optimizer.zero_grad()
        F.mse_loss(model(x[rows]), torch.tensor(y[rows])).backward()
        optimizer.step()
    with torch.no_grad():
        print(F.mse_loss(model(x[others]), torch.tensor(y[others])))
"""


def test_folds_are_splits(evaluate: Evaluate) -> None:
    assert leaks(evaluate(READ, FOLDS)) == []
    (leak,) = leaks(evaluate(READ, "x = StandardScaler().fit_transform(x)\n", FOLDS))
    assert leak.event is not None


WHOLE = """
from torch.utils.data import TensorDataset, random_split
whole = TensorDataset(torch.tensor(x), torch.tensor(y))
train_set, valid_set = random_split(whole, [0.9, 0.1])
model = nn.Linear(4, 1)
optimizer = optim.AdamW(model.parameters())
for epoch in range(9):
    for a, b in DataLoader(CHOSEN, shuffle=True):
        optimizer.zero_grad()
        F.mse_loss(model(a), b).backward()
        optimizer.step()
    with torch.no_grad():
        for a, b in DataLoader(valid_set):
            print(F.mse_loss(model(a), b))
"""


@pytest.mark.parametrize(
    ("chosen", "count"), [("train_set", 0), ("whole", 1), ("whole, sampler=choose_some(train_set)", 0)]
)
def test_training_on_what_is_held_out(evaluate: Evaluate, chosen: str, count: int) -> None:
    assert len(leaks(evaluate(READ, WHOLE.replace("CHOSEN", chosen)))) == count


def test_a_last_training_on_everything(evaluate: Evaluate) -> None:
    final = """
    for a, b in DataLoader(whole, shuffle=True):
        optimizer.zero_grad()
        F.mse_loss(model(a), b).backward()
        optimizer.step()
    """
    assert leaks(evaluate(READ, WHOLE.replace("CHOSEN", "train_set"), final)) == []


@pytest.mark.parametrize(("train", "count"), [("True", 1), ("False", 0)])
def test_a_data_set_that_is_made_twice(evaluate: Evaluate, train: str, count: int) -> None:
    program = evaluate(
        f"""
        from torchvision.transforms import ToTensor, RandomHorizontalFlip
        train_set = datasets.CIFAR10("data", train=True, transform=RandomHorizontalFlip())
        valid_set = datasets.CIFAR10("data", train={train}, transform=ToTensor())
        model = nn.Linear(3072, 10)
        optimizer = optim.AdamW(model.parameters())
        for epoch in range(9):
            for a, b in DataLoader(train_set, shuffle=True):
                optimizer.zero_grad()
                F.cross_entropy(model(a), b).backward()
                optimizer.step()
            with torch.no_grad():
                for a, b in DataLoader(valid_set):
                    print(F.cross_entropy(model(a), b))
        """
    )
    assert len(leaks(program)) == count
