"""Gradients that add up over all steps against gradients cleared before each one.

Momentum makes it worse or better by turns, so plain SGD is used, and each arm has its own best learning rate: a small
enough one hides part of the harm, which is why the mistake can go unnoticed.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, minibatches, mlp


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    model = mlp(64, 64, 10).to(run.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=run.choice)
    for _ in range(run.sized(tiny=5, small=10)):
        for x, y in minibatches(train.rows, train.labels, size=64):
            if run.setting:
                optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=("L3",),
    rules=("BP305",),
    question="What does it cost never to clear the gradients?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"never cleared": False, "cleared at each step": True},
    run=run,
    choice=Axis("learning rate", (0.0005, 0.003, 0.02, 0.1, 0.5), at=0.1, log=True),
)
