"""A recurrent transition without a bound against one through tanh, on reading an image row by row.

With no activation, or a ReLU, the state is multiplied by the same matrix at every step and may grow without end; a
sigmoid bounds it and passes on little of the gradient. Gradients are clipped in all arms, each has its own best learning rate, and
the pixels per step make the sequences short or long.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit

HIDDEN = 32


class Recurrent(nn.Module):
    """A hand-written cell over ``(batch, time, inputs)``, and scores from its last state."""

    def __init__(self, inputs: int, activation: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.inputs, self.activation = inputs, activation
        self.cell = nn.Linear(inputs + HIDDEN, HIDDEN)
        self.head = nn.Linear(HIDDEN, 10)

    def forward(self, rows: Tensor) -> Tensor:
        state = rows.new_zeros(len(rows), HIDDEN)
        for step in rows.view(len(rows), -1, self.inputs).unbind(1):
            state = self.activation(self.cell(torch.cat([step, state], 1)))
        return self.head(state)


def nothing(x: Tensor) -> Tensor:
    return x


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    model = Recurrent(64 // run.condition, run.setting).to(run.device)
    fit(
        model, train.rows, train.labels, loss=nn.functional.cross_entropy, batch=64, max_norm=1.0,
        optimizer=torch.optim.Adam(model.parameters(), lr=run.choice), epochs=run.sized(tiny=2, small=6, full=40),
    )  # fmt: skip
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=("A4",),
    rules=("BP411",),
    question="Does a recurrent transition need tanh?",
    subject="digits read row by row",
    data="1,297 training and 500 test images of handwritten digits, read in some steps of equally many pixels",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"no activation": nothing, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "ReLU": torch.relu},
    run=run,
    condition=Axis("steps", (8, 32), at=8, log=True),
    choice=Axis("learning rate", (0.003, 0.01, 0.03), at=0.01, log=True),
)
