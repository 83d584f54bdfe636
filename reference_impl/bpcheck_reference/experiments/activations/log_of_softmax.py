"""The logarithm of a softmax against log-softmax, in a network whose logits may be large.

A softmax underflows to zero where a logit is far behind, and the logarithm of zero is infinite: the first such sample
ends the training. The condition is how large the logits are at the start, from an ordinary one on. A small number
added before the logarithm keeps it finite and takes the gradient from those samples that need it most. Adam, since
plain gradient descent does not come back from such logits with any loss.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from bpcheck_reference.activations.classification_loss import cross_entropy
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, mlp, train_classifier


def plain(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.nll_loss(logits.softmax(1).log(), labels)


def padded(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.nll_loss((logits.softmax(1) + 1e-8).log(), labels)


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    model = mlp(64, 64, 10)
    last = model[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.weight.mul_(run.condition)
    model.to(run.device)
    losses = train_classifier(
        model,
        train.rows,
        train.labels,
        loss=run.setting,
        lr=0.01,
        epochs=run.sized(tiny=3, small=8),
        adaptive=True,
    )
    return {
        "test accuracy": accuracy(model, test.rows, test.labels),
        "finite losses": float(torch.tensor(losses).isfinite().all()),
    }


EXPERIMENT = Experiment(
    practice=("A1",),
    rules=("BP401",),
    question="What does it cost to take the logarithm of a softmax in two steps?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits; a run whose loss is not finite stops there",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.005,
    arms={"log of softmax": plain, "log-softmax": cross_entropy, "log of softmax + 1e-8": padded},
    run=run,
    condition=Axis("factor on the last weights at the start", (1, 30, 300), at=1, log=True),
)
