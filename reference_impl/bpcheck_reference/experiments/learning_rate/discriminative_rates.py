"""One learning rate for a pretrained network and its new head against rates that fall from the head to the first layer.

The learning rate on the axis is that of the head, so that at one value of it the body is trained more slowly in the arms
with a ratio; at own best rates, one rate for all may come to a lower one and make up for that. The new data are the other
half of the same digits, upright as before or turned and inverted, which the first layers have not seen.

The comparison at one high rate flatters the practice: it shows what a rate that suits the head does to the body. Three
small convolutions hold little that could be forgotten; a network pretrained on millions of photographs holds more.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.new_digits import new_digits, pretrained
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit
from bpcheck_reference.learning_rate.parameter_groups import discriminative_parameter_groups


def run(run: Run) -> dict[str, float]:
    train, test = new_digits(run.seed, run.device, training=50, similar=run.condition == "similar")
    model = pretrained(run.seed, run.device)
    before = [weight.clone() for weight in model[:-1].parameters()]
    if run.setting is None:
        model[:-1].requires_grad_(False)
    groups = discriminative_parameter_groups(model, run.choice, ratio=run.setting or 1.0)
    fit(
        model,
        train.images,
        train.labels,
        loss=nn.functional.cross_entropy,
        optimizer=torch.optim.SGD(groups, lr=run.choice, momentum=0.9),
        epochs=run.sized(tiny=15, small=20),
        batch=10,
    )
    moved = sum(((a - b) ** 2).sum().item() for a, b in zip(model[:-1].parameters(), before, strict=True))
    held = sum((b**2).sum().item() for b in before)
    change = math.sqrt(moved / held)
    return {
        "test accuracy": accuracy(model, test.images, test.labels),
        "relative change of the body": change if math.isfinite(change) else 1.0,
    }


EXPERIMENT = Experiment(
    practice=("L2",),
    rules=("BP202",),
    question="Is a pretrained network fine-tuned better with smaller learning rates for its earlier layers?",
    subject="digits 5 to 9 after 0 to 4",
    data=(
        "50 training and some 220 test images of the handwritten digits 5 to 9, for a network pretrained on 0 to 4; "
        "a network that diverged says one digit always, right for about one in five"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"one rate": 1.0, "ratio 10": 10.0, "ratio 3": 3.0, "body frozen": None},
    run=run,
    condition=Axis("new data", ("similar", "dissimilar"), at="similar"),
    choice=Axis("learning rate of the head", (0.003, 0.01, 0.03, 0.1, 0.3), at=0.1, log=True),
)
