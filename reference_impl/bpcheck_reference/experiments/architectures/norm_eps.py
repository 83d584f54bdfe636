"""Batch normalisation whose ``eps`` is 0.8, as ``BatchNorm2d(n, 0.8)`` makes it, against one with the default ``eps``.

The number was meant for the momentum, as a rule in the sense of other libraries, where 0.8 is what is kept: the same is
a momentum of 0.2 here, which the second arm has. Each arm gets its own best learning rate; AdamW, whose steps do not depend on the scale of
gradients, is kind to the departure.

A large ``eps`` does less the larger the activations are: what is lost depends on depth and initialisation. PyTorch's
default initialisation makes activations shrink from layer to layer, and is used here as it is.
"""

from __future__ import annotations

from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier

WIDTH = 16


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    layers: list[nn.Module] = []
    for number in range(run.condition):
        conv = nn.Conv2d(WIDTH if number else 1, WIDTH, 3, stride=1 if number else 2, padding=1, bias=False)
        layers += [conv, nn.BatchNorm2d(WIDTH, **run.setting), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(WIDTH * 4 * 4, 10)).to(run.device)
    epochs = run.sized(tiny=2, small=5, full=30)
    train_classifier(model, train.images, train.labels, lr=run.choice, epochs=epochs, adaptive=True)
    return accuracy(model, test.images, test.labels)


EXPERIMENT = Experiment(
    practice=("R8",),
    rules=("BP516",),
    question="What does batch normalisation lose when its momentum is given at the place of eps?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits, 8 by 8 pixels, five epochs",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"eps 0.8": {"eps": 0.8}, "momentum 0.2": {"momentum": 0.2}},
    run=run,
    condition=Axis("convolutions", (3, 6, 12), at=6),
    choice=Axis("learning rate", (0.001, 0.004, 0.015, 0.06), at=0.004, log=True),
    clear=0.08,
)
