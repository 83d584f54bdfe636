"""A network that stays in eval mode after its first evaluation against one that is put back into train mode.

In eval mode dropout does nothing and batch normalisation holds on to the statistics of the first epoch. With little data
and strong dropout that lets the network overfit; each arm has its own best learning rate.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, minibatches, small_cnn


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device, training=150)
    model = small_cnn().to(run.device)
    model.insert(len(model) - 1, nn.Dropout(0.5))
    optimizer = torch.optim.SGD(model.parameters(), lr=run.choice, momentum=0.9)
    for epoch in range(run.sized(tiny=4, small=20)):
        if epoch == 0 or run.setting:
            model.train()
        for x, y in minibatches(train.images, train.labels, size=32):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        model.eval()
    return accuracy(model, test.images, test.labels)


EXPERIMENT = Experiment(
    practice=("R8",),
    rules=("BP306",),
    question="What does it cost to stay in eval mode after the first evaluation?",
    subject="150 handwritten digits",
    data="150 training and 500 test images of handwritten digits",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"eval mode for good": False, "back to train mode": True},
    run=run,
    choice=Axis("learning rate", (0.003, 0.02, 0.1, 0.5), at=0.02, log=True),
)
