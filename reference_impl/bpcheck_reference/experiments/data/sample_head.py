"""The first rows of a file that is sorted by class against a random sample that has the class shares of the whole.

A network trained on few rows is compared with one trained on as many other rows, on the same test images. The file is
sorted by class, as a folder of images with a subfolder for each class is read. In a file in random order there is
nothing to compare: its head is a random sample.

The third arm, all rows, shows what a small sample costs in itself. It is no argument against the sample, which is for
finding mistakes, and not for the final training.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from bpcheck_reference.data.sample import stratified_sample
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier

Chooser = Callable[[Tensor, int, int], Tensor]


def head(labels: Tensor, size: int, seed: int) -> Tensor:
    return torch.arange(size)


def whole(labels: Tensor, size: int, seed: int) -> Tensor:
    return torch.arange(len(labels))


def stratified(labels: Tensor, size: int, seed: int) -> Tensor:
    return stratified_sample(labels, size, seed=seed)


def run(run: Run) -> dict[str, float]:
    choose: Chooser = run.setting
    train, test = digits(run.seed, run.device)
    train = train[train.labels.argsort(stable=True)]
    train = train[choose(train.labels, run.condition, run.seed).to(run.device)]
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(run.device)
    epochs = run.sized(tiny=4000, small=16000, full=60000) // len(train)
    train_classifier(model, train.rows, train.labels, lr=0.1, epochs=epochs)
    return {
        "test accuracy": accuracy(model, test.rows, test.labels),
        "classes in the sample": float(len(train.labels.unique())),
    }


EXPERIMENT = Experiment(
    practice=("D1",),
    rules=("BP113",),
    question="Does a random sample of a sorted file teach a network more than its first rows?",
    subject="handwritten digits, sorted by class",
    data="1,297 training images of handwritten digits sorted by class, of which a sample is taken, and 500 test images",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.02,
    arms={"first rows": head, "random sample": stratified, "all rows": whole},
    run=run,
    condition=Axis("rows in the sample", (64, 128, 256, 512, 1024), at=256, log=True),
    clear=0.3,
)
