"""The negative log-likelihood loss gets scores or probabilities instead of log-probabilities.

## What it does
Flags `NLLLoss` or `F.nll_loss` whose input comes straight from a linear or convolutional layer, from a softmax or
sigmoid, or from another activation that gives no log-probabilities.

## Why is this bad?
Despite its name the loss takes no logarithm: it is minus the input at the true class. With scores it falls without bound
as that score grows, however large the others are, so the network learns to say yes to everything. With probabilities it
is minus the probability: bounded by -1, with gradients that vanish through the softmax just where the network is sure
and wrong. A loss below zero is the sign of both.

## Example
```python
import torch
from torch import nn


def train(loader):
    model, criterion = nn.Linear(512, 10), nn.NLLLoss()
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
    model, criterion = nn.Linear(512, 10), nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, labels in loader:
        optimizer.zero_grad()
        criterion(model(features), labels).backward()
        optimizer.step()
```

Or end the network in `nn.LogSoftmax(dim=1)` and keep `nn.NLLLoss`.

## When not to follow it
The logarithm of a softmax is a log-probability, as are such values shifted or scaled by hand; they are not reported. If a
layer gives log-probabilities in a way that bpcheck cannot see, write at the loss:
`# bpcheck: ignore[BP405] normalised by the flow's last layer`.

## Fix safety
Safe: it mends a plain bug. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6: `F.nll_loss` on `F.log_softmax`
- PyTorch documentation, `NLLLoss`, "the input is expected to contain log-probabilities":
  https://docs.pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html

## Evidence
The bounds above are arithmetic. Measured with a small network on digits, each way at its own best learning rate: on
probabilities the loss costs a clear part of the accuracy, and far more at the rates that are usual; on bare scores the
network learns nothing at any rate.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.activations import without_log_softmax
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP405", severity=Severity.ERROR, practice=("A1",), fix=Safety.SAFE)
def nll_without_log_softmax(program: Program) -> Iterator[Violation]:
    for loss, normalised in without_log_softmax(program):
        what = "probabilities" if normalised else "scores"
        yield Violation(
            place(loss.site),
            f"negative log-likelihood gets {what}; it takes no logarithm itself and is defined for log-probabilities",
            (
                *(step(site, f"{name} applied here") for name, site in loss.steps),
                step(loss.site, f"the {what} go into the loss here"),
            ),
            manual="Use `log_softmax` in place of the softmax."
            if normalised
            else "Use `CrossEntropyLoss`, or apply `log_softmax` first.",
        )
