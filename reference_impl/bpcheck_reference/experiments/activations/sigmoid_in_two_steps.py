"""A sigmoid and the loss for probabilities against the loss that does both, where logits may be large.

The two are equal until the sigmoid rounds to exactly 0 or 1; from there on the gradient is zero for the samples that
need it most. The condition is how large the logits are at the start, from an ordinary network on.
"""

from __future__ import annotations

import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional

from bpcheck_reference.experiments.corpora.tables import table
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import mlp, predictions, train_classifier


def in_two_steps(logits: Tensor, wanted: Tensor) -> Tensor:
    return functional.binary_cross_entropy(logits.sigmoid(), wanted)


def run(run: Run) -> dict[str, float]:
    train, test = table("breast_cancer", run.seed, training=380)
    mean, sd = train.features.mean(0), train.features.std(0)
    x, held_out = ((part.features - mean) / sd for part in (train, test))
    model = mlp(x.shape[1], 32, 1)
    last = model[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.weight.mul_(run.condition)
    model.to(run.device)
    y = train.targets.float()[:, None].to(run.device)
    train_classifier(
        model,
        x.to(run.device),
        y,
        loss=run.setting,
        lr=0.01,
        epochs=run.sized(tiny=5, small=15),
        batch=32,
        adaptive=True,
    )
    logits = predictions(model, held_out.to(run.device))[:, 0].cpu()
    right = (logits > 0) == (test.targets == 1)
    return {
        "test accuracy": right.float().mean().item(),
        "area under the ROC curve": float(roc_auc_score(test.targets, logits)),
    }


EXPERIMENT = Experiment(
    practice=("A2",),
    rules=("BP408",),
    question="Is a sigmoid with the loss for probabilities worse than the loss that does both?",
    subject="breast cancer table",
    data="scikit-learn's breast cancer table, 380 training and 189 test rows",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.005,
    arms={"sigmoid, then its loss": in_two_steps, "logits": functional.binary_cross_entropy_with_logits},
    run=run,
    condition=Axis("factor on the last weights at the start", (1, 30, 300), at=1, log=True),
)
