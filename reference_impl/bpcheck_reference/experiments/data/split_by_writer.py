"""Validation images drawn at random from all writers against validation images of writers that training does not have.

The file of digits goes from writer to writer. Its last quarter, with writers of their own, plays the data to come. Of
the rest, a fifth is held out: at random, or as a piece of the file. What counts is how far the validation accuracy is
from the accuracy on the data to come; which way it errs is a further figure.

Unfair reading: that the second split gives the better network. It gives a more honest figure where the data to come have
other writers, patients, shops or days, and an unduly low one where they have the same.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import collected
from bpcheck_reference.experiments.experiment import Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier

PIECES = 5


def run(run: Run) -> dict[str, float]:
    images = collected(run.device)
    known = len(images) * 3 // 4
    order = torch.arange(known)
    if run.setting == "random":
        order = torch.randperm(known)
    errors, signed = [], []
    for piece in range(run.sized(tiny=2, small=PIECES)):
        held_out = torch.zeros(known, dtype=torch.bool)
        held_out[order[known * piece // PIECES : known * (piece + 1) // PIECES]] = True
        train, validation = images[:known][~held_out.to(run.device)], images[:known][held_out.to(run.device)]
        model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)).to(run.device)
        train_classifier(model, train.rows, train.labels, lr=0.1, epochs=run.sized(tiny=5, small=15, full=40))
        to_come = accuracy(model, images[known:].rows, images[known:].labels)
        signed.append(accuracy(model, validation.rows, validation.labels) - to_come)
        errors.append(abs(signed[-1]))
    return {
        "error of the estimate": sum(errors) / len(errors),
        "estimate minus accuracy on new writers": sum(signed) / len(signed),
    }


EXPERIMENT = Experiment(
    practice=("D2",),
    rules=(),
    question="If new data come from new writers, does a validation set of other writers foretell the accuracy better?",
    subject="handwritten digits of 13 writers",
    data="1,797 images of handwritten digits, writer after writer: the last quarter is to come, one run is five splits of the rest",
    metric="distance of validation accuracy from the accuracy on new writers",
    higher_is_better=False,
    smallest=0.005,
    arms={"random split": "random", "other writers": "pieces"},
    run=run,
)
