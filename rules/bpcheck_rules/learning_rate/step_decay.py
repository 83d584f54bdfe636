"""The learning rate falls by a constant factor at fixed epochs, where a cosine needs no epochs to be chosen.

## What it does
Flags a learning rate that is multiplied by a constant at certain epochs or at each of them: by `StepLR`, `MultiStepLR`,
`ExponentialLR` or a `LambdaLR` that does the same, and by hand (`lr * 0.1 ** (epoch // 30)`). Once for each program, as
advice. A rate that falls when a metric stops improving is left alone, and so is a schedule that is never stepped, which
is BP207.

## Why is this bad?
A step schedule has numbers that must be right for this data set and this length of training: when to fall, how often,
and by how much. Whoever changes the number of epochs has to choose them again. Until the first drop the rate is too
large for the weights to settle, and after the last it is often too small for them to move. Cosine annealing has one
number, the length of the training; it spends much of the time at rates in between, and ends near zero.

## Example
```python
import torch
from data import train_loader
from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[60, 120, 160], gamma=0.2)
for epoch in range(200):
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Use instead
```python
import torch
from data import train_loader
from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=200)
for epoch in range(200):
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## When not to follow it
Where a published recipe is reproduced, its schedule belongs to it. Steps at well chosen epochs are as good as a cosine
in many reports, and a constant rate with a short decay at the end allows training to be prolonged. Write at the
scheduler: `# bpcheck: ignore[BP205] the schedule of the paper`.

## Fix safety
Unsafe: another schedule gives other weights. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 1: cosine annealing
- I. Loshchilov and F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2016, arXiv 1608.03983
- PyTorch documentation, how to adjust the learning rate: https://docs.pytorch.org/docs/stable/optim.html

## Evidence
Steps at half and at three quarters of the training did as well as a cosine, each at its own best rate, in a training
of middling length; in the shorter and the longer one no difference was seen either, but the best rates lay at the end
of those tried. Steps left at the epochs that suited another length looked worse when the training had become shorter,
and not when it had become longer. So the cosine saves choosing the epochs; it gave no better network. Measured on one
small network with some labels wrong. The SGDR paper claims, for wide residual networks on CIFAR, results at least as
good as those of a step schedule, and good ones earlier in the training.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.decay import decays
from bpcheck.facts.program import Program, place
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP205", severity=Severity.INFO, practice=("L3",), fix=Safety.UNSAFE, default=False)
def step_decay(program: Program) -> Iterator[Violation]:
    if program.is_test or not (program.schedules or program.of_kind("lr-write")):
        return
    if program.task.reinforcement or program.task.adversarial or program.task.images_optimized:
        return
    for decay in decays(program)[:1]:
        when = "at fixed epochs" if decay.shape == "steps" else "at every step of the schedule"
        yield Violation(
            place(decay.site),
            f"the learning rate is multiplied by a constant {when} by {decay.by}",
            decay.trace,
            manual="Anneal it with `CosineAnnealingLR(optimizer, T_max=epochs)`, stepped once an epoch.",
        )
