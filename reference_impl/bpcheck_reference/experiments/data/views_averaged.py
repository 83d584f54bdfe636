"""One prediction for each image against the mean over five views of it, the image and its four neighbours by a pixel.

The condition is what the network was trained on: images moved at random, so that the views are nothing new to it, or images as
they are. One trained network is judged both ways. The test images are not moved; on images that are, more can be gained.
"""

from __future__ import annotations

import torch

from bpcheck_reference.data.augmentation import random_shift
from bpcheck_reference.data.tta import shifts, tta
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import predictions, small_cnn, train_classifier


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device, training=200)
    model = small_cnn().to(run.device)
    moved = run.condition == "moved images"
    train_classifier(
        model, train.images, train.labels, lr=0.1, epochs=run.sized(tiny=10, small=40), batch=32,
        augment=(lambda images: random_shift(images, 1)) if moved else None,
    )  # fmt: skip
    if run.setting:
        with torch.no_grad():
            outputs = tta(model, test.images, shifts(1))
    else:
        outputs = predictions(model, test.images)
    return (outputs.argmax(1) == test.labels).float().mean().item()


EXPERIMENT = Experiment(
    practice=("D6",),
    rules=("BP107",),
    question="Is the mean prediction over several views better than one prediction?",
    subject="200 handwritten digits",
    data="Handwritten digits, 200 training and 500 test images of 8 by 8 pixels",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.005,
    arms={"one prediction": False, "mean of five views": True},
    run=run,
    condition=Axis("trained on", ("images as they are", "moved images"), at="moved images"),
)
