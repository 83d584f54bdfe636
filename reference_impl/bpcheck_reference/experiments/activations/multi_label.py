"""One sigmoid for each label against one softmax over all of them, both trained with binary cross-entropy.

The softmax spreads a probability of one over all labels, so that a row with three of them cannot get more than a third
for each: it may rank them, but no threshold of one half finds them. The mean average precision, which needs no
threshold, is reported beside the F-score for that reason.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from sklearn.metrics import average_precision_score, f1_score
from torch import Tensor, nn

from bpcheck_reference.activations.multi_label import multi_label_loss
from bpcheck_reference.experiments.corpora.several_labels import COLUMNS, LABELS, several_labels
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import fit, predictions


def softmax(logits: Tensor) -> Tensor:
    return logits.softmax(1)


def run(run: Run) -> dict[str, float]:
    activation: Callable[[Tensor], Tensor] = run.setting
    rows = run.sized(tiny=1200, small=2400, full=9400)
    x, y, held_out, labels = (part.to(run.device) for part in several_labels(run.seed, training=rows, test=600))
    model = nn.Sequential(nn.Linear(COLUMNS, 64), nn.ReLU(), nn.Linear(64, LABELS)).to(run.device)

    def loss(logits: Tensor, wanted: Tensor) -> Tensor:
        if activation is softmax:
            return nn.functional.binary_cross_entropy(softmax(logits), wanted)  # bpcheck: ignore[BP402] the departure
        return multi_label_loss(logits, wanted)

    optimizer = torch.optim.Adam(model.parameters(), lr=run.choice)
    fit(model, x, y, loss=loss, optimizer=optimizer, epochs=run.sized(tiny=5, small=15))
    probabilities = activation(predictions(model, held_out)).cpu()
    said, truth = (probabilities > 0.5).numpy(), labels.cpu().numpy()
    return {
        "micro-F1": f1_score(truth, said, average="micro", zero_division=0),
        "labels predicted per row": said.sum(1).mean(),
        "mean average precision": average_precision_score(truth, probabilities.numpy()),
    }


EXPERIMENT = Experiment(
    practice=("A2",),
    rules=("BP402",),
    question="Does a sigmoid for each label find more of several labels than one softmax over all?",
    subject="generated rows of 8 labels",
    data="Generated: scikit-learn's make_multilabel_classification, 2,400 training and 600 test rows, 8 labels, 3 of them on average",
    metric="micro-F1 at a threshold of 0.5",
    higher_is_better=True,
    smallest=0.01,
    arms={"softmax": softmax, "sigmoid": torch.sigmoid},
    run=run,
    choice=Axis("learning rate", (0.001, 0.01, 0.1), at=0.01, log=True),
    clear=0.25,
)
