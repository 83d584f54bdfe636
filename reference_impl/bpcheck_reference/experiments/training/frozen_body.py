"""A body without gradients whose batch normalisation stays in train mode, against one that is really frozen.

A new head is trained on other digits; no weight of the body moves in either arm. What is measured is the body's own
task afterwards, with the head that it was trained with: a body that were frozen would still do it as before.

Whoever never uses the old head again only sees the accuracy on the new digits, which is given as a further figure.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.new_digits import new_digits
from bpcheck_reference.experiments.corpora.pretrained_batchnorm import CLASSES, FEATURES, old_digits, pretrained
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit
from bpcheck_reference.training.freeze_batchnorm import freeze_batchnorm


def run(run: Run) -> dict[str, float]:
    train, test = new_digits(run.seed, run.device, training=64, similar=run.condition == "like")
    body, old_head = pretrained(run.seed, run.device)
    body.requires_grad_(False)
    if run.setting == "frozen":
        freeze_batchnorm(body)
    head = nn.Linear(FEATURES, CLASSES).to(run.device)
    model = nn.Sequential(body, head)
    fit(
        model,
        train.images,
        train.labels,
        loss=nn.functional.cross_entropy,
        optimizer=torch.optim.SGD(head.parameters(), lr=0.03, momentum=0.9),
        epochs=run.sized(tiny=5, small=20),
        batch=16,
    )
    _, old = old_digits(run.seed, run.device)
    return {
        "accuracy on the old digits": accuracy(nn.Sequential(body, old_head), old.images, old.labels),
        "accuracy on the new digits": accuracy(model, test.images, test.labels),
    }


EXPERIMENT = Experiment(
    practice=("T1",),
    rules=("BP301",),
    question="Does a body without gradients stay as it was if its batch normalisation is left in train mode?",
    subject="digits 0 to 4, after a head for 5 to 9",
    data=(
        "Some 220 test images of the handwritten digits 0 to 4, after a new head was trained on 64 images of 5 to 9, "
        "upright or turned and inverted"
    ),
    metric="accuracy on the old digits",
    higher_is_better=True,
    smallest=0.01,
    arms={"train mode": "train", "eval mode": "frozen"},
    run=run,
    condition=Axis("new images", ("like", "unlike"), at="like"),
)
