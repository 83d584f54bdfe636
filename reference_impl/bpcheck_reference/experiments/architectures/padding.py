"""Convolutions without padding against convolutions that keep the size of the map, one to three behind each other.

Both arms have the same layers and the same parameters: the last map is averaged down to 2 by 2 cells before the linear
layer, whatever its size. Three convolutions of 3 by 3 without padding leave just those 2 by 2 pixels of the 8 by 8.

Padding also means more positions to compute: the unpadded network is the cheaper one. These digits fill
their images from top to bottom, but the first and last columns are all but empty.
"""

from __future__ import annotations

from torch import nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier

WIDTH = 16


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    layers: list[nn.Module] = []
    for number in range(run.condition):
        conv = nn.Conv2d(WIDTH if number else 1, WIDTH, 3, padding=run.setting, bias=False)
        layers += [conv, nn.BatchNorm2d(WIDTH), nn.ReLU()]
    head = (nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(WIDTH * 2 * 2, 10))
    model = nn.Sequential(*layers, *head).to(run.device)
    train_classifier(model, train.images, train.labels, lr=run.choice, epochs=run.sized(tiny=1, small=6, full=20))
    return accuracy(model, test.images, test.labels)


EXPERIMENT = Experiment(
    practice=("R10",),
    rules=("BP511",),
    question="On small images, are convolutions that keep the size of the map better than unpadded ones?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits, 8 by 8 pixels",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"unpadded": 0, "padded": 1},
    run=run,
    condition=Axis("convolutions", (1, 2, 3), at=2),
    choice=Axis("learning rate", (0.02, 0.1, 0.5, 2.0), at=0.1, log=True),
)
