"""A small network with batch normalisation that knows the digits 0 to 4."""

from __future__ import annotations

import copy
from functools import cache

import torch
from torch import nn

from bpcheck_reference.architectures.conv_block import conv_block
from bpcheck_reference.experiments.corpora.digits import Images, digits
from bpcheck_reference.experiments.fitting import train_classifier

CLASSES, FEATURES = 5, 128


def old_digits(seed: int, device: str) -> tuple[Images, Images]:
    """The digits 0 to 4 that the network was trained on, and some that it has not seen."""
    return digits(seed, device, training=600, classes=(0, 1, 2, 3, 4))


@cache
def _pretrained(seed: int, device: str, epochs: int) -> nn.Sequential:
    # Apart from the run's own random numbers, so that a run is the same whether or not this was called before.
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        body = nn.Sequential(
            *(conv_block(1, 16), conv_block(16, 32, stride=2), conv_block(32, 32), conv_block(32, 32)),
            *(nn.AdaptiveAvgPool2d(2), nn.Flatten()),
        )
        model = nn.Sequential(body, nn.Linear(FEATURES, CLASSES)).to(device)
        images, _ = old_digits(seed, device)
        train_classifier(model, images.images, images.labels, lr=0.1, epochs=epochs)
    return model


def pretrained(seed: int, device: str, *, epochs: int = 8) -> tuple[nn.Module, nn.Module]:
    """Four convolutions with batch normalisation, and their head for the digits 0 to 4."""
    body, head = copy.deepcopy(_pretrained(seed, device, epochs))
    return body, head
