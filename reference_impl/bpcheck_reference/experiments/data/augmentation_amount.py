"""The same digits in every epoch against digits shifted by up to one pixel, with few and with many training images.

The test images are as they come: augmentation has to pay on data like those of the training. All arms take the same
number of steps, so that few images are seen more often. The network, the rate and the steps are the same in both arms.

Digits are no photos, and these are centred already, so that a shift is not what they differ by: this is a hard test of
augmentation. The other experiment on augmentation has shifted test images.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from bpcheck_reference.data.augmentation import Augment
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device, training=run.condition)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * 4 * 4, 10),
    ).to(run.device)  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    steps = run.sized(tiny=60, small=400, full=2000)
    losses = fit(
        model,
        train.images,
        train.labels,
        loss=nn.functional.cross_entropy,
        optimizer=optimizer,
        epochs=math.ceil(steps / math.ceil(len(train) / 64)),
        augment=run.setting,
    )
    return {"test accuracy": accuracy(model, test.images, test.labels), "last training loss": losses[-1]}


EXPERIMENT = Experiment(
    practice=("D5",),
    rules=("BP105",),
    question="Does augmentation by small shifts pay on centred digits, and with how many training images?",
    subject="handwritten digits",
    data="64 to 1,280 training and 500 test images of handwritten digits, 8 by 8 pixels, centred",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"as they are": None, "shifted": Augment("glyphs", shift=1)},
    run=run,
    condition=Axis("training images", (64, 128, 320, 640, 1280), at=320, log=True),
)
