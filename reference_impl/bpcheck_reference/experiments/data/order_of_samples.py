"""Samples in the same order in every epoch against a new order for each, in files that are ordered in different ways.

A mixed file is in random order, that of the collection goes from writer to writer with all digits in turn, and one
sorted by class is what a folder of images gives. Everything else is the same; each arm has its own best learning rate,
since batches of one class ask for a small one.

The rate falls to 0 in both arms, as it should, which softens the harm of a sorted file a little.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import TEST, Images, collected
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, minibatches

BATCH = 64


def parts(order: str, seed: int, device: str) -> tuple[Images, Images]:
    """Training images in the wanted order, and test images drawn by the seed."""
    images = collected(device)
    shuffled = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed)).to(device)
    test, train = images[shuffled[:TEST]], shuffled[TEST:]
    if order != "mixed":
        train = train.sort().values
    if order == "sorted by class":
        train = train[images.labels[train].argsort(stable=True)]
    return images[train], test


def run(run: Run) -> float:
    train, test = parts(run.condition, run.seed, run.device)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(run.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=run.choice, momentum=0.9)
    epochs = run.sized(tiny=6, small=12, full=40)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * -(-len(train) // BATCH))
    for _ in range(epochs):
        for x, y in minibatches(train.rows, train.labels, size=BATCH, shuffle=run.setting):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
            schedule.step()
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=(),
    rules=("BP114",),
    question="Does a new order of the samples in each epoch train better than the order of the file?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits, in three orders",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"order of the file": False, "shuffled": True},
    run=run,
    condition=Axis("file", ("mixed", "as collected", "sorted by class"), at="sorted by class"),
    choice=Axis("learning rate", (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0), at=0.1, log=True),
    clear=0.2,
)
