"""A head that is replaced after the optimizer was built against one that the optimizer holds.

The network learned the digits 0 to 4 and gets a new head for 5 to 9. In the one arm the optimizer still holds the old head's
parameters: the body is trained under a head that stays as it was drawn. That can go unnoticed, since a body can adapt to a
random head.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.new_digits import CLASSES, new_digits, pretrained
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit


def run(run: Run) -> float:
    train, test = new_digits(run.seed, run.device, training=100, similar=True)
    model = pretrained(run.seed, run.device)
    torch.manual_seed(run.seed)
    head = nn.Linear(128, CLASSES).to(run.device)
    if run.setting:
        model[-1] = head
    optimizer = torch.optim.SGD(model.parameters(), lr=run.choice, momentum=0.9)
    model[-1] = head
    epochs = run.sized(tiny=3, small=10)
    fit(
        model,
        train.images,
        train.labels,
        loss=nn.functional.cross_entropy,
        optimizer=optimizer,
        epochs=epochs,
        batch=20,
    )
    return accuracy(model, test.images, test.labels)


EXPERIMENT = Experiment(
    practice=("L2",),
    rules=("BP311",),
    question="What does it cost when the optimizer does not hold the new head?",
    subject="100 images of new digits",
    data="Handwritten digits: trained before on 600 images of 0 to 4, fine-tuned on 100 of 5 to 9, tested on the others",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"head replaced behind the optimizer's back": False, "head that the optimizer holds": True},
    run=run,
    choice=Axis("learning rate", (0.002, 0.01, 0.05, 0.2), at=0.01, log=True),
)
