"""The logarithm of a softmax is taken in two steps, which overflows where one would not.

## What it does
Flags `torch.log` of the output of a softmax where a gradient goes through it: at one place, or across methods, modules
and helpers, with or without `clamp` or a small constant in between. The finding is at the logarithm.

## Why is this bad?
In float32 the softmax of a score that is 104 below the largest is exactly 0 and its logarithm minus infinity; from 89
on the gradient is already infinite or not a number, and one such sample ruins all weights. A clamp or a small constant
keeps the numbers finite and the gradient at next to nothing, just where the network is most wrong: with `+ 1e-8` and a
distance of 50 it is 2e-14, where that of `log_softmax` is 1.

## Example
```python
import torch
from torch import nn


def train(loader):
    model, criterion = nn.Linear(512, 10), nn.NLLLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, labels in loader:
        probabilities = torch.softmax(model(features), dim=1)
        optimizer.zero_grad()
        criterion(torch.log(probabilities + 1e-8), labels).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


def train(loader):
    model, criterion = nn.Linear(512, 10), nn.NLLLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for features, labels in loader:
        log_probabilities = torch.log_softmax(model(features), dim=1)
        optimizer.zero_grad()
        criterion(log_probabilities, labels).backward()
        optimizer.step()
```

`nn.CrossEntropyLoss` on the scores is the same in one step. Probabilities are `log_probabilities.exp()`.

## When not to follow it
The logarithm of a mixture or a mean of several softmaxes has no such form and is not reported; nor is an entropy that is
only looked at, under `torch.no_grad()`. Where the scores are bounded so that nothing can underflow, write at the
logarithm: `# bpcheck: ignore[BP401] scores lie between -5 and 5`.

## Fix safety
Safe without a clamp or constant in between: the value is the same wherever the two steps do not break down. With one, the
loss of samples that are very wrong grows. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6: all models end in `F.log_softmax` and are trained
  with `F.nll_loss`
- PyTorch documentation, `torch.nn.functional.log_softmax`:
  https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html

## Evidence
The numbers above were computed with PyTorch in float32. Measured with a small network on digits: as long as the scores
are of ordinary size, both ways learn the same. Where they begin far apart, the logarithm of a softmax ends the training
in its first epoch; with a small constant added the network learns little, and with log-softmax it learns. So this
guards against a rare breakdown that costs nothing to avoid; it does not make an ordinary training better.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.activations import logs_of_softmax
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP401", severity=Severity.WARNING, practice=("A1",), fix=Safety.SAFE)
def log_of_softmax(program: Program) -> Iterator[Violation]:
    for event, steps in logs_of_softmax(program):
        yield Violation(
            place(event.site),
            "the logarithm of a softmax in two steps is minus infinity, or without gradient, where the softmax is 0",
            (
                *(step(site, f"{what} applied here") for what, site in steps),
                step(event.site, "and its logarithm taken here"),
            ),
            manual="Use `torch.log_softmax` on the scores, and `.exp()` of it where probabilities are needed.",
        )
