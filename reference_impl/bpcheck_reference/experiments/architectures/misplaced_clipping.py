"""Clipping gradients that the loss scaler has not divided yet, clipping before backward, and clipping where it belongs.

The network, a plain recurrent one, is trained by SGD in single precision; only the place of the call differs. The scale
is that of a gradient scaler at its start and does not change. Scaled gradients are cut down to a limit that is 65,536
times too strict. Clipping before backward clips nothing, so that it trains like a program without clipping. Each arm has
its own best rate, but no usual rate makes up for such a factor.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bpcheck_reference.architectures.clipping import clip_gradients_
from bpcheck_reference.experiments.corpora.source_text import source_text
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.language_model import sized_model, train, validation_loss

SCALE, LIMIT = 65_536.0, 0.25


def run(run: Run) -> dict[str, float]:
    text, held_out = source_text(
        run.seed,
        run.device,
        training=run.sized(tiny=30_000, small=300_000, full=2_000_000),
        validation=run.sized(tiny=5_000, small=15_000, full=50_000),
    )
    model = sized_model(run, nn.RNN)
    optimizer = torch.optim.SGD(model.parameters(), lr=run.choice)
    weights = list(model.parameters())

    def update(loss: Tensor) -> None:
        optimizer.zero_grad()
        (SCALE * loss).backward()
        if run.setting == "scaled":
            clip_gradients_(weights, LIMIT)
        for weight in weights:
            if weight.grad is not None:
                weight.grad /= SCALE
        if run.setting == "unscaled":
            clip_gradients_(weights, LIMIT)
        optimizer.step()

    training = train(model, text, update=update, steps=run.sized(tiny=60, small=80, full=4_000))
    return {"validation loss": validation_loss(model, held_out), "training loss at the end": training}


EXPERIMENT = Experiment(
    practice=("R3",),
    rules=("BP504",),
    question="What does it cost to clip gradients in the wrong place?",
    subject="characters of source code",
    data=(
        "300,000 characters of Python's standard library to train on, 15,000 of other modules to validate on; tanh"
        " RNN of 64 units, SGD, 80 steps; a run that diverged counts as guessing"
    ),
    metric="validation loss in nats per character",
    higher_is_better=False,
    smallest=0.02,
    arms={"scaled gradients": "scaled", "after backward and unscaling": "unscaled", "before backward": "before"},
    run=run,
    choice=Axis("learning rate", (0.125, 0.5, 2.0, 8.0, 32.0), at=2.0, log=True),
    clear=0.5,
)
