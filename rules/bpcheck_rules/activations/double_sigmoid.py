"""Sigmoid output goes into a loss that applies a sigmoid itself.

## What it does
Flags `BCEWithLogitsLoss`, `F.binary_cross_entropy_with_logits`, `MultiLabelSoftMarginLoss` or torchvision's
`sigmoid_focal_loss` whose input has been through a sigmoid or log-sigmoid: in `forward`, in a replaced last layer, or in
a helper between the two. Only the input counts, not the target.

## Why is this bad?
The loss takes its input for logits. Behind a sigmoid they lie between 0 and 1, so the second sigmoid gives between 0.5
and 0.731: no sample can be called negative. The loss of a positive sample cannot fall below 0.313, that of a negative
one not below 0.693. The network still learns an order of the samples, so it looks like a hard task rather than a bug.

## Example
```python
import torch
from torch import nn


def train(loader):
    model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, sick in loader:
        optimizer.zero_grad()
        criterion(model(features), sick).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


def train(loader):
    model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, sick in loader:
        optimizer.zero_grad()
        criterion(model(features), sick).backward()
        optimizer.step()
```

Apply the sigmoid where probabilities are read: `torch.sigmoid(model(features))`.

## When not to follow it
A sigmoid beside the loss (a metric, a Dice term, a threshold) or on the target is not reported. If the bounded logits
are meant, write at the loss: `# bpcheck: ignore[BP407] logits between 0 and 1 on purpose`.

## Fix safety
Safe: it mends a plain bug; code that reads the model's output as probabilities then needs the sigmoid in its own place.
No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 2: a sigmoid, once, before `binary_cross_entropy`
- PyTorch documentation, `BCEWithLogitsLoss`:
  https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html

## Evidence
The bounds above are arithmetic. Measured on generated rows of several labels, read at one half of the sigmoid of the
network: at its own best learning rate the second sigmoid costs a good part of what is found, and at a high rate it
ruins the training. Other thresholds were not measured; the ranking, which needs none, stands beside it in the
results.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.activations import one_per_activation
from bpcheck.facts.losses import fed_with
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP407", severity=Severity.ERROR, practice=("A2",), fix=Safety.SAFE)
def double_sigmoid(program: Program) -> Iterator[Violation]:
    for loss in one_per_activation(
        program, fed_with(program, ("bce_logits", "multilabel_soft_margin"), ("sigmoid", "log_sigmoid"))
    ):
        yield Violation(
            place(loss.site),
            "the loss applies a sigmoid itself, but its input has been through one already",
            (
                *(step(site, f"{what} applied here") for what, site in loss.steps),
                step(loss.site, "and goes into the loss as if it were a logit"),
            ),
            manual="Return the logits; apply the sigmoid only where probabilities are needed.",
        )
