"""A learning rate that falls to a tenth twice, at half and at three quarters of the training, against half a cosine.

The milestones move with the length of the training, as somebody who takes care would move them. In the third arm they
stay at the epochs that suit a training of twenty, which is what happens when only the number of epochs is changed.

Each arm gets its own best rate. It would be unfair to count the third arm against steps as such: it measures the slip.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, MultiStepLR

from bpcheck_reference.experiments.corpora.digits import digits, with_wrong_labels
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit, predictions
from bpcheck_reference.learning_rate.cosine import cosine_with_warmup

BATCH, USUAL = 32, 20


def moved(optimizer: Optimizer, steps: int, batches: int) -> LRScheduler:
    return MultiStepLR(optimizer, [steps // 2, steps * 3 // 4])


def left(optimizer: Optimizer, steps: int, batches: int) -> LRScheduler:
    return moved(optimizer, USUAL * batches, batches)


def cosine(optimizer: Optimizer, steps: int, batches: int) -> LRScheduler:
    return cosine_with_warmup(optimizer, steps)


def run(run: Run) -> dict[str, float]:
    schedule: Callable[[Optimizer, int, int], LRScheduler] = run.setting
    epochs = run.condition
    train, test = digits(run.seed, run.device, training=600)
    train = with_wrong_labels(train, 0.2, run.seed)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(run.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=run.choice, momentum=0.9)
    batches = math.ceil(len(train) / BATCH)
    losses = fit(
        model,
        train.rows,
        train.labels,
        loss=nn.functional.cross_entropy,
        optimizer=optimizer,
        epochs=epochs,
        batch=BATCH,
        schedule=schedule(optimizer, epochs * batches, batches),
    )
    finite = math.isfinite(losses[-1]) and bool(predictions(model, test.rows).isfinite().all())
    return {
        "test accuracy": accuracy(model, test.rows, test.labels) if finite else 0.1,
        "loss of the last epoch": losses[-1] if finite else math.log(10),
        "share of the peak rate at the end": optimizer.param_groups[0]["lr"] / run.choice,
    }


EXPERIMENT = Experiment(
    practice=("L3",),
    rules=("BP205",),
    question="Does half a cosine do better than a learning rate that falls in steps?",
    subject="handwritten digits",
    data=(
        "600 training images of handwritten digits, 8 by 8 pixels, a fifth of the labels wrong, and 500 test "
        "images with the right ones; a run that diverged counts as a guess, one in ten"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"steps": moved, "cosine": cosine, f"steps meant for {USUAL} epochs": left},
    run=run,
    condition=Axis("epochs", (5, 20, 60), at=20, log=True),
    choice=Axis("learning rate", (0.01, 0.03, 0.1, 0.3), at=0.1, log=True),
)
