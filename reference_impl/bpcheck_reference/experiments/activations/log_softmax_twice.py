"""Log-softmax in front of cross-entropy, which applies it again, against logits.

The second log-softmax changes nothing, since the first has already normalised: the two arms should agree to rounding. What the
mistake costs is time, and a reader's confidence.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from bpcheck_reference.activations.classification_loss import cross_entropy
from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, mlp, train_classifier


def twice(logits: Tensor, labels: Tensor) -> Tensor:
    return functional.cross_entropy(logits.log_softmax(1), labels)


def run(run: Run) -> float:
    train, test = digits(run.seed, run.device)
    model = mlp(64, 64, 10).to(run.device)
    epochs = run.sized(tiny=2, small=8)
    train_classifier(model, train.rows, train.labels, loss=run.setting, lr=0.05, epochs=epochs)
    return accuracy(model, test.rows, test.labels)


EXPERIMENT = Experiment(
    practice=("A1",),
    rules=("BP404",),
    question="Does log-softmax in front of cross-entropy change what is learned?",
    subject="handwritten digits",
    data="1,297 training and 500 test images of handwritten digits",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.005,
    arms={"log-softmax twice": twice, "logits": cross_entropy},
    run=run,
)
