"""Weights with one fixed standard deviation, whatever the number of inputs, against He's initialisation.

A standard deviation of 0.01 is what old recipes write; weights from a standard normal distribution and weights that are
all the same are there as further arms. Each arm gets its own best learning rate. The network is a plain stack of linear
layers and ReLUs of a width of 64, and nothing in it normalises.

By arithmetic the harm depends on the width too: what is too small here is about right for layers with thousands of inputs.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier
from bpcheck_reference.training.kaiming import kaiming_

WIDTH = 64


def small(weight: Tensor) -> None:
    nn.init.normal_(weight, std=0.01)


def standard(weight: Tensor) -> None:
    nn.init.normal_(weight)


def equal(weight: Tensor) -> None:
    nn.init.constant_(weight, 0.1)


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    layers = [nn.Linear(WIDTH, WIDTH) for _ in range(run.condition)]
    head = nn.Linear(WIDTH, 10)
    model = nn.Sequential(*[part for layer in layers for part in (layer, nn.ReLU())], head).to(run.device)
    kaiming_(model, head=head)
    initialise: Callable[[Tensor], None] | None = run.setting
    if initialise is not None:
        for layer in layers:
            initialise(layer.weight)
    epochs = run.sized(tiny=3, small=6, full=30)
    train_classifier(model, train.rows, train.labels, lr=run.choice, epochs=epochs)
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=("T3",),
    rules=("BP303",),
    question="Does a ReLU network train worse from weights of a fixed size than from He's, and from which depth on?",
    subject="handwritten digits",
    data=(
        "1,297 training and 500 test images of handwritten digits, six epochs; a network that diverged says one digit "
        "always, right for about one in ten"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={
        "standard deviation 0.01": small,
        "Kaiming He": None,
        "standard deviation 1": standard,
        "all weights 0.1": equal,
    },
    run=run,
    condition=Axis("hidden layers", (1, 2, 4), at=2),
    choice=Axis("learning rate", (0.01, 0.1, 0.3, 1.0), at=0.1, log=True),
)
