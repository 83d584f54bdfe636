"""A sigmoid followed by the loss for probabilities, against the loss that takes logits and does both at once.

In exact arithmetic they are the same. A sigmoid rounds to one where a logit is large, and the logarithm of what is left
has to be cut off; the condition is how large the logits are at the start, from an ordinary one on. Each arm has its own best
learning rate. In half precision, which is not measured here, PyTorch refuses the pair altogether.
"""

from __future__ import annotations

import torch
from sklearn.metrics import f1_score
from torch import nn

from bpcheck_reference.activations.multi_label import multi_label_loss
from bpcheck_reference.experiments.activations.binary_losses import COLUMNS, LABELS, TEST, in_two_steps, rows_of_labels
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import fit, mlp, predictions


def run(run: Run) -> float:
    x, y = rows_of_labels(run)
    model = mlp(COLUMNS, 64, LABELS)
    last = model[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.weight.mul_(run.condition)
    model.to(run.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=run.choice)
    fit(model, x[TEST:], y[TEST:], loss=run.setting, optimizer=optimizer, epochs=run.sized(tiny=3, small=8))
    said = predictions(model, x[:TEST]) > 0
    return float(f1_score(y[:TEST].cpu().numpy(), said.cpu().numpy(), average="micro", zero_division=0))


EXPERIMENT = Experiment(
    practice=("A2",),
    rules=("BP408",),
    question="Is the loss that takes logits better than a sigmoid followed by its loss?",
    subject="generated rows of 8 labels",
    data="Generated: scikit-learn's make_multilabel_classification, 2,400 training and 600 test rows, 8 labels, 3 of them on average",
    metric="micro-F1 at a threshold of 0.5",
    higher_is_better=True,
    smallest=0.01,
    arms={"sigmoid, then its loss": in_two_steps, "logits": multi_label_loss},
    run=run,
    condition=Axis("factor on the last weights at the start", (1, 100), at=1, log=True),
    choice=Axis("learning rate", (0.003, 0.01, 0.03), at=0.01, log=True),
)
