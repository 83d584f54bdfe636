"""Gradients are never cleared between optimizer steps.

## What it does
Flags an optimizer that steps again and again after backward passes while nothing ever clears the gradients of its
parameters: no `zero_grad()` of the optimizer, of the model or of a part that holds them, no `p.grad = None`, nothing in
a closure, a helper or a framework.

## Why is this bad?
`backward()` adds to `.grad`. Without clearing, step number n applies the sum of all n gradients since the start: a
momentum that never decays, with gradients of weights that are long gone. Nothing crashes, and at a small rate the first
epochs may even look good; then the loss swings or diverges.

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

Anywhere between one `step()` and the next `backward()` is right.

## When not to follow it
Gradient accumulation that clears every n-th batch, closures, and trainers that clear by themselves (Lightning, Hugging
Face and the like) are not reported. If gradients are cleared where bpcheck cannot see it, write at the
`step()`: `# bpcheck: ignore[BP305] cleared by a hook of our engine`.

## Fix safety
Safe: it mends a plain bug. The fix is offered where `backward()` and `step()` stand in one block, so that nothing
can be
meant to accumulate; elsewhere the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018): no item of its own; the training step of the course's library
  (`Stepper.step`) always begins with `zero_grad()`
- PyTorch documentation, `Optimizer.zero_grad`:
  https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html

## Evidence
A plain bug. Measured with plain SGD on small digits: the loop that never clears its gradients does well at small
learning rates, even better than the right one there, and guesses at large ones. At its own best rate it comes close to
the right loop at its best, which is why the mistake goes unnoticed. Momentum, Adam and long trainings were not
measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.edits import stepped
from bpcheck.facts.loops import all_cleared, backwards_of, turns
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP305", severity=Severity.ERROR, practice=(), fix=Safety.SAFE)
def missing_zero_grad(program: Program) -> Iterator[Violation]:
    for optimizer in program.optimizers:
        pair = turns(optimizer.steps)
        if pair is None or optimizer.of_unknown_make() or optimizer.escaped() or not optimizer.trained_by_gradients():
            continue
        first, second = pair
        backwards = [b for b in backwards_of(program, optimizer) if first.index < b.index < second.index]
        if not backwards or all_cleared(program, optimizer, first, second):
            continue
        from bpcheck.fixes.gradients import cleared

        fix = cleared(backwards[-1], second) if len(backwards) == 1 else None
        yield Violation(
            place(second.site),
            (
                f"gradients of `{stepped(second) or optimizer.name}` are never cleared, so each step also "
                f"applies those of all earlier batches"
            ),
            (
                step(backwards[0].site, "gradients are added to those already there"),
                step(second.site, "and used for the next step"),
            ),
            fix=fix,
            manual="Call `optimizer.zero_grad()` before `backward()` in every iteration.",
        )
