"""The optimizer steps without gradients: they were just cleared, or `backward()` only comes afterwards.

## What it does
Flags an optimizer whose `step()` finds no gradients of its batch: `zero_grad()` stands between `backward()` and `step()`, or
`step()` stands before `backward()`, so that the first one has nothing to apply.

## Why is this bad?
Cleared gradients are gone: the step applies nothing (but weight decay and what momentum is left), and the network stays as
it was made. Nothing crashes, the loss only does not fall. With `step()` before `backward()` and `zero_grad()`
at the beginning of the iteration the same happens. With `zero_grad()` after the step, every step applies the gradients of the
batch before, to weights that the loss of this batch was not computed with: a network of several layers then stops with
"modified by an inplace operation", and one of a single layer trains a batch behind.

## Example
```python
import torch
from torch import nn


def train(loader):
    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


def train(loader):
    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
```

## When not to follow it
Gradients of another optimizer or network, accumulation over several batches, closures, a step at the beginning of the iteration
for the gradients of the one before, gradients that are written by hand after they were cleared, and steps before the
training that only prepare the optimizer's state are not reported. If gradients
come from where bpcheck cannot see it, write at the line: `# bpcheck: ignore[BP310] our hook fills the gradients`.

## Fix safety
Safe: it mends a plain bug. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018): no item of its own; the training step of the course's library
  (`Stepper.step`) clears, computes the loss, runs `backward` and steps, in this order
- PyTorch tutorials, Optimizing Model Parameters, "Optimizer":
  https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html

## Evidence
A plain bug, and measured as one: with the gradients cleared between `backward()` and `step()` not one weight moves, and
the network guesses. The other order, `step()` before `backward()`, was not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.step_order import wrong_orders
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP310", severity=Severity.ERROR, practice=(), fix=Safety.SAFE)
def wrong_step_order(program: Program) -> Iterator[Violation]:
    for found in wrong_orders(program):
        made = [step(found.backward.site, "the gradients are made here")] if found.backward is not None else []
        if found.kind == "cleared":
            yield Violation(
                place(found.event.site),
                f"gradients are cleared between `backward()` and `{found.name}.step()`, so the step has none to apply",
                (*made, step(found.event.site, "cleared here"), step(found.step.site, "and the step finds none")),
                manual="Clear them before `backward()`, at the beginning of the iteration.",
            )
        else:
            yield Violation(
                place(found.event.site),
                f"`{found.name}.step()` comes before `backward()`, so it does not apply the gradients of its batch",
                (step(found.step.site, "the step finds no gradients"), *made),
                manual=f"Call `{found.name}.step()` after `backward()`, and `zero_grad()` before it.",
            )
