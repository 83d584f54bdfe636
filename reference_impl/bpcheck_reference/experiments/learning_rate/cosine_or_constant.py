"""A constant learning rate against one that falls as half a cosine, and one that falls as a straight line.

A rate that falls averages the noise of the gradients away at the end; wrong labels are added in steps, since they are
what this noise comes from. Every arm gets its own best rate: a constant one may be chosen lower, and then loses speed
instead. The straight line shows whether it is the cosine that counts or the fall.

It would be unfair to compare at one rate only, a high one for a constant schedule. Averaged weights, with which a
constant rate is usual, are not part of this.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, LinearLR, LRScheduler

from bpcheck_reference.experiments.corpora.digits import digits, with_wrong_labels
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit, predictions
from bpcheck_reference.learning_rate.cosine import cosine_with_warmup

BATCH = 16


def constant(optimizer: Optimizer, steps: int) -> LRScheduler:
    return LambdaLR(optimizer, lambda step: 1.0)


def linear(optimizer: Optimizer, steps: int) -> LRScheduler:
    return LinearLR(optimizer, 1.0, 0.0, total_iters=steps)


def run(run: Run) -> dict[str, float]:
    schedule: Callable[[Optimizer, int], LRScheduler] = run.setting
    epochs = run.sized(tiny=10, small=15, full=60)
    train, test = digits(run.seed, run.device, training=600)
    train = with_wrong_labels(train, run.condition, run.seed)
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
        schedule=schedule(optimizer, epochs * batches),
    )
    finite = math.isfinite(losses[-1]) and bool(predictions(model, test.rows).isfinite().all())
    return {
        "test accuracy": accuracy(model, test.rows, test.labels) if finite else 0.1,
        "loss of the last epoch": losses[-1] if finite else math.log(10),
        "share of the peak rate at the end": optimizer.param_groups[0]["lr"] / run.choice,
    }


EXPERIMENT = Experiment(
    practice=("L3",),
    rules=("BP204",),
    question="Does a learning rate that falls over the training beat a constant one, each at its best?",
    subject="handwritten digits",
    data=(
        "600 training images of handwritten digits, 8 by 8 pixels, fifteen epochs, a share of the labels wrong, and 500 test "
        "images with the right ones; a run that diverged counts as a guess, one in ten"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"constant": constant, "cosine": cosine_with_warmup, "linear to zero": linear},
    run=run,
    condition=Axis("share of wrong labels", (0.0, 0.2, 0.4), at=0.2),
    choice=Axis("learning rate", (0.003, 0.01, 0.03, 0.1, 0.3), at=0.03, log=True),
)
