"""A scheduler is never stepped, or stepped in the wrong order, in the wrong unit or without its metric.

## What it does
Flags a learning-rate scheduler whose use contradicts its own arguments:

- it is created and never stepped;
- it steps before the optimizer does in the first iteration;
- `CosineAnnealingLR` gets the number of epochs as `T_max` and is stepped in every batch;
- `OneCycleLR` counts batches (`steps_per_epoch=len(loader)`) and is stepped once per epoch;
- `T_max` ends well before the run does, so that the rate climbs back up;
- `ReduceLROnPlateau` is stepped without a metric.

Each scheduler is reported once, for the first of these that holds.

## Why is this bad?
The run looks scheduled and is not. Never stepped, the rate is constant. Stepped too early, the first value is skipped.
A cosine over 30 epochs that is stepped per batch swings up and down every 60 batches; a one-cycle policy that is
stepped per epoch hardly gets into its warm-up. A cosine with too small a `T_max` ends the training at a high rate,
where it should be near zero. PyTorch warns of the wrong order and refuses a missing metric; the rest passes silently.

## Example
```python
import torch
from torch import nn


def fit(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=30)
    for epoch in range(30):
        for x, y in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
            scheduler.step()
```

## Use instead
```python
import torch
from torch import nn


def fit(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=30)
    for epoch in range(30):
        for x, y in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        scheduler.step()
```

Or keep the step in the batch loop, and set `T_max=30 * len(loader)`.

## When not to follow it
`step(epoch)` with an explicit epoch, schedulers that another one steps (`SequentialLR`, `ChainedScheduler`), timm's
schedulers, those that Accelerate prepares (it steps them once per process) and those that are handed to code that is
not seen are not reported.
A cosine that is meant to rise again is better written as `CosineAnnealingWarmRestarts`; or write on the reported line:
`# bpcheck: ignore[BP207] cyclic on purpose: two full cosine periods`.

## Fix safety
Safe where it mends a plain bug, the order or the unit. No automatic fix is offered yet; the finding shows what to
write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 1: the library's `CosAnneal` steps per batch and
  counts batches
- I. Loshchilov and F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2016, arXiv 1608.03983
- PyTorch documentation, how to adjust the learning rate: https://docs.pytorch.org/docs/stable/optim.html
- PyTorch documentation, `OneCycleLR`:
  https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html

## Evidence
Mostly plain bugs, and what the rate does in each case follows from the schedulers' documented formulas. A cosine
meant for half the training cost accuracy with clean and with some wrong labels, even at the peak rate that suited it
best. With wrong labels the other slips that were measured (epochs stepped per batch, one cycle stepped per epoch,
never stepped) were behind the cosine over the whole training as well. What a slip costs can be small where the rate
happens to suit it. The wrong order of the two steps and the missing metric were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.misuse import misuses
from bpcheck.facts.program import Program, place
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP207", severity=Severity.ERROR, practice=("L3",), fix=Safety.SAFE)
def scheduler_misuse(program: Program) -> Iterator[Violation]:
    for schedule in program.schedules:
        for misuse in misuses(program, schedule):
            yield Violation(place(misuse.site), misuse.message, misuse.trace, manual=misuse.remedy)
