"""Recurrent language models with and without a limit on the norm of their gradients.

The limit is all that differs. Each arm has its own best learning rate, since a limit also acts as a smaller rate, and
without it a rate may be too high: comparing both at a rate where one of them diverges would answer another question.
That question, how far from its best a rate may be, is answered by the figures at the same rate. The second axis says which
cell and optimizer: SGD hands a huge gradient on as it is, Adam divides it by its size.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.source_text import source_text
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.language_model import (
    CELLS,
    clipped,
    sized_model,
    train,
    validation_loss,
)


def optimizer(name: str, model: nn.Module, multiple: float) -> torch.optim.Optimizer:
    """The optimizer at a multiple of a usual rate."""
    if name == "SGD":
        return torch.optim.SGD(model.parameters(), lr=2.0 * multiple)
    return torch.optim.Adam(model.parameters(), lr=0.01 * multiple)


def run(run: Run) -> dict[str, float]:
    cell, _, name = run.condition.partition(", ")
    text, held_out = source_text(
        run.seed,
        run.device,
        training=run.sized(tiny=30_000, small=300_000, full=2_000_000),
        validation=run.sized(tiny=5_000, small=15_000, full=50_000),
    )
    model = sized_model(run, CELLS[cell])
    update = clipped(optimizer(name, model, run.choice), run.setting)
    training = train(model, text, update=update, steps=run.sized(tiny=20, small=80, full=4_000))
    return {"validation loss": validation_loss(model, held_out), "training loss at the end": training}


EXPERIMENT = Experiment(
    practice=("R3",),
    rules=("BP503",),
    question="Does clipping the gradients help a recurrent language model?",
    subject="characters of source code",
    data=(
        "300,000 characters of Python's standard library to train on, 15,000 of other modules to validate on; 64 "
        "units, 80 steps; a run that diverged counts as guessing"
    ),
    metric="validation loss in nats per character",
    higher_is_better=False,
    smallest=0.02,
    arms={"not clipped": None, "clipped at 0.25": 0.25},
    run=run,
    condition=Axis("cell and optimizer", ("tanh RNN, SGD", "LSTM, Adam"), at="LSTM, Adam"),
    choice=Axis(
        "learning rate, as a multiple of 2 for SGD and of 0.01 for Adam",
        (0.0625, 0.25, 1.0, 4.0, 16.0),
        at=1.0,
        log=True,
    ),
)
