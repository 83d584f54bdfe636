"""The two learning rates of a pretrained body and a new head, exchanged, against the right way round.

Both arms use the same two numbers, one a tenth of the other, and both get their own best size of them, so that the
exchange is not made worse than it is by a rate that nobody would use for a body.

It would be unfair to read the result as one on fine-tuning in general: the body is small and was trained on few images.
"""

from __future__ import annotations

import torch
from torch import nn

from bpcheck_reference.experiments.corpora.new_digits import new_digits, pretrained
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, fit


def run(run: Run) -> float:
    body_share, head_share = run.setting
    train, test = new_digits(run.seed, run.device, training=50, similar=run.condition == "similar")
    model = pretrained(run.seed, run.device)
    rates = ((model[:-1], run.choice * body_share), (model[-1], run.choice * head_share))
    groups = [{"params": list(part.parameters()), "lr": lr} for part, lr in rates]
    fit(
        model,
        train.images,
        train.labels,
        loss=nn.functional.cross_entropy,
        optimizer=torch.optim.SGD(groups, lr=run.choice, momentum=0.9),
        epochs=run.sized(tiny=15, small=20),
        batch=10,
    )
    return accuracy(model, test.images, test.labels)


EXPERIMENT = Experiment(
    practice=("L2",),
    rules=("BP203",),
    question="What does it cost to give the pretrained layers the larger of two learning rates?",
    subject="digits 5 to 9 after 0 to 4",
    data=(
        "50 training and some 220 test images of the handwritten digits 5 to 9, for a network pretrained on 0 to 4; "
        "a network that diverged says one digit always, right for about one in five"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"body ten times the head": (1.0, 0.1), "head ten times the body": (0.1, 1.0)},
    run=run,
    condition=Axis("new data", ("similar", "dissimilar"), at="similar"),
    choice=Axis("larger learning rate", (0.003, 0.01, 0.03, 0.1, 0.3), at=0.1, log=True),
)
