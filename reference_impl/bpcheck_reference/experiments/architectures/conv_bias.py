"""Convolutions with a bias in front of batch normalisation against the same convolutions without one.

Both arms start from the same weights: the second one is the first with its biases folded into the normalisation, and
computes the same. No difference in accuracy is to be expected, and none would mean that the bias is harmless to drop;
what it costs is counted beside it.

Networks as small as this one have few weights for each bias; in large ones the share is smaller still.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

from bpcheck_reference.architectures.batch_norm import without_bias
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier

WIDTHS = (1, 16, 16, 32)


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(WIDTHS):
        conv, norm = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.BatchNorm2d(outputs)
        if not run.setting:
            conv, norm = without_bias(conv, norm)
        layers += [conv, norm, nn.ReLU()]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(WIDTHS[-1], 10)).to(run.device)
    epochs = run.sized(tiny=2, small=8, full=30)
    train_classifier(model, train.images, train.labels, lr=0.1, epochs=epochs, weight_decay=1e-3)
    biases = [layer.bias for layer in layers if isinstance(layer, nn.Conv2d) and layer.bias is not None]
    return {
        "test accuracy": accuracy(model, test.images, test.labels),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "largest bias at the end": torch.cat(biases).abs().max().item() if biases else 0.0,
    }


EXPERIMENT = Experiment(
    practice=("R8",),
    rules=("BP514",),
    question="Does a bias in front of batch normalisation change what a network learns?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits, 8 by 8 pixels",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.005,
    arms={"bias": True, "no bias": False},
    run=run,
)
