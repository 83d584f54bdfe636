"""A sample taken from the front of a file that is sorted by class, against a stratified random one of the same size.

Many data sets lie on disk class by class, so that the first rows are all alike. The network, its training and its test
images are the same in both arms. With random order in the file the two samples would be worth the same, and nothing is
said here about that case.
"""

from __future__ import annotations

import torch

from bpcheck_reference.data.sample import stratified_sample
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, mlp, train_classifier


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    in_order = train[train.labels.argsort(stable=True)]
    size = int(len(train) * run.condition)
    chosen = torch.arange(size)
    if run.setting == "random":
        chosen = stratified_sample(in_order.labels.cpu(), size, seed=run.seed)
    sample = in_order[chosen.to(run.device)]
    model = mlp(64, 64, 10).to(run.device)
    epochs = round(run.sized(tiny=4, small=10) / run.condition)
    train_classifier(model, sample.rows, sample.labels, lr=0.1, epochs=epochs)
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=("D1",),
    rules=("BP113",),
    question="Does it matter how a sample of the data is drawn?",
    subject="handwritten digits sorted by class",
    data="1,297 handwritten digits sorted by class, of which a share is used, and 500 test images; as many steps for each share",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"front of the file": "front", "stratified sample": "random"},
    run=run,
    condition=Axis("share of the data", (0.1, 0.2, 0.5), at=0.2),
    clear=0.3,
)
