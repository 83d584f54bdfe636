"""A ReLU recurrence with PyTorch's random weights against one that starts as the identity.

A digit is read as a sequence, in pieces of some pixels: the smaller they are, the longer the sequence, with the same data
and nearly the same network. Each arm gets its own best rate, since a higher one is part of what is claimed; gradients
are clipped in all, as they would be in practice. The second arm has the input weights of Le et al., a thousandth in size;
the third has input weights a hundred times larger, to tell what the identity does from what they do.

An LSTM or GRU is not part of this, and would be what most people take for long sequences. With few epochs it is the speed
of learning that is measured; the random weights may come to the same place later.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit, predictions
from bpcheck_reference.learning_rate.identity_rnn import identity_rnn_

UNITS = 32


class Reader(nn.Module):
    """Reads an image in ``steps`` pieces and names its digit after the last one."""

    def __init__(self, steps: int, input_std: float | None) -> None:
        super().__init__()
        self.steps = steps
        self.rnn = nn.RNN(64 // steps, UNITS, nonlinearity="relu", batch_first=True)
        if input_std is not None:
            identity_rnn_(self.rnn, input_std=input_std)
        self.head = nn.Linear(UNITS, 10)

    def forward(self, rows: Tensor) -> Tensor:
        states, _ = self.rnn(rows.view(len(rows), self.steps, -1))
        return self.head(states[:, -1])


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    model = Reader(run.condition, run.setting).to(run.device)
    losses = fit(
        model,
        train.rows,
        train.labels,
        loss=nn.functional.cross_entropy,
        optimizer=torch.optim.Adam(model.parameters(), lr=run.choice),
        epochs=run.sized(tiny=4, small=10, full=100),
        batch=32,
        max_norm=1.0,
    )
    finite = math.isfinite(losses[-1]) and bool(predictions(model, test.rows).isfinite().all())
    return {
        "test accuracy": accuracy(model, test.rows, test.labels) if finite else 0.1,
        "loss of the last epoch": losses[-1] if finite else math.log(10),
    }


EXPERIMENT = Experiment(
    practice=("L5",),
    rules=("BP208",),
    question="Does a ReLU recurrence learn better from the identity than from random weights, and from which length on?",
    subject="handwritten digits, piece by piece",
    data=(
        "1,297 training and 500 test images of handwritten digits, 64 pixels in pieces of 8 and of 2, ten epochs; a run "
        "that diverged counts as a guess, one in ten"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"random": None, "identity": 0.001, "identity, larger input weights": 0.1},
    run=run,
    condition=Axis("steps of the sequence", (8, 32), at=32, log=True),
    choice=Axis("learning rate", (0.003, 0.01, 0.03, 0.1), at=0.01, log=True),
)
