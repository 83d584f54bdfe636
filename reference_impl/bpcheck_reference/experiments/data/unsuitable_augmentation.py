"""Mirroring digits, which makes other characters or none of them, against no augmentation and against one that suits.

The test images are as centred as the training images, so that the suitable augmentation has little to win and the
unsuitable one shows its own price.
"""

from __future__ import annotations

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.data.augmentation import mirrored, shifted
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, small_cnn, train_classifier


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device, training=run.condition)
    model = small_cnn().to(run.device)
    # As many steps for every number of images.
    epochs = max(1, run.sized(tiny=12, small=40) * 200 // run.condition)
    train_classifier(model, train.images, train.labels, lr=0.1, epochs=epochs, batch=32, augment=run.setting)
    return accuracy(model, test.images, test.labels)


EXPERIMENT = Experiment(
    practice=("D5",),
    rules=("BP106",),
    question="What does an augmentation cost that changes what an image shows?",
    subject="handwritten digits",
    data="Handwritten digits, some for training and 500 test images, none of them moved",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"mirroring": mirrored, "no augmentation": None, "shifts": shifted},
    run=run,
    condition=Axis("training images", (200, 600, 1200), at=200, log=True),
)
