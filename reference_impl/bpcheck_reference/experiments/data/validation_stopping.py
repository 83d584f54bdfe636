"""Which epoch's weights to keep: those of the lowest training loss, or of the lowest validation loss.

Part of the training labels is wrong, and the network is large enough to learn them by heart in time. Without a
validation set nothing tells when that begins. Both arms see one and the same training; only the choice of the epoch differs.
The 200 validation images are not given to the other arm for training, which would narrow the gap a little.
"""

from __future__ import annotations

import copy

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits, with_wrong_labels
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit, mlp, predictions


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device, training=600)
    train = with_wrong_labels(train, run.condition, run.seed)
    validation, train = train[slice(200)], train[slice(200, None)]
    model = mlp(64, 256, 10).to(run.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0)
    best, kept, epoch_kept = float("inf"), copy.deepcopy(model), 0
    for epoch in range(run.sized(tiny=30, small=60)):
        (loss,) = fit(model, train.rows, train.labels, loss=nn.functional.cross_entropy, optimizer=optimizer, epochs=1)
        if run.setting == "validation":
            loss = nn.functional.cross_entropy(predictions(model, validation.rows), validation.labels).item()
        if loss < best:
            best, kept, epoch_kept = loss, copy.deepcopy(model), epoch + 1
    return {"test accuracy": accuracy(kept, test.rows, test.labels), "epoch kept": epoch_kept}


EXPERIMENT = Experiment(
    practice=("D2",),
    rules=("BP115", "BP101"),
    question="Does the validation loss choose better weights than the training loss?",
    subject="handwritten digits with wrong labels",
    data="Handwritten digits, 400 training and 200 validation images of which a share has a random label, and 500 clean test images",
    metric="test accuracy of the weights kept",
    higher_is_better=True,
    smallest=0.01,
    arms={"training loss": "training", "validation loss": "validation"},
    run=run,
    condition=Axis("share of wrong labels", (0.0, 0.2, 0.4), at=0.2),
)
