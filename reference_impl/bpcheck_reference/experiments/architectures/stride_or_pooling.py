"""Max-pooling behind a convolution of stride 1 against a stride of 2 in that convolution, and average pooling beside them.

All arms have the same parameters and the same sizes of maps: only how the size is halved differs. The layer in front
stays at full size, so that no arm throws away pixels that nothing has looked at.

The question is one of equivalence: the stride is worth having because it is cheaper, which ``stride_time`` measures.
Digits of 8 pixels leave little to select from; on large photographs a maximum may be worth more.
"""

from __future__ import annotations

from torch import nn

from bpcheck_reference.architectures.conv_block import conv_block
from bpcheck_reference.architectures.downsample import downsample
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    model = nn.Sequential(
        conv_block(1, 16),
        downsample(16, 16, by=run.setting),
        downsample(16, 32, by=run.setting),
        nn.Flatten(),
        nn.Linear(32 * 2 * 2, 10),
    ).to(run.device)
    train_classifier(model, train.images, train.labels, lr=run.choice, epochs=run.sized(tiny=1, small=6, full=30))
    return accuracy(model, test.images, test.labels)


EXPERIMENT = Experiment(
    practice=("R7",),
    rules=("BP508",),
    question="Does a stride of 2 do as well as max-pooling?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits, 8 by 8 pixels",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.005,
    arms={"max-pooling": "max", "stride 2": "stride", "average pooling": "average"},
    run=run,
    choice=Axis("learning rate", (0.003, 0.02, 0.1, 0.5), at=0.1, log=True),
)
