"""The mean of each channel as input of the last layer against mean and maximum together, and the maximum alone.

The headline is the case that the rule reports: a body trained on digits 0 to 4, with its mean pooling, is frozen and
gets a new linear head for digits 5 to 9. The same poolings are then trained from scratch on all digits, and on
generated images in which the label asks for both, whether a bright spot is anywhere, and whether the whole is a little
brighter.

The generated task was made for two poolings; convolutions in front of one can learn to make it sensitive to both, so that
it is no foregone conclusion. The head with both has twice the weights, which belongs to the practice. The body of the
headline was trained with the mean, as those that are on offer are; it knows five classes only and is far weaker than
one of ImageNet.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bpcheck_reference.architectures.concat_pool import AdaptiveConcatPool2d
from bpcheck_reference.architectures.conv_block import conv_block
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, predictions, train_classifier

WIDTH, SIDE = 16, 16
NEW_HEAD, DIGITS, GENERATED = "new head, digits", "from scratch, digits", "from scratch, spot and shift (generated)"


def pooling(kind: str) -> nn.Module:
    return {"average": nn.AdaptiveAvgPool2d(1), "both": AdaptiveConcatPool2d(), "max": nn.AdaptiveMaxPool2d(1)}[kind]


def body() -> nn.Sequential:
    return nn.Sequential(conv_block(1, WIDTH), conv_block(WIDTH, WIDTH, stride=2), conv_block(WIDTH, WIDTH))


def spot_and_shift(samples: int, device: str) -> tuple[Tensor, Tensor]:
    """Images of noise of four classes: with and without one bright pixel, times with and without a higher mean."""
    spot, shift = torch.randint(2, (samples,)), torch.randint(2, (samples,))
    images = 0.25 * torch.randn(samples, 1, SIDE, SIDE) + 0.06 * shift.view(-1, 1, 1, 1)
    row, column = torch.randint(SIDE, (samples,)), torch.randint(SIDE, (samples,))
    images[torch.arange(samples), 0, row, column] += 1.5 * spot
    return images.to(device), (2 * spot + shift).to(device)


def run(run: Run) -> float:
    epochs = run.sized(tiny=2, small=5, full=20)
    width = 2 * WIDTH if run.setting == "both" else WIDTH
    if run.condition == NEW_HEAD:
        known, _ = digits(run.seed, run.device, training=600, classes=(0, 1, 2, 3, 4))
        train, test = digits(run.seed, run.device, training=600, classes=(5, 6, 7, 8, 9))
        trained = body().to(run.device)
        old = nn.Sequential(trained, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(WIDTH, 5)).to(run.device)
        train_classifier(old, known.images, known.labels, lr=0.1, epochs=epochs)
        x, unseen = (predictions(trained, part.images) for part in (train, test))
        head = nn.Sequential(pooling(run.setting), nn.Flatten(), nn.Linear(width, 5)).to(run.device)
        train_classifier(head, x, train.labels, lr=run.choice, epochs=4 * epochs)
        return accuracy(head, unseen, test.labels)
    if run.condition == DIGITS:
        train, test = digits(run.seed, run.device)
        (x, labels), (unseen, wanted) = (train.images, train.labels), (test.images, test.labels)
    else:
        x, labels = spot_and_shift(1500, run.device)
        unseen, wanted = spot_and_shift(1000, run.device)
    model = nn.Sequential(body(), pooling(run.setting), nn.Flatten(), nn.Linear(width, 10)).to(run.device)
    train_classifier(model, x, labels, lr=run.choice, epochs=epochs)
    return accuracy(model, unseen, wanted)


EXPERIMENT = Experiment(
    practice=("R12",),
    rules=("BP513",),
    question="Does a head that gets mean and maximum of each channel do better than one that gets the mean?",
    subject="handwritten digits",
    data=(
        "Handwritten digits of 8 by 8 pixels: 600 images of digits 5 to 9 on a body trained on digits 0 to 4, and 1,297 "
        "of all digits; and, generated, 1,500 images of noise with a bright spot and a shifted mean"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"average": "average", "average and maximum": "both", "maximum": "max"},
    run=run,
    condition=Axis("task", (NEW_HEAD, DIGITS, GENERATED), at=NEW_HEAD),
    choice=Axis("learning rate", (0.02, 0.1, 0.5, 2.5, 12.0), at=0.1, log=True),
)
