"""Training without augmentation against random shifts by a pixel, and against mirroring, which changes digits.

The test images are either as carefully centred as the training images, or moved by up to a pixel: the condition that
decides what augmentation is worth. Few training images, since with many the network has seen most positions.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from bpcheck_reference.data.augmentation import random_mirror, random_shift
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, small_cnn, train_classifier


def shifted(images: Tensor) -> Tensor:
    return random_shift(images, 1)


def mirrored(images: Tensor) -> Tensor:
    """Left and right, and top and bottom, each with probability one half."""
    return random_mirror(random_mirror(images).transpose(2, 3)).transpose(2, 3)


def run(run: Run) -> float:
    augment: Callable[[Tensor], Tensor] | None = run.setting
    train, test = digits(run.seed, run.device, training=200)
    model = small_cnn().to(run.device)
    epochs = run.sized(tiny=12, small=40)
    train_classifier(model, train.images, train.labels, lr=0.1, epochs=epochs, batch=32, augment=augment)
    torch.manual_seed(run.seed)
    images = random_shift(test.images, run.condition) if run.condition else test.images
    return accuracy(model, images, test.labels)


EXPERIMENT = Experiment(
    practice=("D4", "D5"),
    rules=("BP105",),
    question="Is random augmentation worth its price, and on which images?",
    subject="200 handwritten digits",
    data="Handwritten digits, 200 training and 500 test images; the test images as they are, or each moved at random by up to one pixel",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"no augmentation": None, "shifts": shifted, "mirroring": mirrored},
    run=run,
    condition=Axis("shift of the test images in pixels", (0, 1), at=1),
    clear=0.1,
)
