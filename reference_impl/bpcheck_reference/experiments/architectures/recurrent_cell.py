"""A GRU against a plain tanh cell on a task that is nothing but memory: the sum of two marked numbers in a sequence.

All arms have the same state, clipping and optimizer, and each its own best rate, because a plain cell needs a lower one.
The gated cells have three and four times the weights. The axis is the length of the sequence, that is how far back the
marks lie. Guessing the mean has an error of one sixth. It would be unfair to read the task as typical: text needs
far less memory, which another experiment measures.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.language_model import CELLS, Cell, clipped

GUESSING = 1 / 6


class LastState(nn.Module):
    def __init__(self, cell: Cell, hidden: int) -> None:
        super().__init__()
        self.rnn, self.head = cell(2, hidden, batch_first=True), nn.Linear(hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(x)[0][:, -1])[:, 0]


def sequences(count: int, length: int, generator: torch.Generator, device: str) -> tuple[Tensor, Tensor]:
    """Numbers from 0 to 1 with marks, one in each half, and the sums of the two that are marked."""
    numbers = torch.rand(count, length, generator=generator)
    marks = torch.zeros(count, length)
    half = length // 2
    for low, high in ((0, half), (half, length)):
        marks[torch.arange(count), torch.randint(low, high, (count,), generator=generator)] = 1.0
    return torch.stack([numbers, marks], 2).to(device), (numbers * marks).sum(1).to(device)


def run(run: Run) -> dict[str, float]:
    generator = torch.Generator().manual_seed(run.seed)
    test, wanted = sequences(1000, run.condition, generator, run.device)
    model = LastState(CELLS[run.setting], run.sized(tiny=16, small=32, full=64)).to(run.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=run.choice)
    update = clipped(optimizer, 1.0)
    for _ in range(run.sized(tiny=40, small=250, full=2_000)):
        x, y = sequences(32, run.condition, generator, run.device)
        update(nn.functional.mse_loss(model(x), y))
    with torch.no_grad():
        error = nn.functional.mse_loss(model(test), wanted).item()
    return {"squared error": error if math.isfinite(error) else GUESSING}


EXPERIMENT = Experiment(
    practice=("R5",),
    rules=("BP506",),
    question="How far back can a plain recurrent cell remember, and a gated one?",
    subject="generated sequences of marked numbers",
    data=(
        "Generated: the adding problem, new sequences in each of 250 steps, 1,000 others to test on; 32 units; "
        "guessing has an error of 0.167"
    ),
    metric="mean squared error",
    higher_is_better=False,
    smallest=0.01,
    arms={"tanh RNN": "tanh RNN", "GRU": "GRU", "LSTM": "LSTM"},
    run=run,
    condition=Axis("length of the sequence", (10, 30), at=30, log=True),
    choice=Axis("learning rate", (0.003, 0.01, 0.03), at=0.01, log=True),
)
