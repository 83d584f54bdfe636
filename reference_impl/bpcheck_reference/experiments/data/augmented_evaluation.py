"""The score of a validation set that is augmented at random against that of the images as they are.

One network, trained with the same augmentation, is scored both ways; the truth is its accuracy on other images without
augmentation. What is measured is the distance of the reported score from the truth. The number of validation images
decides how much of that distance is mere chance.
"""

from __future__ import annotations

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.data.augmentation import shifted
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, small_cnn, train_classifier


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    validation, train = train[slice(run.condition)], train[slice(600, 800)]
    model = small_cnn().to(run.device)
    epochs = run.sized(tiny=6, small=15)
    train_classifier(model, train.images, train.labels, lr=0.1, epochs=epochs, batch=32, augment=shifted)
    images = shifted(validation.images) if run.setting == "augmented" else validation.images
    reported, truth = accuracy(model, images, validation.labels), accuracy(model, test.images, test.labels)
    return {"distance": abs(reported - truth), "reported accuracy": reported, "accuracy on other images": truth}


EXPERIMENT = Experiment(
    practice=("D5",),
    rules=("BP104",),
    question="Is a score on augmented validation images further from the truth?",
    subject="handwritten digits",
    data="Handwritten digits, 200 training images, some for validation, and 500 others for the truth",
    metric="distance of the reported accuracy from the true one",
    higher_is_better=False,
    smallest=0.005,
    arms={"augmented validation images": "augmented", "validation images as they are": "plain"},
    run=run,
    condition=Axis("validation images", (100, 300, 600), at=300, log=True),
)
