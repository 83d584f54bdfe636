"""Validation images that are changed at random like the training images against validation images as they are.

One network, trained with shifted images, is evaluated both ways on the same validation images, again and again as after
each epoch. What counts is how far a single evaluation is from the accuracy on the test images, which nobody shifts; how
much the evaluations differ among themselves is a further figure.

The condition is the size of the change. The network has learned to cope with just this change, which keeps the error
small; and the validation images are few enough for their own luck to count in both arms.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.data.augmentation import random_shift
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit

VALIDATION = 397


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    validation, train = train[:VALIDATION], train[VALIDATION:]
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * 4 * 4, 10),
    ).to(run.device)  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    fit(
        model,
        train.images,
        train.labels,
        loss=nn.functional.cross_entropy,
        optimizer=optimizer,
        epochs=run.sized(tiny=3, small=15, full=60),
        augment=lambda images: random_shift(images, run.condition),
    )
    scores = torch.tensor(
        [
            accuracy(model, random_shift(validation.images, run.condition if run.setting else 0), validation.labels)
            for _ in range(20)
        ]
    )
    truth = accuracy(model, test.images, test.labels)
    return {
        "error of an evaluation": (scores - truth).abs().mean().item(),
        "evaluation minus test accuracy": (scores - truth).mean().item(),
        "deviation among evaluations": scores.std().item(),
    }


EXPERIMENT = Experiment(
    practice=("D5",),
    rules=("BP104",),
    question="Is the accuracy on validation images nearer the truth if these are not changed at random?",
    subject="handwritten digits",
    data="900 training, 397 validation and 500 test images of handwritten digits",
    metric="distance of a validation accuracy from the test accuracy",
    higher_is_better=False,
    smallest=0.005,
    arms={"changed at random": True, "as they are": False},
    run=run,
    condition=Axis("largest shift in pixels", (1, 2, 3), at=2),
)
