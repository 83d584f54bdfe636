"""Batches in the order of the file against batches in a new random order in each epoch.

The file is sorted by class, as folders of images are, or in an order that was drawn once. Number of steps, rate and data
are the same.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit, mlp


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    if run.condition == "sorted by class":
        train = train[train.labels.argsort(stable=True)]
    model = mlp(64, 64, 10).to(run.device)
    epochs = run.sized(tiny=4, small=10)
    optimizer = torch.optim.SGD(model.parameters(), lr=run.choice, momentum=0.9)
    steps = epochs * math.ceil(len(train) / 64)
    fit(
        model, train.rows, train.labels, loss=nn.functional.cross_entropy, optimizer=optimizer, epochs=epochs,
        schedule=torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps), shuffle=run.setting,
    )  # fmt: skip
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=("D2",),
    rules=("BP114",),
    question="Does it matter whether the training data are shuffled in each epoch?",
    subject="handwritten digits",
    data="Handwritten digits, 1,297 training and 500 test images",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"order of the file": False, "shuffled": True},
    run=run,
    condition=Axis("order of the file", ("random, drawn once", "sorted by class"), at="sorted by class"),
    choice=Axis("learning rate", (0.003, 0.03, 0.3), at=0.03, log=True),
)
