"""A learning rate read off a range test against PyTorch's default for each optimizer, which nobody tried.

All arms train the same network from the same weights; they differ in the rate alone. Besides a tenth of the rate at the
lowest loss, the other places of the curve that are recommended are read: the valley, the steepest fall on the logarithmic
axis, and the rate at the lowest loss itself. The test's own batches are not charged to the arms that use it.

It would be unfair to take the result with one optimizer for all: the default is chosen with care for Adam, and is a
number that had to be some number for SGD. Nor does the experiment say that a sweep of full runs would not do better.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit, minibatches, predictions
from bpcheck_reference.learning_rate.lr_finder import RangeTest, lr_finder

BATCH, DEFAULT = 32, 0.001


def steepest(test: RangeTest) -> float:
    falls = [after - before for before, after in pairwise(test.losses)]
    return test.rates[falls.index(min(falls))]


def minimum(test: RangeTest) -> float:
    return test.minimum_tenth * 10


def optimizer(name: str, model: nn.Module, lr: float) -> torch.optim.Optimizer:
    if name == "Adam":
        return torch.optim.Adam(model.parameters(), lr=lr)
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9 if name == "SGD with momentum" else 0.0)


def run(run: Run) -> dict[str, float]:
    pick: Callable[[RangeTest], float] = run.setting
    train, test = digits(run.seed, run.device)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(run.device)
    tried = lr_finder(
        model,
        optimizer(run.condition, model, DEFAULT),
        list(minibatches(train.rows, train.labels, size=BATCH)),
        lambda net, batch: nn.functional.cross_entropy(net(batch[0]), batch[1]),
    )
    lr = pick(tried)
    losses = fit(
        model,
        train.rows,
        train.labels,
        loss=nn.functional.cross_entropy,
        optimizer=optimizer(run.condition, model, lr),
        epochs=run.sized(tiny=5, small=10, full=40),
        batch=BATCH,
    )
    finite = math.isfinite(losses[-1]) and bool(predictions(model, test.rows).isfinite().all())
    return {
        "test accuracy": accuracy(model, test.rows, test.labels) if finite else 0.1,
        "log10 of the learning rate": math.log10(lr),
    }


EXPERIMENT = Experiment(
    practice=("L1",),
    rules=("BP201",),
    question="Does a learning rate from a range test serve better than one that nobody tried, and where is it to be read?",
    subject="handwritten digits",
    data=(
        "1,297 training and 500 test images of handwritten digits, 8 by 8 pixels, ten epochs; a run that diverged counts "
        "as a guess, one in ten"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={
        "default 0.001": lambda test: DEFAULT,
        "a tenth of the minimum": lambda test: test.minimum_tenth,
        "valley": lambda test: test.valley,
        "steepest": steepest,
        "minimum": minimum,
    },
    run=run,
    condition=Axis("optimizer", ("SGD", "SGD with momentum", "Adam"), at="SGD"),
    clear=0.2,
)
