"""Training at full size throughout against training on images that grow, for the same number of pixels.

The sizes grow from half to full, so that an epoch is cheaper on average; the departure gets as many epochs at full size as
the same pixels pay for. Further arms: full size for as many epochs, whatever that costs, and sizes that end at half.
All are tested at full size, each at its own best learning rate.

Letters on a blank background are easy to see at half size. Where small details decide, small images teach less.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from bpcheck_reference.architectures.conv_block import conv_block
from bpcheck_reference.experiments.corpora.glyphs import CLASSES, glyphs
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit
from bpcheck_reference.training.progressive_resizing import relative_cost, resize, size_schedule

SIZE, EPOCHS, BATCH = 24, 12, 32


def sizes_of(name: str, epochs: int) -> list[int]:
    growing = size_schedule(SIZE // 2, SIZE, epochs, last=0.25)
    if name == "growing":
        return growing
    if name == "half":
        return [SIZE // 2] * epochs
    return [SIZE] * (max(1, round(relative_cost(growing) * epochs)) if name == "as many pixels" else epochs)


def run(run: Run) -> dict[str, float]:
    train, test = glyphs(run.seed, run.device, copies=run.sized(tiny=1, small=2, full=12), size=SIZE)
    sizes = sizes_of(run.setting, run.sized(tiny=2, small=EPOCHS, full=3 * EPOCHS))
    model = nn.Sequential(
        *(conv_block(1, 12, stride=2), conv_block(12, 24, stride=2), conv_block(24, 48)),
        *(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(192, CLASSES)),
    ).to(run.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=run.choice, momentum=0.9)
    steps = len(sizes) * math.ceil(len(train) / BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for size in sizes:
        images, _ = resize(train.images, size)
        fit(
            model,
            images,
            train.labels,
            loss=nn.functional.cross_entropy,
            optimizer=optimizer,
            epochs=1,
            batch=BATCH,
            schedule=schedule,
        )
    return {
        "test accuracy at full size": accuracy(model, test.images, test.labels),
        "pixels, in epochs at full size": relative_cost([*sizes, SIZE]) * (len(sizes) + 1) - 1,
    }


EXPERIMENT = Experiment(
    practice=("T2",),
    rules=("BP302",),
    question="Does training on images that grow give a better network for the same number of pixels?",
    subject="capital letters of many fonts",
    data=(
        "Generated: 780 training and 260 test images of 24 by 24 pixels, the 26 capital letters drawn with fonts that "
        "come with matplotlib, turned, moved and with noise; the test fonts are others"
    ),
    metric="test accuracy at full size",
    higher_is_better=True,
    smallest=0.01,
    arms={
        "full size, same pixels": "as many pixels",
        "growing sizes": "growing",
        "full size, same epochs": "as many epochs",
        "half size": "half",
    },
    run=run,
    choice=Axis("learning rate", (0.1, 0.3, 1.0), at=0.3, log=True),
)
