"""Functional dropout without `training=`, which goes on dropping in evaluation, against dropout that stops there.

Both arms train alike, with the same masks; they differ in evaluation alone. The departure is scored as its user scores
it, by one pass through a randomly thinned network. The same network without the bug is the practice.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier


class Network(nn.Module):
    def __init__(self, p: float, always: bool) -> None:
        super().__init__()
        self.hidden, self.head = nn.Linear(64, 128), nn.Linear(128, 10)
        self.p, self.always = p, always

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.hidden(x).relu()
        return self.head(nn.functional.dropout(hidden, self.p, training=self.always or self.training))


def run(run: Run) -> dict[str, float]:
    training, test = digits(run.seed, run.device)
    torch.manual_seed(run.seed)
    model = Network(run.condition, always=run.setting).to(run.device)
    train_classifier(model, training.rows, training.labels, lr=0.05, epochs=run.sized(tiny=5, small=15, full=40))
    scores = [accuracy(model, test.rows, test.labels) for _ in range(5)]
    return {"accuracy": scores[0], "range over five evaluations": max(scores) - min(scores)}


EXPERIMENT = Experiment(
    practice=("R2",),
    rules=("BP515",),
    question="What does dropout cost that goes on dropping in evaluation?",
    subject="handwritten digits",
    data="1,297 handwritten digits of 8 by 8 pixels to train on, 500 to test on; one hidden layer of 128",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.005,
    arms={"drops in evaluation": True, "stops in evaluation": False},
    run=run,
    condition=Axis("probability of dropout", (0.1, 0.3, 0.5, 0.8), at=0.5),
)
