"""The negative log-likelihood loss on probabilities against the same loss on their logarithms.

The loss takes no logarithm itself. On probabilities it is bounded, and its gradient vanishes where the network is sure
and wrong; on scores it has no bound at all, so that a network lowers it by raising every score. Each arm has its own
best learning rate; a run whose loss is no longer finite stops there, and guesses.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, mlp, train_classifier


def probabilities(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.nll_loss(logits.softmax(1), labels)


def log_probabilities(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.nll_loss(logits.log_softmax(1), labels)


def scores(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.nll_loss(logits, labels)


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    model = mlp(64, 64, 10).to(run.device)
    epochs = run.sized(tiny=5, small=8)
    losses = train_classifier(model, train.rows, train.labels, loss=run.setting, lr=run.choice, epochs=epochs)
    return accuracy(model, test.rows, test.labels) if abs(losses[-1]) < float("inf") else 0.1


EXPERIMENT = Experiment(
    practice=("A1",),
    rules=("BP405",),
    question="What does the negative log-likelihood loss learn from probabilities, or from scores?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits; a run whose loss is not finite counts as guessing",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.005,
    arms={"probabilities": probabilities, "log-probabilities": log_probabilities, "scores": scores},
    run=run,
    choice=Axis("learning rate", (0.01, 0.1, 0.5, 2.0), at=0.1, log=True),
)
