"""A GRU against a plain tanh cell as a language model of characters.

All arms have the same state, clipping, optimizer and steps, and each its own best rate. The gated cells have three and
four times the weights for the same state, and a step of theirs takes longer: some of what they gain is that.
"""

from __future__ import annotations

import torch

from bpcheck_reference.experiments.corpora.source_text import source_text
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.language_model import (
    CELLS,
    clipped,
    sized_model,
    train,
    validation_loss,
)


def run(run: Run) -> dict[str, float]:
    text, held_out = source_text(
        run.seed,
        run.device,
        training=run.sized(tiny=30_000, small=300_000, full=2_000_000),
        validation=run.sized(tiny=5_000, small=25_000, full=50_000),
    )
    model = sized_model(run, CELLS[run.setting])
    optimizer = torch.optim.Adam(model.parameters(), lr=run.choice, betas=(0.8, 0.99))
    training = train(model, text, update=clipped(optimizer, 1.0), steps=run.sized(tiny=20, small=120, full=4_000))
    return {
        "validation loss": validation_loss(model, held_out),
        "training loss at the end": training,
        "recurrent weights": float(sum(weight.numel() for weight in model.rnn.parameters())),
    }


EXPERIMENT = Experiment(
    practice=("R5",),
    rules=("BP506",),
    question="Is a GRU a better language model of characters than a plain cell?",
    subject="characters of source code",
    data=(
        "300,000 characters of Python's standard library to train on, 25,000 of other modules to validate on; 64 "
        "units, 120 steps"
    ),
    metric="validation loss in nats per character",
    higher_is_better=False,
    smallest=0.02,
    arms={"tanh RNN": "tanh RNN", "GRU": "GRU", "LSTM": "LSTM"},
    run=run,
    choice=Axis("learning rate", (0.01, 0.03, 0.1), at=0.01, log=True),
)
