"""A loop that never clears its gradients against one that clears them for each batch, at each one's best learning rate.

Without clearing, every step applies the sum of all gradients so far, as a momentum without friction does. At a small rate
that can look like faster progress for a while, which is why each arm gets its own best rate. Plain SGD, a constant rate.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, minibatches

WORST = math.log(10)


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(run.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=run.choice)
    last = WORST
    for _ in range(run.sized(tiny=5, small=10)):
        for images, labels in minibatches(train.rows, train.labels, size=64):
            if run.setting == "cleared":
                optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            last = loss.item()
    return {
        "test accuracy": accuracy(model, test.rows, test.labels),
        "training loss of the last batch": last if last < 1e6 else 1e6,
    }


EXPERIMENT = Experiment(
    practice=(),
    rules=("BP305",),
    question="What does a network lose if its gradients are never cleared?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits, 8 by 8 pixels, ten epochs",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"never cleared": "kept", "cleared for each batch": "cleared"},
    run=run,
    choice=Axis("learning rate", (0.001, 0.01, 0.1, 0.3, 1.0, 3.0), at=0.1, log=True),
)
