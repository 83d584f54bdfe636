"""What the experiments on Adam and weight decay share: one small network on few digits."""

from __future__ import annotations

import math

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Run
from bpcheck_reference.experiments.fitting import accuracy, fit, predictions
from bpcheck_reference.training.decay_groups import decay_groups

IMAGES, BATCH = 150, 32


def train(run: Run, *, lr: float, weight_decay: float) -> dict[str, float]:
    """Train with the optimizer that is the setting of the run; its rate falls as half a cosine."""
    train, test = digits(run.seed, run.device, training=IMAGES)
    layers = (nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10))
    model = nn.Sequential(*layers).to(run.device)
    optimizer = run.setting(decay_groups(model, weight_decay), lr=lr)
    epochs = run.sized(tiny=10, small=40, full=200)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * math.ceil(IMAGES / BATCH))
    fit(
        model,
        train.rows,
        train.labels,
        loss=nn.functional.cross_entropy,
        optimizer=optimizer,
        epochs=epochs,
        batch=BATCH,
        schedule=schedule,
    )
    return {
        "test accuracy": accuracy(model, test.rows, test.labels),
        "test loss": nn.functional.cross_entropy(predictions(model, test.rows), test.labels).item(),
    }
