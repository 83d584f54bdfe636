"""A plain stack of convolutions against the same stack with a shortcut round each two, for several depths.

Both arms have the same convolutions and the same batch normalisation. The residual blocks start as the identity (last
scale at zero), which is part of the practice; a plain block would then pass nothing on, so its scales start at one. Each
arm gets its own best learning rate.

The epochs are few, and a deep plain network might catch up in many more. It is the depth at which the curves part that
is of interest, and that depends on the width and the data too.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.architectures.conv_block import conv_block
from bpcheck_reference.architectures.residual import layer_group
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier

WIDTH = 16


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    blocks = run.condition // 2
    if run.setting == "residual":
        body = layer_group(WIDTH, WIDTH, blocks, stride=1)
    else:
        body = nn.Sequential(*[conv_block(WIDTH, WIDTH) for _ in range(2 * blocks)])
    stem = conv_block(1, WIDTH, stride=2)
    model = nn.Sequential(stem, body, nn.Flatten(), nn.Linear(WIDTH * 4 * 4, 10)).to(run.device)
    nn.functional.cross_entropy(model(train.images[:256]), train.labels[:256]).backward()
    first = stem[0].weight.grad
    assert isinstance(first, torch.Tensor)
    norm = first.norm().item()
    epochs = run.sized(tiny=2, small=6, full=30)
    losses = train_classifier(model, train.images, train.labels, lr=run.choice, epochs=epochs, batch=128)
    return {
        "test accuracy": accuracy(model, test.images, test.labels),
        "training loss of the last epoch": losses[-1] if losses[-1] < 1e6 else 1e6,
        "gradient norm of the first layer before training": norm,
    }


EXPERIMENT = Experiment(
    practice=("R11",),
    rules=("BP512",),
    question="Does a deep network train better with shortcuts round its convolutions, and from which depth on?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits, 8 by 8 pixels, six epochs",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"plain": "plain", "residual": "residual"},
    run=run,
    condition=Axis("convolutions with shortcuts", (4, 12, 24), at=24),
    choice=Axis("learning rate", (0.001, 0.004, 0.02, 0.1, 0.5), at=0.1, log=True),
    clear=0.4,
)
