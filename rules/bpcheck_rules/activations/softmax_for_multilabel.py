"""Softmax output is judged class by class, as if several classes could be true at once.

## What it does
Flags the output of a softmax that goes into a loss with one binary decision per class (`BCELoss`, `BCEWithLogitsLoss`,
`MultiLabelSoftMarginLoss`). The value is followed from the layer to the loss, through methods and helpers. Targets that
are provably one-hot, with one true class each, are left alone. In a network that is trained with such a loss, a softmax
that is compared with a threshold per class is flagged as well.

## Why is this bad?
Softmax makes the classes share a sum of one. Two true classes can get 0.5 each at best, three a third, so a threshold
of 0.5 finds next to nothing where several labels apply, and each label that is found pushes the others down. With
`BCEWithLogitsLoss` it is worse: the loss applies a sigmoid to numbers between 0 and 1, so no class can fall below a
probability of 0.5 or rise above 0.73. The loss falls at first and then stands still.

## Example
```python
import torch
from torch import nn


def train(loader):
    model = nn.Sequential(nn.Linear(512, 17), nn.Softmax(dim=1))
    criterion = nn.BCELoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, tags in loader:
        optimizer.zero_grad()
        criterion(model(features), tags).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


def train(loader):
    model = nn.Linear(512, 17)
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, tags in loader:
        optimizer.zero_grad()
        criterion(model(features), tags).backward()
        optimizer.step()
```

At prediction time, decide class by class: `torch.sigmoid(model(features)) > 0.5`.

## When not to follow it
Softmax inside attention or gating, one-hot targets and a binary loss on one column of a two-class softmax are no
defect. Where the classes exclude each other, use `CrossEntropyLoss` on the logits. If a distribution over the classes
is wanted with a binary loss, write at the loss:
`# bpcheck: ignore[BP402] labels are proportions that sum to one`.

## Fix safety
Unsafe: the layer, the loss and the decision change together, and thresholds have to be chosen again. No automatic fix
is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 2: sigmoid and binary cross-entropy for the 17
  labels of the Planet satellite images
- PyTorch documentation, `BCEWithLogitsLoss`:
  https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html

## Evidence
The bounds above are arithmetic. Measured on generated rows with some three labels each: at a threshold of one half the
softmax finds few of the labels, whatever the learning rate. It ranks them nearly as well as a sigmoid does, so a
threshold of another height, or a fixed number of labels for each row, would hide most of the difference. Rows of one
label were not measured; for them a softmax is right.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.losses import fed_with, one_hot_target, thresholds
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP402", severity=Severity.ERROR, practice=("A2",), fix=Safety.UNSAFE)
def softmax_for_multilabel(program: Program) -> Iterator[Violation]:
    for loss in fed_with(program, ("bce", "bce_logits", "multilabel_soft_margin"), ("softmax",)):
        if one_hot_target(loss.event):
            continue
        yield Violation(
            place(loss.site),
            "softmax output goes into a per-class binary loss: its classes sum to one and cannot all be true",
            (
                *(step(site, f"{what} applied here") for what, site in loss.steps),
                step(loss.site, "and judged class by class here"),
            ),
            manual="Return logits and use `BCEWithLogitsLoss`; threshold `sigmoid(logits)` per class.",
        )
    for event, trained in thresholds(program):
        yield Violation(
            place(event.site),
            "softmax output is thresholded class by class, though several classes may be true",
            (
                step(trained.site, "trained with an independent binary loss for each class"),
                step(event.site, "but judged by classes that compete"),
            ),
            manual="Threshold `torch.sigmoid(logits)` instead.",
        )
