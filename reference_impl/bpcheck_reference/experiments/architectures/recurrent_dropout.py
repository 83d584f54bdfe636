"""A two-layer LSTM without dropout, with the five of AWD-LSTM in their ratio, and with output dropout alone.

All arms keep the same network, steps and optimizer. What is counted is the lowest validation loss on the way, as early
stopping finds it: without dropout a model that goes on training only gets worse, and counting its last state would be
unfair. The axis is the number of steps: the longer the training, the more often each character of a short text is seen.
"""

from __future__ import annotations

import torch

from bpcheck_reference.architectures.awd_lstm import AWDLSTM, Dropouts
from bpcheck_reference.experiments.corpora.source_text import VOCABULARY, source_text
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.language_model import clipped, train, validation_loss


def run(run: Run) -> dict[str, float]:
    text, held_out = source_text(
        run.seed,
        run.device,
        training=run.sized(tiny=5_000, small=10_000, full=100_000),
        validation=run.sized(tiny=5_000, small=10_000, full=50_000),
    )
    model = AWDLSTM(
        VOCABULARY,
        embedding=run.sized(tiny=32, small=48, full=192),
        hidden=run.sized(tiny=32, small=64, full=384),
        layers=2,
        dropouts=run.setting,
    ).to(run.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.8, 0.99))
    steps = run.sized(tiny=20, small=run.condition, full=4 * run.condition)
    losses: list[float] = []
    training = train(
        model,
        text,
        update=clipped(optimizer, 0.25),
        steps=steps,
        batch=16,
        every=max(1, steps // 6),
        watch=lambda: losses.append(validation_loss(model, held_out)),
    )
    return {
        "validation loss": min(losses),
        "validation loss at the end": losses[-1],
        "training loss at the end": training,
    }


EXPERIMENT = Experiment(
    practice=("R2",),
    rules=("BP502",),
    question="Do five dropouts in a fixed ratio help a recurrent language model on a short text?",
    subject="characters of source code",
    data=(
        "10,000 characters of Python's standard library to train on, 10,000 of other modules to validate on; two-layer "
        "LSTM of 64 units"
    ),
    metric="lowest validation loss in nats per character",
    higher_is_better=False,
    smallest=0.03,
    arms={
        "no dropout": Dropouts().scaled(0.0),
        "five, ratio times 0.7": Dropouts().scaled(0.7),
        "output dropout of 0.5": Dropouts(input=0.0, output=0.5, weight=0.0, embedding=0.0, hidden=0.0),
    },
    run=run,
    condition=Axis("steps of training", (150, 600), at=600, log=True),
)
