"""PyTorch's default initialisation against He's, for plain stacks of linear layers and ReLUs of several depths.

The arms differ in the first weights only; Xavier's are there for comparison. Nothing normalises and no shortcut helps, for
either would make most of the difference vanish. Each arm gets its own best learning rate: a higher one can make up for
weights that are a little too small, but not for those of twenty layers.

The epochs are few. A network that is slow to start may arrive at the same accuracy later.
"""

from __future__ import annotations

from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier
from bpcheck_reference.training.kaiming import kaiming_, signal_profile

WIDTH = 64


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    hidden = [part for _ in range(run.condition) for part in (nn.Linear(WIDTH, WIDTH), nn.ReLU())]
    head = nn.Linear(WIDTH, 10)
    model = nn.Sequential(*hidden, head).to(run.device)
    if run.setting == "kaiming":
        kaiming_(model, head=head)
    elif run.setting == "xavier":
        for layer in model:
            if isinstance(layer, nn.Linear):
                nn.init.xavier_normal_(layer.weight)
                nn.init.zeros_(layer.bias)
    scale = signal_profile(model, train.rows[:256])[-2][1]
    epochs = run.sized(tiny=3, small=6, full=30)
    train_classifier(model, train.rows, train.labels, lr=run.choice, epochs=epochs)
    return {
        "test accuracy": accuracy(model, test.rows, test.labels),
        "standard deviation of the last hidden layer before training": scale,
    }


EXPERIMENT = Experiment(
    practice=("T3",),
    rules=(),
    question="Does a plain ReLU network train better from He's initialisation than from PyTorch's, and from which depth on?",
    subject="handwritten digits",
    data=(
        "1,297 training and 500 test images of handwritten digits, six epochs; a network that diverged says one digit "
        "always, right for about one in ten"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"PyTorch's default": "default", "Kaiming He": "kaiming", "Xavier": "xavier"},
    run=run,
    condition=Axis("hidden layers", (2, 5, 10, 20), at=10),
    choice=Axis("learning rate", (0.003, 0.01, 0.03, 0.1, 0.3), at=0.03, log=True),
)
