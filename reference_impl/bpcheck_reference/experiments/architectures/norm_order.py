"""Batch normalisation before the ReLU against batch normalisation behind it, in the same small network.

Both arms have the same layers; behind the ReLU the convolution keeps its bias, which is no longer redundant there.
Each arm gets its own best learning rate.

What is asked is whether the order matters at all. No difference here says that neither order is worth a rewrite; it does
not say which one a very deep network, or one with shortcuts, should have.
"""

from __future__ import annotations

from torch import nn

from bpcheck_reference.architectures.conv_block import conv_block
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    model = nn.Sequential(
        conv_block(1, 16, order=run.setting),
        conv_block(16, 16, stride=2, order=run.setting),
        conv_block(16, 32, order=run.setting),
        conv_block(32, 32, stride=2, order=run.setting),
        nn.Flatten(),
        nn.Linear(32 * 2 * 2, 10),
    ).to(run.device)
    train_classifier(model, train.images, train.labels, lr=run.choice, epochs=run.sized(tiny=1, small=6, full=30))
    return accuracy(model, test.images, test.labels)


EXPERIMENT = Experiment(
    practice=("R9",),
    rules=("BP510",),
    question="Is batch normalisation better behind the ReLU than before it?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits, 8 by 8 pixels",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.005,
    arms={"before the ReLU": "norm-act", "behind the ReLU": "act-norm"},
    run=run,
    choice=Axis("learning rate", (0.003, 0.02, 0.1, 0.5), at=0.1, log=True),
)
