"""Snapshots along one falling cosine against snapshots at the ends of warm restarts, averaged, from runs of one length.

Both ensembles have as many members, taken after the same epochs, and both get their own best rate; the third arm is the
last network of the single cosine, which is what an ensemble has to beat to be worth its keeping.

It would be unfair to call the restarts a better schedule if only their ensemble wins, and to read the figures as those of
large networks, whose snapshots differ more from each other.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from bpcheck_reference.experiments.corpora.digits import digits, with_wrong_labels
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import fit
from bpcheck_reference.learning_rate.warm_restarts import SnapshotEnsemble, restart_factor

BATCH = 32


def run(run: Run) -> dict[str, float]:
    restarts, averaged = run.setting
    epochs = run.sized(tiny=12, small=30, full=120)
    cycle = epochs // run.condition
    train, test = digits(run.seed, run.device, training=600)
    train = with_wrong_labels(train, 0.2, run.seed)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(run.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=run.choice, momentum=0.9)
    batches = math.ceil(len(train) / BATCH)
    length = cycle if restarts else epochs
    schedule = LambdaLR(optimizer, lambda step: restart_factor(step / batches, length))
    kept = SnapshotEnsemble()
    for _ in range(run.condition):
        fit(
            model,
            train.rows,
            train.labels,
            loss=nn.functional.cross_entropy,
            optimizer=optimizer,
            epochs=cycle,
            batch=BATCH,
            schedule=schedule,
        )
        kept.add(model)
    last = kept.snapshots[-1](test.rows).softmax(1)
    said = (kept.predict(test.rows) if averaged else last).nan_to_num(0.1)
    each = torch.stack([net(test.rows).argmax(1) for net in kept.snapshots])
    return {
        "test accuracy": (said.argmax(1) == test.labels).float().mean().item(),
        "test loss": -said[torch.arange(len(test)), test.labels].clamp(min=1e-9).log().mean().item(),
        "answers that differ from the last snapshot's": (each[:-1] != each[-1]).float().mean().item(),
    }


EXPERIMENT = Experiment(
    practice=("L4",),
    rules=("BP206",),
    question="Are snapshots at the ends of warm restarts a better ensemble than snapshots along a single cosine?",
    subject="handwritten digits",
    data=(
        "600 training images of handwritten digits, 8 by 8 pixels, a fifth of the labels wrong, thirty epochs, and 500 test "
        "images with the right ones; a network that diverged gives each digit a tenth"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={
        "snapshots of one cycle": (False, True),
        "snapshots of restarts": (True, True),
        "end of one cycle": (False, False),
        "end of restarts": (True, False),
    },
    run=run,
    condition=Axis("snapshots", (2, 3, 6), at=3),
    choice=Axis("learning rate", (0.01, 0.03, 0.1, 0.3), at=0.1, log=True),
)
