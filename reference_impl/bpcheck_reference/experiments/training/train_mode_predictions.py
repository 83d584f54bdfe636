"""The same trained network asked in train mode and in eval mode, for several kinds of batches.

The networks of both arms are trained alike; the mode in which the test images are predicted, fifty at a time, is all that
differs. With batch normalisation the answer depends on what else is in the batch: test images in random order are much
like the training batches, those sorted by class, as a folder of images comes without shuffling, are not.

The headline is the sorted case, the worst for batch normalisation. See the others before quoting it.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import train_classifier

DROPOUT, SHUFFLED, SORTED = "dropout", "batch norm, random order", "batch norm, sorted by class"


@torch.no_grad()
def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    regular = (nn.ReLU(), nn.Dropout()) if run.condition == DROPOUT else (nn.BatchNorm1d(64), nn.ReLU())
    model = nn.Sequential(nn.Linear(64, 64), *regular, nn.Linear(64, 10)).to(run.device)
    with torch.enable_grad():
        train_classifier(model, train.rows, train.labels, lr=0.1, epochs=run.sized(tiny=5, small=10))
    if run.condition == SORTED:
        test = test[test.labels.argsort(stable=True)]
    model.train(run.setting == "train")
    right = sum(
        (model(rows).argmax(1) == labels).sum().item()
        for rows, labels in zip(test.rows.split(50), test.labels.split(50), strict=True)
    )
    return right / len(test)


EXPERIMENT = Experiment(
    practice=("R8",),
    rules=("BP307",),
    question="How many more predictions are right if a network is in eval mode?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits, predicted fifty at a time",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"train mode": "train", "eval mode": "eval"},
    run=run,
    condition=Axis("network and batches", (DROPOUT, SHUFFLED, SORTED), at=SORTED),
    clear=0.2,
)
