"""Adam made anew at the beginning of every epoch against one Adam for the whole training.

The steps are the same in number, and only what Adam remembers differs. The shorter the epochs, the oftener it forgets;
their length is varied, with as many steps in all, so that a short epoch means few images. A constant learning rate,
of which each arm gets its own best one.

Single runs say little: the first steps of a new Adam are large, which adds noise before it adds harm.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit

BATCH = 16


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device, training=run.condition * BATCH)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(run.device)

    def adam() -> torch.optim.Optimizer:
        return torch.optim.Adam(model.parameters(), lr=run.choice)

    optimizer = adam()
    for _ in range(run.sized(tiny=128, small=256) // run.condition):
        if run.setting == "each epoch":
            optimizer = adam()
        fit(
            model,
            train.rows,
            train.labels,
            loss=nn.functional.cross_entropy,
            optimizer=optimizer,
            epochs=1,
            batch=BATCH,
        )
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=("L2",),
    rules=("BP311",),
    question="What does a network lose if Adam is made anew in every epoch?",
    subject="handwritten digits",
    data="64 to 1,024 training and 500 test images of handwritten digits, 256 steps of 16 images",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"made in each epoch": "each epoch", "made once": "once"},
    run=run,
    condition=Axis("steps per epoch", (4, 16, 64), at=64, log=True),
    choice=Axis("learning rate", (0.0003, 0.001, 0.003, 0.01, 0.03), at=0.003, log=True),
)
