"""Gradients cleared between ``backward()`` and ``step()`` against gradients cleared before ``backward()``.

The same lines in another order. In the departure no step ever finds a gradient, so the weights stay as they were drawn, and
what is measured is the accuracy of a network that was never trained. The learning rate makes no difference to it.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, minibatches


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(run.device)
    before = [weight.detach().clone() for weight in model.parameters()]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(run.sized(tiny=3, small=5)):
        for images, labels in minibatches(train.rows, train.labels, size=64):
            if run.setting == "before":
                optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            if run.setting == "between":
                optimizer.zero_grad()
            optimizer.step()
    moved = max((a - b).abs().max().item() for a, b in zip(model.parameters(), before, strict=True))
    return {"test accuracy": accuracy(model, test.rows, test.labels), "largest change of a weight": moved}


EXPERIMENT = Experiment(
    practice=(),
    rules=("BP310",),
    question="Does a network learn anything if its gradients are cleared between backward() and step()?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits, 8 by 8 pixels, five epochs",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"cleared between backward and step": "between", "cleared before backward": "before"},
    run=run,
    clear=0.4,
)
