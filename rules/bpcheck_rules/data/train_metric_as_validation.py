"""The training loss is summed up as the validation's, or decides in its place when training stops.

## What it does
Flags two ways in which a number of the training takes the place of one of the evaluation:

- In a loop that only evaluates, a sum grows in each turn by a loss (or another number) that no pass of this loop
  gave: it is the one that the last batch of training left behind, and nothing in the loop assigns it.
- Early stopping, by a library's callback or by a count of epochs without progress, watches the loss on the training
  samples, though held-out samples are evaluated in every epoch and decide nothing.

Where a number comes from is read off the forward passes that it was computed by, never off the name of a variable.

## Why is this bad?
The sum is the training loss of one batch, times the number of validation batches: it falls as the training loss does, in
a model that overfits too, and looks better than any true validation loss. The curve, the comparison of two models and all
that is decided by it then rest on samples that the network was trained on. Early stopping on the training loss has the same
flaw: that loss goes on falling after the network began to learn the samples by heart, so it stops too late or never,
while what it is for, the moment at which new samples are no longer predicted better, passes unnoticed.

## Example
```python
import torch
from data import train_loader, valid_loader
from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
for epoch in range(10):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    total = 0.0
    with torch.no_grad():
        for x, y in valid_loader:
            valid_loss = nn.functional.cross_entropy(model(x), y)
            total += loss.item()
    print(epoch, total / len(valid_loader))
```

## Use instead
```python
import torch
from data import train_loader, valid_loader
from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
for epoch in range(10):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    scheduler.step()
    model.eval()
    total = 0.0
    with torch.no_grad():
        for x, y in valid_loader:
            valid_loss = nn.functional.cross_entropy(model(x), y)
            total += valid_loss.item()
    print(epoch, total / len(valid_loader))
```

## When not to follow it
A stop at a loss that is not finite, at one below a threshold, or at one that no longer changes is not early stopping, and not
reported. Neither is a patience on the training loss where the validation decides something else, such as which
checkpoint is kept: there the training loss only tells that the optimisation has come to its end. Where that is the
purpose and the validation is only looked at, write at the stop:
`# bpcheck: ignore[BP115] ends when the training has converged`.

## Fix safety
Manual: which number was meant is for the author to say. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1: a validation set of one's own
- L. Prechelt, Early Stopping - But When?, in: Neural Networks: Tricks of the Trade, Springer, 1998
- Lightning documentation, early stopping: https://lightning.ai/docs/pytorch/stable/common/early_stopping.html

## Evidence
Early stopping by the training loss did worse than by held-out rows where many labels were wrong, as it never stops;
with few wrong labels there was nothing to gain. The comparison with the same rows held out is the third arm. A sum of
the wrong loss is a plain bug: the number does not say what its name says. No measurement of that one.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.training_metrics import stale_metrics, training_stops
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP115", severity=Severity.ERROR, practice=("D2",), fix=Safety.MANUAL)
def train_metric_as_validation(program: Program) -> Iterator[Violation]:
    for metric in stale_metrics(program):
        yield Violation(
            place(metric.site),
            f"`{metric.name}` adds up numbers of the training: no pass of this evaluation takes part in them",
            (
                step(metric.computed, "what is added was computed from this pass, which trains"),
                step(metric.evaluated, "the evaluation's own pass is here"),
                step(metric.site, "and is added up here"),
            ),
            manual=f"Compute the number from the evaluation's own output in each turn, and add that to `{metric.name}`.",
        )
    for stop in training_stops(program):
        yield Violation(
            place(stop.test),
            "early stopping watches the loss on the training samples",
            (
                step(stop.computed, "what is watched was computed from this pass, which trains"),
                step(stop.site, "training stops here"),
                step(stop.evaluated, "held-out samples are evaluated in every epoch, and decide nothing"),
            ),
            manual="Let the loss on the held-out samples decide when training stops.",
        )
