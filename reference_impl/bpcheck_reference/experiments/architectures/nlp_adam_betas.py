"""AdamW with its default betas against the shorter memories of the course's recurrent language models.

Only the betas differ; gradients are clipped in all arms and each arm has its own best learning rate, because a shorter
memory changes which rate is right. Training is short, as for most small models: the differences are those of the
first passes over a text. It would be unfair to read them as those of a model that was trained for days.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.architectures.nlp_adam import BETAS
from bpcheck_reference.experiments.corpora.source_text import source_text
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.language_model import clipped, sized_model, train, validation_loss


def run(run: Run) -> dict[str, float]:
    text, held_out = source_text(
        run.seed,
        run.device,
        training=run.sized(tiny=30_000, small=300_000, full=2_000_000),
        validation=run.sized(tiny=5_000, small=25_000, full=50_000),
    )
    model = sized_model(run, nn.LSTM)
    optimizer = torch.optim.AdamW(model.parameters(), lr=run.choice, betas=run.setting, weight_decay=1e-6)
    training = train(
        model, text, update=clipped(optimizer, 1.0), steps=run.sized(tiny=20, small=120, full=4_000), window=32
    )
    return {"validation loss": validation_loss(model, held_out), "training loss at the end": training}


EXPERIMENT = Experiment(
    practice=("R1",),
    rules=("BP501",),
    question="Does a recurrent language model learn better with shorter memories in Adam?",
    subject="characters of source code",
    data=(
        "300,000 characters of Python's standard library to train on, 25,000 of other modules to validate on; LSTM"
        " of 64 units, 120 steps"
    ),
    metric="validation loss in nats per character",
    higher_is_better=False,
    smallest=0.02,
    arms={"betas 0.9, 0.999": (0.9, 0.999), "betas 0.8, 0.99": BETAS["language-model"], "betas 0.7, 0.99": (0.7, 0.99)},
    run=run,
    choice=Axis("learning rate", (0.01, 0.03, 0.1), at=0.01, log=True),
)
