"""Training until the training loss is lowest against training until the loss on held-out rows is lowest.

The departure keeps all rows for training and has nothing else to go by: its network is the one of the epoch with the
lowest training loss. The practice gives a fifth of its rows away, and keeps the epoch with the lowest loss on them; the
third arm has held them out too, and lets the training loss decide nevertheless. A share of the labels is wrong, in the
held-out rows as well, and none in the test images: this is what makes a network that learns by heart do worse.

Unfair reading: that validation improves a network. It stops one that has begun to get worse; where there is nothing to
stop, the fifth of the rows is missed.
"""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit, predictions


def with_wrong_labels(labels: Tensor, share: float, seed: int) -> Tensor:
    """The labels with ``share`` of them replaced by another class."""
    generator = torch.Generator().manual_seed(seed)
    wrong = torch.randperm(len(labels), generator=generator)[: round(share * len(labels))].to(labels.device)
    changed = labels.clone()
    changed[wrong] = (labels[wrong] + torch.randint(1, 10, (len(wrong),), generator=generator).to(labels.device)) % 10
    return changed


def run(run: Run) -> dict[str, float]:
    held_out, by_held_out = run.setting
    train, test = digits(run.seed, run.device)
    labels = with_wrong_labels(train.labels, run.condition, run.seed)
    count = len(train) // 5
    x, y = (train.rows[count:], labels[count:]) if held_out else (train.rows, labels)
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10)).to(run.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    best, kept, epoch_kept = math.inf, model, 0
    for epoch in range(run.sized(tiny=20, small=40, full=200)):
        (value,) = fit(model, x, y, loss=nn.functional.cross_entropy, optimizer=optimizer, epochs=1)
        if by_held_out:
            value = nn.functional.cross_entropy(predictions(model, train.rows[:count]), labels[:count]).item()
        if value < best:
            best, kept, epoch_kept = value, copy.deepcopy(model), epoch + 1
    return {"test accuracy": accuracy(kept, test.rows, test.labels), "epoch that was kept": float(epoch_kept)}


EXPERIMENT = Experiment(
    practice=("D2",),
    rules=("BP101", "BP115"),
    question="Does a network stopped by held-out rows do better than one stopped by its training loss?",
    subject="handwritten digits",
    data="1,297 images of handwritten digits to train and validate, a share of their labels made wrong, and 500 test images",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={
        "training loss, all rows": (False, False),
        "loss on held-out rows": (True, True),
        "training loss, a fifth held out": (True, False),
    },
    run=run,
    condition=Axis("share of wrong labels", (0.0, 0.05, 0.1, 0.2, 0.4), at=0.1),
)
