"""A ReLU behind the last layer, in front of cross-entropy, against logits as they come.

With the ReLU no class can be given less than nothing, and a class whose logits are negative for all samples gets no
gradient any more. Each arm has its own best learning rate.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from bpcheck_reference.activations.classification_loss import cross_entropy
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, mlp, train_classifier


def behind_relu(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.cross_entropy(logits.relu(), labels)


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    model = mlp(64, 64, 10).to(run.device)
    epochs = run.sized(tiny=3, small=8)
    train_classifier(model, train.rows, train.labels, loss=run.setting, lr=run.choice, epochs=epochs)
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=("A1",),
    rules=("BP412",),
    question="What does a ReLU on the logits cost?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.005,
    arms={"ReLU on the logits": behind_relu, "logits": cross_entropy},
    run=run,
    choice=Axis("learning rate", (0.02, 0.1, 0.5, 2.0), at=0.1, log=True),
)
