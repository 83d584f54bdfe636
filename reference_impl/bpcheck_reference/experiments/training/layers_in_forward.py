"""A hidden layer that is made anew in each forward pass against the same layer made once.

The layer in forward is never in the optimizer and has other weights at each call; what stands behind it learns to cope
with noise. Each arm has its own best learning rate.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, mlp, train_classifier


class MadeAnew(nn.Module):
    """Three linear layers; the one in the middle is drawn again at each call."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(64, 64)
        self.last = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        middle = nn.Linear(64, 64, device=x.device)  # bpcheck: ignore[BP312] the departure that is measured
        return self.last(torch.relu(middle(torch.relu(self.first(x)))))


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    model = (mlp(64, 64, 64, 10) if run.setting else MadeAnew()).to(run.device)
    train_classifier(model, train.rows, train.labels, lr=run.choice, epochs=run.sized(tiny=5, small=10))
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=("T3",),
    rules=("BP312",),
    question="What does it cost to make a layer inside forward?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"made in forward": False, "made once": True},
    run=run,
    choice=Axis("learning rate", (0.003, 0.03, 0.1, 0.3), at=0.1, log=True),
    clear=0.2,
)
