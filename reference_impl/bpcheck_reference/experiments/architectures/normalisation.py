"""Convolutions one behind the other without and with batch normalisation, for networks of several depths.

Each arm gets its own best learning rate, since much of what is said for normalisation is that it bears a higher one. The
optimiser is AdamW, whose steps do not depend on the scale of gradients: the kinder one to a network without
normalisation. The third arm has no normalisation either, but starts from the initialisation of He et al., which keeps the scale of
activations through ReLUs: what a careful author would do instead. PyTorch's default initialisation does not keep it.

It would be unfair to compare at one learning rate only, and to take these few epochs for what an unnormalised network
can reach in the end. Depth stands for convolutions; none is skipped.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier

WIDTH = 16


def network(depth: int, kind: str) -> nn.Sequential:
    layers: list[nn.Module] = []
    for number in range(depth):
        conv = nn.Conv2d(
            WIDTH if number else 1, WIDTH, 3, stride=1 if number else 2, padding=1, bias=kind != "normalised"
        )
        if kind == "initialised":
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        norm = nn.BatchNorm2d(WIDTH) if kind == "normalised" else nn.Identity()
        layers += [conv, norm, nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(WIDTH * 4 * 4, 10))


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    model = network(run.condition, run.setting).to(run.device)
    with torch.no_grad():
        scale = model[:-1](train.images[:256]).std().item()
    epochs = run.sized(tiny=2, small=5, full=30)
    train_classifier(model, train.images, train.labels, lr=run.choice, epochs=epochs, adaptive=True)
    return {
        "test accuracy": accuracy(model, test.images, test.labels),
        "log10 of the last map's spread before training": math.log10(max(scale, 1e-12)),
    }


EXPERIMENT = Experiment(
    practice=("R8",),
    rules=("BP509",),
    question="Does a convolutional network train better with batch normalisation, and from which depth on?",
    subject="handwritten digits",
    data=(
        "1,297 training and 500 test images of handwritten digits, 8 by 8 pixels, five epochs; a network that diverged "
        "says the same digit always, which is right for one in ten"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"none": "plain", "batch normalisation": "normalised", "none, He initialisation": "initialised"},
    run=run,
    condition=Axis("convolutions", (3, 6, 12), at=6),
    choice=Axis("learning rate", (0.001, 0.004, 0.015, 0.06), at=0.004, log=True),
    clear=0.15,
)
