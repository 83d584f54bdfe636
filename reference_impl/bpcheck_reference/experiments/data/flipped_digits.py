"""Digits mirrored at random in training against digits shifted at random; and digits as they are.

Both arms see as many images, and each image changed in every epoch. The mirror goes left and right and up and down: what
it makes of a digit is mostly no digit, and sometimes another one. The shift is by one pixel at most. The test images are
moved by some pixels, and not at all at the first point of the curve, where the shift of the training images is of little
use and the mirror does harm all the same.

The curve is not about mirroring as such, which suits photos of things, but about a change that the task does not allow.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from bpcheck_reference.data.augmentation import Augment, random_mirror
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit


def mirrored(images: Tensor) -> Tensor:
    return random_mirror(random_mirror(images).transpose(2, 3)).transpose(2, 3)


def run(run: Run) -> float:
    augment: Callable[[Tensor], Tensor] | None = run.setting
    train, test = digits(run.seed, run.device, training=400)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * 4 * 4, 10),
    ).to(run.device)  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    epochs = run.sized(tiny=10, small=40, full=150)
    fit(
        model, train.images, train.labels, loss=nn.functional.cross_entropy, optimizer=optimizer, epochs=epochs, augment=augment
    )  # fmt: skip
    corners = [(down, right) for down in (-1, 1) for right in (-1, 1)]
    scores = [
        accuracy(model, test.images.roll((run.condition * down, run.condition * right), (2, 3)), test.labels)
        for down, right in corners
    ]
    return sum(scores) / len(scores)


EXPERIMENT = Experiment(
    practice=("D5",),
    rules=("BP106",),
    question="On digits, is augmentation by shifts better than by mirroring, and does it depend on the images to come?",
    subject="handwritten digits",
    data="400 training and 500 test images of handwritten digits; the test images are moved to all four corners by some pixels",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"mirrored": mirrored, "shifted": Augment("glyphs", shift=1), "as they are": None},
    run=run,
    condition=Axis("shift of the test images in pixels", (0, 1, 2), at=0),
)
