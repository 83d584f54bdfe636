"""Cross-entropy on probabilities that have been through a softmax already, against cross-entropy on logits.

The second softmax bounds the loss from below and squeezes the gradient through both. Beside them stand the negative
log-likelihood of probabilities, whose logarithm was forgotten, and the right pair of log-softmax and negative
log-likelihood, which should do the same as logits. Each arm has its own best learning rate, since a higher rate makes up for a
part of the squeezed gradient.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from bpcheck_reference.activations.classification_loss import cross_entropy
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, mlp, train_classifier


def twice(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.cross_entropy(logits.softmax(1), labels)


def without_log(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.nll_loss(logits.softmax(1), labels)


def log_softmax(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.nll_loss(logits.log_softmax(1), labels)


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    model = mlp(64, 64, 10).to(run.device)
    epochs = run.sized(tiny=5, small=8)
    train_classifier(model, train.rows, train.labels, loss=run.setting, lr=run.choice, epochs=epochs)
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=("A1",),
    rules=("BP403",),
    question="What does a second softmax cost in front of cross-entropy?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.005,
    arms={
        "softmax twice": twice,
        "logits": cross_entropy,
        "softmax and NLL": without_log,
        "log-softmax and NLL": log_softmax,
    },
    run=run,
    choice=Axis("learning rate", (0.003, 0.01, 0.1, 0.5, 2.0), at=0.01, log=True),
)
