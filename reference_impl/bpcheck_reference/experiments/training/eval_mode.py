"""Evaluation in train mode against evaluation in eval mode, of one and the same trained network.

In train mode batch normalisation takes its statistics from the test batch, and dropout goes on dropping. How much that
costs depends on how the test batches are made up: of all classes, or of one class each, as folders that are read in order are.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import small_cnn, train_classifier
from bpcheck_reference.training.evaluate import evaluating


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    model = small_cnn().to(run.device)
    model.insert(len(model) - 1, nn.Dropout(0.5))
    train_classifier(model, train.images, train.labels, lr=0.1, epochs=run.sized(tiny=3, small=6))
    if run.condition == "one class":
        test = test[test.labels.argsort(stable=True)]
    model.train()
    if run.setting:
        with evaluating(model):
            outputs = torch.cat([model(images) for images in test.images.split(25)])
    else:
        with torch.no_grad():
            outputs = torch.cat([model(images) for images in test.images.split(25)])
    return (outputs.argmax(1) == test.labels).float().mean().item()


EXPERIMENT = Experiment(
    practice=("R8",),
    rules=("BP307",),
    question="What does it cost to evaluate in train mode?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits, tested in batches of 25",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.005,
    arms={"train mode": False, "eval mode": True},
    run=run,
    condition=Axis("what a test batch holds", ("all classes", "one class"), at="all classes"),
)
