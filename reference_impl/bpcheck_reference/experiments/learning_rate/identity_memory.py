"""A ReLU recurrence that must give back its first input after a number of empty steps, from random weights or the identity.

This is the task for which the identity is made: at the start it keeps its state as it is. Each arm has its own best
learning rate, and gradients are clipped in both. It is no typical task: what reads an image or a text also has to forget,
and another experiment measures that.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.learning_rate.identity_rnn import identity_rnn_

UNITS, BATCH = 32, 64
GUESSING = 1 / 12
"""The variance of a number between 0 and 1."""


class Memory(nn.Module):
    def __init__(self, identity: bool) -> None:
        super().__init__()
        self.rnn = nn.RNN(1, UNITS, nonlinearity="relu", batch_first=True)
        if identity:
            identity_rnn_(self.rnn)
        self.head = nn.Linear(UNITS, 1)

    def forward(self, sequence: Tensor) -> Tensor:
        states, _ = self.rnn(sequence)
        return self.head(states[:, -1])[:, 0]


def sequences(count: int, steps: int, generator: torch.Generator, device: str) -> tuple[Tensor, Tensor]:
    """One number, then nothing, and the number."""
    first = torch.rand(count, generator=generator).to(device)
    rest = torch.zeros(count, steps - 1, device=device)
    return torch.cat([first[:, None], rest], 1)[:, :, None], first


def run(run: Run) -> float:
    generator = torch.Generator().manual_seed(run.seed)
    model = Memory(run.setting).to(run.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=run.choice)
    for _ in range(run.sized(tiny=100, small=250, full=1_000)):
        x, y = sequences(BATCH, run.condition, generator, run.device)
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    with torch.no_grad():
        x, y = sequences(1_000, run.condition, generator, run.device)
        error = nn.functional.mse_loss(model(x), y).item()
    return min(error, GUESSING) if math.isfinite(error) else GUESSING


EXPERIMENT = Experiment(
    practice=("L5",),
    rules=("BP208",),
    question="Does the identity help a ReLU recurrence to remember, and from which length on?",
    subject="generated sequences to remember",
    data="Generated: a number between 0 and 1 and then zeros, new ones in each of 250 steps; an error counts at most as guessing, 1/12",
    metric="mean squared error",
    higher_is_better=False,
    smallest=0.005,
    arms={"random": False, "identity": True},
    run=run,
    condition=Axis("steps to remember", (10, 60), at=60, log=True),
    choice=Axis("learning rate", (0.001, 0.003, 0.01), at=0.003, log=True),
)
