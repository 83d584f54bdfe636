"""Binary cross-entropy, which is defined for probabilities, gets an output that can leave 0 to 1.

## What it does
Flags `BCELoss` or `F.binary_cross_entropy` whose input comes straight from a linear or convolutional layer, or from
ReLU, tanh, log-softmax or log-sigmoid: from anything that can leave the range from 0 to 1.

## Why is this bad?
The loss takes the logarithm of its input and of one minus it. As soon as one value leaves the range, PyTorch raises a
`RuntimeError` on the CPU and a device-side assert on CUDA, which may be thousands of batches into the training. As long
as the values happen to stay inside (a small initialisation, a ReLU, normalised inputs) it trains silently on numbers
that are no probabilities.

## Example
```python
import torch
from torch import nn


def train(loader):
    model = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
    criterion = nn.BCELoss()
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

The probability is `torch.sigmoid(model(features))` now. Thresholds on the raw output move: 0.5 becomes 0.

## When not to follow it
A sigmoid in a replaced head or in the loss wrapper, values clamped to the range and other outputs that cannot leave it
are not reported. If the range is guaranteed in a way that bpcheck cannot see, write at the loss:
`# bpcheck: ignore[BP406] the layer returns a cosine mapped to 0..1`.

## Fix safety
Safe: it mends a plain bug, by applying the sigmoid inside the loss in a stable form. No automatic fix is offered yet;
the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 2: a sigmoid before `binary_cross_entropy`
- PyTorch documentation, `BCELoss`: https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html
- PyTorch documentation, `BCEWithLogitsLoss`:
  https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html

## Evidence
A plain bug: most batches raise the error, which is that of PyTorch itself. No measurement of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.losses import fed_with
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP406", severity=Severity.ERROR, practice=("A2",), fix=Safety.SAFE)
def bce_on_logits(program: Program) -> Iterator[Violation]:
    for loss in fed_with(program, ("bce",), ("raw", "relu", "tanh", "log_softmax", "log_sigmoid")):
        yield Violation(
            place(loss.site),
            "binary cross-entropy gets an unbounded output; it is defined for probabilities only",
            (
                *(step(site, f"{what} applied here") for what, site in loss.steps),
                step(loss.site, "the output goes into the loss without a sigmoid"),
            ),
            manual="Use `BCEWithLogitsLoss`, which applies the sigmoid in a stable way.",
        )
