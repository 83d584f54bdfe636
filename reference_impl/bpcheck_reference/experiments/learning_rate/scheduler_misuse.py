"""A cosine that is stepped in another unit, ends too early or is never stepped, against one over the whole training.

In the first arm the cosine is meant for half of the batches that there are, so that the rate is back at its peak at the
end; in the others it is given the number of epochs and stepped in each batch, a one-cycle policy over all batches is
stepped once an epoch, or the schedule is never stepped. Each arm gets its own best rate.

That own best rate is kinder to the slips than life is: who believes that the rate falls chooses one that suits a falling
rate. The figures at one and the same rate show that case.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LRScheduler, OneCycleLR

from bpcheck_reference.experiments.corpora.digits import digits, with_wrong_labels
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit, predictions
from bpcheck_reference.learning_rate.cosine import cosine_with_warmup

BATCH = 32


def half(optimizer: Optimizer, epochs: int, batches: int) -> LRScheduler:
    return CosineAnnealingLR(optimizer, epochs * batches // 2)


def whole(optimizer: Optimizer, epochs: int, batches: int) -> LRScheduler:
    return cosine_with_warmup(optimizer, epochs * batches)


def epochs_in_batches(optimizer: Optimizer, epochs: int, batches: int) -> LRScheduler:
    return CosineAnnealingLR(optimizer, epochs)


def one_cycle_by_epoch(optimizer: Optimizer, epochs: int, batches: int) -> LRScheduler:
    policy = OneCycleLR(torch.optim.SGD([torch.zeros(1)], lr=1.0), 1.0, total_steps=epochs * batches)
    rates: list[float] = []
    for _ in range(epochs):
        rates.append(float(policy.get_last_lr()[0]))
        policy.optimizer.step()
        policy.step()
    return LambdaLR(optimizer, lambda step: rates[min(step // batches, epochs - 1)])


def never(optimizer: Optimizer, epochs: int, batches: int) -> None:
    return None


def run(run: Run) -> dict[str, float]:
    schedule: Callable[[Optimizer, int, int], LRScheduler | None] = run.setting
    epochs = run.sized(tiny=10, small=16, full=60)
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
        schedule=schedule(optimizer, epochs, batches),
    )
    finite = math.isfinite(losses[-1]) and bool(predictions(model, test.rows).isfinite().all())
    return {
        "test accuracy": accuracy(model, test.rows, test.labels) if finite else 0.1,
        "loss of the last epoch": losses[-1] if finite else math.log(10),
        "share of the peak rate at the end": optimizer.param_groups[0]["lr"] / run.choice,
    }


EXPERIMENT = Experiment(
    practice=("L3",),
    rules=("BP207",),
    question="What does it cost if a cosine is shorter than the training, counted in the wrong unit or never stepped?",
    subject="handwritten digits",
    data=(
        "600 training images of handwritten digits, 8 by 8 pixels, sixteen epochs, a share of the labels wrong, and 500 test "
        "images with the right ones; a run that diverged counts as a guess, one in ten"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={
        "half as long": half,
        "as long as the training": whole,
        "epochs, stepped per batch": epochs_in_batches,
        "one cycle, stepped per epoch": one_cycle_by_epoch,
        "never stepped": never,
    },
    run=run,
    condition=Axis("share of wrong labels", (0.0, 0.2), at=0.2),
    choice=Axis("learning rate", (0.01, 0.03, 0.1, 0.3, 1.0), at=0.1, log=True),
)
