"""Gradients cleared between backward and step against gradients cleared before backward.

In the wrong order the optimizer sees nothing but zeros: the network stays as it was drawn. With momentum or weight decay
something still moves, but nothing that was learned.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, minibatches, mlp


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    model = mlp(64, 64, 10).to(run.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(run.sized(tiny=2, small=10)):
        for x, y in minibatches(train.rows, train.labels, size=64):
            if run.setting:
                optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            if not run.setting:
                optimizer.zero_grad()
            optimizer.step()
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=("L3",),
    rules=("BP310",),
    question="What is learned when the gradients are cleared before the step that needs them?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"cleared before the step": False, "cleared before backward": True},
    run=run,
    clear=0.4,
)
