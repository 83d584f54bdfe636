"""The scores go through ReLU or another activation before a classification loss.

## What it does
Flags ReLU and its relatives, tanh or a sigmoid directly on what goes into `CrossEntropyLoss`, and ReLU, its relatives or
tanh directly on what goes into `BCEWithLogitsLoss` or `MultiLabelSoftMarginLoss`.

## Why is this bad?
These losses expect scores of any sign and size. Behind a ReLU none is negative: a class whose score is below zero gets no
gradient, however wrong that is, and with a binary loss no probability can fall below 0.5, so that each negative label
costs at least 0.693. Between -1 and 1, as a tanh leaves them, the loss over 10 classes cannot fall below 0.797. The
network learns less than it could, and nothing fails.

## Example
```python
import torch
from torch import nn


def train(loader):
    model = nn.Sequential(nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10), nn.ReLU())
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, labels in loader:
        optimizer.zero_grad()
        criterion(model(features), labels).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


def train(loader):
    model = nn.Sequential(nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, labels in loader:
        optimizer.zero_grad()
        criterion(model(features), labels).backward()
        optimizer.step()
```

## When not to follow it
A LeakyReLU or PReLU, which loses nothing, an activation whose output is scaled (`10 * torch.tanh(scores)`) or averaged
over positions before the loss, as in SqueezeNet, is not reported. If bounded scores are meant, write at the loss:
`# bpcheck: ignore[BP412] scores bounded on purpose, noisy labels`.

## Fix safety
Safe: it mends a plain bug. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6: ReLU between the layers, `log_softmax` behind the
  last
- PyTorch documentation, `CrossEntropyLoss`, "unnormalized logits for each class":
  https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html

## Evidence
The bounds above are arithmetic: log(2), and log(1 + 9 / e^2). Measured with a ReLU on the logits of a small network on
digits: it loses a large part of its accuracy at every learning rate that trains at all, since whole classes stop
learning. Other activations were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.activations import squashed_scores
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP412", severity=Severity.ERROR, practice=("A1",), fix=Safety.SAFE)
def activation_on_logits(program: Program) -> Iterator[Violation]:
    for loss in squashed_scores(program):
        activation = loss.steps[-1][0] if loss.steps else "an activation"
        yield Violation(
            place(loss.site),
            f"the scores go through {activation} before the loss, which expects them unbounded",
            (
                *(step(site, f"{what} applied here") for what, site in loss.steps),
                step(loss.site, "and then into the loss"),
            ),
            manual=f"Leave out the {activation}: the last layer's output is what the loss expects.",
        )
