"""A learning rate found on all the data against one found on a quarter of it, for the same number of samples processed.

The budget pays for two trials on all the data, at rates drawn at random from the grid of eight, or for all eight trials
on a quarter. The chosen rate then trains a network on all the data. A trial on the sample takes fewer steps, so it leans
towards higher rates than the full data would want; what that costs is part of the comparison.
"""

from __future__ import annotations

import random

import torch

from bpcheck_reference.data.sample import stratified_sample
from bpcheck_reference.experiments.corpora.digits import Images, digits
from bpcheck_reference.experiments.experiment import Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, mlp, train_classifier

RATES = tuple(10 ** (step / 2) for step in range(-8, 0))


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    held_out, rest = train[slice(300)], train[slice(300, None)]
    epochs = run.sized(tiny=4, small=10)

    def trained(images: Images, lr: float) -> torch.nn.Module:
        model = mlp(64, 64, 10).to(run.device)
        train_classifier(model, images.rows, images.labels, lr=lr, epochs=epochs)
        return model

    trials = round(2 / run.setting)
    rates = random.sample(RATES, trials)
    size = int(len(rest) * run.setting)
    part = rest if run.setting == 1 else rest[stratified_sample(rest.labels.cpu(), size, seed=run.seed).to(run.device)]
    found = max(rates, key=lambda lr: accuracy(trained(part, lr), held_out.rows, held_out.labels))
    return {
        "test accuracy": accuracy(trained(train, found), test.rows, test.labels),
        "trials": trials,
        "learning rate found": found,
    }


EXPERIMENT = Experiment(
    practice=("D1",),
    rules=("BP113",),
    question="Does a sample of the data find a better learning rate than all of it, for the same computation?",
    subject="handwritten digits",
    data="Handwritten digits, 1,297 training images, 300 of them held out while tuning, and 500 test images",
    metric="test accuracy at the rate found",
    higher_is_better=True,
    smallest=0.01,
    arms={"tuned on all the data": 1.0, "tuned on a quarter": 0.25, "tuned on half": 0.5},
    run=run,
)
