"""A network that knows the digits 0 to 4, and a few images of the digits 5 to 9 to fine-tune it on."""

from __future__ import annotations

import copy
from functools import cache

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import Images, digits
from bpcheck_reference.experiments.fitting import train_classifier

CLASSES = 5


@cache
def _pretrained(seed: int, device: str, epochs: int) -> nn.Sequential:
    # Apart from the run's own random numbers, so that a run is the same whether or not this was called before.
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        images, _ = digits(seed, device, training=600, classes=(0, 1, 2, 3, 4))
        model = nn.Sequential(
            *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU()),
            *(nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten()),
            nn.Linear(128, CLASSES),
        ).to(device)
        train_classifier(model, images.images, images.labels, lr=0.1, epochs=epochs)
    return model


def pretrained(seed: int, device: str, *, epochs: int = 10) -> nn.Sequential:
    """Three convolutions that were trained on the digits 0 to 4, and a new head for five other classes."""
    model = copy.deepcopy(_pretrained(seed, device, epochs))
    model[-1] = nn.Linear(128, CLASSES).to(device)
    return model


def new_digits(seed: int, device: str, *, training: int, similar: bool) -> tuple[Images, Images]:
    """The digits 5 to 9 to train and to test on; unless ``similar``, turned by 90 degrees and black for white."""
    parts = digits(seed, device, training=training, classes=(5, 6, 7, 8, 9))
    if similar:
        return parts
    first, second = (Images(1 - part.images.rot90(1, (2, 3)), part.labels) for part in parts)
    return first, second
