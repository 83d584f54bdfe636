"""The two penalties on the activations of a recurrent language model, and the course's weight decay, against neither.

All arms keep the same network, steps and rate; the loss that is compared is without penalties. As for dropout, the lowest
validation loss on the way is counted, on a text so short that it is read many times, where a penalty has most to do. The axis
is the dropout beside it: the factors are the course's, which were chosen for a model with dropout.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from bpcheck_reference.architectures.activation_regularization import activation_regularization
from bpcheck_reference.architectures.awd_lstm import AWDLSTM, Dropouts
from bpcheck_reference.experiments.corpora.source_text import VOCABULARY, source_text
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.language_model import clipped, train, validation_loss


@dataclass(frozen=True)
class Penalty:
    alpha: float = 0.0
    beta: float = 0.0
    weight_decay: float = 0.0


def run(run: Run) -> dict[str, float]:
    chosen: Penalty = run.setting
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
        dropouts=Dropouts().scaled(run.condition),
    ).to(run.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, betas=(0.8, 0.99), weight_decay=chosen.weight_decay)
    sizes: list[float] = []
    changes: list[float] = []
    losses: list[float] = []

    def penalty(raw: Tensor, dropped: Tensor) -> Tensor:
        sizes.append(raw.detach().pow(2).mean().item())
        changes.append(raw.detach().diff(dim=1).pow(2).mean().item())
        return activation_regularization(raw, dropped, alpha=chosen.alpha, beta=chosen.beta)

    steps = run.sized(tiny=20, small=240, full=2_000)
    train(
        model,
        text,
        update=clipped(optimizer, 0.25),
        steps=steps,
        batch=16,
        penalty=penalty,
        every=steps // 4,
        watch=lambda: losses.append(validation_loss(model, held_out)),
    )
    return {
        "validation loss": min(losses),
        "validation loss at the end": losses[-1],
        "mean square of activations": sizes[-1],
        "mean square of their changes": changes[-1],
    }


EXPERIMENT = Experiment(
    practice=("R4",),
    rules=("BP505",),
    question="Do penalties on its activations help a recurrent language model?",
    subject="characters of source code",
    data=(
        "10,000 characters of Python's standard library to train on, 10,000 of other modules to validate on; two-"
        "layer LSTM of 64 units, 240 steps"
    ),
    metric="lowest validation loss in nats per character",
    higher_is_better=False,
    smallest=0.02,
    arms={
        "no penalty": Penalty(),
        "AR of 2 and TAR of 1": Penalty(alpha=2.0, beta=1.0),
        "weight decay of 1e-6": Penalty(weight_decay=1e-6),
    },
    run=run,
    condition=Axis("dropout, as a multiple of the course's five", (0.0, 0.7), at=0.7),
)
