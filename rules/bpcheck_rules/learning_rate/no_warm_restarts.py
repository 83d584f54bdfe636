"""Snapshots of one long run are averaged, though its learning rate falls only once.

## What it does
Flags a training of 30 epochs or more whose program keeps several states of the network along the way and averages
what they predict, while the learning rate goes through a single cycle: a cosine as long as the training, a one-cycle
schedule or a fall in steps. Once for each program, as advice. A training whose snapshots are not put together is left
alone, and so is one that keeps only the best state or averages weights; a plain cosine is a good schedule.

## Why is this bad?
An ensemble gains by what its members disagree in. With one falling rate the snapshots of the first half are taken at a
high rate, where the weights are still far from any minimum, and those of the second half lie close together and make nearly the
same mistakes. Warm restarts raise the rate again after each cycle: the network leaves its minimum, and comes to rest in
another one by the end of the next. A snapshot at the end of each cycle is a trained network of its own, for the price of
one run.

## Example
```python
import copy

import torch
from data import test_images, train_loader
from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=60)
snapshots = []
for epoch in range(60):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    if (epoch + 1) % 20 == 0:
        snapshots.append(copy.deepcopy(model).eval())
probabilities = torch.zeros(len(test_images), 10)
with torch.no_grad():
    for member in snapshots:
        probabilities += member(test_images).softmax(1) / len(snapshots)
```

## Use instead
```python
import copy

import torch
from data import test_images, train_loader
from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=20)
snapshots = []
for epoch in range(60):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    if (epoch + 1) % 20 == 0:
        snapshots.append(copy.deepcopy(model).eval())
probabilities = torch.zeros(len(test_images), 10)
with torch.no_grad():
    for member in snapshots:
        probabilities += member(test_images).softmax(1) / len(snapshots)
```

Two set-ups are common: cycles of one length, `(1, 1)` times n (`T_0=20`, 60 epochs for three of them), and cycles that
double, `(1, 2)` (`T_0=10, T_mult=2`, 70 epochs for 10 + 20 + 40). Let the training end with a cycle.

## When not to follow it
Where the last epochs of one run are averaged on purpose, to smooth what they predict, a single cycle (or a constant
rate at the end) is meant. So is the schedule of a published recipe. Where no ensemble is wanted, restarts are of no
advantage over one cosine that is known. Write at the scheduler: `# bpcheck: ignore[BP206] averages the last epochs`.

## Fix safety
Unsafe: another schedule gives other weights. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 2: SGD with restarts, two set-ups
- I. Loshchilov and F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2016, arXiv 1608.03983
- G. Huang et al., Snapshot Ensembles: Train 1, Get M for Free, 2017, arXiv 1704.00109
- https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html

## Evidence
With each arm at its own best rate, snapshots at the ends of restarts were no better as an ensemble than snapshots
along a single cosine, nor was either clearly better than the last network of that cosine. The restarts' snapshots do
disagree more, and where the peak rate was higher than suits a single cosine their ensemble of three was better.
Measured on one small network with some labels wrong; large networks were not. The paper on snapshot ensembles claims,
on CIFAR and others, lower errors for snapshots at the ends of cosine cycles than for snapshots along a standard
schedule of the same length.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.snapshots import snapshots
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule

#: Epochs from which on several cycles fit in, each long enough to train in.
LONG = 30


@rule(code="BP206", severity=Severity.INFO, practice=("L4",), fix=Safety.UNSAFE, default=False)
def no_warm_restarts(program: Program) -> Iterator[Violation]:
    if program.is_test:
        return
    for found in [each for each in snapshots(program) if each.epochs >= LONG][:1]:
        cycles = next((n for n in (3, 4, 5, 2) if found.epochs % n == 0), 3)
        length = found.epochs // cycles
        rest = "" if length * cycles == found.epochs else f", trained for {length * cycles} epochs"
        yield Violation(
            place(found.schedule.made.site),
            f"snapshots of one run are averaged, but the learning rate falls only once in its {found.epochs} epochs",
            (
                step(found.schedule.made.site, f"{found.schedule.name} goes through a single cycle"),
                step(found.kept, "states of the network are kept along the way"),
                step(found.averaged, "and their predictions come together here"),
            ),
            manual=(
                f"Restart the rate: `CosineAnnealingWarmRestarts(optimizer, T_0={length})`{rest}, stepped once an epoch, with"
                f" a snapshot at the end of each of the {cycles} cycles."
            ),
        )
