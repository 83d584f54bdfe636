"""An optimizer does not hold what is trained, or forgets its state: parts or the optimizer itself were replaced.

## What it does
Flags three ways in which an optimizer loses touch with its network. A layer is replaced or added after the optimizer was made
from `parameters()`. Layers are unfrozen after it was made from those that were not frozen, or from the head alone, and never
added to it. Or an Adam, or an SGD with momentum, is made anew in every epoch for the same network, data and learning rate.

## Why is this bad?
`model.parameters()` is read once, when the optimizer is made. What comes later gets gradients but no steps: a new head stays
random for good, an unfrozen body stays as it was, and the loss still falls a little, as the rest adapts. An optimizer
that is made anew begins with empty averages: Adam's first steps are then as large as the learning rate for every weight,
however small its gradient, again in every epoch.

## Example
```python
import torch
from torch import nn


def train(loader):
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model[2] = nn.Linear(32, 5)
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


def train(loader):
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    model[2] = nn.Linear(32, 5)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
```

For layers that are unfrozen during training: `optimizer.add_param_group({"params": layers.parameters(), "lr": 1e-4})`.

## When not to follow it
`add_param_group`, a second optimizer made afterwards, `model.to(device)`, compiling and wrapping (the parameters stay the same
objects), layers that stay frozen, and optimizers for a new network, fold or task are not reported; nor is SGD without
momentum made anew, which has nothing to forget. If a restart of Adam in every epoch is meant, write at its construction:
`# bpcheck: ignore[BP311] restarted on purpose`.

## Fix safety
Unsafe: other weights are trained, or by other steps, than before. No automatic fix is offered yet; the finding shows what to
write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lessons 1 and 4: `learn.unfreeze()` makes a new optimizer over all layer
  groups
- PyTorch documentation, `Optimizer.add_param_group`:
  https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.add_param_group.html
- D. Kingma and J. Ba, Adam: A Method for Stochastic Optimization, 2014, arXiv 1412.6980 (the size of its first steps)

## Evidence
A plain bug. Measured with a small network that was pretrained on other digits: where only the new head is to be
trained, nothing trains, and the network guesses. Where the whole network is trained, the body adapts to the random
head, and at its own best learning rate nothing is lost, which is why the mistake goes unnoticed. An Adam made anew in
each epoch cost nothing either, whatever the length of the epochs, each arm at its own best rate. Parts that are
unfrozen later were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.stale_parameters import rebuilt, stale
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP311", severity=Severity.ERROR, practice=("L2",), fix=Safety.UNSAFE)
def optimizer_holds_stale_parameters(program: Program) -> Iterator[Violation]:
    for found in stale(program):
        how = "put in" if found.kind == "attached" else "unfrozen"
        yield Violation(
            place(found.event.site),
            f"{found.part.label} is {how} after the optimizer was made and never given to it: its weights stay as they are",
            (
                step(found.made.site, "the optimizer is given its parameters here"),
                step(found.event.site, f"{found.part.label} is {how} here"),
                step(found.step.site, "the optimizer steps without it"),
            ),
            manual="Make the optimizer afterwards, or call `optimizer.add_param_group({'params': ...})` here.",
        )
    for each in rebuilt(program):
        yield Violation(
            place(each.made.site),
            f"{each.name} is made anew in every epoch, so it loses its averages of the gradients each time",
            (
                step(each.loop.site, "in every turn of this loop"),
                step(each.made.site, "an optimizer with empty state is made"),
                step(each.step.site, "for the same network, data and rate"),
            ),
            severity=Severity.INFO,
            manual="Make the optimizer once, before the loop over epochs.",
        )
