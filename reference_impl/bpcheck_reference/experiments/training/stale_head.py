"""An optimizer that was made before the head of a network was replaced against one that was made afterwards.

In the departure the optimizer holds the old head, which is no part of the network any more; the new one stays as it was
drawn. Either the whole network is trained, so that the layers before can adapt to the random head, or the head alone is
meant to be, and then nothing trains. Each arm gets its own best learning rate.

A body with many weights adapts to a random head well, which is what hides this bug.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.new_digits import new_digits
from bpcheck_reference.experiments.corpora.pretrained_batchnorm import CLASSES, FEATURES, pretrained
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit


def run(run: Run) -> float:
    train, test = new_digits(run.seed, run.device, training=64, similar=True)
    body, old_head = pretrained(run.seed, run.device)
    head = nn.Linear(FEATURES, CLASSES).to(run.device)
    held = old_head if run.setting == "old" else head
    body.requires_grad_(run.condition == "whole network")
    model = nn.Sequential(body, head)
    fit(
        model,
        train.images,
        train.labels,
        loss=nn.functional.cross_entropy,
        optimizer=torch.optim.SGD([*body.parameters(), *held.parameters()], lr=run.choice, momentum=0.9),
        epochs=run.sized(tiny=5, small=10),
        batch=16,
    )
    return accuracy(model, test.images, test.labels)


EXPERIMENT = Experiment(
    practice=("L2",),
    rules=("BP311",),
    question="What does a fine-tuned network lose if the optimizer does not hold its new head?",
    subject="digits 5 to 9 after 0 to 4",
    data=(
        "64 training and some 220 test images of the handwritten digits 5 to 9, for a network pretrained on 0 to 4; "
        "a network that diverged says one digit always, right for about one in five"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"optimizer holds the old head": "old", "optimizer holds the new head": "new"},
    run=run,
    condition=Axis("what is trained", ("whole network", "head only"), at="whole network"),
    choice=Axis("learning rate", (0.01, 0.03, 0.1, 0.3, 1.0), at=0.03, log=True),
)
