"""What the experiments on fine-tuning with batch normalisation share."""

from __future__ import annotations

from torch import nn

from bpcheck_reference.experiments.corpora.new_digits import new_digits
from bpcheck_reference.experiments.corpora.pretrained_batchnorm import CLASSES, FEATURES, pretrained
from bpcheck_reference.experiments.experiment import Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier
from bpcheck_reference.training.freeze_batchnorm import freeze_batchnorm


def fine_tune(run: Run, *, similar: bool, batch: int) -> float:
    """Fine-tune the whole network at the rate that is the run's choice; the test accuracy on the new digits."""
    train, test = new_digits(run.seed, run.device, training=64, similar=similar)
    body, _ = pretrained(run.seed, run.device)
    if run.setting == "frozen":
        freeze_batchnorm(body)
    model = nn.Sequential(body, nn.Linear(FEATURES, CLASSES).to(run.device))
    train_classifier(model, train.images, train.labels, lr=run.choice, epochs=run.sized(tiny=5, small=10), batch=batch)
    return accuracy(model, test.images, test.labels)
