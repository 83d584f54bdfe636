"""Eval mode that stays on after the first evaluation against train mode that is put back for each epoch.

The departure trains one epoch as it should and all others in eval mode, as a loop does that calls ``train()`` once before
the first epoch. With dropout the network then goes on without it; with batch normalisation it goes on with the statistics
of the first epoch. Each arm gets its own best learning rate.

How much is lost by dropout that is off is as much as dropout was worth, which is much only where the data are few.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, minibatches

IMAGES, WIDTH = 200, 128


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device, training=IMAGES)
    parts = [
        part
        for inputs in (64, WIDTH)
        for part in (
            nn.Linear(inputs, WIDTH),
            *(
                (nn.BatchNorm1d(WIDTH), nn.ReLU())
                if run.condition == "batch normalisation"
                else (nn.ReLU(), nn.Dropout())
            ),
        )
    ]
    model = nn.Sequential(*parts, nn.Linear(WIDTH, 10)).to(run.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=run.choice, momentum=0.9)
    for epoch in range(run.sized(tiny=10, small=30)):
        model.train(epoch == 0 or run.setting == "put back")
        for images, labels in minibatches(train.rows, train.labels, size=20):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=("R8",),
    rules=("BP306",),
    question="What does a network lose if it goes on training in eval mode after the first evaluation?",
    subject="handwritten digits",
    data=(
        "200 training and 500 test images of handwritten digits, 8 by 8 pixels; a network that diverged says one digit "
        "always, right for about one in ten"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"eval mode kept": "kept", "train mode put back": "put back"},
    run=run,
    condition=Axis("layers that depend on the mode", ("dropout", "batch normalisation"), at="dropout"),
    choice=Axis("learning rate", (0.003, 0.01, 0.03, 0.1, 0.3), at=0.03, log=True),
)
