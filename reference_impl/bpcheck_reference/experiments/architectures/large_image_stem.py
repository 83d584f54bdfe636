"""The first layers of a network for large photographs against a first layer that keeps the size, on small images.

Behind the first layers all arms have the same residual groups. The departure is ResNet's stem: a convolution of 7 by 7
with stride 2 and a max-pooling with stride 2, which leaves a quarter of the side. The wider sizes are the same digits
enlarged, so that the condition changes how many positions are left and not what there is to see.

Enlarged images hold no more detail than their small originals: a real image of 16 pixels has more to lose than one of
8 that was blown up. The stem is also the cheaper one by far, since all that follows works on smaller maps; nothing
here is compared at equal cost.
"""

from __future__ import annotations

from torch import nn
from torch.nn.functional import interpolate

from bpcheck_reference.architectures.residual import layer_group
from bpcheck_reference.architectures.small_image_stem import small_image_stem
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier

WIDTH = 8


def stem(kind: str) -> nn.Module:
    if kind != "large":
        return small_image_stem(1, WIDTH, kernel=int(kind))
    return nn.Sequential(
        nn.Conv2d(1, WIDTH, 7, stride=2, padding=3, bias=False),
        nn.BatchNorm2d(WIDTH),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),
    )


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    model = nn.Sequential(
        stem(run.setting),
        layer_group(WIDTH, WIDTH, 1, stride=1),
        layer_group(WIDTH, 2 * WIDTH, 1),
        layer_group(2 * WIDTH, 4 * WIDTH, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4 * WIDTH, 10),
    ).to(run.device)
    images, unseen = (
        interpolate(part.images, size=(run.condition, run.condition), mode="bilinear", align_corners=False)
        for part in (train, test)
    )
    train_classifier(model, images, train.labels, lr=run.choice, epochs=run.sized(tiny=1, small=4, full=20))
    return accuracy(model, unseen, test.labels)


EXPERIMENT = Experiment(
    practice=("R10",),
    rules=("BP511",),
    question="On small images, is a first layer that keeps their size better than the stem of an ImageNet network?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits, 8 by 8 pixels, and the same enlarged to 16",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"7 by 7, stride 2, pooled": "large", "5 by 5, stride 1, padded": "5", "3 by 3, stride 1, padded": "3"},
    run=run,
    condition=Axis("side of the image in pixels", (8, 16), at=8, log=True),
    choice=Axis("learning rate", (0.03, 0.2, 1.2), at=0.2, log=True),
)
