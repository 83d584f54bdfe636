"""A sigmoid in front of the loss that applies one itself, against logits, for rows of several labels.

Twice squeezed, a score lies between one half and three quarters: no label can be ruled out. Both arms are read as programs
do it, at one half of the sigmoid of the network; since the second one moves what is best there, the mean average precision,
which needs no threshold, stands beside the F-score. Each arm has its own best learning rate.
"""

from __future__ import annotations

import torch
from sklearn.metrics import average_precision_score, f1_score
from torch import Tensor
from torch.nn import functional

from bpcheck_reference.activations.multi_label import multi_label_loss
from bpcheck_reference.experiments.corpora.several_labels import COLUMNS, LABELS, several_labels
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import fit, mlp, predictions


def twice(logits: Tensor, wanted: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits.sigmoid(), wanted)


def run(run: Run) -> dict[str, float]:
    rows = run.sized(tiny=1200, small=2400, full=9400)
    x, y, held_out, labels = (part.to(run.device) for part in several_labels(run.seed, training=rows, test=600))
    model = mlp(COLUMNS, 64, LABELS).to(run.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=run.choice)
    fit(model, x, y, loss=run.setting, optimizer=optimizer, epochs=run.sized(tiny=5, small=10))
    found, truth = predictions(model, held_out).sigmoid().cpu().numpy(), labels.cpu().numpy()
    return {
        "micro-F1": f1_score(truth, found > 0.5, average="micro", zero_division=0),
        "labels predicted per row": (found > 0.5).sum(1).mean(),
        "mean average precision": average_precision_score(truth, found),
    }


EXPERIMENT = Experiment(
    practice=("A2",),
    rules=("BP407",),
    question="What does a second sigmoid cost in front of its loss?",
    subject="generated rows of 8 labels",
    data="Generated: scikit-learn's make_multilabel_classification, 2,400 training and 600 test rows, 8 labels, 3 of them on average",
    metric="micro-F1 at a threshold of 0.5",
    higher_is_better=True,
    smallest=0.01,
    arms={"sigmoid twice": twice, "logits": multi_label_loss},
    run=run,
    choice=Axis("learning rate", (0.001, 0.01, 0.1), at=0.01, log=True),
)
